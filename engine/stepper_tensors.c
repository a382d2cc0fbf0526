// The tensors of each stage, under the names of the paper.
#include "engine/stepper_state.h"

#include <stdio.h>

// Collects views.
typedef struct {
    TensorView *views;
    int count;
} List;

static void add(List *list, const real *values, int rank, const int *shape, const char *format,
                int layer) __attribute__((format(printf, 5, 0)));

static void add(List *list, const real *values, int rank, const int *shape, const char *format,
                int layer) {
    char name[TENSOR_NAME];
    snprintf(name, sizeof name, format, layer);
    list->views[list->count++] = tensor_view(name, values, rank, shape);
}

static void add_phi(List *list, const Phi *phi, const PhiShape *shape) {
    for (int i = 0; i < phi_tensor_count(shape); i++) {
        const PhiTensor tensor = phi_tensor(phi, shape, i);
        list->views[list->count++] =
            tensor_view(tensor.name, tensor.values, tensor.rank, tensor.shape);
    }
}

// phi_{t+1}, and what the step has added to phi_t.
static void add_applied(List *list, Stepper *stepper) {
    const PhiShape *shape = stepper_shape(stepper);
    const Phi *now = stepper_phi(stepper), *next = stepper_next_phi(stepper);
    add_phi(list, next, shape);
    Phi change;
    phi_place(&change, shape, stepper->room.shown);
    for (size_t i = 0; i < change.count; i++)
        change.block[i] = next->block[i] - now->block[i];
    const int first = list->count;
    add_phi(list, &change, shape);
    for (int i = first; i < list->count; i++) { // "layer1.W" becomes "layer1.dW"
        TensorView *view = &list->views[i];
        int layer;
        char letter;
        if (sscanf(view->name, "layer%d.%c", &layer, &letter) == 2)
            snprintf(view->name, sizeof view->name, "layer%d.d%c", layer, letter);
    }
}

// h [N, B, H] without the padding of its channels.
static void add_h(List *list, Stepper *stepper, int layer) {
    const InnerStep *step = &stepper->room.step;
    const int rows = step->shape.sizes[layer] * step->batch;
    const Rule *rule = &stepper_variation(stepper)->rule;
    const int H = rule->layout.sizes.H, stride = padded(H);
    real *shown = stepper->room.shown;
    compute_h_values(&step->h[layer], rule, stepper->kernels, shown);
    for (ptrdiff_t r = 0; r < rows; r++)
        for (int c = 0; c < H; c++)
            shown[r * H + c] = shown[r * stride + c];
    const int statistics[2] = {step->shape.sizes[layer], STATISTICS};
    const int values[3] = {step->shape.sizes[layer], step->batch, H};
    add(list, step->h[layer].statistics.S, 2, statistics, "layer%d.S", layer);
    add(list, shown, 3, values, "layer%d.h", layer);
}

static void add_predictions(List *list, Stepper *stepper) {
    const MetaObjective *objective = &stepper->room.objective;
    const int shape[2] = {objective->examples, objective->targets};
    const int L = objective->shape.layers;
    const int embedding[2] = {objective->shape.sizes[L], 2 * objective->examples};
    real *shown = stepper->room.shown;
    for (int i = 0; i < shape[0] * shape[1]; i++)
        shown[i] = (real)objective->p[i];
    add(list, objective->model.x[L], 2, embedding, "few_shot.x", L);
    add(list, shown, 2, shape, "few_shot.p", L);
}

static void add_top(List *list, const InnerStep *step, const Rule *rule) {
    const RuleSizes *sizes = &rule->layout.sizes;
    const int mix[3] = {sizes->T, step->batch, sizes->E};
    const int conv[3] = {sizes->E, step->batch, sizes->T};
    const int d[3] = {sizes->E, step->batch, sizes->D};
    const int L = step->shape.layers;
    add(list, step->top.mix_input, 3, mix, "top.mix_input", L);
    add(list, step->top.conv_input, 3, conv, "top.conv_input", L);
    add(list, step->d[L], 3, d, "layer%d.d", L);
}

static void add_terms(List *list, const WeightChange *change, int layer) {
    const int shape[2] = {change->below, change->units};
    char format[TENSOR_NAME];
    add(list, change->w, 2, shape, "layer%d.w", layer);
    for (int k = 0; k < TERMS; k++) {
        snprintf(format, sizeof format, "layer%d.%s", layer, term_names[k]);
        list->views[list->count++] = tensor_view(format, change->term[k], 2, shape);
    }
}

int stepper_tensors(Stepper *stepper, int stage, TensorView views[STEPPER_TENSORS]) {
    const InnerStep *step = &stepper->room.step;
    const PhiShape *shape = &step->shape;
    const Stage at = stage_at(shape->layers, stage);
    const int l = at.layer, D = step->error_channels;
    const int rows[3] = {shape->sizes[l], step->batch, D};
    const int below[3] = {shape->sizes[l > 0 ? l - 1 : 0], step->batch, D};
    const int weights[2] = {below[0], rows[0]};
    List list = {views, 0};
    switch (at.kind) {
    case STAGE_INPUT:
        add(&list, step->model.x[0], 2, rows, "layer%d.x", 0);
        add_phi(&list, stepper_phi(stepper), shape);
        break;
    case STAGE_FORWARD:
        add(&list, step->model.z[l], 2, rows, "layer%d.z", l);
        add(&list, step->model.x[l], 2, rows, "layer%d.x", l);
        break;
    case STAGE_TOP:
        add_top(&list, step, &stepper_variation(stepper)->rule);
        break;
    case STAGE_H:
        add_h(&list, stepper, l);
        break;
    case STAGE_DELTA:
        add(&list, step->sigmoid[l], 2, rows, "layer%d.sigmoid", l);
        add(&list, step->delta[l], 3, rows, "layer%d.delta", l);
        break;
    case STAGE_DOWN:
        add(&list, step->d[l - 1], 3, below, "layer%d.d", l - 1);
        break;
    case STAGE_TERMS:
        add_terms(&list, &step->change[l], l);
        break;
    case STAGE_MERGE:
        add(&list, step->change[l].merged, 2, weights, "layer%d.merged", l);
        add(&list, step->change[l].D, 2, weights, "layer%d.D", l);
        break;
    case STAGE_BIAS:
        add(&list, step->change[l].g, 1, rows, "layer%d.g", l);
        break;
    case STAGE_APPLY:
        add_applied(&list, stepper);
        break;
    default:
        add_predictions(&list, stepper);
    }
    return list.count;
}
