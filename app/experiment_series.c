// Experiments over the rules of a run's past: text.
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

// ---- text ----

static bool add(ExperimentRun *run, int panel, int lot, int mark, int index, const char *series,
                Status *status) {
    char point[EXPERIMENT_NAME];
    snprintf(point, sizeof point, "%ld", run->series_step[index]);
    const ExperimentEntry entry = {
        .panel = panel, .lot = lot, .mark = mark, .x = (double)run->series_step[index]};
    return experiment_entry(run, entry, series, point, status);
}

// The rule of a checkpoint after half and all of the inner steps with which it was tried.
static bool add_checkpoint(ExperimentRun *run, int panel, int dataset, int index, Status *status) {
    const int lot = experiment_lot(run, "rule", dataset, status);
    const int steps = run->inputs.plan.learning.steps;
    char name[EXPERIMENT_NAME];
    if (lot < 0)
        return false;
    run->lot[lot].learning.rule = &run->series[index];
    run->lot[lot].learning.marks = steps > 1 ? 2 : 1;
    snprintf(name, sizeof name, "rule, t=%d", (steps + 1) / 2);
    if (steps > 1 && !add(run, panel, lot, 0, index, name, status))
        return false;
    snprintf(name, sizeof name, "rule, t=%d", steps);
    return add(run, panel, lot, MARK_LAST, index, name, status);
}

bool plan_text(ExperimentRun *run, Status *status) {
    if (!experiment_load_series(run, status))
        return false;
    for (int d = 0; d < run->inputs.dataset_count; d++) {
        char title[96];
        snprintf(title, sizeof title, "%.60s: rules of a run's past", run->inputs.spec[d]);
        const int panel = experiment_panel(run, "outer step", MEASURE_ACCURACY, title, status);
        const int random = experiment_lot(run, "random", d, status);
        const int pixels = experiment_lot(run, "pixels", d, status);
        if (panel < 0 || random < 0 || pixels < 0)
            return false;
        run->panel[panel].log_x = true;
        for (int i = 0; i < run->series_count; i++)
            if (!add(run, panel, pixels, MARK_LAST, i, "inputs themselves", status) ||
                !add(run, panel, random, MARK_LAST, i, "random", status) ||
                !add_checkpoint(run, panel, d, i, status))
                return false;
    }
    return true;
}
