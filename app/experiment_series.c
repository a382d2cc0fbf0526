// Experiments over the rules of a run's past: text.
#include "app/experiments.h"

#include "app/rule_series.h"
#include "engine/rule_file.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { USUAL = 12 }; // points, if --points does not choose them

// ---- the rules ----

static int by_number(const void *a, const void *b) {
    const long x = *(const long *)a, y = *(const long *)b;
    return (x > y) - (x < y);
}

// The outer steps after 0 of which the run has rules, ascending; returns how many.
static int list_steps(const char *folder, long steps[STEP_FILES_LISTED]) {
    char path[PATH_MAX];
    const int length = snprintf(path, sizeof path, "%s/%s", folder, rule_series_folder);
    DIR *opened = length > 0 && length < PATH_MAX ? opendir(path) : NULL;
    int count = 0;
    for (const struct dirent *entry; opened && (entry = readdir(opened));) {
        long step;
        if (step_file_parse(entry->d_name, &step) && step > 0 && count < STEP_FILES_LISTED)
            steps[count++] = step;
    }
    if (opened)
        closedir(opened);
    qsort(steps, (size_t)count, sizeof steps[0], by_number);
    return count;
}

// Those of --points, or `USUAL` of all, evenly and with the last one.  Returns how many, or -1.
static int choose_steps(const ExperimentRun *run, long chosen[EXPERIMENT_POINTS], Status *status) {
    long all[STEP_FILES_LISTED];
    int points[EXPERIMENT_POINTS];
    if (run->points) {
        const int count = experiment_whole_points(run, 1, INT_MAX, points, status);
        for (int i = 0; i < count; i++)
            chosen[i] = points[i];
        return count;
    }
    const int found = list_steps(run->folder, all), count = found < USUAL ? found : USUAL;
    for (int i = 0; i < count; i++)
        chosen[i] = all[found - 1 - (count - 1 - i) * (found - 1) / (count > 1 ? count - 1 : 1)];
    if (count == 0)
        status_fail(status, STATUS_BAD_DATA,
                    "%s: expected rules of a run's past in %s/, found none", run->folder,
                    rule_series_folder);
    return count > 0 ? count : -1;
}

bool experiment_load_series(ExperimentRun *run, Status *status) {
    long steps[EXPERIMENT_POINTS];
    if (!run->folder)
        return status_fail(status, STATUS_USAGE, "the experiment '%s' needs --run DIR",
                           run->experiment->name);
    const int count = choose_steps(run, steps, status);
    if (count < 0)
        return false;
    assert(count > 0); // choose_steps fails if there are none
    run->series = calloc((size_t)count, sizeof *run->series);
    if (!run->series)
        return status_fail(status, STATUS_FAILURE, "no memory for %d rules", count);
    for (; run->series_count < count; run->series_count++) {
        char place[STEP_FILE_PLACE], path[PATH_MAX];
        const int i = run->series_count;
        step_file_place(rule_series_folder, steps[i], place);
        if (snprintf(path, sizeof path, "%s/%s", run->folder, place) >= PATH_MAX)
            return status_fail(status, STATUS_USAGE, "--run: the path is too long");
        if (!rule_file_load(&run->series[i], path, status))
            return false;
        run->series_step[i] = steps[i];
    }
    return true;
}

// ---- text ----

static bool add(ExperimentRun *run, int panel, int lot, int mark, int index, const char *series,
                Status *status) {
    ExperimentEntry entry = {
        .panel = panel, .lot = lot, .mark = mark, .x = (double)run->series_step[index]};
    snprintf(entry.series, sizeof entry.series, "%s", series);
    snprintf(entry.point, sizeof entry.point, "%ld", run->series_step[index]);
    return lot >= 0 && experiment_entry(run, &entry, status);
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
