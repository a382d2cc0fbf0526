// The experiment that looks at embeddings before and after the inner loop.
#include "app/experiments.h"

#include <stdio.h>

// What is looked at: the inputs, the base model before the inner loop and after it.
enum { KINDS = 3 };
static const struct {
    const char *method, *name;
} kinds[KINDS] = {{"pixels", "inputs"}, {"random", "before"}, {"rule", "after"}};

static bool plan_explained(ExperimentRun *run, int dataset, const int lots[KINDS], Status *status) {
    int points[EXPERIMENT_POINTS];
    const int count = experiment_whole_points(run, 1, LOOK_SHARES, points, status);
    const int panel = experiment_panel(run, dataset, "principal components", MEASURE_EXPLAINED,
                                       "variance explained", status);
    for (int i = 0; i < count; i++) {
        char point[16];
        snprintf(point, sizeof point, "%d", points[i]);
        for (int k = 0; k < KINDS; k++) {
            const ExperimentEntry entry = {
                .panel = panel, .lot = lots[k], .mark = MARK_LAST, .x = points[i]};
            if (!experiment_entry(run, entry, kinds[k].name, point, status))
                return false;
        }
    }
    return count >= 0 && panel >= 0;
}

static bool plan_bars(ExperimentRun *run, int dataset, const int lots[KINDS],
                      ExperimentMeasure measure, const char *what, Status *status) {
    const int panel = experiment_panel(run, dataset, NULL, measure, what, status);
    for (int k = 0; k < KINDS; k++) {
        const ExperimentEntry entry = {.panel = panel, .lot = lots[k], .mark = MARK_LAST};
        if (!experiment_entry(run, entry, what, kinds[k].name, status))
            return false;
    }
    return true;
}

bool plan_embedding(ExperimentRun *run, Status *status) {
    for (int d = 0; d < run->inputs.dataset_count; d++) {
        int lots[KINDS];
        if (experiment_picture(run, PICTURE_EMBEDDING, d, status) < 0)
            return false;
        for (int k = 0; k < KINDS; k++)
            if ((lots[k] = experiment_lot(run, kinds[k].method, d, status)) < 0)
                return false;
        if (!plan_explained(run, d, lots, status) ||
            !plan_bars(run, d, lots, MEASURE_DIMENSIONS, "dimensions", status) ||
            !plan_bars(run, d, lots, MEASURE_ACCURACY, "accuracy", status))
            return false;
    }
    return true;
}
