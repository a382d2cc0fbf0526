// Evaluations of a training: they repeat, change nothing that training depends on, and leave no
// trace when they are broken off.
#include "tests/unit/small_training.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void evaluation_changes_nothing_that_training_depends_on(void **state) {
    (void)state;
    SmallTraining with, without;
    small_training_init(&with);
    small_training_init(&without);
    MetaTraining *a = small_training_new(&with), *b = small_training_new(&without);
    for (int i = 0; i < 8; i++) {
        small_training_evaluate(a);
        if (i % 3 == 0)
            small_training_evaluate(a);
        small_training_steps(a, 2);
        small_training_steps(b, 2);
        assert_true(same_theta(a, b));
        for (int w = 0; w < 4; w++)
            assert_memory_equal(&worker_state(&a->worker[w])->random,
                                &worker_state(&b->worker[w])->random, sizeof(Random));
    }
    assert_true(a->adam.step == b->adam.step);
    small_training_end(&with, a);
    small_training_end(&without, b);
}

// A resume keeps that many metrics of the checkpoint's outer step.
static void the_metrics_of_a_step_are_counted(void **state) {
    (void)state;
    SmallTraining small;
    small_training_init(&small);
    MetaTraining *training = small_training_new(&small);
    assert_int_equal(meta_training_metrics_of_step(training), 0);
    for (int i = 0; i < 6; i++) {
        char part[32];
        snprintf(part, sizeof part, "\"outer_step\":%d,", i);
        for (int k = 0; k < i % 3; k++)
            small_training_evaluate(training);
        // Each evaluation tells of its one set and of the weights.
        assert_int_equal(meta_training_metrics_of_step(training), (i > 0) + 2 * (i % 3));
        assert_int_equal(meta_training_metrics_of_step(training),
                         count_lines(&small.metrics, part));
        small_training_steps(training, 1);
    }
    small_training_end(&small, training);
}

// The same theta gives the same accuracies, whenever it is asked.
static void evaluations_repeat(void **state) {
    (void)state;
    SmallTraining small;
    small_training_init(&small);
    MetaTraining *training = small_training_new(&small);
    small_training_steps(training, 3);
    small_training_evaluate(training);
    small_training_evaluate(training);
    const EvaluationPoint *a = history_evaluation(training->history, 0);
    const EvaluationPoint *b = history_evaluation(training->history, 1);
    assert_memory_equal(a->accuracy_mean, b->accuracy_mean, sizeof a->accuracy_mean);
    assert_memory_equal(a->accuracy_error, b->accuracy_error, sizeof a->accuracy_error);
    assert_int_equal(a->set_count, 1);
    for (int m = 0; m < SNAPSHOT_MARKS; m++) {
        assert_true(a->accuracy_mean[0][m] > 0 && a->accuracy_mean[0][m] <= 1);
        assert_true(a->accuracy_error[0][m] >= 0);
    }
    small_training_steps(training, 40);
    small_training_evaluate(training);
    const EvaluationPoint *c = history_evaluation(training->history, 2);
    assert_true(c->accuracy_mean[0][0] == a->accuracy_mean[0][0]); // phi_0 knows no theta
    assert_memory_not_equal(a->accuracy_mean, c->accuracy_mean, sizeof a->accuracy_mean);
    small_training_end(&small, training);
}

// Broken off, an evaluation leaves no mark in the curves nor in what is shown of the last one.
static void an_interrupted_evaluation_changes_nothing(void **state) {
    (void)state;
    SmallTraining small;
    small_training_init(&small);
    MetaTraining *training = small_training_new(&small);
    small_training_evaluate(training);
    const size_t count = training->evaluated.count;
    real *kept = malloc(count * sizeof *kept);
    assert_non_null(kept);
    memcpy(kept, training->evaluated.block, count * sizeof *kept);
    small_training_steps(training, 5);
    Status status;
    bool done = true;
    meta_training_interrupt(training);
    assert_true(meta_training_evaluate(training, &done, &status));
    assert_false(done);
    meta_training_resume(training);
    assert_int_equal(history_evaluation_count(training->history), 1);
    assert_memory_equal(kept, training->evaluated.block, count * sizeof *kept);
    assert_int_equal(training->evaluated_step, 0);
    small_training_evaluate(training);
    assert_memory_not_equal(kept, training->evaluated.block, count * sizeof *kept);
    assert_int_equal(training->evaluated_step, 5);
    free(kept);
    small_training_end(&small, training);
}

static void without_held_out_data_there_is_nothing_to_evaluate(void **state) {
    (void)state;
    SmallTraining small;
    small_training_init(&small);
    small.inputs.held_out_count = 0;
    MetaTraining *training = small_training_new(&small);
    small_training_evaluate(training);
    small_training_steps(training, 2);
    assert_int_equal(history_evaluation_count(training->history), 0);
    small_training_end(&small, training);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(evaluation_changes_nothing_that_training_depends_on),
        cmocka_unit_test(the_metrics_of_a_step_are_counted),
        cmocka_unit_test(evaluations_repeat),
        cmocka_unit_test(an_interrupted_evaluation_changes_nothing),
        cmocka_unit_test(without_held_out_data_there_is_nothing_to_evaluate),
    };
    return cmocka_run_group_tests_name("training_evaluation", tests, NULL, NULL);
}
