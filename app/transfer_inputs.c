#include "app/transfer_inputs.h"

#include "app/commands.h"
#include "app/rule_settings.h"
#include "engine/evaluation.h"
#include "engine/kernels.h"
#include "engine/rule_file.h"
#include "engine/words.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LIST = 1024, CLASSES = 10 };

// ---- words of the command line ----

static bool read_count(const char *option, const char *text, int low, int high, int *count,
                       Status *status) {
    char *end;
    errno = 0;
    const long value = strtol(text, &end, 10);
    if (end == text || *end || errno || value < low || value > high)
        return status_fail(status, STATUS_USAGE,
                           "--%s: expected a whole number from %d to %d, found '%s'", option, low,
                           high, text);
    *count = (int)value;
    return true;
}

// Calls take for every part of a list with commas; false once it has failed.
typedef bool TakePart(TransferInputs *inputs, const char *part, Status *status);

static bool take_list(TransferInputs *inputs, const char *option, const char *list, TakePart *take,
                      Status *status) {
    char text[LIST];
    char *rest = text;
    if ((size_t)snprintf(text, sizeof text, "%s", list) >= sizeof text)
        return status_fail(status, STATUS_USAGE, "--%s: at most %d bytes, found more", option,
                           LIST - 1);
    for (char *part; (part = strsep(&rest, ","));)
        if (*part && !take(inputs, part, status))
            return false;
    return true;
}

static bool take_method(TransferInputs *inputs, const char *name, Status *status) {
    TransferPlan *plan = &inputs->plan;
    const char *nearest = NULL;
    size_t count;
    const Method *methods = methods_table(&count);
    for (size_t i = 0; i < count; i++)
        word_nearest(name, methods[i].name, &nearest);
    const Method *method = method_named(name);
    if (!method)
        return status_fail(status, STATUS_USAGE, "--methods: '%s' is no method%s%s%s", name,
                           nearest ? ", the nearest is '"
                                   : "; 'rulesmith transfer --help' tells them",
                           nearest ? nearest : "", nearest ? "'" : "");
    for (int i = 0; i < plan->method_count; i++)
        if (plan->method[i] == method)
            return status_fail(status, STATUS_USAGE, "--methods: '%s' is there twice", name);
    plan->method[plan->method_count++] = method; // no method comes twice, so all have room
    return true;
}

static bool take_shots(TransferInputs *inputs, const char *number, Status *status) {
    TransferPlan *plan = &inputs->plan;
    if (plan->shot_count == TRANSFER_SHOTS)
        return status_fail(status, STATUS_USAGE, "--shots: at most %d numbers, found more",
                           TRANSFER_SHOTS);
    return read_count("shots", number, 1, 1000, &plan->shots[plan->shot_count++], status);
}

// ---- data ----

static bool take_datasets(TransferInputs *inputs, const char *list, const char *data_path,
                          Status *status) {
    char spec[DATA_SPEC_TEXT];
    while (data_spec_next(&list, spec, sizeof spec)) {
        if (inputs->dataset_count == TRANSFER_DATASETS)
            return status_fail(status, STATUS_USAGE, "--data: at most %d data sets, found '%s' too",
                               TRANSFER_DATASETS, spec);
        Dataset *dataset = &inputs->dataset[inputs->dataset_count];
        if (!data_source_open(dataset, spec, data_path, PART_TEST, status))
            return false;
        snprintf(inputs->spec[inputs->dataset_count++], sizeof inputs->spec[0], "%s", spec);
    }
    if (inputs->dataset_count > 0)
        return true;
    return status_fail(status, STATUS_USAGE, "--data: expected a data set, found none");
}

// ---- settings and rule ----

static bool take_default(Settings *settings, const char *section, const char *key,
                         const char *value, Status *status) {
    return !value || settings_set(settings, section, key, value, "default", status);
}

static bool take_settings(TransferInputs *inputs, const Options *options,
                          const TransferDefaults *defaults, Status *status) {
    Settings *settings = &inputs->settings;
    settings_default(settings);
    return take_default(settings, "evaluate", "layers", defaults->layers, status) &&
           take_default(settings, "evaluate", "seeds", defaults->seeds, status) &&
           take_default(settings, "evaluate", "examples", defaults->tests, status) &&
           take_default(settings, "task", "source", defaults->source, status) &&
           (!options->rule || rule_settings_take(settings, options->rule, status)) &&
           command_line_settings(options, settings, status);
}

static bool take_rule(TransferInputs *inputs, const Options *options, Status *status) {
    TransferPlan *plan = &inputs->plan;
    static const char *const key = "outer_step";
    char outer_step[1][RULE_NOTE];
    snprintf(inputs->rule_name, sizeof inputs->rule_name, "none");
    if (options->rule) {
        if (!rule_file_notes(options->rule, &key, 1, outer_step, status) ||
            !rule_file_load(&inputs->rule, options->rule, status))
            return false;
        inputs->has_rule = true;
        inputs->settings.embedding = inputs->rule.layout.sizes.E;
        snprintf(inputs->rule_name, sizeof inputs->rule_name, "%.100s%s%.20s", options->rule,
                 **outer_step ? ", outer step " : "", *outer_step);
        plan->learning.rule = &inputs->rule;
        return true;
    }
    for (int i = 0; i < plan->method_count; i++)
        if (plan->method[i]->needs_rule)
            return status_fail(status, STATUS_USAGE,
                               "'%s' needs --rule FILE for the method '%s'; --methods chooses "
                               "others",
                               options->command->name, plan->method[i]->name);
    return true;
}

// The tasks of meta-training, if a method learns from them.
static bool take_tasks(TransferInputs *inputs, const Options *options, Status *status) {
    TransferPlan *plan = &inputs->plan;
    for (int i = 0; i < plan->method_count; i++) {
        if (!plan->method[i]->needs_tasks)
            continue;
        if (!data_sources_of_tasks(&inputs->tasks, &inputs->settings, options->data_path, status))
            return false;
        inputs->source = (TaskSource){.settings = &inputs->settings,
                                      .sources = inputs->tasks.sources,
                                      .weights = inputs->tasks.weights,
                                      .source_count = inputs->tasks.source_count};
        plan->learning.tasks = &inputs->source;
        plan->learning.permute_tasks = inputs->settings.permute;
        return true;
    }
    return true;
}

static bool take_learning(TransferInputs *inputs, const Options *options, Status *status) {
    const Settings *settings = &inputs->settings;
    MethodPlan *learning = &inputs->plan.learning;
    learning->kernels = kernels_best();
    learning->batch = settings->batch;
    learning->steps = settings->evaluate_steps;
    learning->rate = settings->inner_rate;
    learning->vae_steps = 2000;
    learning->supervised_steps = 200;
    learning->prototype_steps = 2000;
    learning->marks = 10;
    // Inputs are each problem's.
    if (!evaluation_shape(settings, 1, &learning->shape, status) ||
        (options->vae_steps &&
         !read_count("vae-steps", options->vae_steps, 1, 10000000, &learning->vae_steps, status)) ||
        (options->prototype_steps && !read_count("prototype-steps", options->prototype_steps, 1,
                                                 10000000, &learning->prototype_steps, status)))
        return false;
    return true;
}

bool transfer_inputs_init(TransferInputs *inputs, const Options *options,
                          const TransferDefaults *defaults, Status *status) {
    memset(inputs, 0, sizeof *inputs);
    const bool done =
        take_list(inputs, "methods", options->methods ? options->methods : defaults->methods,
                  take_method, status) &&
        take_list(inputs, "shots", options->shots ? options->shots : defaults->shots, take_shots,
                  status) &&
        take_settings(inputs, options, defaults, status) && take_rule(inputs, options, status) &&
        take_learning(inputs, options, status) && take_tasks(inputs, options, status) &&
        take_datasets(inputs, options->data ? options->data : defaults->data, options->data_path,
                      status);
    if (!done) {
        transfer_inputs_clear(inputs);
        return false;
    }
    const Settings *settings = &inputs->settings;
    const long cores = sysconf(_SC_NPROCESSORS_ONLN);
    TransferPlan *plan = &inputs->plan;
    plan->datasets = inputs->dataset;
    plan->dataset_count = inputs->dataset_count;
    plan->seeds = settings->evaluate_seeds;
    plan->seed = (uint64_t)settings->seed;
    plan->same_problem = options->same_problem;
    plan->classes = CLASSES;
    plan->tests = settings->evaluate_examples;
    plan->permute = settings->permute;
    plan->threads = settings->threads > 0 ? settings->threads : cores > 0 ? (int)cores : 1;
    return true;
}

void transfer_inputs_clear(TransferInputs *inputs) {
    for (int i = 0; i < inputs->dataset_count; i++)
        dataset_clear(&inputs->dataset[i]);
    inputs->dataset_count = 0;
    data_sources_clear(&inputs->tasks);
    if (inputs->has_rule)
        rule_clear(&inputs->rule);
    inputs->has_rule = false;
}
