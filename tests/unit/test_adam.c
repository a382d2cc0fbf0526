// The outer optimiser against a sequence worked out by hand (in decimals of 40 digits), the
// clipping of the global norm, and the mean of the workers' gradients.
#include "engine/adam.h"
#include "engine/reduction.h"

#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { PARAMETERS = 3, STEPS = 4 };

static void assert_near(double found, double expected, double tolerance) {
    if (!(fabs(found - expected) <= tolerance * (1 + fabs(expected))))
        fail_msg("expected %.17g, found %.17g", expected, found);
}

// ---- Adam ----

static const double gradients[STEPS][PARAMETERS] = {
    {0.5, -1, 0}, {-0.25, -3, 0}, {2, 0.125, 1e-6}, {0, 4, -1}};

// beta1 0.8, beta2 0.95, epsilon 0.01, rate 0.1
static const struct {
    double first[PARAMETERS], second[PARAMETERS], theta[PARAMETERS];
} expected[STEPS] = {
    {{0.1, -0.2, 0}, {0.0125, 0.05, 0}, {0.9019607843137255, -1.900990099009901, 0.5}},
    {{0.03, -0.76, 0}, {0.015, 0.4975, 0}, {0.8812430698260052, -1.8079439303673992, 0.5}},
    {{0.424, -0.583, 2e-07},
     {0.21425, 0.47340625, 5e-14},
     {0.8109270285134905, -1.7427282076151782, 0.49999590188198945}},
    {{0.3392, 0.3336, -0.19999984},
     {0.2035375, 1.2497359375, 0.0500000000000475},
     {0.7565987922013072, -1.7644134984018354, 0.5640102777378988}},
};

static void follows_the_sequence(void **state) {
    (void)state;
    Adam adam;
    Status status;
    real theta[PARAMETERS] = {1, -2, (real)0.5};
    assert_true(adam_init(&adam, PARAMETERS, 0.8, 0.95, 0.01, &status));
    for (int t = 0; t < STEPS; t++) {
        adam_step(&adam, 0.1, gradients[t], theta);
        assert_int_equal(adam.step, t + 1);
        for (int i = 0; i < PARAMETERS; i++) {
            assert_near(adam.first[i], expected[t].first[i], 1e-15);
            assert_near(adam.second[i], expected[t].second[i], 1e-15);
            assert_near((double)theta[i], expected[t].theta[i], REAL_IS_DOUBLE ? 1e-14 : 3e-7);
        }
    }
    adam_clear(&adam);
    assert_null(adam.first);
}

// The first step has the length of the rate whatever the gradient's, as long as epsilon is small.
static void the_first_step_has_the_length_of_the_rate(void **state) {
    (void)state;
    static const double gradient[PARAMETERS] = {1e-3, -1e3, 1e-30};
    Adam adam;
    Status status;
    real theta[PARAMETERS] = {0};
    assert_true(adam_init(&adam, PARAMETERS, 0.9, 0.999, 1e-12, &status));
    adam_step(&adam, 0.25, gradient, theta);
    assert_near((double)theta[0], -0.25, 1e-6);
    assert_near((double)theta[1], 0.25, 1e-6);
    assert_near((double)theta[2], 0, 1e-6); // far below epsilon: no step
    adam_clear(&adam);
}

// ---- clipping ----

static void a_long_gradient_is_scaled_down(void **state) {
    (void)state;
    double gradient[4] = {3, 0, -4, 12};
    assert_near(clip_norm(4, gradient, 6.5), 13, 1e-15);
    assert_near(gradient[0], 1.5, 1e-15);
    assert_true(gradient[1] == 0);
    assert_near(gradient[2], -2, 1e-15);
    assert_near(gradient[3], 6, 1e-15);
    assert_near(clip_norm(4, gradient, 1), 6.5, 1e-15);
}

static void a_short_gradient_keeps_its_bits(void **state) {
    (void)state;
    const double before[3] = {0.1, -0.2, 1e-300};
    double gradient[3];
    memcpy(gradient, before, sizeof before);
    const double norm = clip_norm(3, gradient, 10);
    assert_memory_equal(gradient, before, sizeof before);
    assert_near(norm, sqrt(0.05), 1e-15);
    clip_norm(3, gradient, norm); // at the very limit, too
    assert_memory_equal(gradient, before, sizeof before);
    assert_true(clip_norm(0, gradient, 1) == 0);
}

// ---- the mean over workers ----

enum { WORKERS = 5, COUNT = 4 };

// Numbers whose sum depends on the order in which they are added.
static const real worker_gradient[WORKERS][COUNT] = {
    {(real)1e8, 1, (real)0.1, -1}, {1, 2, (real)0.2, -2},    {(real)-1e8, 4, (real)0.3, 4},
    {(real)1e-8, 8, (real)0.7, 8}, {3, 16, (real)1e30, -16},
};

static void point_at_all(const real *pointers[WORKERS]) {
    for (int w = 0; w < WORKERS; w++)
        pointers[w] = worker_gradient[w];
}

static void the_mean_is_taken_in_the_order_of_the_workers(void **state) {
    (void)state;
    const real *pointers[WORKERS];
    static const bool counts[WORKERS] = {true, true, true, true, false};
    double mean[COUNT] = {7, 7, 7, 7}; // what was there does not matter
    point_at_all(pointers);
    assert_int_equal(reduce_gradients(WORKERS, pointers, counts, COUNT, mean), 4);
    for (int i = 0; i < COUNT; i++) {
        double sum = 0;
        for (int w = 0; w < 4; w++)
            sum += (double)worker_gradient[w][i];
        sum /= 4;
        assert_memory_equal(&mean[i], &sum, sizeof sum);
    }
    assert_true(mean[1] == 3.75 && mean[3] == 2.25);
}

static void workers_that_do_not_count_do_not_touch_the_mean(void **state) {
    (void)state;
    real bad[COUNT] = {(real)NAN, (real)INFINITY, (real)-INFINITY, (real)NAN};
    const real *pointers[WORKERS];
    static const bool counts[WORKERS] = {false, true, false, true, false};
    double mean[COUNT];
    point_at_all(pointers);
    pointers[0] = pointers[2] = pointers[4] = bad;
    assert_int_equal(reduce_gradients(WORKERS, pointers, counts, COUNT, mean), 2);
    assert_true(mean[1] == 5 && mean[3] == 3);
    assert_true(isfinite(mean[0]) && isfinite(mean[2]));
}

static void without_workers_the_mean_is_zero(void **state) {
    (void)state;
    const real *pointers[WORKERS];
    static const bool counts[WORKERS] = {false};
    double mean[COUNT] = {7, NAN, 7, INFINITY};
    point_at_all(pointers);
    assert_int_equal(reduce_gradients(WORKERS, pointers, counts, COUNT, mean), 0);
    for (int i = 0; i < COUNT; i++)
        assert_true(mean[i] == 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(follows_the_sequence),
        cmocka_unit_test(the_first_step_has_the_length_of_the_rate),
        cmocka_unit_test(a_long_gradient_is_scaled_down),
        cmocka_unit_test(a_short_gradient_keeps_its_bits),
        cmocka_unit_test(the_mean_is_taken_in_the_order_of_the_workers),
        cmocka_unit_test(workers_that_do_not_count_do_not_touch_the_mean),
        cmocka_unit_test(without_workers_the_mean_is_zero),
    };
    return cmocka_run_group_tests_name("adam", tests, NULL, NULL);
}
