// Histograms: every finite value is in one bin, everything else in a counter, percentiles rise.
#include "engine/histogram.h"
#include "engine/random.h"

#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const double shares[9] = {0, 0.07, 0.16, 0.31, 0.5, 0.69, 0.84, 0.93, 1};

static size_t binned(const HistogramView *view) {
    size_t sum = 0;
    for (int i = 0; i < SNAPSHOT_BINS; i++)
        sum += view->bins[i];
    return sum;
}

static size_t counted(const HistogramView *view) {
    return binned(view) + view->under + view->over + view->nan + view->positive_infinity +
           view->negative_infinity;
}

static void no_value_at_all(void **state) {
    (void)state;
    HistogramView view;
    memset(&view, 0x55, sizeof view); // what was there does not matter
    histogram_fill(&view, "empty", NULL, 0);
    assert_string_equal(view.name, "empty");
    assert_int_equal(counted(&view), 0);
    assert_true(isfinite(view.low) && isfinite(view.high) && view.low <= view.high);
    for (int i = 0; i < 9; i++)
        assert_true(isnan(view.percentiles[i]));
}

static void nothing_finite(void **state) {
    (void)state;
    const real values[] = {(real)NAN, (real)INFINITY,  (real)-INFINITY,
                           (real)NAN, (real)-INFINITY, (real)-INFINITY};
    HistogramView view;
    histogram_fill(&view, "bad", values, 6);
    assert_int_equal(view.nan, 2);
    assert_int_equal(view.positive_infinity, 1);
    assert_int_equal(view.negative_infinity, 3);
    assert_int_equal(binned(&view), 0);
    assert_true(isfinite(view.low) && isfinite(view.high));
    for (int i = 0; i < 9; i++)
        assert_true(isnan(view.percentiles[i]));
}

static void a_constant(void **state) {
    (void)state;
    static real values[100];
    static const real constants[] = {0, (real)0.3, (real)-7e20, (real)1e-38};
    for (int k = 0; k < 4; k++) {
        HistogramView view;
        for (int i = 0; i < 100; i++)
            values[i] = constants[k];
        histogram_fill(&view, "constant", values, 100);
        assert_int_equal(binned(&view), 100);
        assert_int_equal(counted(&view), 100);
        assert_true(view.low == (double)constants[k] && view.high == (double)constants[k]);
        for (int i = 0; i < 9; i++)
            assert_true(view.percentiles[i] == (double)constants[k]);
    }
}

// 0 .. 4799 in mixed order: 100 to each bin, and the percentiles are the shares.
static void evenly_spread(void **state) {
    (void)state;
    enum { COUNT = SNAPSHOT_BINS * 100 };
    static real values[COUNT];
    static int order[COUNT];
    Random random = random_seeded(1, 0);
    HistogramView view;
    random_permutation(&random, order, COUNT);
    for (int i = 0; i < COUNT; i++)
        values[i] = (real)order[i];
    histogram_fill(&view, "even", values, COUNT);
    for (int i = 0; i < SNAPSHOT_BINS; i++)
        assert_in_range(view.bins[i], 99, 101);
    assert_int_equal(binned(&view), COUNT);
    assert_true(view.low == 0 && view.high == COUNT - 1);
    assert_true(view.percentiles[0] == view.low && view.percentiles[8] == view.high);
    for (int i = 0; i < 9; i++) // from a sample of every second value
        assert_true(fabs(view.percentiles[i] / (COUNT - 1) - shares[i]) <= 0.03);
}

// Few values: the percentiles are values themselves.
static void exact_percentiles(void **state) {
    (void)state;
    static const real values[] = {3, 1, 2, 5, 4};
    HistogramView view;
    histogram_fill(&view, "five", values, 5);
    static const double expected[9] = {1, 1, 2, 2, 3, 4, 4, 5, 5};
    assert_memory_equal(view.percentiles, expected, sizeof expected);
}

// A number that is not finite changes no bin, no edge and no percentile of the others.
static void bad_values_among_good_ones(void **state) {
    (void)state;
    enum { GOOD = 777, ALL = GOOD + 30 };
    static real good[GOOD], all[ALL];
    Random random = random_seeded(2, 0);
    HistogramView without, with;
    int next = 0;
    for (int i = 0; i < GOOD; i++) {
        good[i] = (real)random_normal(&random);
        if (i % 26 == 0)
            all[next++] = (real)(i % 3 == 0 ? NAN : i % 3 == 1 ? INFINITY : -INFINITY);
        all[next++] = good[i];
    }
    assert_int_equal(next, ALL);
    histogram_fill(&without, "good", good, GOOD);
    histogram_fill(&with, "good", all, ALL);
    assert_int_equal(with.nan, 10);
    assert_int_equal(with.positive_infinity, 10);
    assert_int_equal(with.negative_infinity, 10);
    assert_memory_equal(with.bins, without.bins, sizeof with.bins);
    assert_memory_equal(with.percentiles, without.percentiles, sizeof with.percentiles);
    assert_true(with.low == without.low && with.high == without.high);
}

// The extremes of the number type: the range itself is beyond it.
static void the_widest_range(void **state) {
    (void)state;
    const real most = REAL_IS_DOUBLE ? (real)DBL_MAX : (real)FLT_MAX;
    const real values[] = {-most, most, 0, most / 2};
    HistogramView view;
    histogram_fill(&view, "wide", values, 4);
    assert_int_equal(binned(&view), 4);
    assert_int_equal(view.bins[0], 1);
    assert_int_equal(view.bins[SNAPSHOT_BINS - 1], 1);
    assert_int_equal(view.bins[SNAPSHOT_BINS / 2], 1);
    assert_true(view.low == (double)-most && view.high == (double)most);
}

// Percentiles of a large block come from a sample, but rise and end at the true extremes.
static void a_large_block(void **state) {
    (void)state;
    enum { COUNT = 3 * HISTOGRAM_SAMPLES + 1 };
    static real values[COUNT];
    Random random = random_seeded(3, 0);
    HistogramView view;
    for (int i = 0; i < COUNT; i++)
        values[i] = (real)random_normal(&random);
    values[1] = -50;
    values[2] = 60; // no sample falls on them
    histogram_fill(&view, "normal", values, COUNT);
    assert_int_equal(binned(&view), COUNT);
    assert_true(view.percentiles[0] == -50 && view.percentiles[8] == 60);
    for (int i = 1; i < 9; i++)
        assert_true(view.percentiles[i - 1] <= view.percentiles[i]);
    assert_true(fabs(view.percentiles[4]) <= 0.1);     // the median of a normal distribution
    assert_true(fabs(view.percentiles[6] - 1) <= 0.1); // 84 % lie below one standard deviation
}

static void a_long_name_is_cut(void **state) {
    (void)state;
    char name[200];
    HistogramView view;
    memset(name, 'n', sizeof name);
    name[sizeof name - 1] = '\0';
    const real value = 1;
    histogram_fill(&view, name, &value, 1);
    assert_int_equal(strlen(view.name), sizeof view.name - 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_value_at_all),    cmocka_unit_test(nothing_finite),
        cmocka_unit_test(a_constant),         cmocka_unit_test(evenly_spread),
        cmocka_unit_test(exact_percentiles),  cmocka_unit_test(bad_values_among_good_ones),
        cmocka_unit_test(the_widest_range),   cmocka_unit_test(a_large_block),
        cmocka_unit_test(a_long_name_is_cut),
    };
    return cmocka_run_group_tests_name("histogram", tests, NULL, NULL);
}
