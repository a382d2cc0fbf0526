#include "tests/gradient/cases.h"
#include "tests/gradient/gradient_theta.h"

#include "engine/weight_change.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

// The outputs are D and g; what is differentiated lies in h_below (lower) and h (upper, bias),
// which are filled with random numbers, in W, x and x_below, and in merge.
typedef struct {
    RandomRule rule;
    WeightChange change;
    ComputeH h_below, h;
    real *W, *x_below, *x;
    real *D_weights, *g_weights;
    Arena *scratch;
} Changed;

static double changed(void *context) {
    Changed *at = context;
    rule_set(&at->rule.rule, at->rule.theta);
    weight_change_forward(&at->change, &at->rule.rule, at->W, at->x_below, at->x, &at->h_below,
                          &at->h, at->scratch);
    const size_t units = (size_t)at->change.units;
    return weighted_sum(at->D_weights, at->change.D, (size_t)at->change.below * units) +
           weighted_sum(at->g_weights, at->change.g, units);
}

enum { INPUTS = LOWER_READOUTS + UPPER_READOUTS + 6 };

typedef struct {
    GradientInput inputs[INPUTS];
    size_t count;
} Inputs;

static void add_input(Inputs *inputs, const char *name, real *values, const real *derivative,
                      size_t count) {
    inputs->inputs[inputs->count++] = (GradientInput){name, values, derivative, count, false};
}

static void add_heads(Inputs *inputs, const Changed *at, const HeadsGradient *below,
                      const HeadsGradient *here) {
    static const char *const lower[] = {"0_order bottom",  "1_order bottom",   "rbf bottom",
                                        "lin_lower top",   "lin_lower bottom", "sqr_lower top",
                                        "sqr_lower bottom"};
    static const char *const upper[] = {"0_order top",   "1_order top",     "rbf top",
                                        "psd",           "lin_upper top",   "lin_upper bottom",
                                        "sqr_upper top", "sqr_upper bottom"};
    const size_t R = (size_t)at->rule.layout.sizes.R, batch = (size_t)at->change.batch;
    const size_t lower_count = (size_t)at->change.below * batch * R;
    const size_t upper_count = (size_t)at->change.units * batch * R;
    for (int i = 0; i < LOWER_READOUTS; i++)
        add_input(inputs, lower[i], at->h_below.lower[i], below->lower[i], lower_count);
    for (int i = 0; i < UPPER_READOUTS; i++)
        add_input(inputs, upper[i], at->h.upper[i], here->upper[i], upper_count);
    add_input(inputs, "bias", at->h.bias, here->bias, (size_t)at->change.units * batch);
}

static void fill_heads(Changed *at, double bias_shift, Random *random) {
    const size_t R = (size_t)at->rule.layout.sizes.R, batch = (size_t)at->change.batch;
    const size_t m = (size_t)at->change.below, n = (size_t)at->change.units;
    for (int i = 0; i < LOWER_READOUTS; i++)
        random_fill(at->h_below.lower[i], m * batch * R, 1, random);
    for (int i = 0; i < UPPER_READOUTS; i++)
        random_fill(at->h.upper[i], n * batch * R, 1, random);
    random_fill(at->h.bias, n * batch, 0.5, random);
    for (size_t i = 0; i < n * batch; i++)
        at->h.bias[i] += (real)bias_shift;
}

// w_base times w has a positive mean: its factor decides on which side of its relu the pull lies.
static void set_pull(RandomRule *rule, double factor) {
    const ThetaTensor *merge = &rule->layout.tensor[theta_find(&rule->layout, "merge.w")];
    rule->theta[merge->offset + TERM_W_BASE] = (real)factor;
}

static void check_change(RuleSizes sizes, int below, int units, int batch, double pull,
                         double bias_shift) {
    Arena arena;
    test_arena_init(&arena, 1 << 24);
    Random random = random_seeded(51, (uint64_t)(below + units));
    const size_t m = (size_t)below, n = (size_t)units, B = (size_t)batch;
    Changed at = {.scratch = &arena};
    random_rule_init(&at.rule, sizes, 52);
    set_pull(&at.rule, pull);
    weight_change_take(&at.change, below, units, batch, &arena);
    compute_h_take(&at.h_below, &at.rule.rule, below, batch, (HUse){.lower = true}, &arena);
    compute_h_take(&at.h, &at.rule.rule, units, batch, (HUse){.upper = true}, &arena);
    fill_heads(&at, bias_shift, &random);
    at.W = random_take(&arena, m * n, 0.5, &random);
    at.x_below = random_take(&arena, m * B, 1, &random);
    at.x = random_take(&arena, n * B, 1, &random);
    at.D_weights = random_take(&arena, m * n, 1, &random);
    at.g_weights = random_take(&arena, n, 1, &random);

    changed(&at);
    // The case is about one branch of each relu.
    assert_int_equal(at.change.along > 0, pull > 0);
    assert_int_equal(at.change.bias_mean > 0, bias_shift > 0);
    HeadsGradient below_heads, heads;
    heads_gradient_take(&below_heads, &at.h_below, &at.rule.rule, &arena);
    heads_gradient_take(&heads, &at.h, &at.rule.rule, &arena);
    real *dD = arena_take(&arena, m * n); // the backward pass overwrites it
    memcpy(dD, at.D_weights, m * n * sizeof(real));
    real *dW = zeros_take(&arena, m * n), *dx = zeros_take(&arena, n * B);
    real *dx_below = zeros_take(&arena, m * B);
    weight_change_backward(&at.change, &at.rule.rule, at.W, &at.h_below, &at.h, dD, at.g_weights,
                           &at.rule.gradient, dW, dx_below, dx, &below_heads, &heads, &arena);
    theta_derivative(&at.rule);

    Inputs inputs = {.count = 0};
    add_input(&inputs, "W", at.W, dW, m * n);
    add_input(&inputs, "x", at.x, dx, n * B);
    add_input(&inputs, "x_below", at.x_below, dx_below, m * B);
    add_heads(&inputs, &at, &below_heads, &heads);
    inputs.count += theta_inputs(&at.rule, "merge.", inputs.inputs + inputs.count);
    char name[64];
    snprintf(name, sizeof name, "change of [%d, %d], B %d", below, units, batch);
    gradient_check(name, changed, &at, inputs.inputs, inputs.count);
    random_rule_clear(&at.rule);
    arena_clear(&arena);
}

static const RuleSizes odd = {.H = 3, .D = 2, .R = 3, .T = 2, .E = 2};

void weight_change_pulled(void **state) {
    (void)state;
    check_change(odd, 5, 7, 9, 3, 1);
    check_change(odd, 9, 4, 5, 3, -1);
}

void weight_change_free(void **state) {
    (void)state;
    check_change(odd, 6, 5, 7, -3, 1);
    check_change(odd, 3, 11, 4, -3, -1);
}

void weight_change_narrow(void **state) {
    (void)state;
    check_change((RuleSizes){.H = 1, .D = 1, .R = 1, .T = 1, .E = 1}, 4, 2, 3, 3, -1);
}
