// A history stays within its limits, keeps the newest points whole, and leaves what others hold.
#include "engine/history.h"
#include "tests/unit/resident.h"

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
// Returns the most steps that a point stands for.
static long check_points(const History *history, long last) {
    const size_t count = history_outer_count(history);
    long before = 0, most = 1;
    for (size_t i = 0; i < count; i++) {
        const OuterPoint *point = history_outer(history, i);
        const long steps = point->outer_step - before;
        double low, high;
        outer_point_range(point, RANGE_META_LOSS, &low, &high);
        assert_int_equal(point->steps > 1 ? point->steps : 1, steps);
        assert_true(low == (double)(before + 1) / 3);
        assert_true(high == (double)point->outer_step / 3);
        const double mean = (double)(before + 1 + point->outer_step) / 2 / 3;
        assert_true(fabs(point->meta_loss - mean) <= 1e-9 * mean);
        before = point->outer_step;
        most = steps > most ? steps : most;
    }
    assert_int_equal(before, last);
    return most;
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
    assert_int_equal(check_points(history, HISTORY_OUTER + 1), 2);
    assert_int_equal(history_outer_count(held), HISTORY_OUTER);
    assert_int_equal(check_points(held, HISTORY_OUTER), 1);
    history_let_go(held);
    history_free(history);
}

// The past is shown evenly, however long it is.
static void long_run_stays_within_limits(void **state) {
    (void)state;
    enum { STEPS = 50 * HISTORY_OUTER };
    History *history = history_new();
    assert_non_null(history);
    for (long step = 1; step <= STEPS; step++) {
        append_steps(&history, step, step);
        assert_true(history_outer_count(history) <= HISTORY_OUTER);
    }
    assert_true(check_points(history, STEPS) <= 8 * STEPS / HISTORY_OUTER);
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
        if (step == 2)
            point.gradient_norm = 900;
        if (step == 4)
            point.meta_loss = -7;
        if (step == 3 || step > 100)
            point.meta_loss = step % 2 ? (double)NAN : (double)INFINITY;
        point.dropped = step == 3 ? 5 : 0;
        assert_true(history_append_outer(&history, &point));
    }
    const OuterPoint *first = history_outer(history, 0);
    assert_true(first->steps >= 4 && first->steps < 100);
    double low, high;
    outer_point_range(first, RANGE_GRADIENT_NORM, &low, &high);
    assert_true(low == 2 && high == 900);
    outer_point_range(first, RANGE_META_LOSS, &low, &high);
    assert_true(low == -7 && high == 1);
    const double finite = (double)first->steps - 1;
    assert_true(fabs(first->meta_loss - (finite - 8) / finite) <= 1e-9);
    assert_int_equal(first->dropped, 5);
    assert_int_equal(outer_point_not_finite(first), 1);
    const OuterPoint *later = history_outer(history, history_outer_count(history) / 8);
    assert_true(later->steps > 1 && !isfinite(later->meta_loss));
    assert_int_equal(outer_point_not_finite(later), later->steps);
    history_free(history);
}

static void append_evaluation(History **history, long step) {
    const EvaluationPoint point = {.outer_step = step, .set_count = 1};
    double row[1 + 2 * WEIGHT_COLUMNS] = {0};
    row[0] = (double)step;
    row[2 * WEIGHT_COLUMNS] = -(double)step;
    assert_true(history_append_evaluation(history, &point));
    assert_true(history_append_weights(history, row));
}

static History *with_names(void) {
    const WeightNames names = {2, {"theta h.unit0", "phi layer1.W"}};
    History *history = history_new();
    assert_non_null(history);
    history_begin_weights(history, &names);
    return history;
}

static void evaluations_and_weights_are_left_out_evenly(void **state) {
    (void)state;
    enum { TIMES = 20 * HISTORY_EVALUATIONS, EVERY = 30 };
    History *history = with_names();
    append_steps(&history, 1, 10);
    for (long i = 0; i <= TIMES; i++) {
        append_evaluation(&history, EVERY * i);
        assert_true(history_evaluation_count(history) <= HISTORY_EVALUATIONS);
    }
    const size_t kept = history_evaluation_count(history);
    assert_int_equal(history_outer_count(history), 10);
    assert_int_equal(history_weight_count(history), kept);
    assert_string_equal(history_weight_names(history)->names[1], "phi layer1.W");
    assert_int_equal(history_evaluation(history, 0)->outer_step, 0);
    assert_int_equal(history_evaluation(history, kept - 1)->outer_step, EVERY * TIMES);
    for (size_t i = 0; i < kept; i++) {
        const double *weights = history_weights(history, i);
        const long step = history_evaluation(history, i)->outer_step;
        const long before = i > 0 ? history_evaluation(history, i - 1)->outer_step : 0;
        assert_true(weights[0] == (double)step && weights[2 * WEIGHT_COLUMNS] == -weights[0]);
        assert_true(step - before <= 12 * EVERY * TIMES / HISTORY_EVALUATIONS);
    }
    history_free(history);
}

// Somebody tests transfer again and again while training stands still.
static void evaluations_of_one_step_find_room(void **state) {
    (void)state;
    History *history = with_names();
    for (int i = 0; i < 10 * HISTORY_EVALUATIONS; i++)
        append_evaluation(&history, 7);
    assert_true(history_evaluation_count(history) <= HISTORY_EVALUATIONS);
    history_free(history);
}

// After one point there is memory for all, also for those of a thinned one.
static void curves_are_resident_from_the_start(void **state) {
    (void)state;
    const WeightNames names = {2, {"theta h.unit0", "phi layer1.W"}};
    History *history = history_new_resident();
    assert_non_null(history);
    history_begin_weights(history, &names);
    for (int time = 0; time < 2; time++) {
        append_steps(&history, time * HISTORY_OUTER + 1, time * HISTORY_OUTER + 1);
        append_evaluation(&history, time * HISTORY_OUTER);
        assert_true(is_resident(history_outer(history, 0), HISTORY_OUTER * sizeof(OuterPoint)));
        assert_true(is_resident(history_evaluation(history, 0),
                                HISTORY_EVALUATIONS * sizeof(EvaluationPoint)));
        assert_true(is_resident(history_weights(history, 0),
                                HISTORY_EVALUATIONS * weight_row_columns(&names) * sizeof(double)));
        append_steps(&history, time * HISTORY_OUTER + 2, (time + 1) * HISTORY_OUTER);
    }
    history_free(history);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(full_series_is_thinned),
        cmocka_unit_test(long_run_stays_within_limits),
        cmocka_unit_test(no_extreme_is_lost),
        cmocka_unit_test(evaluations_and_weights_are_left_out_evenly),
        cmocka_unit_test(evaluations_of_one_step_find_room),
        cmocka_unit_test(curves_are_resident_from_the_start),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
