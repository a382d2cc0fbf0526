// Where an inner step first met a number that is not finite: its tensors in the order in which
// inner_step_forward fills them.
#include "engine/inner_step.h"
#include "engine/vector.h"

#include <stdarg.h>
#include <stdio.h>

typedef struct {
    char *place; // [INNER_STEP_PLACE]
    bool found;
} Search;

// Notes the place if nothing was found before it and values holds something that is not finite.
__attribute__((format(printf, 4, 5))) static void look(Search *search, const real *values,
                                                       size_t count, const char *format, ...) {
    if (search->found || !values || vector_finite(values, count))
        return;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(search->place, INNER_STEP_PLACE, format, arguments);
    va_end(arguments);
    search->found = true;
}

static void look_at_top(Search *search, const InnerStep *step) {
    const int L = step->shape.layers;
    const TopError *top = &step->top;
    for (int i = 0; i < TOP_LAYERS; i++)
        look(search, top->layer[i].y, top->layer[i].count, "layer %d %s", L,
             rule_convolution_name(TOP_CONV_IN + i));
    look(search, step->d[L],
         (size_t)step->shape.sizes[L] * (size_t)step->batch * (size_t)step->error_channels,
         "layer %d top error", L);
}

// h_l, and what is read from it.
static void look_at_h(Search *search, const InnerStep *step, int l) {
    const ComputeH *h = &step->h[l];
    const size_t rows = (size_t)h->units * (size_t)h->batch;
    const size_t D = (size_t)step->error_channels;
    for (int i = 0; i < H_LAYERS; i++)
        look(search, h->layer[i].y, h->layer[i].count, "layer %d %s", l,
             rule_convolution_name(H_CONV_IN + i));
    const size_t readout = rows * (size_t)step->readout_rank;
    for (int i = 0; h->use.lower && i < LOWER_READOUTS; i++)
        look(search, h->lower[i], readout, "layer %d %s", l, rule_lower_name(i));
    for (int i = 0; h->use.upper && i < UPPER_READOUTS; i++)
        look(search, h->upper[i], readout, "layer %d %s", l, rule_upper_name(i));
    if (!h->use.upper)
        return;
    look(search, h->bias, rows, "layer %d %s", l, rule_upper_name(UPPER_BIAS));
    look(search, h->delta, rows * D, "layer %d %s", l, rule_upper_name(UPPER_DELTA));
    look(search, step->delta[l], rows * D, "layer %d delta", l);
    look(search, step->d[l - 1], (size_t)step->shape.sizes[l - 1] * (size_t)step->batch * D,
         "layer %d error", l - 1);
}

static void look_at_change(Search *search, const WeightChange *change, int l) {
    const size_t weights = (size_t)change->below * (size_t)change->units;
    for (int k = 0; k < TERMS; k++)
        look(search, change->term[k], weights, "layer %d term %s", l, term_names[k]);
    look(search, change->D, weights, "layer %d merge", l);
    look(search, change->g, (size_t)change->units, "layer %d bias change", l);
}

void inner_step_find_non_finite(const InnerStep *step, const Phi *next,
                                char place[INNER_STEP_PLACE]) {
    const PhiShape *shape = &step->shape;
    Search search = {.place = place};
    place[0] = '\0';
    look(&search, step->model.x[0], (size_t)shape->sizes[0] * (size_t)step->batch, "input x_0");
    for (int l = 1; l <= shape->layers; l++)
        look(&search, step->model.z[l], (size_t)shape->sizes[l] * (size_t)step->batch,
             "layer %d base model", l);
    look_at_top(&search, step);
    for (int l = shape->layers; l >= 0; l--)
        look_at_h(&search, step, l);
    for (int l = 1; l <= shape->layers; l++)
        look_at_change(&search, &step->change[l], l);
    for (int i = 0; i < phi_tensor_count(shape); i++) {
        const PhiTensor tensor = phi_tensor(next, shape, i);
        look(&search, tensor.values, tensor.count, "%s after the step", tensor.name);
    }
}
