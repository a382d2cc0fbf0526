#include "app/transfer_report.h"

#include "app/background.h"
#include "views/text.h"

#include <math.h>
#include <string.h>

// ---- running ----

typedef struct {
    Transfer *transfer;
    TransferPlan plan;
    bool *stopped;
} Run;

static bool run(void *context, Status *status) {
    const Run *at = context;
    return transfer_run(at->transfer, &at->plan, at->stopped, status);
}

bool transfer_run_shown(Transfer *transfer, const TransferInputs *inputs, const char *name,
                        bool *stopped, Status *status) {
    atomic_bool stop = false;
    atomic_int done = 0;
    Run at = {.transfer = transfer, .plan = inputs->plan, .stopped = stopped};
    at.plan.stop = &stop;
    at.plan.done = &done;
    const Background background = {.name = name,
                                   .run = run,
                                   .context = &at,
                                   .stop = &stop,
                                   .done = &done,
                                   .items = transfer_items(&at.plan)};
    const bool ran = background_run(&background, status);
    transfer->plan.stop = NULL; // they end here
    transfer->plan.done = NULL;
    return ran;
}

// ---- rows ----

int transfer_most_shots(const TransferPlan *plan) {
    int most = 0;
    for (int i = 1; i < plan->shot_count; i++)
        most = plan->shots[i] > plan->shots[most] ? i : most;
    return most;
}

int transfer_rows(const Transfer *transfer, int dataset, TransferRow rows[TRANSFER_ROWS]) {
    const TransferPlan *plan = &transfer->plan;
    int count = 0;
    for (int m = 0; m < plan->method_count; m++) {
        const int marks = transfer_score(transfer, dataset, m, 0, 0)->marks;
        const Method *method = plan->method[m];
        TransferRow *row = &rows[count++];
        *row = (TransferRow){.method = m, .mark = marks - 1};
        snprintf(row->name, sizeof row->name, "%s", method->name);
        if (!method->best_too)
            continue;
        row = &rows[count++];
        *row =
            (TransferRow){.method = m,
                          .mark = transfer_best_mark(transfer, dataset, m,
                                                     transfer_most_shots(plan), CLASSIFIER_RIDGE)};
        snprintf(row->name, sizeof row->name, "%.15s_best", method->name);
    }
    return count;
}

static double mean_seconds(const Transfer *transfer, int dataset, int method) {
    double sum = 0;
    for (int shot = 0; shot < transfer->plan.shot_count; shot++)
        for (int seed = 0; seed < transfer->plan.seeds; seed++)
            if (shot == 0 || transfer->plan.method[method]->supervised)
                sum += transfer_score(transfer, dataset, method, shot, seed)->seconds;
    return sum / transfer->plan.seeds;
}

void transfer_describe_base_model(const MethodPlan *learning, const Dataset *dataset, char *text,
                                  size_t size) {
    int used = snprintf(text, size, "%zu", dataset_example_size(dataset));
    for (int l = 1; l <= learning->shape.layers && used > 0 && (size_t)used < size; l++)
        used += snprintf(text + used, size - (size_t)used, "-%d", learning->shape.sizes[l]);
    if (used > 0 && (size_t)used < size)
        snprintf(text + used, size - (size_t)used, " %s",
                 activation_name(learning->shape.activation));
}

// ---- tables ----

void transfer_print_figure(TransferFigure figure, FILE *stream) {
    char mean[32], error[32];
    format_fixed(mean, sizeof mean, figure.mean, 3);
    format_fixed(error, sizeof error, figure.error, 3);
    fprintf(stream, "  %7s +- %-7s", mean, isnan(figure.error) ? "-" : error);
}

static void print_table(const Transfer *transfer, int dataset, ClassifierKind kind, FILE *stream) {
    const TransferPlan *plan = &transfer->plan;
    TransferRow rows[TRANSFER_ROWS];
    const int count = transfer_rows(transfer, dataset, rows);
    fprintf(stream, "\n%-16s", classifier_name(kind));
    for (int shot = 0; shot < plan->shot_count; shot++) {
        char heading[32];
        snprintf(heading, sizeof heading, "%d of a class", plan->shots[shot]);
        fprintf(stream, "  %-18s", heading);
    }
    fprintf(stream, "  %8s  %9s\n", "updates", "seconds");
    for (int i = 0; i < count; i++) {
        char seconds[32];
        const TransferRow *row = &rows[i];
        format_fixed(seconds, sizeof seconds, mean_seconds(transfer, dataset, row->method), 2);
        fprintf(stream, "%-16s", row->name);
        for (int shot = 0; shot < plan->shot_count; shot++)
            transfer_print_figure(
                transfer_accuracy(transfer, dataset, row->method, shot, row->mark, kind), stream);
        fprintf(stream, "  %8d  %9s\n",
                transfer_score(transfer, dataset, row->method, 0, 0)->mark[row->mark].step,
                seconds);
    }
}

void transfer_print_tables(const Transfer *transfer, const TransferInputs *inputs, FILE *stream) {
    const TransferPlan *plan = &transfer->plan;
    for (int d = 0; d < plan->dataset_count; d++) {
        char base_model[160], rate[32];
        transfer_describe_base_model(&plan->learning, &plan->datasets[d], base_model,
                                     sizeof base_model);
        format_number(rate, sizeof rate, plan->learning.rate, 4);
        fprintf(stream,
                "%s%s: accuracy on test examples%s, mean of %d seeds +- standard error\n"
                "base model %s, rule %s, rate %s, batch %d\n",
                d > 0 ? "\n" : "", inputs->spec[d], plan->same_problem ? " of one problem" : "",
                plan->seeds, base_model, inputs->rule_name, rate, plan->learning.batch);
        for (int kind = 0; kind < CLASSIFIERS; kind++)
            print_table(transfer, d, (ClassifierKind)kind, stream);
    }
}

// ---- JSON ----

static void add_accuracy(cJSON *object, const Transfer *transfer, int dataset,
                         const TransferRow *row, int shot, ClassifierKind kind) {
    const TransferFigure figure =
        transfer_accuracy(transfer, dataset, row->method, shot, row->mark, kind);
    json_add_number(object, "accuracy_mean", figure.mean);
    json_add_number(object, "accuracy_stderr", figure.error);
    json_add_number(object, "few_shot_per_class", transfer->plan.shots[shot]);
    json_add_text(object, "classifier", classifier_name(kind));
}

static void add_results(cJSON *object, const Transfer *transfer, int dataset,
                        const TransferRow *row) {
    cJSON *results = cJSON_AddArrayToObject(object, "results");
    for (int shot = 0; shot < transfer->plan.shot_count; shot++)
        for (int kind = 0; kind < CLASSIFIERS; kind++) {
            cJSON *result = cJSON_CreateObject();
            add_accuracy(result, transfer, dataset, row, shot, (ClassifierKind)kind);
            cJSON *each = cJSON_AddArrayToObject(result, "accuracies");
            for (int seed = 0; seed < transfer->plan.seeds; seed++)
                json_append_number(each, transfer_score(transfer, dataset, row->method, shot, seed)
                                             ->mark[row->mark]
                                             .accuracy[kind]);
            cJSON_AddItemToArray(results, result);
        }
}

// The figures of interface.md are those of ridge regression with the most shots.
static void add_row(cJSON *object, const Transfer *transfer, const TransferInputs *inputs,
                    int dataset, const TransferRow *row) {
    const TransferPlan *plan = &transfer->plan;
    cJSON *entry = cJSON_AddObjectToObject(object, row->name);
    char base_model[160];
    transfer_describe_base_model(&plan->learning, &plan->datasets[dataset], base_model,
                                 sizeof base_model);
    add_accuracy(entry, transfer, dataset, row, transfer_most_shots(plan), CLASSIFIER_RIDGE);
    json_add_number(entry, "seeds", plan->seeds);
    cJSON_AddBoolToObject(entry, "same_problem", plan->same_problem);
    json_add_number(entry, "inner_steps",
                    transfer_score(transfer, dataset, row->method, 0, 0)->mark[row->mark].step);
    json_add_number(entry, "seconds", mean_seconds(transfer, dataset, row->method));
    json_add_text(entry, "base_model", base_model);
    json_add_text(entry, "rule", inputs->rule_name);
    add_results(entry, transfer, dataset, row);
}

cJSON *transfer_json(const Transfer *transfer, const TransferInputs *inputs) {
    cJSON *object = cJSON_CreateObject();
    for (int d = 0; d < transfer->plan.dataset_count; d++) {
        TransferRow rows[TRANSFER_ROWS];
        const int count = transfer_rows(transfer, d, rows);
        cJSON *dataset = cJSON_AddObjectToObject(object, inputs->spec[d]);
        for (int i = 0; i < count; i++)
            add_row(dataset, transfer, inputs, d, &rows[i]);
    }
    return object;
}
