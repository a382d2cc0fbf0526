#include "tests/gradient/cases.h"
#include "tests/gradient/gradient_theta.h"

#include "engine/compute_h.h"

#include <stdio.h>

// ---- ComputeH and the heads that read it
// ----------------------------------------------------------

// The outputs are everything read from h; their weights are laid out as the heads' gradient is.
typedef struct {
    RandomRule rule;
    ComputeH h;
    ComputeHInputs inputs;
    HeadsGradient weights;
    Arena *scratch;
} Hidden;

static size_t rows_of(const Hidden *at) {
    return (size_t)at->h.units * (size_t)at->h.batch;
}

static double hidden(void *context) {
    Hidden *at = context;
    const RuleSizes *sizes = &at->rule.layout.sizes;
    const size_t rows = rows_of(at), readout = rows * (size_t)sizes->R;
    rule_set(&at->rule.rule, at->rule.theta);
    compute_h_forward(&at->h, &at->rule.rule, kernels_best(), &at->inputs, at->scratch);
    double sum = 0;
    for (int i = 0; at->h.use.lower && i < LOWER_READOUTS; i++)
        sum += weighted_sum(at->weights.lower[i], at->h.lower[i], readout);
    for (int i = 0; at->h.use.upper && i < UPPER_READOUTS; i++)
        sum += weighted_sum(at->weights.upper[i], at->h.upper[i], readout);
    if (at->h.use.upper)
        sum += weighted_sum(at->weights.bias, at->h.bias, rows) +
               weighted_sum(at->weights.delta, at->h.delta, rows * (size_t)sizes->D);
    return sum;
}

static void fill_weights(Hidden *at, Random *random) {
    const RuleSizes *sizes = &at->rule.layout.sizes;
    const size_t rows = rows_of(at), readout = rows * (size_t)sizes->R;
    for (int i = 0; at->h.use.lower && i < LOWER_READOUTS; i++)
        random_fill(at->weights.lower[i], readout, 1, random);
    for (int i = 0; at->h.use.upper && i < UPPER_READOUTS; i++)
        random_fill(at->weights.upper[i], readout, 1, random);
    if (!at->h.use.upper)
        return;
    random_fill(at->weights.bias, rows, 1, random);
    random_fill(at->weights.delta, rows * (size_t)sizes->D, 1, random);
}

// One differentiable tensor beside theta: values, derivative, and it in the list of inputs.
static real *take_input(const char *name, size_t size, real **derivative, GradientInput *inputs,
                        size_t *count, Arena *arena, Random *random) {
    real *values = random_take(arena, size, 1, random);
    *derivative = zeros_take(arena, size);
    inputs[(*count)++] = (GradientInput){name, values, *derivative, size, false};
    return values;
}

enum { INPUTS_BESIDE_THETA = 6 };

// The tensors that h reads in a layer of this use; the input layer (no weights below) has no bias,
// and nothing wants the derivative of its x and z.
static size_t take_inputs(Hidden *at, ComputeHGradient *to, int below, int above,
                          GradientInput *inputs, Arena *arena, Random *random) {
    const size_t N = (size_t)at->h.units, rows = rows_of(at);
    size_t count = 0;
    at->inputs.d = take_input("d", rows * (size_t)at->rule.layout.sizes.D, &to->dd, inputs, &count,
                              arena, random);
    if (at->h.use.upper) {
        at->inputs.x = take_input("x", rows, &to->dx, inputs, &count, arena, random);
        at->inputs.z = take_input("z", rows, &to->dz, inputs, &count, arena, random);
        at->inputs.b = take_input("b", N, &to->db, inputs, &count, arena, random);
        at->inputs.W_below =
            take_input("W_below", N * (size_t)below, &to->dW_below, inputs, &count, arena, random);
        at->inputs.inputs = below;
    } else {
        at->inputs.x = at->inputs.z = random_take(arena, rows, 1, random);
    }
    if (at->h.use.lower) {
        at->inputs.W_above =
            take_input("W_above", N * (size_t)above, &to->dW_above, inputs, &count, arena, random);
        at->inputs.outputs = above;
    }
    return count;
}

static void check_hidden(RuleSizes sizes, HUse use, int below, int units, int above, int batch) {
    Arena arena;
    test_arena_init(&arena, 1 << 24);
    Random random = random_seeded(31, (uint64_t)units);
    Hidden at = {.scratch = &arena};
    ComputeHGradient to = {NULL};
    GradientInput inputs[THETA_TENSORS + INPUTS_BESIDE_THETA];
    random_rule_init(&at.rule, sizes, 32);
    compute_h_take(&at.h, &at.rule.rule, units, batch, use, &arena);
    heads_gradient_take(&at.weights, &at.h, &at.rule.rule, &arena);
    fill_weights(&at, &random);
    size_t count = take_inputs(&at, &to, below, above, inputs, &arena, &random);
    hidden(&at);
    compute_h_backward(&at.h, &at.rule.rule, kernels_best(), &at.inputs, &at.weights,
                       &at.rule.gradient, &to, &arena);
    theta_derivative(&at.rule);

    count += theta_inputs(&at.rule, "h.", inputs + count);
    if (use.upper)
        count +=
            theta_inputs(&at.rule,
                         "delta. bias. readout.lin_upper readout.sqr_upper readout.0_order.top "
                         "readout.1_order.top readout.rbf.top",
                         inputs + count);
    if (use.lower)
        count += theta_inputs(&at.rule,
                              "readout.lin_lower readout.sqr_lower readout.0_order.bottom "
                              "readout.1_order.bottom readout.rbf.bottom",
                              inputs + count);
    char name[64];
    snprintf(name, sizeof name, "h of %d units, B %d, H %d, D %d", units, batch, sizes.H, sizes.D);
    gradient_check(name, hidden, &at, inputs, count);
    random_rule_clear(&at.rule);
    arena_clear(&arena);
}

static const RuleSizes odd = {.H = 7, .D = 5, .R = 3, .T = 2, .E = 2};
static const RuleSizes wide = {.H = 18, .D = 11, .R = 2, .T = 2, .E = 2};
static const RuleSizes least = {.H = 1, .D = 1, .R = 1, .T = 1, .E = 1};

void compute_h_inside(void **state) {
    (void)state;
    const HUse both = {.lower = true, .upper = true};
    check_hidden(odd, both, 4, 6, 5, 7);
    check_hidden(wide, both, 3, 5, 2, 13);
    check_hidden(odd, both, 3, 1, 4, 8);
    check_hidden(least, both, 2, 9, 3, 6);
}

void compute_h_input_layer(void **state) {
    (void)state;
    const HUse lower = {.lower = true, .upper = false};
    check_hidden(odd, lower, 0, 9, 4, 5);
    check_hidden(wide, lower, 0, 2, 7, 11);
}

void compute_h_embedding(void **state) {
    (void)state;
    const HUse upper = {.lower = false, .upper = true};
    check_hidden(odd, upper, 6, 5, 0, 7);
    check_hidden(wide, upper, 1, 8, 0, 5);
}

// ---- weight statistics
// ----------------------------------------------------------------------------

typedef struct {
    int units, inputs, outputs;
    WeightStatistics statistics;
    real *below, *above; // or NULL
    real *weights;       // [N, 8]
} Statistics;

static double weight_statistics(void *context) {
    Statistics *at = context;
    weight_statistics_forward(&at->statistics, at->units, at->below, at->inputs, at->above,
                              at->outputs);
    return weighted_sum(at->weights, at->statistics.S, (size_t)at->units * STATISTICS);
}

static void check_statistics(int inputs, int units, int outputs) {
    Arena arena;
    test_arena_init(&arena, 1 << 20);
    Random random = random_seeded(41, (uint64_t)units);
    Statistics at = {.units = units, .inputs = inputs, .outputs = outputs};
    weight_statistics_take(&at.statistics, units, &arena);
    at.weights = random_take(&arena, (size_t)units * STATISTICS, 1, &random);
    GradientInput gradients[2];
    size_t count = 0;
    real *dbelow = NULL, *dabove = NULL;
    if (inputs > 0)
        at.below = take_input("below", (size_t)inputs * (size_t)units, &dbelow, gradients, &count,
                              &arena, &random);
    if (outputs > 0)
        at.above = take_input("above", (size_t)units * (size_t)outputs, &dabove, gradients, &count,
                              &arena, &random);
    weight_statistics(&at);
    real *dS = arena_take(&arena, (size_t)units * STATISTICS); // the backward pass overwrites it
    for (int i = 0; i < units * STATISTICS; i++)
        dS[i] = at.weights[i];
    weight_statistics_backward(&at.statistics, units, at.below, inputs, at.above, outputs, dS,
                               dbelow, dabove);
    gradient_check("weight statistics", weight_statistics, &at, gradients, count);
    arena_clear(&arena);
}

void weight_statistics_weights(void **state) {
    (void)state;
    check_statistics(5, 7, 4);
    check_statistics(0, 9, 6);
    check_statistics(8, 3, 0);
    check_statistics(3, 1, 17);
}
