#include "tests/gradient/cases.h"
#include "tests/gradient/gradient_theta.h"
#include "tests/unit/random_unroll.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

static double unrolled(void *context) {
    RandomUnroll *at = context;
    rule_set(&at->rule.rule, at->rule.theta);
    UnrollResult result = {.loss = 0};
    unroll_run(at->unroll, &at->task, &result);
    return result.loss;
}

static void check_unroll(RandomUnrollSizes sizes) {
    RandomUnroll at;
    random_unroll_init(&at, &sizes, kernels_best(), false, 81);
    theta_open_bias(&at.rule);
    rule_set(&at.rule.rule, at.rule.theta);
    UnrollResult result = {.dphi = &at.dphi, .dtheta = at.rule.dtheta};
    unroll_run(at.unroll, &at.task, &result);
    assert_string_equal(result.bad_place, "");

    PhiTensor names[3 * PHI_LAYERS];
    GradientInput inputs[THETA_TENSORS + 3 * PHI_LAYERS];
    size_t count = (size_t)phi_tensor_count(&sizes.shape);
    for (size_t i = 0; i < count; i++) {
        names[i] = phi_tensor(&at.phi, &sizes.shape, (int)i);
        inputs[i] = (GradientInput){names[i].name, names[i].values,
                                    phi_tensor(&at.dphi, &sizes.shape, (int)i).values,
                                    names[i].count, false};
    }
    count += theta_inputs(&at.rule, "top. h. delta. bias. readout. merge.", inputs + count);
    char name[64];
    snprintf(name, sizeof name, "unroll of %d steps through %d layers", sizes.steps,
             sizes.shape.layers);
    gradient_check(name, unrolled, &at, inputs, count);
    random_unroll_clear(&at);
}

void unroll_odd_sizes(void **state) {
    (void)state;
    check_unroll((RandomUnrollSizes){.rule = {.H = 5, .D = 3, .R = 2, .T = 3, .E = 4},
                                     .shape = {2, {7, 5, 4}, ACTIVATION_RELU},
                                     .batch = 7,
                                     .steps = 3,
                                     .examples = 9,
                                     .classes = 3,
                                     .targets = 5,
                                     .rate = 0.3});
}

void unroll_one_layer(void **state) {
    (void)state;
    check_unroll((RandomUnrollSizes){.rule = {.H = 9, .D = 2, .R = 3, .T = 4, .E = 3},
                                     .shape = {1, {5, 3}, ACTIVATION_TANH},
                                     .batch = 5,
                                     .steps = 2,
                                     .examples = 8,
                                     .classes = 2,
                                     .targets = 2,
                                     .rate = 0.4});
}

void unroll_narrow_layer(void **state) {
    (void)state;
    check_unroll((RandomUnrollSizes){.rule = {.H = 3, .D = 1, .R = 2, .T = 5, .E = 2},
                                     .shape = {3, {3, 4, 1, 2}, ACTIVATION_LEAKY_RELU},
                                     .batch = 8,
                                     .steps = 2,
                                     .examples = 10,
                                     .classes = 2,
                                     .targets = 3,
                                     .rate = 0.3});
}
