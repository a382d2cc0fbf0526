#include "app/experiment.h"

#include "engine/number.h"
#include "engine/words.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int fail_too_many(const char *what, int most, Status *status) {
    status_fail(status, STATUS_USAGE,
                "more than %d %s; choose fewer data sets (--data) or points (--points)", most,
                what);
    return -1;
}

// A SPEC without the folders of its paths.
static void shorten_spec(const char *spec, char *out, size_t size) {
    size_t used = 0, part = 0; // where the last part begins that a ':' divides off
    bool path = true;          // options follow the '?'
    for (; *spec && used + 1 < size; spec++) {
        if (*spec == '?')
            path = false;
        if (path && *spec == '/') {
            used = part;
            continue;
        }
        out[used++] = *spec;
        if (*spec == ':')
            part = used;
    }
    out[used] = '\0';
}

int experiment_panel(ExperimentRun *run, int dataset, const char *x_name, ExperimentMeasure measure,
                     const char *what, Status *status) {
    if (run->panel_count == EXPERIMENT_PANELS)
        return fail_too_many("panels", EXPERIMENT_PANELS, status);
    ExperimentPanel *panel = &run->panel[run->panel_count];
    *panel = (ExperimentPanel){.x_name = x_name, .measure = measure};
    char data[DATA_SPEC_TEXT];
    shorten_spec(run->inputs.spec[dataset], data, sizeof data);
    snprintf(panel->title, sizeof panel->title, "%.100s%s%.50s", data, *what ? ": " : "", what);
    return run->panel_count++;
}

int experiment_picture(ExperimentRun *run, ExperimentPicture picture, int dataset, Status *status) {
    const int panel = experiment_panel(run, dataset, NULL, MEASURE_ACCURACY, "picture", status);
    if (panel < 0)
        return -1;
    run->panel[panel].picture = picture;
    run->panel[panel].dataset = dataset;
    return panel;
}

int experiment_lot(ExperimentRun *run, const char *method, int dataset, Status *status) {
    if (run->lot_count == EXPERIMENT_LOTS)
        return fail_too_many("measurements of a seed", EXPERIMENT_LOTS, status);
    ExperimentLot *lot = &run->lot[run->lot_count];
    *lot = (ExperimentLot){.dataset = dataset,
                           .method = method_named(method),
                           .learning = run->inputs.plan.learning,
                           .permute = run->inputs.plan.permute};
    lot->learning.marks = 1;
    return run->lot_count++;
}

bool experiment_entry(ExperimentRun *run, ExperimentEntry entry, const char *series,
                      const char *point, Status *status) {
    if (entry.panel < 0 || entry.lot < 0)
        return false;
    if (run->entry_count == EXPERIMENT_ENTRIES)
        return fail_too_many("values", EXPERIMENT_ENTRIES, status) >= 0;
    snprintf(entry.series, sizeof entry.series, "%s", series);
    snprintf(entry.point, sizeof entry.point, "%s", point);
    run->entry[run->entry_count++] = entry;
    return true;
}

bool experiment_layers(ExperimentLot *lot, int count, int units, Status *status) {
    PhiShape *shape = &lot->learning.shape;
    const int embedding = shape->sizes[shape->layers];
    if (count + 1 > PHI_LAYERS)
        return status_fail(status, STATUS_USAGE, "at most %d hidden layers, found %d",
                           PHI_LAYERS - 1, count);
    for (int l = 1; l <= count; l++)
        shape->sizes[l] = units;
    shape->layers = count + 1;
    shape->sizes[shape->layers] = embedding;
    return true;
}

static int by_size(const void *a, const void *b) {
    const int x = *(const int *)a, y = *(const int *)b;
    return (x > y) - (x < y);
}

int experiment_whole_points(const ExperimentRun *run, int low, int high,
                            int points[EXPERIMENT_POINTS], Status *status) {
    char text[256];
    char *rest = text;
    int count = 0;
    snprintf(text, sizeof text, "%s", run->points);
    for (char *part; (part = strsep(&rest, ","));) {
        int64_t number;
        if (!number_read_whole(part, &number) || number < low || number > high) {
            status_fail(status, STATUS_USAGE,
                        "--points: expected whole numbers from %d to %d (%s), found '%s'", low,
                        high, run->experiment->points_help, part);
            return -1;
        }
        if (count == EXPERIMENT_POINTS)
            return fail_too_many("points", EXPERIMENT_POINTS, status);
        points[count++] = (int)number;
    }
    qsort(points, (size_t)count, sizeof points[0], by_size);
    int different = 0;
    for (int i = 0; i < count; i++)
        if (i == 0 || points[i] != points[different - 1])
            points[different++] = points[i];
    return different;
}

// The inputs of the command line; a run stands for its rule.
static bool take_inputs(ExperimentRun *run, const Options *options, Status *status) {
    const Experiment *experiment = run->experiment;
    Options with = *options;
    if (!options->data && experiment->data_help)
        return status_fail(status, STATUS_USAGE, "the experiment '%s' needs --data, such as %s",
                           experiment->name, experiment->data_help);
    const int length = options->rule ? snprintf(run->rule, PATH_MAX, "%s", options->rule)
                       : run->folder
                           ? snprintf(run->rule, PATH_MAX, "%s/rule.safetensors", run->folder)
                           : 0;
    if (length < 0 || length >= PATH_MAX)
        return status_fail(status, STATUS_USAGE, "--%s: the path is too long",
                           options->rule ? "rule" : "run");
    if (*run->rule)
        with.rule = run->rule;
    return transfer_inputs_init(&run->inputs, &with, &experiment->defaults, status);
}

bool experiment_init(ExperimentRun *run, const Experiment *experiment, const Options *options,
                     Status *status) {
    memset(run, 0, sizeof *run);
    run->experiment = experiment;
    run->points = options->points ? options->points : experiment->points;
    run->folder = options->run;
    if (options->points && !experiment->points_help)
        return status_fail(status, STATUS_USAGE, "the experiment '%s' has no --points",
                           experiment->name);
    if (!take_inputs(run, options, status) || !experiment->plan(run, status))
        return false;
    TransferPlan *plan = &run->inputs.plan;
    plan->look = experiment->looks;
    const size_t items = (size_t)run->lot_count * (size_t)plan->seeds;
    run->done = calloc(items, sizeof *run->done);
    run->score = calloc(items * (size_t)plan->shot_count, sizeof *run->score);
    return (run->done && run->score) ||
           status_fail(status, STATUS_FAILURE, "no memory for %zu measurements", items);
}

void experiment_clear(ExperimentRun *run) {
    for (int i = 0; i < run->series_count; i++)
        rule_clear(&run->series[i]);
    free(run->series);
    run->series = NULL;
    run->series_count = 0;
    transfer_inputs_clear(&run->inputs);
    for (int panel = 0; panel < EXPERIMENT_PANELS; panel++) {
        features_free(run->features[panel]);
        filmstrip_clear(&run->filmstrip[panel]);
        run->features[panel] = NULL;
    }
    free(run->done);
    free(run->score);
    run->done = NULL;
    run->score = NULL;
}

int experiment_seeds(const ExperimentRun *run) {
    return run->inputs.plan.seeds;
}

int experiment_item(const ExperimentRun *run, int lot, int seed) {
    return lot * run->inputs.plan.seeds + seed;
}

TransferScore *experiment_score(const ExperimentRun *run, int item) {
    return &run->score[(ptrdiff_t)item * run->inputs.plan.shot_count];
}
