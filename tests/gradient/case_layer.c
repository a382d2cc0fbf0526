#include "tests/gradient/cases.h"
#include "tests/gradient/gradient_check.h"
#include "tests/unit/random_rule.h"

#include "engine/layer.h"

#include <stdio.h>
#include <string.h>

static size_t slab_count(SlabShape shape, int channels) {
    return (size_t)shape.units * (size_t)shape.batch * (size_t)padded(channels);
}

// Random, but zero where channels are padded, as everything that kernels read is.
static real *take_padded(Arena *arena, int rows, int channels, Random *random) {
    const int stride = padded(channels);
    real *values = arena_take(arena, (size_t)rows * (size_t)stride);
    memset(values, 0, (size_t)rows * (size_t)stride * sizeof(real));
    for (int r = 0; r < rows; r++)
        random_fill(values + r * stride, (size_t)channels, 1, random);
    return values;
}

// ---- one convolution
// ------------------------------------------------------------------------------

typedef struct {
    const Kernels *kernels;
    Convolution convolution;
    SlabShape shape;
    real *w;    // [taps, in, out] what is differentiated; the convolution's own are padded copies
    real *bias; // [out]
    real *x;    // [units, batch, in]
    real *y;    // [units, batch, padded(out)]
    real *weights; // as y
    Arena *scratch;
} Convolved;

static void set_weights(const Convolved *at) {
    const Convolution *c = &at->convolution;
    for (int t = 0; t < c->taps; t++)
        for (int i = 0; i < c->in; i++)
            for (int o = 0; o < c->out; o++) {
                const real w = at->w[(t * c->in + i) * c->out + o];
                c->w[(t * c->in + i) * padded(c->out) + o] = w;
                c->w_transposed[((c->taps - 1 - t) * c->out + o) * padded(c->in) + i] = w;
            }
    memcpy(c->bias, at->bias, (size_t)c->out * sizeof(real));
}

static double convolved(void *context) {
    const Convolved *at = context;
    set_weights(at);
    const Stored x = {at->x, at->shape.batch, at->convolution.in};
    convolution_forward(at->kernels, &at->convolution, at->shape, stored_source, &x, at->y, NULL,
                        at->scratch);
    return weighted_sum(at->weights, at->y, slab_count(at->shape, at->convolution.out));
}

typedef struct {
    real *dx; // [units, batch, in]
    int batch, in;
} Collected;

static void collecting_sink(const void *context, int unit, real *slab) {
    const Collected *at = context;
    for (int b = 0; b < at->batch; b++)
        memcpy(at->dx + ((ptrdiff_t)unit * at->batch + b) * at->in, slab + b * padded(at->in),
               (size_t)at->in * sizeof(real));
}

static void convolved_take(Convolved *at, Axis axis, int taps, int in, int out, SlabShape shape,
                           Arena *arena, Random *random) {
    const size_t count = (size_t)taps * (size_t)in * (size_t)out;
    *at = (Convolved){.kernels = kernels_best(), .shape = shape, .scratch = arena};
    at->convolution =
        (Convolution){axis,
                      taps,
                      in,
                      out,
                      zeros_take(arena, (size_t)taps * (size_t)in * (size_t)padded(out)),
                      zeros_take(arena, (size_t)taps * (size_t)out * (size_t)padded(in)),
                      zeros_take(arena, (size_t)padded(out))};
    at->w = random_take(arena, count, 1, random);
    at->bias = random_take(arena, (size_t)out, 1, random);
    at->x = random_take(arena, (size_t)shape.units * (size_t)shape.batch * (size_t)in, 1, random);
    at->y = arena_take(arena, slab_count(shape, out));
    at->weights = take_padded(arena, shape.units * shape.batch, out, random);
}

// From [taps, in, padded(out)] to [taps, in, out].
static void strip(const Convolution *c, const real *padded_dw, real *dw) {
    for (int row = 0; row < c->taps * c->in; row++)
        memcpy(dw + (ptrdiff_t)row * c->out, padded_dw + (ptrdiff_t)row * padded(c->out),
               (size_t)c->out * sizeof(real));
}

static void check_convolution(Axis axis, int taps, int in, int out, SlabShape shape) {
    Arena arena;
    test_arena_init(&arena, 1 << 22);
    Random random = random_seeded(7, (uint64_t)taps);
    Convolved at;
    convolved_take(&at, axis, taps, in, out, shape, &arena, &random);
    convolved(&at);

    const Convolution *c = &at.convolution;
    const size_t w_count = (size_t)taps * (size_t)in * (size_t)out;
    const size_t x_count = (size_t)shape.units * (size_t)shape.batch * (size_t)in;
    const ConvolutionGradient gradient = {
        zeros_take(&arena, (size_t)taps * (size_t)in * (size_t)padded(out)),
        zeros_take(&arena, (size_t)padded(out))};
    const Collected to = {zeros_take(&arena, x_count), shape.batch, in};
    const Stored x = {at.x, shape.batch, in};
    // Padded weights are what a source of dy has to write.
    const Stored dy = {at.weights, shape.batch, padded(out)};
    convolution_backward(at.kernels, c, &gradient, shape, stored_source, &x, stored_source, &dy,
                         collecting_sink, &to, &arena);
    real *dw = arena_take(&arena, w_count);
    strip(c, gradient.dw, dw);

    const GradientInput inputs[] = {{"w", at.w, dw, w_count, false},
                                    {"bias", at.bias, gradient.dbias, (size_t)out, false},
                                    {"x", at.x, to.dx, x_count, false}};
    char name[64];
    snprintf(name, sizeof name, "%d taps, %d to %d", taps, in, out);
    gradient_check(name, convolved, &at, inputs, 3);
    arena_clear(&arena);
}

static void check_convolutions(Axis axis) {
    for (int taps = 1; taps <= KERNEL_TAPS; taps += 2) {
        check_convolution(axis, taps, 1, 9, (SlabShape){3, 7});
        check_convolution(axis, taps, 13, 1, (SlabShape){1, 1});
        check_convolution(axis, taps, 5, 17, (SlabShape){6, 5});
        check_convolution(axis, taps, 19, 35, (SlabShape){2, 13});
    }
}

void convolution_along_batch(void **state) {
    (void)state;
    check_convolutions(ALONG_BATCH);
}

void convolution_along_units(void **state) {
    (void)state;
    check_convolutions(ALONG_UNITS);
}

// ---- relu(BN(y))
// ----------------------------------------------------------------------------------

typedef struct {
    const Kernels *kernels;
    SlabShape shape;
    int channels;
    Layer layer[2]; // the second one is a residual
    int layers;
    real *beta[2]; // [padded(channels)]
    real *output;  // one slab
    real *weights; // [units, batch, padded(channels)]
    Arena *scratch;
} Normalised;

static void set_norm(const Normalised *at, const Layer *layer) {
    const size_t mark = arena_mark(at->scratch);
    const int stride = padded(at->channels), units = at->shape.units, batch = at->shape.batch;
    real *means = arena_take(at->scratch, (size_t)units * (size_t)stride);
    real *squares = arena_take(at->scratch, (size_t)units * (size_t)stride);
    for (int n = 0; n < units; n++)
        at->kernels->moments(batch, stride, layer->y + (ptrdiff_t)n * batch * stride,
                             means + n * stride, squares + n * stride);
    norm_from_moments(units, batch, at->channels, means, squares, 1e-3, &layer->norm);
    arena_return(at->scratch, mark);
}

static double normalised(void *context) {
    const Normalised *at = context;
    const size_t size = (size_t)at->shape.batch * (size_t)padded(at->channels);
    for (int i = 0; i < at->layers; i++)
        set_norm(at, &at->layer[i]);
    const LayerOutput output =
        layer_output(at->kernels, &at->layer[0], at->layers > 1 ? &at->layer[1] : NULL,
                     at->shape.batch, at->channels);
    double sum = 0;
    for (int n = 0; n < at->shape.units; n++) {
        layer_output_source(&output, n, at->output);
        sum += weighted_sum(at->weights + (size_t)n * size, at->output, size);
    }
    return sum;
}

// The derivative of relu(BN(y)) of one layer, from the weights: dy and dbeta.
static void layer_backward(const Normalised *at, int index, real *dy, real *dbeta, Arena *arena) {
    const size_t size = (size_t)at->shape.batch * (size_t)padded(at->channels);
    LayerGradient gradient;
    layer_gradient_begin(&gradient, at->kernels, &at->layer[index], at->shape, at->channels, NULL,
                         arena);
    for (int n = 0; n < at->shape.units; n++) {
        memcpy(at->output, at->weights + (size_t)n * size, size * sizeof(real));
        layer_gradient_sink(&gradient, n, at->output);
    }
    layer_gradient_finish(&gradient, dbeta);
    for (int n = 0; n < at->shape.units; n++)
        layer_gradient_source(&gradient, n, dy + (size_t)n * size);
}

static void check_layer(int layers, int channels, SlabShape shape) {
    Arena arena;
    test_arena_init(&arena, 1 << 22);
    Random random = random_seeded(8, (uint64_t)channels);
    const int rows = shape.units * shape.batch;
    const size_t count = slab_count(shape, channels);
    Normalised at = {.kernels = kernels_best(),
                     .shape = shape,
                     .channels = channels,
                     .layers = layers,
                     .scratch = &arena};
    at.output = arena_take(&arena, (size_t)shape.batch * (size_t)padded(channels));
    at.weights = take_padded(&arena, rows, channels, &random);
    for (int i = 0; i < layers; i++) {
        at.beta[i] = take_padded(&arena, 1, channels, &random);
        layer_take(&at.layer[i], shape, channels, at.beta[i], &arena);
        at.layer[i].y = take_padded(&arena, rows, channels, &random);
    }
    normalised(&at);
    GradientInput inputs[4];
    for (int i = 0; i < layers; i++) {
        real *dy = zeros_take(&arena, count);
        real *dbeta = zeros_take(&arena, (size_t)padded(channels));
        layer_backward(&at, i, dy, dbeta, &arena);
        inputs[2 * i] = (GradientInput){i ? "residual y" : "y", at.layer[i].y, dy, count, false};
        inputs[2 * i + 1] = (GradientInput){i ? "residual beta" : "beta", at.beta[i], dbeta,
                                            (size_t)channels, false};
    }
    gradient_check("relu(BN(y))", normalised, &at, inputs, 2 * (size_t)layers);
    arena_clear(&arena);
}

void layer_norm_relu(void **state) {
    (void)state;
    check_layer(1, 8, (SlabShape){3, 4});
    check_layer(1, 11, (SlabShape){1, 17});
    check_layer(1, 40, (SlabShape){5, 3});
}

void layer_residual(void **state) {
    (void)state;
    check_layer(2, 16, (SlabShape){4, 5});
    check_layer(2, 3, (SlabShape){2, 9});
}
