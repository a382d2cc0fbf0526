// A history stays within its limits, keeps the newest points whole, and leaves what others hold.
#include "engine/history.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void append_steps(History **history, long first, long last) {
    for (long step = first; step <= last; step++) {
        const OuterPoint point = {.outer_step = step, .meta_loss = (double)step / 3};
        assert_true(history_append_outer(history, &point));
    }
}

// A point stands for the steps since the one before it; their mean and extremes are its own.
static void check_points(const History *history, long last) {
    const size_t count = history_outer_count(history);
    long before = 0;
    for (size_t i = 0; i < count; i++) {
        const OuterPoint *point = history_outer(history, i);
        const long steps = point->outer_step - before;
        float low, high;
        outer_point_range(point, RANGE_META_LOSS, &low, &high);
        assert_int_equal(point->steps > 1 ? point->steps : 1, steps);
        assert_true(low == (float)((double)(before + 1) / 3));
        assert_true(high == (float)((double)point->outer_step / 3));
        const double mean = (double)(before + 1 + point->outer_step) / 2 / 3;
        assert_true(fabs(point->meta_loss - mean) <= 1e-9 * mean);
        before = point->outer_step;
    }
    assert_int_equal(before, last);
}

static void full_series_is_thinned(void **state) {
    (void)state;
    History *history = history_new();
    assert_non_null(history);
    append_steps(&history, 1, HISTORY_OUTER);
    assert_int_equal(history_outer_count(history), HISTORY_OUTER);
    const History *held = history_hold(history);
    append_steps(&history, HISTORY_OUTER + 1, HISTORY_OUTER + 1);

    // Pairs in the older half; who held it has all.
    assert_true(history != held);
    assert_int_equal(history_outer_count(history), HISTORY_OUTER * 3 / 4 + 1);
    assert_int_equal(history_outer(history, 0)->outer_step, 2);
    assert_int_equal(history_outer(history, HISTORY_OUTER / 4)->outer_step, HISTORY_OUTER / 2 + 1);
    check_points(history, HISTORY_OUTER + 1);
    assert_int_equal(history_outer_count(held), HISTORY_OUTER);
    check_points(held, HISTORY_OUTER);
    history_let_go(held);
    history_free(history);
}

static void long_run_stays_within_limits(void **state) {
    (void)state;
    enum { STEPS = 50 * HISTORY_OUTER };
    History *history = history_new();
    assert_non_null(history);
    for (long step = 1; step <= STEPS; step++) {
        append_steps(&history, step, step);
        assert_true(history_outer_count(history) <= HISTORY_OUTER);
    }
    check_points(history, STEPS);
    const size_t count = history_outer_count(history);
    for (size_t i = count - HISTORY_OUTER / 2; i < count; i++)
        assert_true(history_outer(history, i)->steps <= 1);
    history_free(history);
}

// A spike, and steps that had no finite loss.
static void no_extreme_is_lost(void **state) {
    (void)state;
    History *history = history_new();
    assert_non_null(history);
    for (long step = 1; step <= 4 * HISTORY_OUTER; step++) {
        OuterPoint point = {.outer_step = step, .meta_loss = 1, .gradient_norm = 2};
        point.gradient_norm = step == 5 ? 900 : 2;
        point.meta_loss = step == 6 || step > 100 ? (double)NAN : step == 8 ? -7 : 1;
        point.dropped = step == 6 ? 3 : 0;
        assert_true(history_append_outer(&history, &point));
    }
    const OuterPoint *first = history_outer(history, 0);
    float low, high;
    outer_point_range(first, RANGE_GRADIENT_NORM, &low, &high);
    assert_true(low == 2 && high == 900);
    outer_point_range(first, RANGE_META_LOSS, &low, &high);
    assert_true(low == -7 && high == 1);
    assert_int_equal(first->dropped, 3);
    assert_true(first->steps >= 8);
    const OuterPoint *later = history_outer(history, history_outer_count(history) / 8);
    assert_true(later->steps > 1 && isnan(later->meta_loss));
    history_free(history);
}

static void evaluations_and_weights_have_limits_of_their_own(void **state) {
    (void)state;
    History *history = history_new();
    assert_non_null(history);
    const WeightNames names = {2, {"theta h.unit0", "phi layer1.W"}};
    double row[1 + 2 * WEIGHT_COLUMNS] = {0};
    history_begin_weights(history, &names);
    append_steps(&history, 1, 10);
    for (long step = 0; step <= HISTORY_EVALUATIONS; step++) {
        const EvaluationPoint point = {.outer_step = step, .set_count = 1};
        row[0] = (double)step;
        row[2 * WEIGHT_COLUMNS] = -(double)step;
        assert_true(history_append_evaluation(&history, &point));
        assert_true(history_append_weights(&history, row));
    }
    const size_t kept = HISTORY_EVALUATIONS * 3 / 4 + 1;
    assert_int_equal(history_outer_count(history), 10);
    assert_int_equal(history_evaluation_count(history), kept);
    assert_int_equal(history_weight_count(history), kept);
    assert_string_equal(history_weight_names(history)->names[1], "phi layer1.W");
    for (size_t i = 0; i < kept; i++) {
        const double *weights = history_weights(history, i);
        assert_true(weights[0] == (double)history_evaluation(history, i)->outer_step);
        assert_true(weights[2 * WEIGHT_COLUMNS] == -weights[0]);
    }
    assert_true(history_weights(history, 1)[0] == 2);
    assert_true(history_weights(history, kept - 1)[0] == HISTORY_EVALUATIONS);
    history_free(history);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(full_series_is_thinned),
        cmocka_unit_test(long_run_stays_within_limits),
        cmocka_unit_test(no_extreme_is_lost),
        cmocka_unit_test(evaluations_and_weights_have_limits_of_their_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
