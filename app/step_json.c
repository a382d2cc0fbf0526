#include "app/step_json.h"

#include "app/json_object.h"
#include "engine/histogram.h"

static void add_numbers(cJSON *object, const char *name, const double *numbers, int count) {
    cJSON *array = object ? cJSON_AddArrayToObject(object, name) : NULL;
    for (int i = 0; array && i < count; i++)
        json_append_number(array, numbers[i]);
}

void step_json_start(cJSON *object, const Stepper *stepper) {
    const StepperStart *start = stepper_start(stepper);
    const Variation *variation = stepper_variation(stepper);
    json_add_text(object, "rule", variation->shared->label);
    json_add_text(object, "data", start->task.dataset->name);
    json_add_text(object, "task", start->task.name);
    cJSON *sizes = object ? cJSON_AddArrayToObject(object, "sizes") : NULL;
    for (int l = 0; sizes && l <= start->shape.layers; l++)
        json_append_number(sizes, start->shape.sizes[l]);
    json_add_text(object, "activation", activation_name(start->shape.activation));
    json_add_number(object, "batch", start->batch);
    json_add_number(object, "rate", variation->rate);
    json_add_number(object, "horizon", start->horizon);
    if (start->copied) {
        json_add_number(object, "copy_of_worker", start->worker + 1);
        json_add_number(object, "outer_step", (double)start->outer_step);
    }
}

static void add_watches(cJSON *object, const Debugger *debugger) {
    cJSON *watches = NULL;
    for (int i = 0; i < debugger_point_count(debugger); i++) {
        const DebuggerPoint *point = debugger_point(debugger, i);
        double value;
        if (point->kind != POINT_WATCH)
            continue;
        if (!watches)
            watches = cJSON_AddArrayToObject(object, "watches");
        cJSON *watch = cJSON_CreateObject();
        cJSON_AddItemToArray(watches, watch);
        json_add_number(watch, "number", point->number);
        json_add_text(watch, "expression", expression_text(point->expression));
        if (debugger_point_value(debugger, point, &value))
            json_add_number(watch, "value", value);
        else if (watch)
            cJSON_AddNullToObject(watch, "value");
    }
}

// Of the newest phi that the position has.
static void add_record(cJSON *object, const Stepper *stepper) {
    const StepRecord record = stepper_newest_record(stepper);
    json_add_number(object, "loss", record.loss);
    json_add_number(object, "accuracy", record.accuracy);
}

static const char *future_name(Future future) {
    return future == FUTURE_AS_IS ? "as-is" : "what-if";
}

void step_json_position(cJSON *object, const Debugger *debugger) {
    const Stepper *stepper = debugger_looked_at_stepper(debugger);
    const StepperPosition at = stepper_position(stepper);
    const int layers = stepper_shape(stepper)->layers;
    const Stage stage = stage_at(layers, at.stage);
    const Future looked_at = debugger_looked_at(debugger);
    char name[STAGE_NAME];
    if (!object)
        return;
    stage_name(layers, stage, name);
    json_add_number(object, "step", at.step);
    json_add_number(object, "stage", at.stage);
    json_add_text(object, "stage_name", name);
    json_add_text(object, "formula", stage_formula(stage.kind));
    const double truncation[2] = {at.truncation_begin, at.truncation_end};
    add_numbers(object, "truncation", truncation, 2);
    json_add_text(object, "future", future_name(looked_at));
    add_record(object, stepper);
    add_watches(object, debugger);
    const Stepper *other =
        debugger_stepper(debugger, looked_at == FUTURE_AS_IS ? FUTURE_WHAT_IF : FUTURE_AS_IS);
    cJSON *rest = other ? cJSON_AddObjectToObject(object, "other_future") : NULL;
    if (rest)
        add_record(rest, other);
    const Stepper *changed = debugger_stepper(debugger, FUTURE_WHAT_IF);
    if (changed) {
        char text[VARIATION_TEXT];
        json_add_text(object, "what_if", stepper_variation_text(changed, text));
    }
}

static void add_figures(cJSON *object, const TensorView *tensor) {
    TensorStatistics statistics;
    tensor_statistics(&statistics, tensor);
    json_add_text(object, "name", tensor->name);
    cJSON *shape = cJSON_AddArrayToObject(object, "shape");
    for (int i = 0; shape && i < tensor->rank; i++)
        json_append_number(shape, tensor->shape[i]);
    for (int i = 0; i < STATISTIC_COUNT; i++) {
        const bool counts = i == STATISTIC_NAN; // infinities, too
        json_add_number(object, counts ? "non_finite" : statistic_name((Statistic)i),
                        statistic_of(&statistics, (Statistic)i));
    }
}

void step_json_tensors(cJSON *object, Stepper *stepper) {
    TensorView views[STEPPER_TENSORS];
    if (!object)
        return;
    const int count = stepper_tensors(stepper, stepper_position(stepper).stage, views);
    cJSON *tensors = cJSON_AddArrayToObject(object, "tensors");
    for (int i = 0; tensors && i < count; i++) {
        cJSON *tensor = cJSON_CreateObject();
        if (!tensor)
            return;
        cJSON_AddItemToArray(tensors, tensor);
        add_figures(tensor, &views[i]);
    }
}

void step_json_tensor(cJSON *object, const TensorView *tensor, bool values) {
    HistogramView histogram;
    double bins[SNAPSHOT_BINS];
    if (!object)
        return;
    add_figures(object, tensor);
    histogram_fill(&histogram, tensor->name, tensor->values, tensor->count);
    for (int i = 0; i < SNAPSHOT_BINS; i++)
        bins[i] = histogram.bins[i];
    cJSON *part = cJSON_AddObjectToObject(object, "histogram");
    json_add_number(part, "low", histogram.low);
    json_add_number(part, "high", histogram.high);
    add_numbers(part, "bins", bins, SNAPSHOT_BINS);
    add_numbers(part, "percentiles", histogram.percentiles, 9);
    cJSON *array = values ? cJSON_AddArrayToObject(object, "values") : NULL;
    for (size_t i = 0; array && i < tensor->count; i++)
        json_append_number(array, (double)tensor->values[i]);
}

void step_json_anatomy(cJSON *object, const Stepper *stepper, int layer) {
    const StepperPosition at = stepper_position(stepper);
    cJSON *layers = object ? cJSON_AddArrayToObject(object, "layers") : NULL;
    for (int l = 1; layers && l <= stepper_shape(stepper)->layers; l++) {
        if (layer != 0 && l != layer)
            continue;
        const Anatomy *anatomy = stepper_anatomy(stepper, at.step - at.first, l);
        cJSON *one = cJSON_CreateObject();
        cJSON_AddItemToArray(layers, one);
        json_add_number(one, "layer", l);
        json_add_number(one, "step_norm", (double)anatomy->step_norm);
        cJSON *parts = cJSON_AddArrayToObject(one, "parts");
        for (int k = 0; parts && k < ANATOMY_PARTS; k++) {
            cJSON *part = cJSON_CreateObject();
            cJSON_AddItemToArray(parts, part);
            json_add_text(part, "name", anatomy_part_name(k));
            json_add_number(part, "norm", (double)anatomy->norm[k]);
            json_add_number(part, "share", anatomy_share(anatomy, k));
            json_add_number(part, "projection", (double)anatomy->projection[k]);
        }
    }
}

bool step_json_curve(cJSON *object, const Debugger *debugger, const char *name, Status *status) {
    Quantity quantity;
    if (!quantity_find(&quantity, debugger_looked_at_stepper(debugger), name, status))
        return false;
    if (!quantity_has_curve(&quantity))
        return status_fail(status, STATUS_USAGE,
                           "expected loss, accuracy or layer1.TERM.share (or .projection), found "
                           "'%s'",
                           name);
    const Stepper *as_is = debugger_stepper(debugger, FUTURE_AS_IS);
    json_add_text(object, "name", name);
    json_add_number(object, "first_step", stepper_position(as_is).first);
    for (int future = 0; object && future < FUTURES; future++) {
        const Stepper *stepper = debugger_stepper(debugger, (Future)future);
        cJSON *array = stepper ? cJSON_AddArrayToObject(object, future_name((Future)future)) : NULL;
        for (int i = 0; array && i < stepper_record_count(stepper); i++)
            json_append_number(array, quantity_on_record(&quantity, stepper, i));
    }
    return true;
}
