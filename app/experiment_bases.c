// Experiments that apply a rule to other base models than it was trained with: width, depth,
// activations.
#include "app/experiments.h"

#include "engine/words.h"

#include <stdio.h>
#include <string.h>

enum { MARKS = 4 }; // at T/2, T, 3 T/2 and 2 T
static const int marks_told[] = {0, 1, 3};

// The base model of a point: what is changed of a lot.
typedef struct {
    int panel, dataset;
    const char *point;
    double x;
    int layers, units; // hidden; 0: as they are
    Activation activation;
} Base;

static int base_lot(ExperimentRun *run, const Base *base, const char *method, Status *status) {
    const int index = experiment_lot(run, method, base->dataset, status);
    if (index < 0)
        return -1;
    ExperimentLot *lot = &run->lot[index];
    lot->learning.shape.activation = base->activation;
    if (base->layers > 0 && !experiment_layers(lot, base->layers, base->units, status))
        return -1;
    return index;
}

// The rule at several inner steps, and the same base model untrained.
static bool add_base(ExperimentRun *run, const Base *base, Status *status) {
    const int tried = run->inputs.plan.learning.steps;
    const int random = base_lot(run, base, "random", status);
    const int rule = base_lot(run, base, "rule", status);
    ExperimentEntry entry = {.panel = base->panel, .lot = random, .mark = MARK_LAST, .x = base->x};
    if (rule < 0 || !experiment_entry(run, entry, "random", base->point, status))
        return false;
    entry.lot = rule;
    run->lot[rule].learning.steps = 2 * tried;
    run->lot[rule].learning.marks = MARKS;
    for (size_t i = 0; i < sizeof marks_told / sizeof marks_told[0]; i++) {
        char series[EXPERIMENT_NAME];
        snprintf(series, sizeof series, "rule, t=%d", (marks_told[i] + 1) * tried / 2);
        entry.mark = marks_told[i];
        if (!experiment_entry(run, entry, series, base->point, status))
            return false;
    }
    return true;
}

// How a lot of the inputs' base model looks: hidden layers and units of the first.
static int hidden_layers(const ExperimentRun *run) {
    return run->inputs.plan.learning.shape.layers - 1;
}

static bool plan_sizes(ExperimentRun *run, bool width, Status *status) {
    int points[EXPERIMENT_POINTS];
    const PhiShape *shape = &run->inputs.plan.learning.shape;
    const int count = width ? experiment_whole_points(run, 1, 100000, points, status)
                            : experiment_whole_points(run, 1, PHI_LAYERS - 1, points, status);
    if (count < 0)
        return false;
    for (int d = 0; d < run->inputs.dataset_count; d++) {
        char what[64];
        snprintf(what, sizeof what, "%d %s", width ? hidden_layers(run) : shape->sizes[1],
                 width ? "hidden layer(s)" : "units in each hidden layer");
        Base base = {.dataset = d, .activation = shape->activation};
        base.panel = experiment_panel(run, d, width ? "units of a hidden layer" : "hidden layers",
                                      MEASURE_ACCURACY, what, status);
        if (base.panel < 0)
            return false;
        run->panel[base.panel].log_x = width;
        for (int i = 0; i < count; i++) {
            char point[16];
            snprintf(point, sizeof point, "%d", points[i]);
            base.point = point;
            base.x = points[i];
            base.layers = width ? hidden_layers(run) : points[i];
            base.units = width ? points[i] : shape->sizes[1];
            if (!add_base(run, &base, status))
                return false;
        }
    }
    return true;
}

bool plan_width(ExperimentRun *run, Status *status) {
    return plan_sizes(run, true, status);
}

bool plan_depth(ExperimentRun *run, Status *status) {
    return plan_sizes(run, false, status);
}

static bool add_activation(ExperimentRun *run, Base *base, const char *name, Status *status) {
    base->point = name;
    base->activation = activation_named(name);
    if (base->activation == ACTIVATION_COUNT)
        return status_fail(status, STATUS_USAGE, "--points: expected activations (%s), found '%s'",
                           run->experiment->points, name);
    return add_base(run, base, status);
}

bool plan_activations(ExperimentRun *run, Status *status) {
    for (int d = 0; d < run->inputs.dataset_count; d++) {
        char text[256];
        char *rest = text;
        Base base = {.dataset = d};
        base.panel = experiment_panel(run, d, NULL, MEASURE_ACCURACY, "activations", status);
        if (base.panel < 0)
            return false;
        snprintf(text, sizeof text, "%s", run->points);
        for (char *part; (part = strsep(&rest, ","));)
            if (!add_activation(run, &base, part, status))
                return false;
    }
    return true;
}
