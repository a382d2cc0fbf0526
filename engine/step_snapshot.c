#include "engine/step_snapshot.h"

#include "engine/histogram.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void take_start(StepSnapshot *snapshot, const Stepper *stepper) {
    const StepperStart *start = stepper_start(stepper);
    const Variation *variation = stepper_variation(stepper);
    const PhiShape *shape = &start->shape;
    snprintf(snapshot->rule, sizeof snapshot->rule, "%s", variation->shared->label);
    snprintf(snapshot->data, sizeof snapshot->data, "%s", start->task.dataset->name);
    snprintf(snapshot->task, sizeof snapshot->task, "%s", start->task.name);
    size_t length = 0;
    for (int l = 0; l <= shape->layers && length < sizeof snapshot->architecture; l++)
        length += (size_t)snprintf(snapshot->architecture + length,
                                   sizeof snapshot->architecture - length, "%s%d", l ? "-" : "",
                                   shape->sizes[l]);
    if (length < sizeof snapshot->architecture)
        snprintf(snapshot->architecture + length, sizeof snapshot->architecture - length, " %s",
                 activation_name(shape->activation));
    snapshot->rate = variation->rate;
    snapshot->copied = start->copied;
    snapshot->worker = start->worker;
    snapshot->outer_step = start->outer_step;
}

static void take_position(StepSnapshot *snapshot, const Debugger *debugger,
                          const Stepper *stepper) {
    const Stepper *changed = debugger_stepper(debugger, FUTURE_WHAT_IF);
    const StepRecord record = stepper_newest_record(stepper);
    snapshot->at = stepper_position(stepper);
    snapshot->layers = stepper_shape(stepper)->layers;
    const Stage stage = stage_at(snapshot->layers, snapshot->at.stage);
    stage_name(snapshot->layers, stage, snapshot->stage);
    snapshot->formula = stage_formula(stage.kind);
    snapshot->loss = record.loss;
    snapshot->accuracy = record.accuracy;
    snapshot->looked_at = debugger_looked_at(debugger);
    snapshot->has_what_if = changed != NULL;
    if (changed)
        stepper_variation_text(changed, snapshot->what_if);
}

static bool take_tensors(StepSnapshot *snapshot, Stepper *stepper, int selected) {
    TensorView views[STEPPER_TENSORS];
    const int count = stepper_tensors(stepper, snapshot->at.stage, views);
    for (int i = 0; i < count; i++) {
        StepTensorRow *row = &snapshot->tensors[i];
        memcpy(row->name, views[i].name, sizeof row->name);
        tensor_shape_text(&views[i], row->shape);
        tensor_statistics(&row->statistics, &views[i]);
    }
    snapshot->tensor_count = count;
    snapshot->selected = selected < 0 ? 0 : selected < count ? selected : count - 1;
    snapshot->tensor = views[snapshot->selected];
    const real *values = snapshot->tensor.values;
    const size_t value_count = snapshot->tensor.count;
    snapshot->tensor.values = NULL;
    histogram_fill(&snapshot->histogram, snapshot->tensor.name, values, value_count);
    snapshot->values = malloc(value_count * sizeof *snapshot->values);
    for (size_t i = 0; snapshot->values && i < value_count; i++)
        snapshot->values[i] = (float)values[i];
    return snapshot->values != NULL;
}

static bool take_curve(StepCurve *curve, const Stepper *stepper) {
    if (!stepper)
        return true;
    const StepRecord start = stepper_start_record(stepper);
    const int count = stepper_record_count(stepper);
    curve->start_loss = start.loss;
    curve->start_accuracy = start.accuracy;
    curve->loss = malloc(2 * (size_t)count * sizeof *curve->loss);
    if (!curve->loss)
        return false;
    curve->accuracy = curve->loss + count;
    curve->count = count;
    for (int i = 0; i < count; i++) {
        curve->loss[i] = stepper_record(stepper, i)->loss;
        curve->accuracy[i] = stepper_record(stepper, i)->accuracy;
    }
    return true;
}

static bool take_shares(StepSnapshot *snapshot, const Stepper *stepper) {
    const int count = stepper_record_count(stepper), layers = snapshot->layers;
    snapshot->share =
        malloc((size_t)count * (size_t)layers * ANATOMY_PARTS * sizeof *snapshot->share);
    if (!snapshot->share)
        return false;
    snapshot->share_count = count;
    float *share = snapshot->share;
    for (int i = 0; i < count; i++)
        for (int l = 1; l <= layers; l++)
            for (int k = 0; k < ANATOMY_PARTS; k++)
                *share++ = (float)anatomy_share(stepper_anatomy(stepper, i, l), k);
    return true;
}

static void take_points(StepSnapshot *snapshot, const Debugger *debugger) {
    snapshot->point_count = debugger_point_count(debugger);
    for (int i = 0; i < snapshot->point_count; i++) {
        const DebuggerPoint *point = debugger_point(debugger, i);
        StepPointRow *row = &snapshot->points[i];
        row->kind = point->kind;
        row->number = point->number;
        snprintf(row->text, sizeof row->text, "%s", expression_text(point->expression));
        row->known = debugger_point_value(debugger, point, &row->value);
    }
}

bool step_snapshot_take(StepSnapshot *snapshot, const Debugger *debugger, int selected,
                        Status *status) {
    Stepper *stepper = debugger_looked_at_stepper(debugger);
    *snapshot = (StepSnapshot){.seed = 0};
    take_start(snapshot, stepper);
    take_position(snapshot, debugger, stepper);
    // The points last: their values are computed where the tensors of the stage are.
    bool done = take_tensors(snapshot, stepper, selected) && take_shares(snapshot, stepper);
    for (int i = 0; done && i < FUTURES; i++)
        done = take_curve(&snapshot->curve[i], debugger_stepper(debugger, (Future)i));
    if (done) {
        take_points(snapshot, debugger);
        return true;
    }
    step_snapshot_clear(snapshot);
    return status_fail(status, STATUS_FAILURE, "out of memory for a picture of the inner step");
}

void step_snapshot_clear(StepSnapshot *snapshot) {
    free(snapshot->values);
    free(snapshot->share);
    for (int i = 0; i < FUTURES; i++)
        free(snapshot->curve[i].loss);
    *snapshot = (StepSnapshot){.seed = 0};
}
