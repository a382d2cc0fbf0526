// A training that diverges: ten outer steps without a finite worker bring an earlier state back,
// with half the rate; everything follows from the seed, whatever the threads and however often the
// run was resumed.  What one bad worker does is the matter of test_meta_training.c, where a bad
// number is found that of test_unroll.c.
#include "tests/unit/small_training.h"
#include "tests/unit/temporary_folder.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static MetaTraining *begin(SmallTraining *small, const char *policy, int threads) {
    small_training_init(small);
    strcpy(small->settings.non_finite, policy);
    small->settings.threads = threads;
    return small_training_new(small);
}

static real *value_of(MetaTraining *training, const char *tensor) {
    const int index = theta_find(&training->layout, tensor);
    assert_true(index >= 0);
    return training->theta + training->layout.tensor[index].offset;
}

// Every number of theta stays finite, but the products of a readout overflow in every worker.
static void break_readout(MetaTraining *training) {
    const real huge = (real)(REAL_IS_DOUBLE ? 1e300 : 3e38);
    *value_of(training, "readout.0_order.top.b") = huge;
    rule_set(&training->rule, training->theta);
}

// Outer steps of which no worker is left.
static void skip_steps(MetaTraining *training, int steps) {
    for (int i = 0; i < steps; i++) {
        Status status = {.text = ""};
        bool done = false;
        if (!meta_training_step(training, &done, &status))
            fail_msg("%s", status.text);
        assert_true(done);
        const size_t last = history_outer_count(training->history) - 1;
        assert_int_equal(history_outer(training->history, last)->dropped, 4);
    }
}

// The last of the ten may not be survived.
static Status skip_step_in_vain(MetaTraining *training) {
    Status status = {.text = ""};
    bool done = false;
    assert_false(meta_training_step(training, &done, &status));
    assert_int_equal(status.code, STATUS_DIVERGED);
    return status;
}

static void assert_theta_is_of(const MetaTraining *training, const MetaTraining *other) {
    const size_t count = training->layout.count;
    assert_true(same_theta(training, other));
    assert_int_equal(training->adam.step, other->adam.step);
    assert_memory_equal(training->adam.first, other->adam.first, count * sizeof(double));
    assert_memory_equal(training->adam.second, other->adam.second, count * sizeof(double));
}

static void ten_skips_bring_an_earlier_state_back(void **state) {
    (void)state;
    SmallTraining small, other;
    MetaTraining *training = begin(&small, "skip", 2), *earlier = begin(&other, "skip", 2);
    small_training_steps(earlier, 2 * FALLBACK_EVERY);
    small_training_steps(training, 2 * FALLBACK_EVERY + 7);
    break_readout(training);
    skip_steps(training, FALLBACK_AFTER_SKIPS - 1);
    assert_false(same_theta(training, earlier));
    assert_int_equal(training->skipped_in_a_row, FALLBACK_AFTER_SKIPS - 1);
    assert_int_equal(count_lines(&small.log, "fell back"), 0);
    skip_steps(training, 1);
    assert_theta_is_of(training, earlier);
    assert_true(training->rate_factor == 0.5);
    assert_int_equal(training->skipped_in_a_row, 0);
    char line[200];
    snprintf(line, sizeof line,
             "outer step %d: 10 outer steps in a row without a finite worker: fell back to theta "
             "and Adam of outer step %d, outer learning rate halved, factor now 0.5",
             2 * FALLBACK_EVERY + 17, 2 * FALLBACK_EVERY);
    assert_int_equal(count_lines(&small.log, line), 1);

    // Outer steps count on, so metrics have no gap and no duplicate; all workers have new tasks.
    small_training_steps(training, 5);
    const size_t points = history_outer_count(training->history);
    assert_int_equal(points, 2 * FALLBACK_EVERY + 22);
    for (size_t i = 0; i < points; i++)
        assert_int_equal(history_outer(training->history, i)->outer_step, i + 1);
    assert_int_equal(history_outer(training->history, points - 1)->dropped, 0);
    assert_false(training->fallback.fell);
    small_training_end(&small, training);
    small_training_end(&other, earlier);
}

static void nine_skips_do_not(void **state) {
    (void)state;
    SmallTraining small;
    MetaTraining *training = begin(&small, "skip", 1);
    small_training_steps(training, 3);
    for (int i = 0; i < 3; i++) {
        real *value = value_of(training, "readout.0_order.top.b");
        const real kept = *value;
        break_readout(training);
        skip_steps(training, FALLBACK_AFTER_SKIPS - 1);
        *value = kept;
        rule_set(&training->rule, training->theta);
        small_training_steps(training, 1);
    }
    assert_int_equal(count_lines(&small.log, "fell back"), 0);
    assert_true(training->rate_factor == 1);
    small_training_end(&small, training);
}

// The newest state proves bad, then the older one; then there is nothing left, and it is said.
static void one_state_after_the_other(void **state) {
    (void)state;
    SmallTraining small, other;
    MetaTraining *training = begin(&small, "skip", 2), *earlier = begin(&other, "skip", 2);
    small_training_steps(earlier, FALLBACK_EVERY);
    small_training_steps(training, 2 * FALLBACK_EVERY + 1);
    break_readout(training);
    skip_steps(training, FALLBACK_AFTER_SKIPS);
    break_readout(training);
    skip_steps(training, FALLBACK_AFTER_SKIPS);
    assert_theta_is_of(training, earlier);
    assert_true(training->rate_factor == 0.5); // of that state
    break_readout(training);
    skip_steps(training, FALLBACK_AFTER_SKIPS - 1);
    const Status status = skip_step_in_vain(training);
    char part[64];
    snprintf(part, sizeof part, "outer step %d: 10 outer steps in a row", 2 * FALLBACK_EVERY + 31);
    assert_non_null(strstr(status.text, part));
    assert_non_null(strstr(status.text, "no earlier state is left"));
    small_training_end(&small, training);
    small_training_end(&other, earlier);
}

// Twice to the same state, if outer steps succeeded between: half the rate each time.
static void a_state_serves_again_with_a_lower_rate(void **state) {
    (void)state;
    SmallTraining small;
    MetaTraining *training = begin(&small, "skip", 2);
    small_training_steps(training, FALLBACK_EVERY + 2);
    for (int i = 1; i <= 3; i++) {
        break_readout(training);
        skip_steps(training, FALLBACK_AFTER_SKIPS);
        assert_true(training->rate_factor == pow(0.5, i));
        small_training_steps(training, 1);
    }
    assert_int_equal(count_lines(&small.log, "of outer step 50,"), 3);
    small_training_end(&small, training);
}

static void before_any_other_the_beginning_is_gone_back_to(void **state) {
    (void)state;
    SmallTraining small, other;
    MetaTraining *training = begin(&small, "skip", 1), *untrained = begin(&other, "skip", 1);
    small_training_steps(training, 4);
    break_readout(training);
    skip_steps(training, FALLBACK_AFTER_SKIPS);
    assert_theta_is_of(training, untrained);
    assert_int_equal(count_lines(&small.log, "of outer step 0,"), 1);

    // Or what a rule file gave.
    const char *path = in_folder(temporary_folder(), "rule.safetensors");
    SmallTraining third;
    Status status;
    small_training_steps(untrained, 2);
    assert_true(meta_training_save_rule(untrained, path, &status));
    MetaTraining *child = begin(&third, "skip", 1);
    assert_true(meta_training_load_rule(child, path, &status));
    small_training_steps(child, 1);
    break_readout(child);
    skip_steps(child, FALLBACK_AFTER_SKIPS);
    assert_true(same_theta(child, untrained));
    small_training_end(&small, training);
    small_training_end(&other, untrained);
    small_training_end(&third, child);
}

// A step that lost a worker is no state to go back to.
static void a_state_is_kept_of_clean_steps_only(void **state) {
    (void)state;
    SmallTraining small;
    MetaTraining *training = begin(&small, "skip", 2);
    small_training_steps(training, FALLBACK_EVERY - 1);
    WorkerState *worker = &training->worker[1].state[training->worker[1].present];
    worker->horizon = worker->inner_step + 1; // its task goes on
    worker->phi.W[1][0] = (real)NAN;
    small_training_steps(training, 1);
    assert_int_equal(history_outer(training->history, FALLBACK_EVERY - 1)->dropped, 1);
    assert_int_equal(training->fallback.state[0].outer_step, 0);
    small_training_steps(training, 1);
    assert_int_equal(training->fallback.state[0].outer_step, FALLBACK_EVERY + 1);
    small_training_end(&small, training);
}

// Relu hides -Inf from the workers, but not from the check of theta itself.
static void theta_that_is_not_finite_is_taken_back_at_once(void **state) {
    (void)state;
    SmallTraining small;
    MetaTraining *training = begin(&small, "skip", 2);
    small_training_steps(training, 3);
    *value_of(training, "h.unit0.bn0.beta") = (real)-INFINITY;
    rule_set(&training->rule, training->theta);
    small_training_steps(training, 1);
    assert_int_equal(history_outer(training->history, 3)->dropped, 0);
    assert_int_equal(count_lines(&small.log, "outer step 4: theta h.unit0.bn0.beta is not finite "
                                             "after the update: fell back to theta and Adam of "
                                             "outer step 0"),
                     1);
    assert_true(*value_of(training, "h.unit0.bn0.beta") == 0);
    small_training_end(&small, training);

    training = begin(&small, "stop", 2);
    *value_of(training, "h.unit0.bn0.beta") = (real)-INFINITY;
    rule_set(&training->rule, training->theta);
    const Status status = skip_step_in_vain(training);
    assert_non_null(strstr(status.text, "theta h.unit0.bn0.beta is not finite"));
    small_training_end(&small, training);
}

// Ten halvings on the way there do not count: the rate is half of what the state had.
static void the_policy_halve_lr_falls_back_too(void **state) {
    (void)state;
    SmallTraining small;
    MetaTraining *training = begin(&small, "halve-lr", 2);
    small_training_steps(training, 2);
    break_readout(training);
    skip_steps(training, FALLBACK_AFTER_SKIPS - 1);
    assert_true(training->rate_factor == pow(0.5, FALLBACK_AFTER_SKIPS - 1));
    skip_steps(training, 1);
    assert_true(training->rate_factor == 0.5);
    small_training_steps(training, 2);
    small_training_end(&small, training);
}

static void a_rate_that_the_user_set_is_halved(void **state) {
    (void)state;
    SmallTraining small;
    MetaTraining *training = begin(&small, "skip", 2);
    small_training_steps(training, FALLBACK_EVERY + 1);
    small_training_set_rate(training, 0.004);
    break_readout(training);
    skip_steps(training, FALLBACK_AFTER_SKIPS);
    small_training_steps(training, 1);
    const size_t last = history_outer_count(training->history) - 1;
    assert_true(fabs(history_outer(training->history, last)->rate - 0.002) <= 1e-15);
    small_training_end(&small, training);
}

// A moving average that has seen theta diverge is of no use.
static void the_average_begins_anew(void **state) {
    (void)state;
    SmallTraining small;
    small_training_init(&small);
    small.settings.average = 0.9;
    MetaTraining *training = small_training_new(&small);
    const size_t bytes = training->layout.count * sizeof(real);
    small_training_steps(training, 5);
    *value_of(training, "h.unit0.bn0.beta") = (real)-INFINITY;
    rule_set(&training->rule, training->theta);
    assert_memory_not_equal(training->average, training->theta, bytes);
    small_training_steps(training, 1);
    assert_int_equal(count_lines(&small.log, "fell back"), 1);
    assert_memory_equal(training->average, training->theta, bytes);
    small_training_end(&small, training);
}

// ---- the same bits ----

enum { HEALTHY = FALLBACK_EVERY + 3, AFTERWARDS = 6 };

// A training that breaks, falls back, breaks again at once and falls back further.  It is saved and
// loaded into a new one after every `every` outer steps (0: never).
static MetaTraining *diverge(SmallTraining *small, int threads, int every) {
    MetaTraining *training = begin(small, "skip", threads);
    const char *path = in_folder(temporary_folder(), "checkpoint");
    const int breaks[] = {HEALTHY, HEALTHY + FALLBACK_AFTER_SKIPS};
    const int steps = HEALTHY + 2 * FALLBACK_AFTER_SKIPS + AFTERWARDS;
    for (int i = 0; i < steps; i++) {
        if (i == breaks[0] || i == breaks[1])
            break_readout(training);
        small_training_steps(training, 1);
        if (every == 0 || i % every != 0)
            continue;
        small_training_save(training, path);
        meta_training_free(training);
        training = small_training_new(small);
        small_training_load(training, path);
    }
    return training;
}

static void falling_back_follows_from_the_seed(void **state) {
    (void)state;
    SmallTraining small, other;
    MetaTraining *straight = diverge(&small, 1, 0);
    assert_int_equal(count_lines(&small.log, "fell back"), 2);
    assert_int_equal(count_lines(&small.log, "of outer step 50,"), 1);
    assert_int_equal(count_lines(&small.log, "of outer step 0,"), 1);
    const struct { int threads, every; } ways[] = {{4, 0}, {1, 1}, {2, 7}, {3, 13}};
    for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
        MetaTraining *again = diverge(&other, ways[i].threads, ways[i].every);
        assert_same_training(straight, again);
        assert_same_metrics(&small.metrics, &other.metrics);
        small_training_end(&other, again);
    }
    small_training_end(&small, straight);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ten_skips_bring_an_earlier_state_back),
        cmocka_unit_test(nine_skips_do_not),
        cmocka_unit_test(one_state_after_the_other),
        cmocka_unit_test(a_state_serves_again_with_a_lower_rate),
        cmocka_unit_test(before_any_other_the_beginning_is_gone_back_to),
        cmocka_unit_test(a_state_is_kept_of_clean_steps_only),
        cmocka_unit_test(theta_that_is_not_finite_is_taken_back_at_once),
        cmocka_unit_test(the_policy_halve_lr_falls_back_too),
        cmocka_unit_test(a_rate_that_the_user_set_is_halved),
        cmocka_unit_test(the_average_begins_anew),
        cmocka_unit_test(falling_back_follows_from_the_seed),
    };
    return cmocka_run_group_tests_name("divergence", tests, NULL, NULL);
}
