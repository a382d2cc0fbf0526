// L-BFGS, logistic regression and the few-shot classifiers: least values known in closed form,
// conditions of optimality, predictions that do not change when features are rotated into more
// dimensions than there are examples.
#include "engine/blas.h"
#include "engine/lbfgs.h"
#include "engine/logistic.h"
#include "engine/random.h"
#include "engine/transfer/classifier.h"

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

// ---- L-BFGS ----

enum { QUADRATIC = 30 };

// sum_i (i + 1)^2 (w_i - i)^2 / 2
static double quadratic(void *context, const double *w, double *gradient) {
    int *calls = context;
    double value = 0;
    ++*calls;
    for (int i = 0; i < QUADRATIC; i++) {
        const double weight = (i + 1.0) * (i + 1.0);
        value += weight / 2 * (w[i] - i) * (w[i] - i);
        gradient[i] = weight * (w[i] - i);
    }
    return value;
}

static void test_quadratic(void **state) {
    (void)state;
    double w[QUADRATIC] = {0};
    int calls = 0;
    LbfgsResult result;
    Status status;
    assert_true(lbfgs_minimise(quadratic, &calls, QUADRATIC, w, 1e-9, 1000, &result, &status));
    assert_true(result.converged);
    assert_true(calls < 200);
    for (int i = 0; i < QUADRATIC; i++)
        assert_near(w[i], i, 1e-9);
    assert_near(result.value, 0, 1e-15);
    // No room to move.
    memset(w, 0, sizeof w);
    assert_true(lbfgs_minimise(quadratic, &calls, QUADRATIC, w, 1e-9, 3, &result, &status));
    assert_false(result.converged);
    assert_int_equal(result.iterations, 3);
}

// ---- logistic regression ----

// Labels say nothing about features, and the penalty is enormous: only the bias is left, and the
// probabilities are the shares of the classes.
static void test_bias_alone_tells_the_shares(void **state) {
    (void)state;
    const double A[] = {1, 1, -1, 1, 1, 1, -1, 1, 0, 1, 0, 1};
    const int label[] = {0, 0, 1, 1, 1, 2};
    double w[2 * 3] = {0}, p[6 * 3];
    const Logistic logistic = {6, 1, 3, 1e9, A, label, p};
    Status status;
    if (!logistic_solve(&logistic, w, &status))
        fail_msg("%s", status.text);
    for (int c = 0; c < 3; c++)
        assert_near(w[c], 0, 1e-6);
    assert_near(w[3 + 0] - w[3 + 2], log(2.0 / 1), 1e-6);
    assert_near(w[3 + 1] - w[3 + 2], log(3.0 / 1), 1e-6);
}

// Two classes at -1 and +1: by symmetry w = (-a, a), and a solves  strength a = 1 / (1 + e^(2 a))
// (m examples of each class: 2 m times that).
static void test_two_points(void **state) {
    (void)state;
    const double A[] = {-1, 1, 1, 1};
    const int label[] = {0, 1};
    double w[2 * 2] = {0}, p[2 * 2];
    const double strength = 0.3;
    const Logistic logistic = {2, 1, 2, strength, A, label, p};
    Status status;
    assert_true(logistic_solve(&logistic, w, &status));
    assert_near(w[0], -w[1], 1e-6);
    assert_near(strength * w[1], 2 / (1 + exp(2 * w[1])), 1e-6);
}

static void test_solution_has_no_slope(void **state) {
    (void)state;
    enum { M = 40, N = 7, K = 4 };
    Random random = random_seeded(5, 0);
    double A[M * (N + 1)], w[(N + 1) * K] = {0}, gradient[(N + 1) * K], p[M * K];
    int label[M];
    for (int i = 0; i < M; i++) {
        label[i] = i % K;
        for (int f = 0; f < N; f++)
            A[i * (N + 1) + f] = 3 * random_normal(&random) + (f == label[i]);
        A[i * (N + 1) + N] = 1;
    }
    const Logistic logistic = {M, N, K, 0.01, A, label, p};
    Status status;
    assert_true(logistic_solve(&logistic, w, &status));
    const double least = logistic_loss(&logistic, w, gradient);
    for (int i = 0; i < (N + 1) * K; i++) {
        assert_near(gradient[i], 0, 1e-6);
        w[i] += 1e-2;
        assert_true(logistic_loss(&logistic, w, NULL) > least - 1e-12);
        w[i] -= 1e-2;
    }
    A[3] = NAN;
    memset(w, 0, sizeof w);
    assert_false(logistic_solve(&logistic, w, &status));
    assert_int_equal(status.code, STATUS_DIVERGED);
}

// ---- classifiers ----

enum { CLASSES = 3, SHOTS = 8, EXAMPLES = CLASSES * SHOTS, TESTS = 60, SMALL = 3, LARGE = 30 };

typedef struct {
    real a[EXAMPLES * LARGE], b[TESTS * LARGE];
    int label_a[EXAMPLES], label_b[TESTS];
} Clusters;

// Points around the corner of their class, in `features` dimensions: the first SMALL, or all of
// these turned by a random linear map that keeps lengths (columns nearly orthonormal are not
// enough, so Gram-Schmidt).
static void make_map(Random *random, real map[SMALL][LARGE]) {
    for (int i = 0; i < SMALL; i++) {
        double row[LARGE];
        for (int f = 0; f < LARGE; f++)
            row[f] = random_normal(random);
        for (int before = 0; before < i; before++) {
            double along = 0;
            for (int f = 0; f < LARGE; f++)
                along += row[f] * (double)map[before][f];
            for (int f = 0; f < LARGE; f++)
                row[f] -= along * (double)map[before][f];
        }
        const double length = cblas_dnrm2(LARGE, row, 1);
        for (int f = 0; f < LARGE; f++)
            map[i][f] = (real)(row[f] / length);
    }
}

static void fill(Random *random, int count, double deviation, real *x, int *label) {
    for (int i = 0; i < count; i++) {
        label[i] = (i * 7) % CLASSES;
        for (int f = 0; f < SMALL; f++)
            x[i * SMALL + f] = (real)((f == label[i]) + deviation * random_normal(random));
    }
}

static void turn(const real map[SMALL][LARGE], int count, const real *x, real *turned) {
    for (int i = 0; i < count; i++)
        for (int f = 0; f < LARGE; f++) {
            double sum = 5;
            for (int k = 0; k < SMALL; k++)
                sum += (double)x[i * SMALL + k] * (double)map[k][f];
            turned[i * LARGE + f] = (real)sum;
        }
}

static void make_clusters(Clusters *small, Clusters *large, double deviation) {
    Random random = random_seeded(8, 0);
    real map[SMALL][LARGE];
    fill(&random, EXAMPLES, deviation, small->a, small->label_a);
    fill(&random, TESTS, deviation, small->b, small->label_b);
    make_map(&random, map);
    *large = *small;
    turn((const real(*)[LARGE])map, EXAMPLES, small->a, large->a);
    turn((const real(*)[LARGE])map, TESTS, small->b, large->b);
}

static double predicted(ClassifierKind kind, ClassifierStrength strength, const Clusters *clusters,
                        int features, int *predicted_labels) {
    const FewShot labelled = {EXAMPLES, features, CLASSES, clusters->a, clusters->label_a};
    Status status;
    if (!classifier_predict(kind, strength, &labelled, clusters->b, TESTS, predicted_labels,
                            &status))
        fail_msg("%s", status.text);
    int right = 0;
    for (int i = 0; i < TESTS; i++)
        right += predicted_labels[i] == clusters->label_b[i];
    return (double)right / TESTS;
}

static void test_classifiers_do_not_see_rotations(void **state) {
    (void)state;
    Clusters *small = calloc(2, sizeof *small), *large = small + 1;
    int one[TESTS], other[TESTS];
    assert_non_null(small);
    make_clusters(small, large, 0.5);
    for (int kind = 0; kind < CLASSIFIERS; kind++)
        for (int strength = STRENGTH_FIXED; strength <= STRENGTH_CHOSEN; strength++) {
            const double accuracy =
                predicted((ClassifierKind)kind, (ClassifierStrength)strength, small, SMALL, one);
            predicted((ClassifierKind)kind, (ClassifierStrength)strength, large, LARGE, other);
            assert_true(accuracy > 0.6 && accuracy < 1);
            assert_memory_equal(one, other, sizeof one);
        }
    free(small);
}

static void test_clear_clusters_are_told_apart(void **state) {
    (void)state;
    Clusters *small = calloc(2, sizeof *small), *large = small + 1;
    int labels[TESTS];
    assert_non_null(small);
    make_clusters(small, large, 0.02);
    for (int kind = 0; kind < CLASSIFIERS; kind++)
        assert_near(predicted((ClassifierKind)kind, STRENGTH_CHOSEN, large, LARGE, labels), 1, 0);
    free(small);
}

// About as many features as examples, of which few tell the class: the weak fixed penalty learns
// the noise of the others, and cross-validation must find out.
static void test_chosen_strength_helps(void **state) {
    (void)state;
    enum { SEEDS = 20 };
    double fixed = 0, chosen = 0;
    for (int seed = 0; seed < SEEDS; seed++) {
        Random random = random_seeded((uint64_t)seed, 1);
        Clusters *noisy = calloc(1, sizeof *noisy);
        int labels[TESTS];
        assert_non_null(noisy);
        for (int i = 0; i < TESTS; i++) {
            const bool in_a = i < EXAMPLES;
            noisy->label_b[i] = i % CLASSES;
            if (in_a)
                noisy->label_a[i] = i % CLASSES;
            for (int f = 0; f < LARGE; f++) {
                const double centre = f == i % CLASSES ? 4 : 0;
                const double deviation = f < CLASSES ? 2 : 1.2;
                noisy->b[i * LARGE + f] = (real)(centre + deviation * random_normal(&random));
                if (in_a)
                    noisy->a[i * LARGE + f] = (real)(centre + deviation * random_normal(&random));
            }
        }
        fixed += predicted(CLASSIFIER_RIDGE, STRENGTH_FIXED, noisy, LARGE, labels) / SEEDS;
        chosen += predicted(CLASSIFIER_RIDGE, STRENGTH_CHOSEN, noisy, LARGE, labels) / SEEDS;
        free(noisy);
    }
    assert_true(chosen > fixed + 0.1);
}

static void test_one_example_of_each_class(void **state) {
    (void)state;
    const real a[] = {0, 0, 5, 0, 0, 5}, b[] = {1, 1, 4, 1, 1, 4};
    const int label[] = {0, 1, 2};
    const FewShot labelled = {3, 2, 3, a, label};
    for (int kind = 0; kind < CLASSIFIERS; kind++) {
        int predicted_labels[3];
        Status status;
        assert_true(classifier_predict((ClassifierKind)kind, STRENGTH_CHOSEN, &labelled, b, 3,
                                       predicted_labels, &status));
        assert_memory_equal(predicted_labels, label, sizeof label);
    }
}

static void test_features_that_are_not_finite(void **state) {
    (void)state;
    const real a[] = {0, 0, 5, NAN}, b[] = {1, 1, 4, 1};
    const int label[] = {0, 1};
    const FewShot labelled = {2, 2, 2, a, label};
    int predicted_labels[2] = {0, 0};
    Status status;
    assert_true(classifier_predict(CLASSIFIER_RIDGE, STRENGTH_FIXED, &labelled, b, 2,
                                   predicted_labels, &status));
    assert_int_equal(predicted_labels[0], -1);
    assert_int_equal(predicted_labels[1], -1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_quadratic),
        cmocka_unit_test(test_bias_alone_tells_the_shares),
        cmocka_unit_test(test_two_points),
        cmocka_unit_test(test_solution_has_no_slope),
        cmocka_unit_test(test_classifiers_do_not_see_rotations),
        cmocka_unit_test(test_clear_clusters_are_told_apart),
        cmocka_unit_test(test_chosen_strength_helps),
        cmocka_unit_test(test_one_example_of_each_class),
        cmocka_unit_test(test_features_that_are_not_finite),
    };
    return cmocka_run_group_tests(tests, one_blas_thread, NULL);
}
