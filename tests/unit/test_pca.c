// Principal components: eigenvectors of the covariance computed here anew, the same from the Gram
// matrix, signs, sets that vary along few directions, and input that is no good.
#include "engine/blas.h"
#include "engine/pca.h"
#include "engine/random.h"

#include "tests/unit/check.h"
#include "tests/unit/one_blas_thread.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { FEATURES = 7 };

// count x FEATURES numbers, wider along later features, mixed and away from zero.
static real *cloud(int count, uint64_t seed) {
    Random random = random_seeded(seed, 0);
    real *x = calloc((size_t)count * FEATURES, sizeof *x);
    assert_non_null(x);
    for (int i = 0; i < count; i++) {
        double before = 0;
        for (int f = 0; f < FEATURES; f++) {
            before = (f + 1) * random_normal(&random) + 0.5 * before;
            x[i * FEATURES + f] = (real)(before + 3 * f);
        }
    }
    return x;
}

static void fit(Pca *pca, const real *x, int count, int features, int most) {
    Status status;
    if (!pca_fit(pca, x, count, features, most, &status))
        fail_msg("%s", status.text);
}

// (covariance v)[f], from the definition.
static double covariance_times(const Pca *pca, const real *x, int count, const double *v, int f) {
    double sum = 0;
    for (int i = 0; i < count; i++) {
        double along = 0;
        for (int g = 0; g < pca->features; g++)
            along += ((double)x[i * pca->features + g] - pca->mean[g]) * v[g];
        sum += ((double)x[i * pca->features + f] - pca->mean[f]) * along / count;
    }
    return sum;
}

static void assert_eigenvectors(const Pca *pca, const real *x, int count) {
    for (int c = 0; c < pca->components; c++) {
        const double *v = pca->component + (ptrdiff_t)c * pca->features;
        for (int f = 0; f < pca->features; f++)
            assert_near(covariance_times(pca, x, count, v, f), pca->variance[c] * v[f],
                        1e-10 * pca->variance[0]);
        for (int other = 0; other <= c; other++)
            assert_near(cblas_ddot(pca->features, v, 1,
                                   pca->component + (ptrdiff_t)other * pca->features, 1),
                        other == c, 1e-10);
        assert_true(v[cblas_idamax(pca->features, v, 1)] > 0);
        assert_true(c == 0 || pca->variance[c] <= pca->variance[c - 1]);
    }
}

static void test_components_are_eigenvectors_of_the_covariance(void **state) {
    (void)state;
    const int counts[] = {40, FEATURES, 5, 2}; // the last two by way of the Gram matrix
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        Pca pca;
        real *x = cloud(counts[i], i);
        fit(&pca, x, counts[i], FEATURES, FEATURES);
        assert_int_equal(pca.components, counts[i] > FEATURES ? FEATURES : counts[i] - 1);
        assert_eigenvectors(&pca, x, counts[i]);
        double sum = 0;
        for (int c = 0; c < pca.components; c++)
            sum += pca.variance[c];
        assert_near(sum, pca.total_variance, 1e-10 * sum);
        pca_clear(&pca);
        free(x);
    }
}

static void test_fewer_components_are_the_first_ones(void **state) {
    (void)state;
    Pca all, few;
    real *x = cloud(30, 9);
    fit(&all, x, 30, FEATURES, 100);
    fit(&few, x, 30, FEATURES, 2);
    assert_int_equal(few.components, 2);
    for (int f = 0; f < 2 * FEATURES; f++)
        assert_near(few.component[f], all.component[f], 1e-9);
    assert_near(few.total_variance, all.total_variance, 0);
    assert_true(few.variance[0] + few.variance[1] < few.total_variance);
    pca_clear(&all);
    pca_clear(&few);
    free(x);
}

static void test_projection_has_the_variances(void **state) {
    (void)state;
    enum { COUNT = 25 };
    Pca pca;
    real *x = cloud(COUNT, 3), projected[COUNT * 3];
    fit(&pca, x, COUNT, FEATURES, 3);
    pca_project(&pca, x, COUNT, projected);
    for (int c = 0; c < 3; c++) {
        double sum = 0, square = 0;
        for (int i = 0; i < COUNT; i++) {
            sum += (double)projected[i * 3 + c];
            square += (double)projected[i * 3 + c] * (double)projected[i * 3 + c];
        }
        assert_near(sum / COUNT, 0, 1e-5);
        assert_near(square / COUNT, pca.variance[c], 1e-5 * pca.variance[c]);
    }
    pca_clear(&pca);
    free(x);
}

static void test_points_of_a_line(void **state) {
    (void)state;
    // (1, 1) + t (3, -4) for t = -1, 0, 1: the sign is that of the greatest number.
    const real x[] = {-2, 5, 1, 1, 4, -3};
    Pca pca;
    fit(&pca, x, 3, 2, 2);
    assert_int_equal(pca.components, 1);
    assert_near(pca.mean[0], 1, 1e-12);
    assert_near(pca.mean[1], 1, 1e-12);
    assert_near(pca.component[0], -0.6, 1e-12);
    assert_near(pca.component[1], 0.8, 1e-12);
    assert_near(pca.variance[0], 50.0 / 3, 1e-12);
    pca_clear(&pca);
}

static void test_equal_vectors_have_no_components(void **state) {
    (void)state;
    const real x[] = {2, 3, 2, 3, 2, 3};
    Pca pca;
    fit(&pca, x, 3, 2, 2);
    assert_int_equal(pca.components, 0);
    assert_near(pca.total_variance, 0, 0);
    pca_clear(&pca);
}

static void test_bad_input(void **state) {
    (void)state;
    const real bad[] = {1, 2, NAN, 4};
    Pca pca;
    Status status;
    assert_false(pca_fit(&pca, bad, 2, 2, 1, &status));
    assert_int_equal(status.code, STATUS_DIVERGED);
    assert_null(pca.mean);
    assert_false(pca_fit(&pca, bad, 0, 2, 1, &status));
    assert_false(pca_fit(&pca, bad, 1, 2, 0, &status));
    assert_int_equal(status.code, STATUS_FAILURE);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_components_are_eigenvectors_of_the_covariance),
        cmocka_unit_test(test_fewer_components_are_the_first_ones),
        cmocka_unit_test(test_projection_has_the_variances),
        cmocka_unit_test(test_points_of_a_line),
        cmocka_unit_test(test_equal_vectors_have_no_components),
        cmocka_unit_test(test_bad_input),
    };
    return cmocka_run_group_tests(tests, one_blas_thread, NULL);
}
