#include "engine/top_error.h"

#include <string.h>

// What the layers see as units: the embedding, or the channels while units are mixed.
static SlabShape shape_of(const Rule *rule, int layer, int batch) {
    const bool mixing = layer == TOP_MIX0 || layer == TOP_MIX1;
    return (SlabShape){mixing ? rule->layout.sizes.T : rule->layout.sizes.E, batch};
}

static int out_of(const Rule *rule, int layer) {
    return rule->convolution[layer].out;
}

void top_error_take(TopError *top, const Rule *rule, int batch, Arena *arena) {
    *top = (TopError){.batch = batch};
    for (int i = 0; i < TOP_LAYERS; i++)
        layer_take(&top->layer[i], shape_of(rule, i, batch), out_of(rule, i), rule->beta[i], arena);
    const size_t count =
        (size_t)rule->layout.sizes.T * (size_t)batch * (size_t)rule->layout.sizes.E;
    top->mix_input = arena_take(arena, count);
    top->conv_input = arena_take(arena, count);
}

// to [channels, batch, units] = from [units, batch, channels]; rows of `from` are stride long, rows
// of `to` are not padded.
static void swap_axes(int units, int batch, int channels, int stride, const real *from, real *to) {
    for (int c = 0; c < channels; c++)
        for (int b = 0; b < batch; b++)
            for (int n = 0; n < units; n++)
                to[((ptrdiff_t)c * batch + b) * units + n] =
                    from[((ptrdiff_t)n * batch + b) * stride + c];
}

// to = relu(BN(y)) of a layer, its axes 0 and 2 swapped.
static void swapped_output(const TopError *top, const Rule *rule, const Kernels *kernels, int layer,
                           real *to, Arena *scratch) {
    const size_t mark = arena_mark(scratch);
    const SlabShape shape = shape_of(rule, layer, top->batch);
    const int out = out_of(rule, layer), stride = padded(out);
    const LayerOutput output = layer_output(kernels, &top->layer[layer], NULL, top->batch, out);
    const size_t size = (size_t)shape.batch * (size_t)stride;
    real *x = arena_take(scratch, (size_t)shape.units * size);
    for (int n = 0; n < shape.units; n++)
        layer_output_source(&output, n, x + (size_t)n * size);
    swap_axes(shape.units, shape.batch, out, stride, x, to);
    arena_return(scratch, mark);
}

static void run(TopError *top, const Rule *rule, const Kernels *kernels, int layer,
                SlabSource *source, const void *context, Arena *scratch) {
    convolution_forward(kernels, &rule->convolution[layer], shape_of(rule, layer, top->batch),
                        source, context, top->layer[layer].y, &top->layer[layer].norm, scratch);
}

void top_error_forward(TopError *top, const Rule *rule, const Kernels *kernels, const real *x,
                       real *d, Arena *scratch) {
    const size_t mark = arena_mark(scratch);
    const int B = top->batch, E = rule->layout.sizes.E, T = rule->layout.sizes.T;
    const int D = rule->layout.sizes.D;

    const Stored embedding = {x, B, 1};
    run(top, rule, kernels, TOP_CONV_IN, stored_source, &embedding, scratch);
    swapped_output(top, rule, kernels, TOP_CONV_IN, top->mix_input, scratch);

    const Stored mix_input = {top->mix_input, B, E};
    run(top, rule, kernels, TOP_MIX0, stored_source, &mix_input, scratch);
    const LayerOutput mix0 = layer_output(kernels, &top->layer[TOP_MIX0], NULL, B, E);
    run(top, rule, kernels, TOP_MIX1, layer_output_source, &mix0, scratch);
    swapped_output(top, rule, kernels, TOP_MIX1, top->conv_input, scratch);

    const Stored conv_input = {top->conv_input, B, T};
    run(top, rule, kernels, TOP_CONV0, stored_source, &conv_input, scratch);
    const LayerOutput conv0 = layer_output(kernels, &top->layer[TOP_CONV0], NULL, B, T);
    run(top, rule, kernels, TOP_CONV1, layer_output_source, &conv0, scratch);

    const LayerOutput conv1 = layer_output(kernels, &top->layer[TOP_CONV1], NULL, B, T);
    real *padded_d = arena_take(scratch, (size_t)E * (size_t)B * (size_t)padded(D));
    convolution_forward(kernels, &rule->convolution[TOP_CONV_OUT], shape_of(rule, TOP_CONV_OUT, B),
                        layer_output_source, &conv1, padded_d, NULL, scratch);
    for (ptrdiff_t row = 0; row < (ptrdiff_t)E * B; row++)
        memcpy(d + row * D, padded_d + row * padded(D), (size_t)D * sizeof(real));
    arena_return(scratch, mark);
}

// Sink: adds channel 0 of a slab to a row of dx.
typedef struct {
    real *dx;
    int batch, stride;
} FirstChannel;

static void first_channel_sink(const void *context, int unit, real *slab) {
    const FirstChannel *first = context;
    for (int b = 0; b < first->batch; b++)
        first->dx[unit * first->batch + b] += slab[b * first->stride];
}

// Sink: writes the slabs of a derivative with its axes 0 and 2 swapped, as slabs of another layer.
typedef struct {
    real *to; // [channels, batch, padded(units)]
    int units, batch, channels;
} Swapping;

static void swapping_sink(const void *context, int unit, real *slab) {
    const Swapping *swapping = context;
    const int stride = padded(swapping->channels), to_stride = padded(swapping->units);
    for (int c = 0; c < swapping->channels; c++)
        for (int b = 0; b < swapping->batch; b++)
            swapping->to[((ptrdiff_t)c * swapping->batch + b) * to_stride + unit] =
                slab[b * stride + c];
}

typedef struct {
    const TopError *top;
    const Rule *rule;
    const Kernels *kernels;
    RuleGradient *gradient;
    Arena *scratch;
} Backward;

static void begin(const Backward *pass, LayerGradient *at, int layer) {
    layer_gradient_begin(at, pass->kernels, &pass->top->layer[layer],
                         shape_of(pass->rule, layer, pass->top->batch), out_of(pass->rule, layer),
                         NULL, pass->scratch);
}

// dx of a layer, into its sink, once the layer's own gradient `at` has all its slabs.
static void back(const Backward *pass, LayerGradient *at, int layer, SlabSource *x,
                 const void *x_context, SlabSink *sink, const void *sink_context) {
    layer_gradient_finish(at, pass->gradient->dbeta[layer]);
    convolution_backward(pass->kernels, &pass->rule->convolution[layer],
                         &pass->gradient->convolution[layer],
                         shape_of(pass->rule, layer, pass->top->batch), x, x_context,
                         layer_gradient_source, at, sink, sink_context, pass->scratch);
}

// Hands a swapped derivative [units, batch, padded(out)] to the gradient of the layer that made it.
static void feed(const Backward *pass, LayerGradient *at, const real *dx) {
    const size_t size = (size_t)at->batch * (size_t)at->stride;
    const size_t mark = arena_mark(pass->scratch);
    real *slab = arena_take(pass->scratch, size);
    for (int n = 0; n < at->units; n++) {
        memcpy(slab, dx + (size_t)n * size, size * sizeof(real));
        layer_gradient_sink(at, n, slab);
    }
    arena_return(pass->scratch, mark);
}

// Room for a derivative whose axes are swapped: [units, batch, padded(channels)], zero where
// padded.
static real *take_swapped(int units, int batch, int channels, Arena *scratch) {
    const size_t count = (size_t)units * (size_t)batch * (size_t)padded(channels);
    real *values = arena_take(scratch, count);
    memset(values, 0, count * sizeof(real));
    return values;
}

void top_error_backward(const TopError *top, const Rule *rule, const Kernels *kernels,
                        const real *x, const real *dd, RuleGradient *gradient, real *dx,
                        Arena *scratch) {
    const size_t mark = arena_mark(scratch);
    const int B = top->batch, E = rule->layout.sizes.E, T = rule->layout.sizes.T;
    const Backward pass = {top, rule, kernels, gradient, scratch};
    LayerGradient conv1, conv0, mix1, mix0, conv_in;

    // d = conv_out(conv1(conv0(swap(mix1(mix0(swap(conv_in(x))))))), so from the left:
    begin(&pass, &conv1, TOP_CONV1);
    const Stored dd_source = {dd, B, rule->layout.sizes.D};
    const LayerOutput conv1_output = layer_output(kernels, &top->layer[TOP_CONV1], NULL, B, T);
    convolution_backward(kernels, &rule->convolution[TOP_CONV_OUT],
                         &gradient->convolution[TOP_CONV_OUT], shape_of(rule, TOP_CONV_OUT, B),
                         layer_output_source, &conv1_output, stored_source, &dd_source,
                         layer_gradient_sink, &conv1, scratch);

    begin(&pass, &conv0, TOP_CONV0);
    const LayerOutput conv0_output = layer_output(kernels, &top->layer[TOP_CONV0], NULL, B, T);
    back(&pass, &conv1, TOP_CONV1, layer_output_source, &conv0_output, layer_gradient_sink, &conv0);

    const Stored conv_input = {top->conv_input, B, T};
    const Swapping to_mix = {take_swapped(T, B, E, scratch), E, B, T};
    back(&pass, &conv0, TOP_CONV0, stored_source, &conv_input, swapping_sink, &to_mix);

    begin(&pass, &mix1, TOP_MIX1);
    feed(&pass, &mix1, to_mix.to);
    begin(&pass, &mix0, TOP_MIX0);
    const LayerOutput mix0_output = layer_output(kernels, &top->layer[TOP_MIX0], NULL, B, E);
    back(&pass, &mix1, TOP_MIX1, layer_output_source, &mix0_output, layer_gradient_sink, &mix0);

    const Stored mix_input = {top->mix_input, B, E};
    const Swapping to_conv_in = {take_swapped(E, B, T, scratch), T, B, E};
    back(&pass, &mix0, TOP_MIX0, stored_source, &mix_input, swapping_sink, &to_conv_in);

    begin(&pass, &conv_in, TOP_CONV_IN);
    feed(&pass, &conv_in, to_conv_in.to);
    const Stored embedding = {x, B, 1};
    const FirstChannel to_x = {dx, B, padded(1)};
    back(&pass, &conv_in, TOP_CONV_IN, stored_source, &embedding, first_channel_sink, &to_x);
    arena_return(scratch, mark);
}

size_t top_error_scratch(const Rule *rule, int batch) {
    const RuleSizes *sizes = &rule->layout.sizes;
    // Backward holds the gradients of the five layers, two swapped derivatives and one slab at the
    // most; forward less.
    size_t held =
        (size_t)batch * (size_t)(sizes->T * padded(sizes->E) + sizes->E * padded(sizes->T));
    size_t widest = 0;
    for (int i = 0; i <= TOP_CONV_OUT; i++) {
        const SlabShape shape = shape_of(rule, i, batch);
        const size_t inside = convolution_scratch(&rule->convolution[i], shape);
        held += layer_gradient_scratch(shape, out_of(rule, i));
        widest = inside > widest ? inside : widest;
    }
    return held + widest;
}

double top_error_products(const RuleSizes *sizes, int batch) {
    const double E = sizes->E, T = sizes->T, D = sizes->D;
    return batch * (E * 5 * T + 2 * T * 3 * E * E + E * (2 * 3 * T * T + 3 * T * D));
}
