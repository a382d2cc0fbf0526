// The thread of the Step screen: answers, pictures, interruption, other sessions, a copy of a
// training's unroll that steps as the training would.
#include "app/step_thread.h"
#include "tests/unit/small_stepping.h"
#include "tests/unit/small_training.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const double long_enough = 30;

static StepThread *start(void) {
    StepThread *thread;
    Status status;
    assert_true(step_thread_start(&thread, &status));
    return thread;
}

static StepOpening small_opening(void) {
    const StepPlan plan = small_step_plan();
    StepOpening opening = {.settings = plan.settings};
    snprintf(opening.data, sizeof opening.data, "%s", plan.data);
    snprintf(opening.base, sizeof opening.base, "%s", plan.base);
    return opening;
}

static void expect_message(StepThread *thread, const char *part) {
    char text[STEP_THREAD_MESSAGE];
    step_thread_wait(thread, long_enough);
    if (!step_thread_message(thread, text) || !strstr(text, part))
        fail_msg("told '%s', not '%s'", text, part);
    assert_false(step_thread_message(thread, text));
}

// What there is to see when everything is done.
static const StepSnapshot *look(StepThread *thread) {
    step_thread_wait(thread, long_enough);
    assert_true(step_thread_busy(thread) == 0);
    return step_thread_look(thread);
}

static void test_commands(void **state) {
    (void)state;
    StepThread *thread = start();
    const StepOpening opening = small_opening();
    assert_null(step_thread_look(thread));
    assert_true(step_thread_send(thread, "n"));
    expect_message(thread, "nothing to step through yet");
    assert_true(step_thread_open(thread, &opening));
    const StepSnapshot *snapshot = look(thread);
    assert_non_null(snapshot);
    assert_int_equal(snapshot->at.step, 0);
    assert_true(step_thread_send(thread, "3n"));
    assert_true(step_thread_send(thread, "2s"));
    snapshot = look(thread);
    assert_int_equal(snapshot->at.step, 3);
    assert_int_equal(snapshot->at.stage, 2);
    assert_ptr_equal(step_thread_look(thread), snapshot); // no other yet
    assert_false(step_thread_has_news(thread));
    step_thread_select(thread, 1);
    assert_int_equal(look(thread)->selected, 1);
    assert_true(step_thread_send(thread, "nonsense"));
    expect_message(thread, "nonsense");
    // What cannot be opened leaves the session.
    StepOpening wrong = opening;
    snprintf(wrong.data, sizeof wrong.data, "nothing");
    assert_true(step_thread_open(thread, &wrong));
    expect_message(thread, "nothing");
    assert_int_equal(look(thread)->at.step, 3);
    step_thread_free(thread);
}

static void test_interruption(void **state) {
    (void)state;
    StepThread *thread = start();
    const StepOpening opening = small_opening();
    assert_true(step_thread_open(thread, &opening));
    look(thread);
    assert_true(step_thread_send(thread, "1000000n"));
    assert_true(step_thread_send(thread, "N"));
    step_thread_wait(thread, 0.01);
    do
        step_thread_stop(thread); // whether or not it had begun
    while (step_thread_busy(thread) > 0);
    const int step = look(thread)->at.step;
    assert_true(step < 1000000);
    // It goes on from there; with too many waiting it says so; free does not wait for all.
    assert_true(step_thread_send(thread, "n"));
    assert_int_equal(look(thread)->at.step, step + 1);
    int sent = 0;
    while (sent < 100 && step_thread_send(thread, "100000n"))
        sent++;
    assert_true(sent >= 30 && sent < 100);
    step_thread_free(thread);
}

// The copy goes where the worker goes, and the training is what it would have been.
static void test_copy(void **state) {
    (void)state;
    SmallTraining small, twin;
    Status status;
    small_training_init(&small);
    small_training_init(&twin);
    MetaTraining *training = small_training_new(&small), *other = small_training_new(&twin);
    small_training_steps(training, 3);
    small_training_steps(other, 3);
    UnrollCopy copy;
    assert_false(meta_training_copy_unroll(training, small.settings.workers, &copy, &status));
    assert_non_null(strstr(status.text, "expected a worker from 1 to"));
    assert_true(meta_training_copy_unroll(training, 1, &copy, &status));
    const int first = copy.start.inner_step;
    StepThread *thread = start();
    assert_true(step_thread_open_copy(thread, &copy, "theta"));
    const StepSnapshot *snapshot = look(thread);
    assert_true(snapshot->copied);
    assert_int_equal(snapshot->worker, 1);
    assert_int_equal(snapshot->outer_step, 3);
    assert_int_equal(snapshot->at.step, first);
    const int end = snapshot->at.truncation_end;
    assert_true(step_thread_send(thread, "u"));
    snapshot = look(thread);
    assert_int_equal(snapshot->at.step, end);
    double sum = 0;
    for (int i = 0; i < end - first; i++)
        sum += snapshot->curve[FUTURE_AS_IS].loss[i];
    // The worker's next unroll, with the theta of before the step.
    small_training_steps(training, 1);
    small_training_steps(other, 1);
    const WorkerState *worker = worker_state(&training->worker[1]);
    assert_int_equal(worker->inner_step, end);
    assert_true(worker->loss > 0);
    const double mean = sum / (end - first);
    assert_true(worker->loss - mean < 1e-9 && mean - worker->loss < 1e-9);
    assert_same_training(training, other);
    step_thread_free(thread);
    meta_training_free(training);
    meta_training_free(other);
    small_training_clear(&small);
    small_training_clear(&twin);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_commands),
        cmocka_unit_test(test_interruption),
        cmocka_unit_test(test_copy),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
