#include "app/json_object.h"
#include "app/step_export.h"
#include "app/step_handlers.h"
#include "app/step_json.h"
#include "engine/number.h"
#include "engine/words.h"

#include <limits.h>
#include <string.h>

// ---- looking ----

static bool print_number(const StepJob *job, const char *name) {
    Stepper *stepper = debugger_looked_at_stepper(job->debugger);
    Quantity quantity;
    double value;
    if (!quantity_find(&quantity, stepper, name, job->status))
        return false;
    if (!quantity_value(&quantity, stepper, &value))
        return status_fail(job->status, STATUS_USAGE,
                           "%s is not there yet in this inner step: stage %d makes it", name,
                           quantity.stage[0]);
    json_add_text(job->reply->json, "name", name);
    json_add_number(job->reply->json, "value", value);
    step_say(job, "%s = %.6g", name, value);
    return true;
}

// The last stage up to the present one that makes a tensor of these; a status if there is none.
static bool made_at(const StepJob *job, const char *name, const int *stages, int count, int *made) {
    const Stepper *stepper = debugger_looked_at_stepper(job->debugger);
    const int layers = stepper_shape(stepper)->layers;
    *made = -1;
    for (int i = 0; i < count; i++)
        *made = stages[i] <= stepper_position(stepper).stage ? stages[i] : *made;
    char stage[STAGE_NAME];
    stage_name(layers, stage_at(layers, stages[0]), stage);
    return *made >= 0 || status_fail(job->status, STATUS_USAGE,
                                     "%s is not there yet in this inner step: stage %d (%s) makes "
                                     "it",
                                     name, stages[0], stage);
}

static void tell_tensor(const StepJob *job, const TensorView *tensor, bool values) {
    TensorStatistics statistics;
    char shape[TENSOR_SHAPE];
    tensor_statistics(&statistics, tensor);
    step_json_tensor(job->reply->json, tensor, values);
    step_say(job, "%s [%s]: min %.4g  mean %.4g  max %.4g  std %.4g  norm %.4g  not finite %zu",
             tensor->name, tensor_shape_text(tensor, shape), statistics.min, statistics.mean,
             statistics.max, statistics.deviation, statistics.norm, statistics.non_finite);
}

// "NAME", or "NAME values"
bool step_print(const StepJob *job, const StepLine *line) {
    Stepper *stepper = debugger_looked_at_stepper(job->debugger);
    char name[TENSOR_NAME + STEP_WORD], exact[TENSOR_NAME];
    const size_t length = strcspn(line->rest, " \t");
    const char *more = line->rest + length + strspn(line->rest + length, " \t");
    const bool values = strcmp(more, "values") == 0;
    int stages[QUANTITY_STAGES], made;
    if (length == 0 || length >= sizeof name || (*more && !values))
        return step_fail_expected(job, "a name such as layer1.dW, then nothing or 'values'",
                                  line->rest);
    memcpy(name, line->rest, length);
    name[length] = '\0';
    const int found = tensor_stages(stepper, name, stages, exact);
    if (found == 0)
        return print_number(job, name);
    if (!made_at(job, exact, stages, found, &made))
        return false;
    TensorView views[STEPPER_TENSORS];
    const int count = stepper_tensors(stepper, made, views);
    for (int i = 0; i < count; i++)
        if (strcmp(views[i].name, exact) == 0)
            tell_tensor(job, &views[i], values);
    return true;
}

bool step_anatomy(const StepJob *job, const StepLine *line) {
    const Stepper *stepper = debugger_looked_at_stepper(job->debugger);
    int64_t layer = 0;
    if (*line->rest && (!number_read_whole(line->rest, &layer) || layer < 1 ||
                        layer > stepper_shape(stepper)->layers))
        return step_fail_expected(job, "a layer of the base model", line->rest);
    json_add_number(job->reply->json, "step", stepper_position(stepper).step);
    step_json_anatomy(job->reply->json, stepper, (int)layer);
    return true;
}

bool step_curve(const StepJob *job, const StepLine *line) {
    return step_json_curve(job->reply->json, job->debugger, *line->rest ? line->rest : "loss",
                           job->status);
}

// The next word of text, which moves behind it.
static void take_word(const char **text, char word[PATH_MAX]) {
    const size_t length = strcspn(*text, " \t");
    snprintf(word, PATH_MAX, "%.*s", (int)(length < PATH_MAX ? length : PATH_MAX - 1), *text);
    *text += length;
    *text += strspn(*text, " \t");
}

// "FIGURE FILE" or "FIGURE TENSOR FILE"
bool step_export_figure(const StepJob *job, const StepLine *line) {
    char figure[PATH_MAX], tensor[PATH_MAX], path[PATH_MAX];
    const char *text = line->rest;
    take_word(&text, figure);
    take_word(&text, tensor);
    take_word(&text, path);
    if (!*tensor || *text)
        return step_fail_expected(job, "a figure, perhaps a tensor, and a file", line->rest);
    const bool two = !*path;
    const char *file = two ? tensor : path;
    if (!step_export(job->session, figure, two ? NULL : tensor, file, 2, THEME_LIGHT, job->status))
        return false;
    json_add_text(job->reply->json, "file", file);
    step_say(job, "wrote %.400s", file);
    return true;
}

// ---- what if ----

static bool tell_change(const StepJob *job) {
    char text[VARIATION_TEXT];
    step_say(job, "from this step on, in the second future: %s",
             stepper_variation_text(debugger_looked_at_stepper(job->debugger), text));
    step_command_tell(job->session, job->reply);
    return true;
}

bool step_set_term(const StepJob *job, const StepLine *line) {
    char name[STEP_WORD];
    const size_t length = strcspn(line->rest, " \t");
    const char *value = line->rest + length + strspn(line->rest + length, " \t");
    int term = 0;
    snprintf(name, sizeof name, "%.*s", (int)(length < STEP_WORD ? length : STEP_WORD - 1),
             line->rest);
    while (term < TERMS && strcmp(term_names[term], name) != 0)
        term++;
    if (term == TERMS) {
        const char *nearest = NULL;
        for (int k = 0; k < TERMS; k++)
            word_nearest(name, term_names[k], &nearest);
        return status_fail(job->status, STATUS_USAGE,
                           "expected one of the twelve terms, found '%s'; the nearest is '%s'",
                           name, nearest ? nearest : term_names[TERM_HEBB]);
    }
    double factor = strcmp(value, "on") == 0;
    if (strcmp(value, "on") != 0 && strcmp(value, "off") != 0 && !number_read(value, &factor))
        return step_fail_expected(job, "on, off or a factor", value);
    return debugger_set_term(job->debugger, term, factor, job->status) && tell_change(job);
}

bool step_set_rate(const StepJob *job, const StepLine *line) {
    double rate;
    if (!number_read(line->rest, &rate) || rate < 0)
        return step_fail_expected(job, "an inner rate of at least 0", line->rest);
    return debugger_set_rate(job->debugger, rate, job->status) && tell_change(job);
}

bool step_load_rule(const StepJob *job, const StepLine *line) {
    if (!*line->rest)
        return step_fail_expected(job, "a rule file", "");
    return step_session_load_rule(job->session, line->rest, job->status) && tell_change(job);
}

bool step_look(const StepJob *job, const StepLine *line) {
    static const char *const names[FUTURES] = {"as-is", "what-if"};
    int future = 0;
    while (future < FUTURES && strcmp(line->rest, names[future]) != 0)
        future++;
    if (!*line->rest)
        future = !debugger_looked_at(job->debugger);
    if (future >= FUTURES)
        return step_fail_expected(job, "as-is, what-if or nothing", line->rest);
    if (!debugger_look_at(job->debugger, (Future)future))
        return status_fail(job->status, STATUS_USAGE,
                           "there is no second future yet; term, rate and rule make one");
    step_say(job, "looking at the future %s", future == FUTURE_AS_IS ? "as it was" : "what if");
    step_command_tell(job->session, job->reply);
    return true;
}

static bool end_what_if(const StepJob *job, const StepLine *line, bool keep) {
    if (!step_expect_nothing(job, line))
        return false;
    if (!debugger_stepper(job->debugger, FUTURE_WHAT_IF))
        return status_fail(job->status, STATUS_USAGE, "there is no second future");
    if (keep)
        debugger_keep_what_if(job->debugger);
    else
        debugger_drop_what_if(job->debugger);
    step_say(job, keep ? "the second future is the only one now" : "the second future is gone");
    step_command_tell(job->session, job->reply);
    return true;
}

bool step_drop(const StepJob *job, const StepLine *line) {
    return end_what_if(job, line, false);
}
bool step_keep(const StepJob *job, const StepLine *line) {
    return end_what_if(job, line, true);
}
