// The build must be honest about NaN: flags such as -ffast-math make isnan(NaN) false, and then
// every check for divergence and every comparison in the tests is dead.
#include "engine/kernels.h"
#include "engine/real.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#if defined(__FAST_MATH__) || (defined(__FINITE_MATH_ONLY__) && __FINITE_MATH_ONLY__)
#error "these compiler flags assume that no number is NaN or infinite"
#endif

enum { ROWS = 13, CHANNELS = 32, MIDDLE = 5 };

static const char *const kernel_names[] = {"avx512", "avx2", "portable"};

typedef struct {
    _Alignas(ALIGNMENT) real y[ROWS * CHANNELS];
    _Alignas(ALIGNMENT) real x[ROWS * CHANNELS];
    _Alignas(ALIGNMENT) real w[CHANNELS * CHANNELS];
    _Alignas(ALIGNMENT) real mean[CHANNELS];
    _Alignas(ALIGNMENT) real rstd[CHANNELS];
    _Alignas(ALIGNMENT) real beta[CHANNELS];
    _Alignas(ALIGNMENT) real sum[CHANNELS];
    _Alignas(ALIGNMENT) real product_sum[CHANNELS];
} Slabs;

// Finite everywhere except for x at [MIDDLE, channel].
static BatchNorm slabs_fill(Slabs *slabs, int channel, real value) {
    for (int i = 0; i < ROWS * CHANNELS; i++) {
        slabs->x[i] = (real)(i % 7) - 3;
        slabs->y[i] = (real)(i % 5) - 2;
    }
    for (int i = 0; i < CHANNELS * CHANNELS; i++) {
        slabs->w[i] = (real)(i % 3) - 1 + (real)0.25;
    }
    for (int i = 0; i < CHANNELS; i++) {
        slabs->mean[i] = 0;
        slabs->rstd[i] = 1;
        slabs->beta[i] = 0;
        slabs->sum[i] = 0;
        slabs->product_sum[i] = 0;
    }
    slabs->x[MIDDLE * CHANNELS + channel] = value;
    return (BatchNorm){.mean = slabs->mean, .rstd = slabs->rstd, .beta = slabs->beta};
}

static void comparisons_see_nan(void **state) {
    (void)state;
    volatile real nan = (real)NAN;
    volatile real infinity = (real)INFINITY;
    volatile real zero = 0;
    real difference = nan - 1;
    assert_true(isnan(nan));
    assert_false(isfinite(nan));
    assert_false(isfinite(infinity));
    assert_true(isfinite(zero));
    assert_true(nan != nan); // NOLINT(misc-redundant-expression)
    assert_true(!(difference <= 1));
    assert_false(difference > 1);
    assert_true(isnan(zero / zero));
    assert_true(isnan(infinity - infinity));
    assert_true(isnan(fmax(nan, nan)));
}

static void negative_zero_is_kept(void **state) {
    (void)state;
    volatile real zero = 0;
    assert_true(signbit(-zero));
    assert_true(isinf(-1 / zero) && -1 / zero < 0);
}

// Sums are taken in the order in which they are written: (1 + big) - big loses the 1.
static void sums_are_not_reordered(void **state) {
    (void)state;
    volatile real big = REAL_IS_DOUBLE ? (real)1e17 : (real)1e9;
    volatile real one = 1;
    assert_true((one + big) - big == 0);
}

static void product_keeps(const Kernels *kernels, real value) {
    static Slabs slabs;
    slabs_fill(&slabs, 3, value);
    const real *taps[1] = {slabs.x};
    kernels->product(ROWS, 1, CHANNELS, CHANNELS, taps, CHANNELS, slabs.w, NULL, slabs.y, CHANNELS);
    for (int row = 0; row < ROWS; row++) {
        for (int channel = 0; channel < CHANNELS; channel++) {
            assert_int_equal(isfinite(slabs.y[row * CHANNELS + channel]) != 0, row != MIDDLE);
        }
    }
}

static void product_backward_keeps(const Kernels *kernels, real value) {
    static Slabs slabs;
    slabs_fill(&slabs, 3, value);
    const real *taps[1] = {slabs.x};
    kernels->product_backward(ROWS, 1, CHANNELS, CHANNELS, taps, CHANNELS, slabs.y, CHANNELS,
                              slabs.w);
    for (int in = 0; in < CHANNELS; in++) {
        for (int out = 0; out < CHANNELS; out++) {
            // Infinity times an exact zero is NaN, so every output of this input is touched.
            assert_int_equal(isfinite(slabs.w[in * CHANNELS + out]) != 0, in != 3);
        }
    }
}

static void moments_keep(const Kernels *kernels, real value) {
    static Slabs slabs;
    slabs_fill(&slabs, 3, value);
    kernels->moments(ROWS, CHANNELS, slabs.x, slabs.sum, slabs.product_sum);
    for (int channel = 0; channel < CHANNELS; channel++) {
        assert_int_equal(isfinite(slabs.sum[channel]) != 0, channel != 3);
        assert_int_equal(isfinite(slabs.product_sum[channel]) != 0, channel != 3);
    }
}

static void normalise_relu_keeps_nan(const Kernels *kernels) {
    static Slabs slabs;
    BatchNorm norm = slabs_fill(&slabs, 3, (real)NAN);
    kernels->normalise_relu(ROWS, CHANNELS, slabs.x, &norm, slabs.y);
    kernels->add_normalise_relu(ROWS, CHANNELS, slabs.x, &norm, slabs.w);
    for (int row = 0; row < ROWS; row++) {
        for (int channel = 0; channel < CHANNELS; channel++) {
            bool touched = row == MIDDLE && channel == 3;
            assert_int_equal(isnan(slabs.y[row * CHANNELS + channel]) != 0, touched);
            assert_int_equal(isnan(slabs.w[row * CHANNELS + channel]) != 0, touched);
        }
    }
}

static void kernels_keep_what_is_not_finite(void **state) {
    (void)state;
    int tried = 0;
    for (size_t i = 0; i < sizeof kernel_names / sizeof *kernel_names; i++) {
        const Kernels *kernels = kernels_named(kernel_names[i]);
        if (kernels == NULL) {
            print_message("this processor has no %s\n", kernel_names[i]);
            continue;
        }
        tried++;
        product_keeps(kernels, (real)NAN);
        product_keeps(kernels, (real)INFINITY);
        product_backward_keeps(kernels, (real)NAN);
        product_backward_keeps(kernels, (real)INFINITY);
        moments_keep(kernels, (real)NAN);
        moments_keep(kernels, (real)INFINITY);
        normalise_relu_keeps_nan(kernels);
    }
    assert_true(tried >= 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(comparisons_see_nan),
        cmocka_unit_test(negative_zero_is_kept),
        cmocka_unit_test(sums_are_not_reordered),
        cmocka_unit_test(kernels_keep_what_is_not_finite),
    };
    return cmocka_run_group_tests_name("nan", tests, NULL, NULL);
}
