// Every kernel of every set that this processor runs against its naive twin below: plain loops over
// the formula in kernels.h, summed in double.
#include "engine/kernels.h"

#include "tests/unit/random_rule.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { MOST_ROWS = 40, MOST_CHANNELS = 144, HALO = KERNEL_TAPS / 2 };
// One more row at each end of a result, which must stay as it was.
enum { SLAB = (MOST_ROWS + 2 * HALO) * MOST_CHANNELS };
enum { WEIGHTS = KERNEL_TAPS * MOST_CHANNELS * MOST_CHANNELS };

static const char *const names[] = {"avx512", "avx2", "portable"};
static const real canary = (real)-77.25;

#if REAL_IS_DOUBLE
static const double epsilon = 0x1p-52;
#else
static const double epsilon = 0x1p-23;
#endif

// What the kernels of one test read and write, and what the twins say.
typedef struct {
    Arena arena;
    Random random;
    real *x, *y, *w, *result, *bias;
    real *mean, *rstd, *beta, *sum, *product_sum;
    BatchNorm norm;
} Slabs;

static void slabs_init(Slabs *slabs, uint64_t seed) {
    test_arena_init(&slabs->arena, (3 * SLAB + 2 * WEIGHTS + 16 * MOST_CHANNELS) * sizeof(real));
    slabs->random = random_seeded(seed, 0);
    real **const all[] = {&slabs->x, &slabs->y, &slabs->result};
    for (int i = 0; i < 3; i++)
        *all[i] = random_take(&slabs->arena, SLAB, 1, &slabs->random);
    slabs->w = random_take(&slabs->arena, WEIGHTS, 1, &slabs->random);
    real **const channels[] = {&slabs->bias, &slabs->mean, &slabs->rstd,
                               &slabs->beta, &slabs->sum,  &slabs->product_sum};
    for (int i = 0; i < 6; i++)
        *channels[i] = random_take(&slabs->arena, MOST_CHANNELS, 1, &slabs->random);
    for (int c = 0; c < MOST_CHANNELS; c++)
        slabs->rstd[c] = (real)fabs((double)slabs->rstd[c]) + (real)0.1;
    slabs->norm = (BatchNorm){slabs->mean, slabs->rstd, slabs->beta};
}

static void slabs_clear(Slabs *slabs) {
    arena_clear(&slabs->arena);
}

static void assert_near(real found, double expected, double magnitude, const char *kernels,
                        const char *what) {
    // Rounding grows with the magnitude of what was summed, not with the sum.
    if (!(fabs((double)found - expected) <= 32 * epsilon * (magnitude + fabs(expected))))
        fail_msg("%s %s: %.9g, expected %.9g", kernels, what, (double)found, expected);
}

// Runs a check with every set of kernels on this processor.
typedef void Check(const Kernels *kernels);

static void with_every_set(Check *check) {
    int sets = 0;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const Kernels *kernels = kernels_named(names[i]);
        if (!kernels) {
            print_message("this processor does not run the %s kernels\n", names[i]);
            continue;
        }
        assert_string_equal(kernels->name, names[i]);
        check(kernels);
        sets++;
    }
    assert_true(sets > 0);
}

static void sets_are_found_by_name(void **state) {
    (void)state;
    assert_non_null(kernels_named("portable"));
    assert_null(kernels_named("avx1024"));
    assert_ptr_equal(kernels_named(kernels_best()->name), kernels_best());
}

// ---- product and its derivative
// -------------------------------------------------------------------

typedef struct {
    int rows, taps, in, out, x_stride, y_stride;
    const real *x[KERNEL_TAPS]; // each tap reads one row further
} Shape;

static Shape random_shape(Slabs *slabs, int rows, int taps) {
    const int lanes = MOST_CHANNELS / REAL_LANES;
    Shape shape = {.rows = rows, .taps = taps};
    shape.in = random_between(&slabs->random, 1, MOST_CHANNELS / 2);
    shape.out = REAL_LANES * random_between(&slabs->random, 1, lanes);
    shape.x_stride = padded(shape.in);
    shape.y_stride = shape.out;
    for (int t = 0; t < taps; t++)
        shape.x[t] = slabs->x + (HALO + t - taps / 2) * shape.x_stride;
    return shape;
}

static void check_product(const Kernels *kernels, Slabs *slabs, const Shape *shape,
                          const real *bias) {
    for (int i = 0; i < SLAB; i++)
        slabs->result[i] = canary;
    kernels->product(shape->rows, shape->taps, shape->in, shape->out, shape->x, shape->x_stride,
                     slabs->w, bias, slabs->result, shape->y_stride);
    for (int r = 0; r < shape->rows; r++)
        for (int o = 0; o < shape->out; o++) {
            double sum = bias ? (double)bias[o] : 0, magnitude = fabs(sum);
            for (int t = 0; t < shape->taps; t++)
                for (int i = 0; i < shape->in; i++) {
                    const double term =
                        (double)shape->x[t][r * shape->x_stride + i] *
                        (double)slabs->w[((ptrdiff_t)t * shape->in + i) * shape->out + o];
                    sum += term;
                    magnitude += fabs(term);
                }
            assert_near(slabs->result[r * shape->y_stride + o], sum, magnitude, kernels->name,
                        "product");
        }
    for (int i = shape->rows * shape->y_stride; i < SLAB; i++)
        assert_true(slabs->result[i] == canary);
}

static void products(const Kernels *kernels) {
    Slabs slabs;
    slabs_init(&slabs, 1);
    for (int rows = 1; rows <= MOST_ROWS; rows++)
        for (int taps = 1; taps <= KERNEL_TAPS; taps += 2) {
            const Shape shape = random_shape(&slabs, rows, taps);
            check_product(kernels, &slabs, &shape, slabs.bias);
            check_product(kernels, &slabs, &shape, NULL);
        }
    slabs_clear(&slabs);
}

static void product_is_the_sum(void **state) {
    (void)state;
    with_every_set(products);
}

static void check_product_backward(const Kernels *kernels, Slabs *slabs, const Shape *shape,
                                   real *dw) {
    const real start = (real)0.5; // what is there is added to
    const int count = shape->taps * shape->in * shape->out;
    for (int i = 0; i < WEIGHTS; i++)
        dw[i] = i < count ? start : canary;
    kernels->product_backward(shape->rows, shape->taps, shape->in, shape->out, shape->x,
                              shape->x_stride, slabs->y, shape->y_stride, dw);
    for (int t = 0; t < shape->taps; t++)
        for (int i = 0; i < shape->in; i++)
            for (int o = 0; o < shape->out; o++) {
                double sum = (double)start, magnitude = sum;
                for (int r = 0; r < shape->rows; r++) {
                    const double term = (double)shape->x[t][r * shape->x_stride + i] *
                                        (double)slabs->y[r * shape->y_stride + o];
                    sum += term;
                    magnitude += fabs(term);
                }
                assert_near(dw[((ptrdiff_t)t * shape->in + i) * shape->out + o], sum, magnitude,
                            kernels->name, "product_backward");
            }
    for (int i = count; i < WEIGHTS; i++)
        assert_true(dw[i] == canary);
}

static void products_backward(const Kernels *kernels) {
    Slabs slabs;
    slabs_init(&slabs, 2);
    real *dw = arena_take(&slabs.arena, WEIGHTS);
    for (int rows = 1; rows <= MOST_ROWS; rows++)
        for (int taps = 1; taps <= KERNEL_TAPS; taps += 2) {
            const Shape shape = random_shape(&slabs, rows, taps);
            check_product_backward(kernels, &slabs, &shape, dw);
        }
    slabs_clear(&slabs);
}

static void product_backward_is_the_outer_sum(void **state) {
    (void)state;
    with_every_set(products_backward);
}

// ---- batch norm and relu
// --------------------------------------------------------------------------

// Calls check for every number of rows and some numbers of channels.
typedef void CheckSlab(const Kernels *kernels, Slabs *slabs, int rows, int channels);

static void every_slab(const Kernels *kernels, CheckSlab *check) {
    Slabs slabs;
    slabs_init(&slabs, 3);
    for (int rows = 1; rows <= MOST_ROWS; rows++) {
        check(kernels, &slabs, rows, REAL_LANES);
        check(kernels, &slabs, rows,
              REAL_LANES * random_between(&slabs.random, 2, MOST_CHANNELS / REAL_LANES));
    }
    slabs_clear(&slabs);
}

static double normalised(const Slabs *slabs, int at, int c) {
    return ((double)slabs->y[at] - (double)slabs->mean[c]) * (double)slabs->rstd[c];
}

static void check_normalise(const Kernels *kernels, Slabs *slabs, int rows, int channels) {
    for (int pass = 0; pass < 2; pass++) { // 0 sets, 1 adds
        for (int i = 0; i < SLAB; i++)
            slabs->result[i] = canary;
        (pass ? kernels->add_normalise_relu : kernels->normalise_relu)(rows, channels, slabs->y,
                                                                       &slabs->norm, slabs->result);
        for (int at = 0; at < rows * channels; at++) {
            const int c = at % channels;
            const double z = normalised(slabs, at, c) + (double)slabs->beta[c];
            assert_near(slabs->result[at], fmax(z, 0) + (pass ? (double)canary : 0), 8,
                        kernels->name, "normalise_relu");
        }
        for (int i = rows * channels; i < SLAB; i++)
            assert_true(slabs->result[i] == canary);
    }
}

static void normalises(const Kernels *kernels) {
    every_slab(kernels, check_normalise);
}

static void normalise_relu_is_the_formula(void **state) {
    (void)state;
    with_every_set(normalises);
}

static void check_moments(const Kernels *kernels, Slabs *slabs, int rows, int channels) {
    kernels->moments(rows, channels, slabs->y, slabs->sum, slabs->product_sum);
    for (int c = 0; c < channels; c++) {
        double sum = 0, squares = 0;
        for (int r = 0; r < rows; r++)
            sum += (double)slabs->y[r * channels + c];
        for (int r = 0; r < rows; r++)
            squares += pow((double)slabs->y[r * channels + c] - sum / rows, 2);
        assert_near(slabs->sum[c], sum / rows, 1, kernels->name, "moments: mean");
        assert_near(slabs->product_sum[c], squares, rows, kernels->name, "moments: squares");
    }
}

static void all_moments(const Kernels *kernels) {
    every_slab(kernels, check_moments);
}

static void moments_are_centred(void **state) {
    (void)state;
    with_every_set(all_moments);
}

static void check_relu_backward(const Kernels *kernels, Slabs *slabs, int rows, int channels) {
    const real start = (real)0.25;
    for (int c = 0; c < channels; c++)
        slabs->sum[c] = slabs->product_sum[c] = start;
    kernels->relu_backward(rows, channels, slabs->y, &slabs->norm, slabs->x, slabs->result,
                           slabs->sum, slabs->product_sum);
    for (int c = 0; c < channels; c++) {
        double sum = (double)start, product_sum = sum, magnitude = sum;
        for (int at = c; at < rows * channels; at += channels) {
            const bool passes = normalised(slabs, at, c) + (double)slabs->beta[c] > 0;
            const double dz = passes ? (double)slabs->x[at] : 0;
            assert_true((double)slabs->result[at] == dz);
            sum += dz;
            product_sum += dz * normalised(slabs, at, c);
            magnitude += fabs(dz) * (1 + fabs(normalised(slabs, at, c)));
        }
        assert_near(slabs->sum[c], sum, magnitude, kernels->name, "relu_backward: sum");
        assert_near(slabs->product_sum[c], product_sum, magnitude, kernels->name,
                    "relu_backward: product sum");
    }
}

static void relus_backward(const Kernels *kernels) {
    every_slab(kernels, check_relu_backward);
}

static void relu_backward_masks_and_sums(void **state) {
    (void)state;
    with_every_set(relus_backward);
}

static void check_normalise_backward(const Kernels *kernels, Slabs *slabs, int rows, int channels) {
    kernels->normalise_backward(rows, channels, slabs->y, &slabs->norm, slabs->x, slabs->sum,
                                slabs->product_sum, slabs->result);
    for (int at = 0; at < rows * channels; at++) {
        const int c = at % channels;
        const double pull = normalised(slabs, at, c) * (double)slabs->product_sum[c];
        const double apart = (double)slabs->x[at] - (double)slabs->sum[c] - pull;
        assert_near(slabs->result[at], (double)slabs->rstd[c] * apart,
                    8 * (double)slabs->rstd[c] * (1 + fabs(pull)), kernels->name,
                    "normalise_backward");
    }
}

static void normalises_backward(const Kernels *kernels) {
    every_slab(kernels, check_normalise_backward);
}

static void normalise_backward_is_the_formula(void **state) {
    (void)state;
    with_every_set(normalises_backward);
}

// ---- not a number
// ---------------------------------------------------------------------------------

// relu(NaN) is NaN, forward and in the mask of the backward pass, wherever in the vector it stands;
// and only there.
static void nan_passes(const Kernels *kernels) {
    Slabs slabs;
    slabs_init(&slabs, 4);
    enum { ROWS = 3, CHANNELS = 32 };
    for (int bad = 0; bad < ROWS * CHANNELS; bad++) {
        const real kept = slabs.y[bad];
        slabs.y[bad] = (real)NAN;
        kernels->normalise_relu(ROWS, CHANNELS, slabs.y, &slabs.norm, slabs.result);
        for (int at = 0; at < ROWS * CHANNELS; at++)
            assert_int_equal(isnan(slabs.result[at]) != 0, at == bad);
        memset(slabs.sum, 0, CHANNELS * sizeof(real));
        memset(slabs.product_sum, 0, CHANNELS * sizeof(real));
        kernels->relu_backward(ROWS, CHANNELS, slabs.y, &slabs.norm, slabs.x, slabs.result,
                               slabs.sum, slabs.product_sum);
        assert_true(slabs.result[bad] == slabs.x[bad]);
        for (int c = 0; c < CHANNELS; c++)
            assert_int_equal(isnan(slabs.product_sum[c]) != 0, c == bad % CHANNELS);
        slabs.y[bad] = kept;
    }
    slabs_clear(&slabs);
}

static void nan_passes_through_relu(void **state) {
    (void)state;
    with_every_set(nan_passes);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sets_are_found_by_name),
        cmocka_unit_test(product_is_the_sum),
        cmocka_unit_test(product_backward_is_the_outer_sum),
        cmocka_unit_test(normalise_relu_is_the_formula),
        cmocka_unit_test(moments_are_centred),
        cmocka_unit_test(relu_backward_masks_and_sums),
        cmocka_unit_test(normalise_backward_is_the_formula),
        cmocka_unit_test(nan_passes_through_relu),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
