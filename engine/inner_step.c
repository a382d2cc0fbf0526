#include "engine/inner_step.h"

#include "engine/blas.h"
#include "engine/vector.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const double error_epsilon = 1e-6;

bool inner_step_check(const PhiShape *shape, const RuleSizes *sizes, int batch, Status *status) {
    const int L = shape->layers;
    if (L < 1 || L > PHI_LAYERS)
        return status_fail(status, STATUS_BAD_DATA, "a base model has 1 to %d layers, found %d",
                           PHI_LAYERS, L);
    for (int l = 0; l <= L; l++)
        if (shape->sizes[l] < 1 || shape->sizes[l] > 1 << 20)
            return status_fail(status, STATUS_BAD_DATA,
                               "layer %d of a base model has 1 to %d units, found %d", l, 1 << 20,
                               shape->sizes[l]);
    if (shape->sizes[L] != sizes->E)
        return status_fail(status, STATUS_BAD_DATA,
                           "the last layer of the base model must have E = %d units, as the rule "
                           "was made for, found %d",
                           sizes->E, shape->sizes[L]);
    if (batch < 2)
        return status_fail(status, STATUS_BAD_DATA,
                           "batch statistics need at least 2 examples, found %d", batch);
    return true;
}

static HUse use_of(const PhiShape *shape, int l) {
    return (HUse){.lower = l<shape->layers, .upper = l> 0};
}

void inner_step_take(InnerStep *step, const Rule *rule, const PhiShape *shape, int batch,
                     Arena *arena) {
    const size_t B = (size_t)batch, D = (size_t)rule->layout.sizes.D;
    *step = (InnerStep){.shape = *shape,
                        .batch = batch,
                        .error_channels = rule->layout.sizes.D,
                        .readout_rank = rule->layout.sizes.R};
    base_model_take(&step->model, shape, batch, arena);
    top_error_take(&step->top, rule, batch, arena);
    for (int l = 0; l <= shape->layers; l++) {
        const size_t rows = (size_t)shape->sizes[l] * B;
        step->d[l] = arena_take(arena, rows * D);
        step->d_rstd[l] = l < shape->layers ? arena_take(arena, rows) : NULL;
        step->sigmoid[l] = l > 0 ? arena_take(arena, rows) : NULL;
        step->delta[l] = l > 0 ? arena_take(arena, rows * D) : NULL;
        compute_h_take(&step->h[l], rule, shape->sizes[l], batch, use_of(shape, l), arena);
        if (l > 0)
            weight_change_take(&step->change[l], shape->sizes[l - 1], shape->sizes[l], batch,
                               arena);
    }
}

static ComputeHInputs inputs_of_h(const InnerStep *step, const Phi *phi, int l) {
    const PhiShape *shape = &step->shape;
    ComputeHInputs inputs = {.x = step->model.x[l], .z = step->model.z[l], .d = step->d[l]};
    if (l > 0) { // the input layer has no bias and no weights below
        inputs.b = phi->b[l];
        inputs.W_below = phi->W[l];
        inputs.inputs = shape->sizes[l - 1];
    }
    if (l < shape->layers) {
        inputs.W_above = phi->W[l + 1];
        inputs.outputs = shape->sizes[l + 1];
    }
    return inputs;
}

// delta_l = d_l * sigmoid(z_l) + h_l delta.w + delta.b
static void delta_forward(InnerStep *step, int D, int l) {
    const ptrdiff_t rows = (ptrdiff_t)step->shape.sizes[l] * step->batch;
    for (ptrdiff_t r = 0; r < rows; r++) {
        const real s = (real)(1 / (1 + exp(-(double)step->model.z[l][r])));
        step->sigmoid[l][r] = s;
        for (ptrdiff_t i = r * D; i < (r + 1) * D; i++)
            step->delta[l][i] = step->d[l][i] * s + step->h[l].delta[i];
    }
}

// dd_l and dz_l += from ddelta.
static void delta_backward(const InnerStep *step, int D, int l, const real *ddelta, real *dd,
                           real *dz) {
    const ptrdiff_t rows = (ptrdiff_t)step->shape.sizes[l] * step->batch;
    for (ptrdiff_t r = 0; r < rows; r++) {
        const real s = step->sigmoid[l][r];
        real along = 0;
        for (ptrdiff_t i = r * D; i < (r + 1) * D; i++) {
            dd[i] += ddelta[i] * s;
            along += ddelta[i] * step->d[l][i];
        }
        dz[r] += along * s * (1 - s);
    }
}

// d_{l-1} = V_l delta_l over units, then d * rsqrt(1e-6 + mean_c d^2)
static void down_forward(InnerStep *step, const Phi *phi, int D, int l) {
    const int below = step->shape.sizes[l - 1], units = step->shape.sizes[l];
    const int row = step->batch * D;
    real *d = step->d[l - 1];
    product(AS_IS, AS_IS, below, row, units, 1, phi->V[l], units, step->delta[l], row, 0, d, row);
    for (ptrdiff_t r = 0; r < (ptrdiff_t)below * step->batch; r++, d += D) {
        real square = 0;
        for (int c = 0; c < D; c++)
            square += d[c] * d[c];
        const real rstd = (real)(1 / sqrt(error_epsilon + (double)square / D));
        step->d_rstd[l - 1][r] = rstd;
        for (int c = 0; c < D; c++)
            d[c] *= rstd;
    }
}

// dd_{l-1} is overwritten; dV_l += and ddelta_l +=.
static void down_backward(const InnerStep *step, const Phi *phi, int D, int l, real *dd, real *dV,
                          real *ddelta) {
    const int below = step->shape.sizes[l - 1], units = step->shape.sizes[l];
    const int row = step->batch * D;
    const real *d = step->d[l - 1]; // normalised: raw d times rstd
    real *to = dd;
    for (ptrdiff_t r = 0; r < (ptrdiff_t)below * step->batch; r++, d += D, to += D) {
        const real rstd = step->d_rstd[l - 1][r];
        real along = 0;
        for (int c = 0; c < D; c++)
            along += to[c] * d[c];
        along /= (real)D;
        for (int c = 0; c < D; c++)
            to[c] = rstd * (to[c] - d[c] * along);
    }
    product(AS_IS, TRANSPOSED, below, units, row, 1, dd, row, step->delta[l], row, 1, dV, units);
    product(TRANSPOSED, AS_IS, units, row, below, 1, phi->V[l], units, dd, row, 1, ddelta, row);
}

// next = kept * values - rate * change
static void apply(size_t count, real rate, const real *values, const real *change, real *next) {
    for (size_t i = 0; i < count; i++)
        next[i] = values[i] * (1 - rate) - rate * change[i];
}

void inner_step_forward(InnerStep *step, const Rule *rule, const Kernels *kernels, const Phi *phi,
                        const real *examples, real rate, Phi *next, Arena *scratch) {
    const PhiShape *shape = &step->shape;
    const int L = shape->layers, D = rule->layout.sizes.D;
    base_model_input(&step->model, shape, examples);
    base_model_forward(&step->model, shape, phi);
    top_error_forward(&step->top, rule, kernels, step->model.x[L], step->d[L], scratch);
    for (int l = L; l >= 0; l--) {
        const ComputeHInputs inputs = inputs_of_h(step, phi, l);
        compute_h_forward(&step->h[l], rule, kernels, &inputs, scratch);
        if (l == 0)
            break;
        delta_forward(step, D, l);
        down_forward(step, phi, D, l);
    }
    for (int l = 1; l <= L; l++)
        weight_change_forward(&step->change[l], rule, phi->W[l], step->model.x[l - 1],
                              step->model.x[l], &step->h[l - 1], &step->h[l], scratch);
    for (int l = 1; l <= L; l++) {
        const WeightChange *change = &step->change[l];
        const size_t weights = (size_t)shape->sizes[l - 1] * (size_t)shape->sizes[l];
        apply(weights, rate, phi->W[l], change->D, next->W[l]);
        apply(weights, rate, phi->V[l], change->D, next->V[l]);
        apply((size_t)shape->sizes[l], rate, phi->b[l], change->g, next->b[l]);
    }
}

static real *take_zeros(Arena *arena, size_t count) {
    real *values = arena_take(arena, count);
    memset(values, 0, count * sizeof(real));
    return values;
}

// What the backward pass holds of all layers at once.
typedef struct {
    real *dx[PHI_LAYERS + 1], *dz[PHI_LAYERS + 1]; // [N_l, B], l >= 1
    HeadsGradient heads[PHI_LAYERS + 1];
} LayersGradient;

// The derivative of apply and of the weight changes: dphi is set, the heads and dx.
static void changes_backward(const InnerStep *step, const Rule *rule, const Phi *phi, real rate,
                             const Phi *dnext, Phi *dphi, RuleGradient *gradient,
                             LayersGradient *layers, Arena *scratch) {
    const PhiShape *shape = &step->shape;
    for (size_t i = 0; i < dphi->count; i++)
        dphi->block[i] = dnext->block[i] * (1 - rate);
    for (int l = 1; l <= shape->layers; l++) {
        const size_t mark = arena_mark(scratch);
        const size_t units = (size_t)shape->sizes[l];
        const size_t weights = (size_t)shape->sizes[l - 1] * units;
        real *dD = arena_take(scratch, weights), *dg = arena_take(scratch, units);
        for (size_t i = 0; i < weights; i++)
            dD[i] = -rate * (dnext->W[l][i] + dnext->V[l][i]);
        for (size_t i = 0; i < units; i++)
            dg[i] = -rate * dnext->b[l][i];
        weight_change_backward(&step->change[l], rule, phi->W[l], &step->h[l - 1], &step->h[l], dD,
                               dg, gradient, dphi->W[l], l > 1 ? layers->dx[l - 1] : NULL,
                               layers->dx[l], &layers->heads[l - 1], &layers->heads[l], scratch);
        arena_return(scratch, mark);
    }
}

void inner_step_backward(const InnerStep *step, const Rule *rule, const Kernels *kernels,
                         const Phi *phi, real rate, const Phi *dnext, Phi *dphi,
                         RuleGradient *gradient, Arena *scratch) {
    const size_t mark = arena_mark(scratch);
    const PhiShape *shape = &step->shape;
    const int L = shape->layers, D = rule->layout.sizes.D;
    const size_t B = (size_t)step->batch;
    LayersGradient layers = {.heads = {{.bias = NULL}}};
    for (int l = 0; l <= L; l++) {
        heads_gradient_take(&layers.heads[l], &step->h[l], rule, scratch);
        layers.dx[l] = l > 0 ? take_zeros(scratch, (size_t)shape->sizes[l] * B) : NULL;
        layers.dz[l] = l > 0 ? take_zeros(scratch, (size_t)shape->sizes[l] * B) : NULL;
        if (l > 0)
            memset(layers.heads[l].delta, 0,
                   (size_t)shape->sizes[l] * B * (size_t)D * sizeof(real));
    }
    changes_backward(step, rule, phi, rate, dnext, dphi, gradient, &layers, scratch);

    // Forward went down from L to 0; so now up.  dd of a layer is complete once the layer below is
    // done.
    for (int l = 0; l <= L; l++) {
        const size_t level = arena_mark(scratch);
        real *dd = take_zeros(scratch, (size_t)shape->sizes[l] * B * (size_t)D);
        if (l > 0)
            delta_backward(step, D, l, layers.heads[l].delta, dd, layers.dz[l]);
        const ComputeHInputs inputs = inputs_of_h(step, phi, l);
        const ComputeHGradient to = {.dx = layers.dx[l],
                                     .dz = layers.dz[l],
                                     .dd = dd,
                                     .db = l > 0 ? dphi->b[l] : NULL,
                                     .dW_below = l > 0 ? dphi->W[l] : NULL,
                                     .dW_above = l < L ? dphi->W[l + 1] : NULL};
        compute_h_backward(&step->h[l], rule, kernels, &inputs, &layers.heads[l], gradient, &to,
                           scratch);
        if (l < L)
            down_backward(step, phi, D, l + 1, dd, dphi->V[l + 1], layers.heads[l + 1].delta);
        else
            top_error_backward(&step->top, rule, kernels, step->model.x[L], dd, gradient,
                               layers.dx[L], scratch);
        arena_return(scratch, level);
    }
    base_model_backward(&step->model, shape, phi, layers.dx, layers.dz, dphi);
    arena_return(scratch, mark);
}

size_t inner_step_scratch(const Rule *rule, const PhiShape *shape, int batch) {
    const RuleSizes *sizes = &rule->layout.sizes;
    const size_t B = (size_t)batch, lanes = (size_t)REAL_LANES;
    Arena held = {0};
    size_t inside = top_error_scratch(rule, batch);
    for (int l = 0; l <= shape->layers; l++) {
        const size_t units = (size_t)shape->sizes[l];
        ComputeH h = {.units = shape->sizes[l], .batch = batch, .use = use_of(shape, l)};
        HeadsGradient heads;
        heads_gradient_take(&heads, &h, rule, &held);
        arena_take(&held, units * B);
        arena_take(&held, units * B);
        const size_t dd = units * B * (size_t)sizes->D + lanes;
        size_t one = dd + compute_h_scratch(rule, shape->sizes[l], batch);
        inside = one > inside ? one : inside;
        one = dd + top_error_scratch(rule, batch);
        inside = one > inside ? one : inside;
        if (l == 0)
            continue;
        const size_t below = (size_t)shape->sizes[l - 1];
        one = (below + 1) * units + 2 * lanes +
              weight_change_scratch(sizes, shape->sizes[l - 1], shape->sizes[l], batch);
        inside = one > inside ? one : inside;
    }
    return held.used / sizeof(real) + inside;
}

double inner_step_products(const RuleSizes *sizes, const PhiShape *shape, int batch) {
    double products = base_model_products(shape, batch) + top_error_products(sizes, batch);
    for (int l = 0; l <= shape->layers; l++) {
        products += compute_h_products(sizes, shape->sizes[l], batch, use_of(shape, l));
        if (l == 0)
            continue;
        products += weight_change_products(sizes, shape->sizes[l - 1], shape->sizes[l], batch);
        products += (double)shape->sizes[l - 1] * shape->sizes[l] * batch * sizes->D; // V
    }
    return products;
}
