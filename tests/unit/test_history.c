// A history stays within its limits, keeps the newest points whole, and leaves what others hold.
#include "engine/history.h"

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

// Outer steps rise, and every point is the one that was appended.
static void check_points(const History *history, long first, long last) {
    const size_t count = history_outer_count(history);
    long before = 0;
    for (size_t i = 0; i < count; i++) {
        const OuterPoint *point = history_outer(history, i);
        assert_true(point->outer_step > before);
        assert_true(point->meta_loss == (double)point->outer_step / 3);
        before = point->outer_step;
    }
    assert_int_equal(history_outer(history, 0)->outer_step, first);
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

    // Of the older half every second point has gone; who held it has all.
    assert_true(history != held);
    assert_int_equal(history_outer_count(history), HISTORY_OUTER * 3 / 4 + 1);
    assert_int_equal(history_outer(history, 1)->outer_step, 3);
    assert_int_equal(history_outer(history, HISTORY_OUTER / 4)->outer_step, HISTORY_OUTER / 2 + 1);
    check_points(history, 1, HISTORY_OUTER + 1);
    assert_int_equal(history_outer_count(held), HISTORY_OUTER);
    check_points(held, 1, HISTORY_OUTER);
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
    check_points(history, 1, STEPS);
    const size_t count = history_outer_count(history);
    for (size_t i = count - HISTORY_OUTER / 2; i < count; i++)
        assert_int_equal(history_outer(history, i)->outer_step, STEPS - (long)(count - 1 - i));
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
        cmocka_unit_test(evaluations_and_weights_have_limits_of_their_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
