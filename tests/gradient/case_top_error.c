#include "tests/gradient/cases.h"
#include "tests/gradient/gradient_theta.h"

#include "engine/top_error.h"

#include <stdio.h>

typedef struct {
    RandomRule rule;
    TopError top;
    real *x;       // [E, B]
    real *d;       // [E, B, D]
    real *weights; // as d
    Arena *scratch;
} Top;

static size_t d_count(const Top *at) {
    return (size_t)at->rule.layout.sizes.E * (size_t)at->top.batch *
           (size_t)at->rule.layout.sizes.D;
}

static double top_error(void *context) {
    Top *at = context;
    rule_set(&at->rule.rule, at->rule.theta);
    top_error_forward(&at->top, &at->rule.rule, kernels_best(), at->x, at->d, at->scratch);
    return weighted_sum(at->weights, at->d, d_count(at));
}

static void check_top_error(RuleSizes sizes, int batch) {
    Arena arena;
    test_arena_init(&arena, 1 << 23);
    Random random = random_seeded(21, (uint64_t)batch);
    Top at = {.scratch = &arena};
    random_rule_init(&at.rule, sizes, 22);
    top_error_take(&at.top, &at.rule.rule, batch, &arena);
    const size_t x_count = (size_t)sizes.E * (size_t)batch;
    at.x = random_take(&arena, x_count, 1, &random);
    at.d = arena_take(&arena, d_count(&at));
    at.weights = random_take(&arena, d_count(&at), 1, &random);
    real *dx = zeros_take(&arena, x_count);
    top_error(&at);
    top_error_backward(&at.top, &at.rule.rule, kernels_best(), at.x, at.weights, &at.rule.gradient,
                       dx, &arena);
    theta_derivative(&at.rule);

    GradientInput inputs[THETA_TENSORS + 1];
    size_t count = theta_inputs(&at.rule, "top.", inputs);
    inputs[count++] = (GradientInput){"x", at.x, dx, x_count, false};
    char name[64];
    snprintf(name, sizeof name, "top error, T %d, E %d, B %d", sizes.T, sizes.E, batch);
    gradient_check(name, top_error, &at, inputs, count);
    random_rule_clear(&at.rule);
    arena_clear(&arena);
}

void top_error_theta(void **state) {
    (void)state;
    check_top_error((RuleSizes){.H = 2, .D = 3, .R = 1, .T = 5, .E = 7}, 11);
    check_top_error((RuleSizes){.H = 2, .D = 9, .R = 1, .T = 17, .E = 3}, 4);
    check_top_error((RuleSizes){.H = 2, .D = 1, .R = 1, .T = 1, .E = 1}, 6);
}
