// Experiments that compare methods: transfer, mismatch.
#include "app/experiments.h"

#include <stdio.h>
#include <string.h>

static bool add(ExperimentRun *run, int panel, int lot, int mark, const char *series,
                const char *point, double x, Status *status) {
    ExperimentEntry entry = {.panel = panel, .lot = lot, .mark = mark, .x = x};
    snprintf(entry.series, sizeof entry.series, "%s", series);
    snprintf(entry.point, sizeof entry.point, "%s", point);
    return lot >= 0 && panel >= 0 && experiment_entry(run, &entry, status);
}

static bool plan_method(ExperimentRun *run, int panel, int dataset, const Method *method,
                        Status *status) {
    const int lot = experiment_lot(run, method->name, dataset, status);
    if (lot < 0 || !add(run, panel, lot, MARK_LAST, "accuracy", method->name, 0, status))
        return false;
    if (!method->best_too)
        return true;
    char name[EXPERIMENT_NAME];
    run->lot[lot].learning.marks = run->inputs.plan.learning.marks;
    snprintf(name, sizeof name, "%s_best", method->name);
    return add(run, panel, lot, MARK_BEST, "accuracy", name, 0, status);
}

bool plan_transfer(ExperimentRun *run, Status *status) {
    const TransferInputs *inputs = &run->inputs;
    for (int d = 0; d < inputs->dataset_count; d++) {
        const int panel = experiment_panel(run, NULL, MEASURE_ACCURACY, inputs->spec[d], status);
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
        if (!add(run, loss, vae, mark, "vae", point, step, status) ||
            !add(run, accuracy, vae, mark, "vae", point, step, status) ||
            !add(run, accuracy, random, MARK_LAST, "random", point, step, status))
            return false;
    }
    return true;
}

bool plan_mismatch(ExperimentRun *run, Status *status) {
    static const char x_name[] = "updates of the autoencoder";
    for (int d = 0; d < run->inputs.dataset_count; d++) {
        char title[96];
        snprintf(title, sizeof title, "%.60s: loss", run->inputs.spec[d]);
        const int loss = experiment_panel(run, x_name, MEASURE_LOSS, title, status);
        snprintf(title, sizeof title, "%.60s: accuracy of the encoder", run->inputs.spec[d]);
        const int accuracy = experiment_panel(run, x_name, MEASURE_ACCURACY, title, status);
        if (loss < 0 || accuracy < 0 || !plan_marks(run, d, loss, accuracy, status))
            return false;
    }
    return true;
}
