// Experiments over the rules of a run's past: text, filters.
#include "app/experiments.h"

#include "app/rule_series.h"
#include "engine/rule_file.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { USUAL = 12 }; // points, if --points does not choose them

// ---- the rules ----

// Those of --points, or `USUAL` of all after outer step 0, evenly and with the last one; ascending.
// Returns how many, or -1.
static int choose_steps(const ExperimentRun *run, const RunDirectory *directory,
                        long chosen[EXPERIMENT_POINTS], Status *status) {
    long all[STEP_FILES_LISTED]; // newest first
    int points[EXPERIMENT_POINTS];
    if (run->points) {
        const int count = experiment_whole_points(run, 1, INT_MAX, points, status);
        for (int i = 0; i < count; i++)
            chosen[i] = points[i];
        return count;
    }
    int found = step_files_list(directory, rule_series_folder, all);
    if (found > 0 && all[found - 1] == 0)
        found--;
    const int count = found < USUAL ? found : USUAL;
    for (int i = 0; i < count; i++)
        chosen[i] = all[(count - 1 - i) * (found - 1) / (count > 1 ? count - 1 : 1)];
    if (count == 0)
        status_fail(status, STATUS_BAD_DATA,
                    "%s: expected rules of a run's past in %s/, found none", run->folder,
                    rule_series_folder);
    return count > 0 ? count : -1;
}

bool experiment_load_series(ExperimentRun *run, Status *status) {
    RunDirectory directory;
    long steps[EXPERIMENT_POINTS];
    if (!run->folder)
        return status_fail(status, STATUS_USAGE, "the experiment '%s' needs --run DIR",
                           run->experiment->name);
    if (!run_directory_look(&directory, run->folder, status))
        return false;
    const int count = choose_steps(run, &directory, steps, status);
    if (count < 0)
        return false;
    assert(count > 0); // choose_steps fails if there are none
    run->series = calloc((size_t)count, sizeof *run->series);
    if (!run->series)
        return status_fail(status, STATUS_FAILURE, "no memory for %d rules", count);
    for (; run->series_count < count; run->series_count++) {
        char path[PATH_MAX];
        const int i = run->series_count;
        if (!rule_series_path(&directory, steps[i], path, status) ||
            !rule_file_load(&run->series[i], path, status))
            return false;
        run->series_step[i] = steps[i];
    }
    return true;
}

// ---- the past of a run, on a data set ----

// Lots whose values stand at every outer step.
typedef struct {
    int random, pixels;          // pixels: -1 if it is not told
    int rule[EXPERIMENT_POINTS]; // [series_count] after half and all of the inner steps
} Past;

static bool past_lots(ExperimentRun *run, int dataset, bool pixels, Past *past, Status *status) {
    const int steps = run->inputs.plan.learning.steps;
    *past = (Past){.pixels = pixels ? experiment_lot(run, "pixels", dataset, status) : -1};
    past->random = experiment_lot(run, "random", dataset, status);
    if (past->random < 0 || (pixels && past->pixels < 0))
        return false;
    for (int i = 0; i < run->series_count; i++) {
        const int lot = past->rule[i] = experiment_lot(run, "rule", dataset, status);
        if (lot < 0)
            return false;
        run->lot[lot].learning.rule = &run->series[i];
        run->lot[lot].learning.marks = steps > 1 ? 2 : 1;
    }
    return true;
}

static bool past_panel(ExperimentRun *run, int dataset, ExperimentMeasure measure, const char *what,
                       const Past *past, Status *status) {
    const int steps = run->inputs.plan.learning.steps;
    char half[EXPERIMENT_NAME], whole[EXPERIMENT_NAME], point[EXPERIMENT_NAME];
    snprintf(half, sizeof half, "rule, t=%d", (steps + 1) / 2);
    snprintf(whole, sizeof whole, "rule, t=%d", steps);
    ExperimentEntry entry = {
        .panel = experiment_panel(run, dataset, "outer step", measure, what, status),
        .mark = MARK_LAST};
    if (entry.panel < 0)
        return false;
    run->panel[entry.panel].log_x = true;
    for (int i = 0; i < run->series_count; i++) {
        snprintf(point, sizeof point, "%ld", run->series_step[i]);
        entry.x = (double)run->series_step[i];
        entry.lot = past->pixels;
        if (entry.lot >= 0 && !experiment_entry(run, entry, "inputs themselves", point, status))
            return false;
        entry.lot = past->random;
        if (!experiment_entry(run, entry, "random", point, status))
            return false;
        entry.lot = past->rule[i];
        ExperimentEntry of_half = entry;
        of_half.mark = 0;
        if ((steps > 1 && !experiment_entry(run, of_half, half, point, status)) ||
            !experiment_entry(run, entry, whole, point, status))
            return false;
    }
    return true;
}

bool plan_text(ExperimentRun *run, Status *status) {
    Past past;
    if (!experiment_load_series(run, status))
        return false;
    for (int d = 0; d < run->inputs.dataset_count; d++)
        if (!past_lots(run, d, true, &past, status) ||
            !past_panel(run, d, MEASURE_ACCURACY, "rules of a run's past", &past, status))
            return false;
    return true;
}

bool plan_filters(ExperimentRun *run, Status *status) {
    Past past;
    if (!experiment_load_series(run, status))
        return false;
    for (int d = 0; d < run->inputs.dataset_count; d++)
        if (experiment_picture(run, PICTURE_FILMSTRIP, d, status) < 0 ||
            !past_lots(run, d, false, &past, status) ||
            !past_panel(run, d, MEASURE_SMOOTHNESS, "smoothness of W_1", &past, status) ||
            !past_panel(run, d, MEASURE_ACCURACY, "accuracy", &past, status))
            return false;
    return true;
}
