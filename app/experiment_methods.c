// Experiments that compare methods: transfer, mismatch, permutation.
#include "app/experiments.h"

#include <stdio.h>
#include <string.h>

static bool plan_method(ExperimentRun *run, int panel, int dataset, const Method *method,
                        Status *status) {
    static const char series[] = "accuracy";
    ExperimentEntry entry = {.panel = panel,
                             .lot = experiment_lot(run, method->name, dataset, status),
                             .mark = MARK_LAST};
    if (!experiment_entry(run, entry, series, method->name, status))
        return false;
    if (!method->best_too)
        return true;
    char name[EXPERIMENT_NAME];
    run->lot[entry.lot].learning.marks = run->inputs.plan.learning.marks;
    entry.mark = MARK_BEST;
    snprintf(name, sizeof name, "%s_best", method->name);
    return experiment_entry(run, entry, series, name, status);
}

bool plan_transfer(ExperimentRun *run, Status *status) {
    const TransferInputs *inputs = &run->inputs;
    for (int d = 0; d < inputs->dataset_count; d++) {
        const int panel = experiment_panel(run, d, NULL, MEASURE_ACCURACY, "", status);
        for (int m = 0; m < inputs->plan.method_count; m++)
            if (panel < 0 || !plan_method(run, panel, d, inputs->plan.method[m], status))
                return false;
    }
    return true;
}

// The marks of the autoencoder are the points of both panels.
static bool plan_marks(ExperimentRun *run, int dataset, int loss, int accuracy, Status *status) {
    enum { MARKS = 20 };
    const int vae = experiment_lot(run, "vae", dataset, status);
    const int random = experiment_lot(run, "random", dataset, status);
    if (vae < 0 || random < 0)
        return false;
    MethodPlan *learning = &run->lot[vae].learning;
    const int steps = learning->vae_steps;
    learning->marks = steps < MARKS ? steps : MARKS;
    for (int mark = 0; mark < learning->marks; mark++) {
        // Where train() of methods.c tells the mark: at the first step that reaches its share.
        const int step = (int)(((long)(mark + 1) * steps + learning->marks - 1) / learning->marks);
        char point[EXPERIMENT_NAME];
        snprintf(point, sizeof point, "%d", step);
        const ExperimentEntry of_loss = {.panel = loss, .lot = vae, .mark = mark, .x = step},
                              of_vae = {.panel = accuracy, .lot = vae, .mark = mark, .x = step},
                              of_random = {
                                  .panel = accuracy, .lot = random, .mark = MARK_LAST, .x = step};
        if (!experiment_entry(run, of_loss, "vae", point, status) ||
            !experiment_entry(run, of_vae, "vae", point, status) ||
            !experiment_entry(run, of_random, "random", point, status))
            return false;
    }
    return true;
}

bool plan_mismatch(ExperimentRun *run, Status *status) {
    static const char x_name[] = "updates of the autoencoder";
    for (int d = 0; d < run->inputs.dataset_count; d++) {
        const int loss = experiment_panel(run, d, x_name, MEASURE_LOSS, "loss", status);
        const int accuracy =
            experiment_panel(run, d, x_name, MEASURE_ACCURACY, "accuracy of the encoder", status);
        if (loss < 0 || accuracy < 0 || !plan_marks(run, d, loss, accuracy, status))
            return false;
    }
    return true;
}

// ---- permutation ----

// Two bars of a method: the data's inputs as they are, and permuted by every seed.
static bool plan_both(ExperimentRun *run, int panel, int dataset, const char *method,
                      bool permute_tasks, const char *name, Status *status) {
    for (int permuted = 0; permuted < 2; permuted++) {
        const int lot = experiment_lot(run, method, dataset, status);
        const ExperimentEntry entry = {.panel = panel, .lot = lot, .mark = MARK_LAST};
        if (!experiment_entry(run, entry, permuted ? "permuted" : "intact", name, status))
            return false;
        run->lot[lot].permute = permuted;
        run->lot[lot].learning.permute_tasks = permute_tasks;
    }
    return true;
}

bool plan_permutation(ExperimentRun *run, Status *status) {
    for (int d = 0; d < run->inputs.dataset_count; d++) {
        if (run->inputs.dataset[d].permute != PERMUTE_AS_SET)
            return status_fail(status, STATUS_USAGE,
                               "%s: the experiment has the inputs both intact and permuted; leave "
                               "'permute' out",
                               run->inputs.spec[d]);
        const int panel = experiment_panel(run, d, NULL, MEASURE_ACCURACY,
                                           "tried on inputs intact, permuted", status);
        if (!plan_both(run, panel, d, "prototypes", false, "prototypes, intact", status) ||
            !plan_both(run, panel, d, "prototypes", true, "prototypes, permuted", status) ||
            !plan_both(run, panel, d, "rule", false, "rule", status) ||
            !plan_both(run, panel, d, "random", false, "random", status) ||
            !plan_both(run, panel, d, "pixels", false, "pixels", status))
            return false;
    }
    return true;
}
