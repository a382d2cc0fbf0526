#include "engine/compute_h.h"

#include <math.h>
#include <string.h>

// Channels of the features F and of A = concat(S, bias, F).
enum { F_X, F_Z, F_SIN, F_COS, F_D };
enum { A_S = 0, A_BIAS = STATISTICS, A_F = A_BIAS + 1 };

static const double norm_epsilon = 1e-3;

// Position of a layer of ComputeH among the convolutions of the rule.
static const Convolution *convolution_of(const Rule *rule, int layer) {
    return &rule->convolution[H_CONV_IN + layer];
}
enum { CONV_IN, UNIT0_CONV0, UNIT0_CONV1, CONV1, UNIT1_CONV0, UNIT1_CONV1 };

void compute_h_take(ComputeH *h, const Rule *rule, int units, int batch, HUse use, Arena *arena) {
    const RuleSizes *sizes = &rule->layout.sizes;
    const SlabShape shape = {units, batch};
    const size_t rows = (size_t)units * (size_t)batch;
    *h = (ComputeH){.units = units, .batch = batch, .use = use};
    h->norm_in = (BatchNorm){.mean = arena_take(arena, (size_t)padded(F_D + sizes->D)),
                             .rstd = arena_take(arena, (size_t)padded(F_D + sizes->D)),
                             .beta = rule->beta_in};
    weight_statistics_take(&h->statistics, units, arena);
    for (int i = 0; i < H_LAYERS; i++)
        layer_take(&h->layer[i], shape, sizes->H, rule->beta[H_CONV_IN + i], arena);
    for (int i = 0; use.lower && i < LOWER_READOUTS; i++)
        h->lower[i] = arena_take(arena, rows * (size_t)sizes->R);
    for (int i = 0; use.upper && i < UPPER_READOUTS; i++)
        h->upper[i] = arena_take(arena, rows * (size_t)sizes->R);
    h->bias = use.upper ? arena_take(arena, rows) : NULL;
    h->delta = use.upper ? arena_take(arena, rows * (size_t)sizes->D) : NULL;
}

void heads_gradient_take(HeadsGradient *heads, const ComputeH *h, const Rule *rule, Arena *arena) {
    const RuleSizes *sizes = &rule->layout.sizes;
    const size_t rows = (size_t)h->units * (size_t)h->batch;
    *heads = (HeadsGradient){0};
    for (int i = 0; h->use.lower && i < LOWER_READOUTS; i++)
        heads->lower[i] = arena_take(arena, rows * (size_t)sizes->R);
    for (int i = 0; h->use.upper && i < UPPER_READOUTS; i++)
        heads->upper[i] = arena_take(arena, rows * (size_t)sizes->R);
    heads->bias = h->use.upper ? arena_take(arena, rows) : NULL;
    heads->delta = h->use.upper ? arena_take(arena, rows * (size_t)sizes->D) : NULL;
}

// ---- the features ----

typedef struct {
    const ComputeH *h;
    const Rule *rule;
    const ComputeHInputs *inputs;
} Features;

// phi_n = linspace(0, 4 pi, N)[n], both ends included.
static double unit_phase(int n, int units) {
    return units > 1 ? 4 * 3.14159265358979323846 * n / (units - 1) : 0;
}

// Row b of the raw features of unit n.
static void feature_row(const Features *features, int n, int b, real sine, real cosine, real *row) {
    const int B = features->h->batch, D = features->rule->layout.sizes.D;
    const ptrdiff_t at = (ptrdiff_t)n * B + b;
    row[F_X] = features->inputs->x[at];
    row[F_Z] = features->inputs->z[at];
    row[F_SIN] = sine;
    row[F_COS] = cosine;
    memcpy(row + F_D, features->inputs->d + at * D, (size_t)D * sizeof(real));
}

// Source: F before batch norm, [B, padded(4 + D)].
static void feature_source(const void *context, int n, real *slab) {
    const Features *features = context;
    const int channels = F_D + features->rule->layout.sizes.D, stride = padded(channels);
    const double phase = unit_phase(n, features->h->units);
    const real sine = (real)sin(phase), cosine = (real)cos(phase);
    for (int b = 0; b < features->h->batch; b++, slab += stride) {
        feature_row(features, n, b, sine, cosine, slab);
        memset(slab + channels, 0, (size_t)(stride - channels) * sizeof(real));
    }
}

// Source: A = concat(S, bias, BN(F)), [B, padded(D + 13)].
static void input_source(const void *context, int n, real *slab) {
    const Features *features = context;
    const ComputeH *h = features->h;
    const int channels = F_D + features->rule->layout.sizes.D, stride = padded(A_F + channels);
    const BatchNorm *norm = &h->norm_in;
    const double phase = unit_phase(n, h->units);
    const real sine = (real)sin(phase), cosine = (real)cos(phase);
    for (int b = 0; b < h->batch; b++, slab += stride) {
        memcpy(slab + A_S, h->statistics.S + n * STATISTICS, STATISTICS * sizeof(real));
        slab[A_BIAS] = features->inputs->b ? features->inputs->b[n] : 0;
        real *F = slab + A_F;
        feature_row(features, n, b, sine, cosine, F);
        for (int c = 0; c < channels; c++)
            F[c] = (F[c] - norm->mean[c]) * norm->rstd[c] + norm->beta[c];
        memset(F + channels, 0, (size_t)(stride - A_F - channels) * sizeof(real));
    }
}

static void feature_norm(const Features *features, const Kernels *kernels, Arena *scratch) {
    const size_t mark = arena_mark(scratch);
    const ComputeH *h = features->h;
    const int channels = F_D + features->rule->layout.sizes.D, stride = padded(channels);
    real *slab = arena_take(scratch, (size_t)h->batch * (size_t)stride);
    real *means = arena_take(scratch, (size_t)h->units * (size_t)stride);
    real *squares = arena_take(scratch, (size_t)h->units * (size_t)stride);
    for (int n = 0; n < h->units; n++) {
        feature_source(features, n, slab);
        kernels->moments(h->batch, stride, slab, means + n * stride, squares + n * stride);
    }
    norm_from_moments(h->units, h->batch, channels, means, squares, norm_epsilon, &h->norm_in);
    arena_return(scratch, mark);
}

// ---- the heads: what is read from h ----

// A block of columns of H_LOWER or H_UPPER and the tensor [N, B, width] that holds it.
typedef struct {
    real *values;
    int width;
} Column;
enum { COLUMNS = UPPER_READOUTS + 2 };

static int lower_columns(real *const lower[], int R, Column columns[COLUMNS]) {
    for (int i = 0; i < LOWER_READOUTS; i++)
        columns[i] = (Column){lower[i], R};
    return LOWER_READOUTS;
}

static int upper_columns(real *const upper[], real *bias, real *delta, const RuleSizes *sizes,
                         Column columns[COLUMNS]) {
    for (int i = 0; i < UPPER_READOUTS; i++)
        columns[i] = (Column){upper[i], sizes->R};
    columns[UPPER_READOUTS] = (Column){bias, 1};
    columns[UPPER_READOUTS + 1] = (Column){delta, sizes->D};
    return COLUMNS;
}

// Between a slab [B, stride] and the tensors that its columns belong to.
static void split(const Column *columns, int count, int n, int batch, const real *slab,
                  int stride) {
    for (int i = 0; i < count; slab += columns[i].width, i++)
        for (int b = 0; b < batch; b++)
            for (int c = 0; c < columns[i].width; c++)
                columns[i].values[((ptrdiff_t)n * batch + b) * columns[i].width + c] =
                    slab[b * stride + c];
}
static void join(const Column *columns, int count, int n, int batch, real *slab, int stride) {
    for (int i = 0; i < count; slab += columns[i].width, i++)
        for (int b = 0; b < batch; b++)
            for (int c = 0; c < columns[i].width; c++)
                slab[b * stride + c] =
                    columns[i].values[((ptrdiff_t)n * batch + b) * columns[i].width + c];
}

// h = relu(BN(unit1)) + relu(BN(conv1)), the source of everything that reads it.
static LayerOutput h_output(const ComputeH *h, const Rule *rule, const Kernels *kernels) {
    return layer_output(kernels, &h->layer[UNIT1_CONV1], &h->layer[CONV1], h->batch,
                        rule->layout.sizes.H);
}

void compute_h_values(const ComputeH *h, const Rule *rule, const Kernels *kernels, real *values) {
    const LayerOutput output = h_output(h, rule, kernels);
    for (int n = 0; n < h->units; n++)
        layer_output_source(&output, n, values + (ptrdiff_t)n * h->batch * output.stride);
}

static void heads_forward(const ComputeH *h, const Rule *rule, const Kernels *kernels,
                          Arena *scratch) {
    const size_t mark = arena_mark(scratch);
    const RuleSizes *sizes = &rule->layout.sizes;
    const int B = h->batch;
    const LayerOutput output = h_output(h, rule, kernels);
    Column lower[COLUMNS], upper[COLUMNS];
    const int lower_count = lower_columns(h->lower, sizes->R, lower);
    const int upper_count = upper_columns(h->upper, h->bias, h->delta, sizes, upper);
    const struct {
        bool used;
        const Convolution *convolution;
        const Column *columns;
        int count;
    } heads[] = {{h->use.lower, &rule->convolution[H_LOWER], lower, lower_count},
                 {h->use.upper, &rule->convolution[H_UPPER], upper, upper_count}};
    const int widest = padded(rule->convolution[H_UPPER].out + rule->convolution[H_LOWER].out);
    real *slab = arena_take(scratch, (size_t)B * (size_t)output.stride);
    real *y = arena_take(scratch, (size_t)B * (size_t)widest);
    for (int n = 0; n < h->units; n++) {
        layer_output_source(&output, n, slab);
        const real *taps[1] = {slab};
        for (int i = 0; i < 2; i++) {
            if (!heads[i].used)
                continue;
            const Convolution *c = heads[i].convolution;
            kernels->product(B, 1, c->in, padded(c->out), taps, output.stride, c->w, c->bias, y,
                             padded(c->out));
            split(heads[i].columns, heads[i].count, n, B, y, padded(c->out));
        }
    }
    arena_return(scratch, mark);
}

// ---- forward ----

static void run(ComputeH *h, const Rule *rule, const Kernels *kernels, int layer,
                SlabSource *source, const void *context, Arena *scratch) {
    convolution_forward(kernels, convolution_of(rule, layer), (SlabShape){h->units, h->batch},
                        source, context, h->layer[layer].y, &h->layer[layer].norm, scratch);
}

// A = layer(A; conv_in);  A = A + U(A; unit0);  A = layer(A; conv1);  h = A + U(A; unit1)
void compute_h_forward(ComputeH *h, const Rule *rule, const Kernels *kernels,
                       const ComputeHInputs *inputs, Arena *scratch) {
    const int B = h->batch, H = rule->layout.sizes.H;
    const Features features = {h, rule, inputs};
    feature_norm(&features, kernels, scratch);
    weight_statistics_forward(&h->statistics, h->units, inputs->W_below, inputs->inputs,
                              inputs->W_above, inputs->outputs);
    run(h, rule, kernels, CONV_IN, input_source, &features, scratch);

    const Layer *layer = h->layer;
    const LayerOutput conv_in = layer_output(kernels, &layer[CONV_IN], NULL, B, H);
    run(h, rule, kernels, UNIT0_CONV0, layer_output_source, &conv_in, scratch);
    const LayerOutput unit0 = layer_output(kernels, &layer[UNIT0_CONV0], NULL, B, H);
    run(h, rule, kernels, UNIT0_CONV1, layer_output_source, &unit0, scratch);

    const LayerOutput sum0 = layer_output(kernels, &layer[UNIT0_CONV1], &layer[CONV_IN], B, H);
    run(h, rule, kernels, CONV1, layer_output_source, &sum0, scratch);

    const LayerOutput conv1 = layer_output(kernels, &layer[CONV1], NULL, B, H);
    run(h, rule, kernels, UNIT1_CONV0, layer_output_source, &conv1, scratch);
    const LayerOutput unit1 = layer_output(kernels, &layer[UNIT1_CONV0], NULL, B, H);
    run(h, rule, kernels, UNIT1_CONV1, layer_output_source, &unit1, scratch);

    heads_forward(h, rule, kernels, scratch);
}

// ---- backward ----

typedef struct {
    const ComputeH *h;
    const Rule *rule;
    const Kernels *kernels;
    RuleGradient *gradient;
    Arena *scratch;
} Backward;

static void begin(const Backward *pass, LayerGradient *at, int layer, real *dz) {
    layer_gradient_begin(at, pass->kernels, &pass->h->layer[layer],
                         (SlabShape){pass->h->units, pass->h->batch}, pass->rule->layout.sizes.H,
                         dz, pass->scratch);
}

// dx of a layer into its sink, once the layer's own gradient `at` has all its slabs.
static void back(const Backward *pass, LayerGradient *at, int layer, SlabSource *x,
                 const void *x_context, SlabSink *sink, const void *sink_context) {
    layer_gradient_finish(at, pass->gradient->dbeta[H_CONV_IN + layer]);
    convolution_backward(pass->kernels, convolution_of(pass->rule, layer),
                         &pass->gradient->convolution[H_CONV_IN + layer],
                         (SlabShape){pass->h->units, pass->h->batch}, x, x_context,
                         layer_gradient_source, at, sink, sink_context, pass->scratch);
}

// The derivative of heads_forward: dh, slab by slab, into the gradient of the last layer.
static void heads_backward(const Backward *pass, const HeadsGradient *heads, LayerGradient *last) {
    const size_t mark = arena_mark(pass->scratch);
    const ComputeH *h = pass->h;
    const Rule *rule = pass->rule;
    const RuleSizes *sizes = &rule->layout.sizes;
    const int B = h->batch;
    const LayerOutput output = h_output(h, rule, pass->kernels);
    Column lower[COLUMNS], upper[COLUMNS];
    const int lower_count = lower_columns(heads->lower, sizes->R, lower);
    const int upper_count = upper_columns(heads->upper, heads->bias, heads->delta, sizes, upper);
    const struct {
        bool used;
        int convolution;
        const Column *columns;
        int count;
    } all[] = {{h->use.lower, H_LOWER, lower, lower_count},
               {h->use.upper, H_UPPER, upper, upper_count}};
    const size_t size = (size_t)B * (size_t)output.stride;
    const int widest = padded(rule->convolution[H_UPPER].out + rule->convolution[H_LOWER].out);
    real *x = arena_take(pass->scratch, size);
    real *dx = arena_take(pass->scratch, size);
    real *part = arena_take(pass->scratch, size);
    real *dy = arena_take(pass->scratch, (size_t)B * (size_t)widest);
    for (int n = 0; n < h->units; n++) {
        layer_output_source(&output, n, x);
        memset(dx, 0, size * sizeof(real));
        for (int i = 0; i < 2; i++) {
            if (!all[i].used)
                continue;
            const Convolution *c = &rule->convolution[all[i].convolution];
            const ConvolutionGradient *gradient = &pass->gradient->convolution[all[i].convolution];
            const int stride = padded(c->out);
            memset(dy, 0, (size_t)B * (size_t)stride * sizeof(real));
            join(all[i].columns, all[i].count, n, B, dy, stride);
            const real *x_taps[1] = {x}, *dy_taps[1] = {dy};
            pass->kernels->product_backward(B, 1, c->in, stride, x_taps, output.stride, dy, stride,
                                            gradient->dw);
            for (int b = 0; b < B; b++)
                for (int o = 0; o < stride; o++)
                    gradient->dbias[o] += dy[b * stride + o];
            pass->kernels->product(B, 1, c->out, output.stride, dy_taps, stride, c->w_transposed,
                                   NULL, part, output.stride);
            for (size_t k = 0; k < size; k++)
                dx[k] += part[k];
        }
        layer_gradient_sink(last, n, dx);
    }
    arena_return(pass->scratch, mark);
}

// Sink of conv_in: the derivative with respect to A goes to S and the bias, and, kept as dF with
// the sums that batch norm needs, to the features.
typedef struct {
    const Features *features;
    real *F;                 // [B, padded(4 + D)] room for one slab of raw features
    real *dF;                // [N, B, padded(4 + D)]
    real *sum, *product_sum; // [padded(4 + D)]
    real *dS;                // [N, 8]
    real *db;                // [N] or NULL
} InputGradient;

static void input_sink(const void *context, int n, real *slab) {
    const InputGradient *at = context;
    const ComputeH *h = at->features->h;
    const int channels = F_D + at->features->rule->layout.sizes.D, stride = padded(channels);
    const int slab_stride = padded(A_F + channels);
    const BatchNorm *norm = &h->norm_in;
    real *dF = at->dF + (ptrdiff_t)n * h->batch * stride;
    memset(at->dS + n * STATISTICS, 0, STATISTICS * sizeof(real));
    memset(dF, 0, (size_t)h->batch * (size_t)stride * sizeof(real));
    feature_source(at->features, n, at->F);
    for (int b = 0; b < h->batch; b++, slab += slab_stride) {
        const real *F = at->F + b * stride;
        for (int i = 0; i < STATISTICS; i++)
            at->dS[n * STATISTICS + i] += slab[A_S + i];
        if (at->db)
            at->db[n] += slab[A_BIAS];
        for (int c = 0; c < channels; c++) {
            const real d = slab[A_F + c];
            dF[b * stride + c] = d;
            at->sum[c] += d;
            at->product_sum[c] += d * (F[c] - norm->mean[c]) * norm->rstd[c];
        }
    }
}

// The derivative of F = BN(F): to x, z and d.
static void features_backward(const Backward *pass, const InputGradient *at,
                              const ComputeHGradient *to) {
    const ComputeH *h = pass->h;
    const int D = pass->rule->layout.sizes.D, stride = padded(F_D + D), B = h->batch;
    const real share = 1 / ((real)h->units * (real)B);
    for (int c = 0; c < stride; c++) {
        pass->gradient->dbeta_in[c] += at->sum[c];
        at->sum[c] *= share;
        at->product_sum[c] *= share;
    }
    for (int n = 0; n < h->units; n++) {
        real *dF = at->dF + (ptrdiff_t)n * B * stride;
        feature_source(at->features, n, at->F);
        pass->kernels->normalise_backward(B, stride, at->F, &h->norm_in, dF, at->sum,
                                          at->product_sum, dF);
        for (int b = 0; b < B; b++, dF += stride) {
            const ptrdiff_t row = (ptrdiff_t)n * B + b;
            if (to->dx)
                to->dx[row] += dF[F_X];
            if (to->dz)
                to->dz[row] += dF[F_Z];
            for (int c = 0; c < D; c++)
                to->dd[row * D + c] += dF[F_D + c];
        }
    }
}

static size_t larger(size_t a, size_t b) {
    return a > b ? a : b;
}

// Reals of one of the two tensors that the gradients of the layers use in turn.
static size_t turn_size(const Rule *rule, int units, int batch) {
    const size_t widest =
        larger((size_t)padded(rule->layout.sizes.H), (size_t)padded(F_D + rule->layout.sizes.D));
    return (size_t)units * (size_t)batch * widest;
}

size_t compute_h_scratch(const Rule *rule, int units, int batch) {
    const RuleSizes *sizes = &rule->layout.sizes;
    const SlabShape shape = {units, batch};
    const size_t H = (size_t)padded(sizes->H), F = (size_t)padded(F_D + sizes->D);
    const size_t heads =
        (size_t)padded(rule->convolution[H_UPPER].out + rule->convolution[H_LOWER].out);
    const size_t rows = (size_t)units * (size_t)batch, B = (size_t)batch;
    size_t inside = B * (3 * H + heads);                    // heads
    inside = larger(inside, B * F + 2 * (size_t)units * F); // feature_norm
    for (int i = 0; i < H_LAYERS; i++)
        inside = larger(inside, convolution_scratch(convolution_of(rule, i), shape));
    // Backward holds two tensors in turn, the residual, the layers' sums and the gradient of A.
    const size_t held = 2 * turn_size(rule, units, batch) + rows * H + 2 * H_LAYERS * H + B * F +
                        2 * F + (size_t)(units + 1) * STATISTICS + (size_t)REAL_LANES;
    return held + inside;
}

void compute_h_backward(const ComputeH *h, const Rule *rule, const Kernels *kernels,
                        const ComputeHInputs *inputs, const HeadsGradient *heads,
                        RuleGradient *gradient, const ComputeHGradient *to, Arena *scratch) {
    const size_t mark = arena_mark(scratch);
    const int B = h->batch, H = rule->layout.sizes.H;
    const size_t F = (size_t)padded(F_D + rule->layout.sizes.D);
    const Backward pass = {h, rule, kernels, gradient, scratch};
    const Layer *layer = h->layer;
    LayerGradient at[H_LAYERS];

    // Each layer's dz is needed only until the next one is made, so two tensors serve in turn.
    real *even = arena_take(scratch, turn_size(rule, h->units, B));
    real *odd = arena_take(scratch, turn_size(rule, h->units, B));
    real *skip = arena_take(scratch, (size_t)h->units * (size_t)B * (size_t)padded(H));

    // h = A + U(A; unit1): dh goes on to A past unit1 (skip) and through it.
    begin(&pass, &at[UNIT1_CONV1], UNIT1_CONV1, odd);
    at[UNIT1_CONV1].keep = skip;
    heads_backward(&pass, heads, &at[UNIT1_CONV1]);

    begin(&pass, &at[UNIT1_CONV0], UNIT1_CONV0, even);
    const LayerOutput unit1 = layer_output(kernels, &layer[UNIT1_CONV0], NULL, B, H);
    back(&pass, &at[UNIT1_CONV1], UNIT1_CONV1, layer_output_source, &unit1, layer_gradient_sink,
         &at[UNIT1_CONV0]);

    begin(&pass, &at[CONV1], CONV1, odd);
    at[CONV1].residual = skip;
    const LayerOutput conv1 = layer_output(kernels, &layer[CONV1], NULL, B, H);
    back(&pass, &at[UNIT1_CONV0], UNIT1_CONV0, layer_output_source, &conv1, layer_gradient_sink,
         &at[CONV1]);

    // A = A + U(A; unit0), the same once more; skip is free again.
    begin(&pass, &at[UNIT0_CONV1], UNIT0_CONV1, even);
    at[UNIT0_CONV1].keep = skip;
    const LayerOutput sum0 = layer_output(kernels, &layer[UNIT0_CONV1], &layer[CONV_IN], B, H);
    back(&pass, &at[CONV1], CONV1, layer_output_source, &sum0, layer_gradient_sink,
         &at[UNIT0_CONV1]);

    begin(&pass, &at[UNIT0_CONV0], UNIT0_CONV0, odd);
    const LayerOutput unit0 = layer_output(kernels, &layer[UNIT0_CONV0], NULL, B, H);
    back(&pass, &at[UNIT0_CONV1], UNIT0_CONV1, layer_output_source, &unit0, layer_gradient_sink,
         &at[UNIT0_CONV0]);

    begin(&pass, &at[CONV_IN], CONV_IN, even);
    at[CONV_IN].residual = skip;
    const LayerOutput conv_in = layer_output(kernels, &layer[CONV_IN], NULL, B, H);
    back(&pass, &at[UNIT0_CONV0], UNIT0_CONV0, layer_output_source, &conv_in, layer_gradient_sink,
         &at[CONV_IN]);

    const Features features = {h, rule, inputs};
    InputGradient input = {.features = &features,
                           .F = arena_take(scratch, (size_t)B * F),
                           .dF = odd,
                           .sum = arena_take(scratch, F),
                           .product_sum = arena_take(scratch, F),
                           .dS = arena_take(scratch, (size_t)h->units * STATISTICS),
                           .db = to->db};
    memset(input.sum, 0, F * sizeof(real));
    memset(input.product_sum, 0, F * sizeof(real));
    back(&pass, &at[CONV_IN], CONV_IN, input_source, &features, input_sink, &input);
    features_backward(&pass, &input, to);
    weight_statistics_backward(&h->statistics, h->units, inputs->W_below, inputs->inputs,
                               inputs->W_above, inputs->outputs, input.dS, to->dW_below,
                               to->dW_above);
    arena_return(scratch, mark);
}

double compute_h_products(const RuleSizes *sizes, int units, int batch, HUse use) {
    const double H = sizes->H, D = sizes->D, R = sizes->R;
    double row = 3 * (D + 13) * H + 5 * 3 * H * H;
    if (use.lower)
        row += H * LOWER_READOUTS * R;
    if (use.upper)
        row += H * (UPPER_READOUTS * R + 1 + D);
    return row * units * batch;
}
