// Numbers that are not finite: a worker that meets one is left out and told, and what the policies
// do then.  What follows after many of them is test_divergence.c.
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

// One outer step; what it returned.
static bool step(MetaTraining *training, Status *status) {
    bool done = false;
    *status = (Status){.text = ""};
    const bool fine = meta_training_step(training, &done, status);
    assert_true(done);
    return fine;
}

// Runs until this worker is in the middle of a task, so that its phi counts.
static void go_into_a_task(MetaTraining *training, int worker) {
    for (int i = 0; i < 100; i++) {
        const WorkerState *state = worker_state(&training->worker[worker]);
        if (state->has_task && state->inner_step < state->horizon)
            return;
        small_training_steps(training, 1);
    }
    fail_msg("no worker in the middle of a task");
}

static MetaTraining *small_training_policy(SmallTraining *small, const char *policy) {
    small_training_init(small);
    strcpy(small->settings.non_finite, policy);
    small->settings.horizon_min = small->settings.horizon_max = 6;
    return small_training_new(small);
}

static void a_bad_worker_is_dropped_and_told(void **state) {
    (void)state;
    SmallTraining small;
    MetaTraining *training = small_training_policy(&small, "skip");
    Status status;
    go_into_a_task(training, 2);
    const WorkerState before = *worker_state(&training->worker[2]);
    const long outer_step = training->outer_step;
    before.phi.W[1][0] = (real)NAN;
    assert_true(step(training, &status));
    const OuterPoint *point = history_outer(training->history, (size_t)outer_step);
    assert_int_equal(point->dropped, 1);
    assert_true(isfinite(point->meta_loss) && isfinite(point->gradient_norm));
    assert_int_equal(training->non_finite, 1);
    char expected[200];
    snprintf(expected, sizeof expected,
             "outer step %ld: worker 2, task %s (%s), inner step %d: not finite in forward",
             outer_step + 1, before.task.name, before.task.architecture, before.inner_step);
    assert_int_equal(count_lines(&small.log, expected), 1);
    assert_int_equal(count_lines(&small.log, "not finite"), 1);
    assert_int_equal(count_lines(&small.metrics, "\"dropped\":1"), 1);
    for (size_t i = 0; i < training->layout.count; i++)
        assert_true(isfinite(training->theta[i]) && isfinite(training->adam.second[i]));

    // It begins a new task with the next step, and all is well again.
    assert_true(step(training, &status));
    const WorkerState *after = worker_state(&training->worker[2]);
    assert_true(after->task_seed != before.task_seed);
    assert_int_equal(after->inner_step, after->truncation);
    assert_true(isfinite(after->loss));
    small_training_steps(training, 5);
    assert_int_equal(training->non_finite, 1);
    assert_true(training->rate_factor == 1);
    small_training_end(&small, training);
}

// The others' mean is what it would be without the bad one.
static void a_bad_worker_does_not_touch_the_mean(void **state) {
    (void)state;
    SmallTraining small;
    MetaTraining *training = small_training_policy(&small, "skip");
    Status status;
    go_into_a_task(training, 0);
    worker_state(&training->worker[0])->phi.b[1][0] = (real)INFINITY;
    const size_t outer_step = (size_t)training->outer_step;
    assert_true(step(training, &status));
    double loss = 0, accuracy = 0;
    for (int w = 1; w < 4; w++) {
        loss += worker_state(&training->worker[w])->loss / 3;
        accuracy += worker_state(&training->worker[w])->accuracy / 3;
    }
    const OuterPoint *point = history_outer(training->history, outer_step);
    assert_true(fabs(point->meta_loss - loss) <= 1e-14 * loss);
    assert_true(fabs(point->accuracy - accuracy) <= 1e-14);
    double square = 0;
    for (size_t i = 0; i < training->layout.count; i++) {
        double sum = 0;
        for (int w = 1; w < 4; w++)
            sum += (double)training->worker[w].gradient[i];
        square += sum / 3 * (sum / 3);
    }
    assert_true(fabs(point->gradient_norm - sqrt(square)) <= 1e-12 * sqrt(square));
    small_training_end(&small, training);
}

static void break_theta(MetaTraining *training) {
    training->theta[theta_find(&training->layout, "merge.b") >= 0
                        ? training->layout.tensor[theta_find(&training->layout, "merge.b")].offset
                        : 0] = (real)NAN;
    rule_set(&training->rule, training->theta);
}

static void without_a_good_worker_theta_stays(void **state) {
    (void)state;
    SmallTraining small;
    MetaTraining *training = small_training_policy(&small, "skip");
    const size_t count = training->layout.count;
    Status status;
    small_training_steps(training, 3);
    break_theta(training);
    real *theta = malloc(count * sizeof *theta);
    double *moment = malloc(count * sizeof *moment);
    assert_true(theta && moment);
    memcpy(theta, training->theta, count * sizeof *theta);
    memcpy(moment, training->adam.first, count * sizeof *moment);
    assert_true(step(training, &status));
    assert_memory_equal(theta, training->theta, count * sizeof *theta);
    assert_memory_equal(moment, training->adam.first, count * sizeof *moment);
    assert_int_equal(training->adam.step, 3);
    assert_int_equal(training->outer_step, 4);
    assert_int_equal(training->non_finite, 4);
    const OuterPoint *point = history_outer(training->history, 3);
    assert_int_equal(point->dropped, 4);
    assert_true(isnan(point->meta_loss) && isnan(point->accuracy) && isnan(point->gradient_norm));
    assert_int_equal(count_lines(&small.metrics, "\"meta_loss\":\"NaN\""), 1);
    assert_int_equal(count_lines(&small.log, "not finite in forward: layer 1 merge"), 4);
    free(theta);
    free(moment);
    small_training_end(&small, training);
}

static void the_policy_halve_lr_halves(void **state) {
    (void)state;
    SmallTraining small;
    MetaTraining *training = small_training_policy(&small, "halve-lr");
    Status status;
    small_training_steps(training, 2);
    for (int i = 0; i < 2; i++) {
        go_into_a_task(training, 1);
        go_into_a_task(training, 1);
        worker_state(&training->worker[1])->phi.V[1][0] = (real)NAN;
        assert_true(step(training, &status));
        assert_true(training->rate_factor == (i == 0 ? 0.5 : 0.25));
    }
    small_training_steps(training, 1);
    const size_t last = history_outer_count(training->history) - 1;
    assert_true(history_outer(training->history, 0)->rate == 0.01);
    assert_true(history_outer(training->history, last)->rate == 0.0025);
    assert_int_equal(count_lines(&small.log, "learning rate halved"), 2);
    small_training_end(&small, training);
}

static void the_policy_stop_stops(void **state) {
    (void)state;
    SmallTraining small;
    MetaTraining *training = small_training_policy(&small, "stop");
    Status status;
    go_into_a_task(training, 3);
    const long outer_step = training->outer_step;
    worker_state(&training->worker[3])->phi.W[1][1] = (real)-INFINITY;
    real before = training->theta[0];
    assert_false(step(training, &status));
    assert_int_equal(status.code, STATUS_DIVERGED);
    char part[64];
    snprintf(part, sizeof part, "outer step %ld: 1 worker met", outer_step + 1);
    assert_non_null(strstr(status.text, part));
    assert_non_null(strstr(status.text, "worker 3"));
    assert_non_null(strstr(status.text, "not finite in forward"));
    assert_memory_equal(&before, &training->theta[0], sizeof before);
    assert_int_equal(training->non_finite, 1);
    assert_int_equal(count_lines(&small.log, "worker 3"), 1);
    small_training_end(&small, training);
}

// A rule that is not finite gives accuracies that are not: never zero, never a crash.
static void an_evaluation_that_is_not_finite_says_so(void **state) {
    (void)state;
    SmallTraining small;
    MetaTraining *training = small_training_policy(&small, "skip");
    break_theta(training);
    small_training_evaluate(training);
    const EvaluationPoint *point = history_evaluation(training->history, 0);
    assert_true(isfinite(point->accuracy_mean[0][0])); // phi_0 is fine
    for (int m = 1; m < SNAPSHOT_MARKS; m++)
        assert_true(isnan(point->accuracy_mean[0][m]) && isnan(point->accuracy_error[0][m]));
    assert_int_equal(count_lines(&small.metrics, "\"accuracy_5\":\"NaN\""), 1);
    small_training_end(&small, training);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_bad_worker_is_dropped_and_told),
        cmocka_unit_test(a_bad_worker_does_not_touch_the_mean),
        cmocka_unit_test(without_a_good_worker_theta_stays),
        cmocka_unit_test(the_policy_halve_lr_halves),
        cmocka_unit_test(the_policy_stop_stops),
        cmocka_unit_test(an_evaluation_that_is_not_finite_says_so),
    };
    return cmocka_run_group_tests_name("non_finite", tests, NULL, NULL);
}
