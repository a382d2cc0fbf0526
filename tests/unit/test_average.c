// The moving average of theta: its arithmetic, and that it is what is evaluated, saved as the rule
// and found again in a checkpoint.
#include "tests/unit/small_training.h"
#include "tests/unit/temporary_folder.h"

#include "engine/rule_file.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static MetaTraining *begin(SmallTraining *small, double average) {
    small_training_init(small);
    small->settings.average = average;
    return small_training_new(small);
}

static void it_is_the_weighted_mean_of_every_theta(void **state) {
    (void)state;
    const double most = 0.8;
    SmallTraining small;
    MetaTraining *training = begin(&small, most);
    const size_t count = training->layout.count;
    double *expected = calloc(count, sizeof *expected);
    assert_non_null(expected);
    for (size_t i = 0; i < count; i++)
        expected[i] = (double)training->theta[i];
    for (int t = 1; t <= 60; t++) { // t / (t + 9) passes 0.8 at 36
        small_training_steps(training, 1);
        const double factor = t >= 36 ? most : t / (t + 9.0);
        for (size_t i = 0; i < count; i++) {
            expected[i] = factor * expected[i] + (1 - factor) * (double)training->theta[i];
            const double apart = (double)training->average[i] - expected[i];
            assert_true(fabs(apart) <= 1e-5 * (1 + fabs(expected[i])));
        }
    }
    assert_memory_not_equal(training->average, training->theta, count * sizeof(real));
    free(expected);
    small_training_end(&small, training);
}

static void it_changes_no_bit_of_theta(void **state) {
    (void)state;
    SmallTraining with, without;
    MetaTraining *a = begin(&with, 0.9), *b = begin(&without, 0);
    for (int i = 0; i < 6; i++) {
        small_training_steps(a, 2);
        small_training_steps(b, 2);
        small_training_evaluate(a);
        assert_true(same_theta(a, b));
    }
    small_training_end(&with, a);
    small_training_end(&without, b);
}

// A training that begins with the saved rule evaluates as the one that saved it.
static void it_is_evaluated_and_saved_as_the_rule(void **state) {
    (void)state;
    char path[4096];
    Status status;
    snprintf(path, sizeof path, "%s/rule", temporary_folder());
    SmallTraining small, other;
    MetaTraining *training = begin(&small, 0.9);
    small_training_steps(training, 20);
    small_training_evaluate(training);
    assert_true(meta_training_save_rule(training, path, &status));
    MetaTraining *again = begin(&other, 0);
    assert_true(meta_training_load_rule(again, path, &status));
    assert_memory_equal(again->theta, training->average, training->layout.count * sizeof(real));
    small_training_evaluate(again);
    const EvaluationPoint *a = history_evaluation(training->history, 0);
    const EvaluationPoint *b = history_evaluation(again->history, 0);
    assert_memory_equal(a->accuracy_mean, b->accuracy_mean, sizeof a->accuracy_mean);
    small_training_end(&small, training);
    small_training_end(&other, again);
}

static void a_checkpoint_holds_it(void **state) {
    (void)state;
    char path[4096];
    snprintf(path, sizeof path, "%s/checkpoint", temporary_folder());
    SmallTraining small, other;
    MetaTraining *straight = begin(&small, 0.9);
    small_training_steps(straight, 12);
    small_training_save(straight, path);
    MetaTraining *resumed = begin(&other, 0.9);
    small_training_load(resumed, path);
    assert_same_training(straight, resumed);
    small_training_steps(straight, 8);
    small_training_steps(resumed, 8);
    assert_same_training(straight, resumed);
    small_training_end(&small, straight);
    small_training_end(&other, resumed);
}

static void it_may_begin_later(void **state) {
    (void)state;
    char path[4096];
    snprintf(path, sizeof path, "%s/without", temporary_folder());
    SmallTraining small, other;
    MetaTraining *training = begin(&small, 0);
    small_training_steps(training, 5);
    small_training_save(training, path);
    MetaTraining *resumed = begin(&other, 0.9);
    small_training_load(resumed, path);
    assert_memory_equal(resumed->average, training->theta, training->layout.count * sizeof(real));
    small_training_end(&small, training);
    small_training_end(&other, resumed);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_the_weighted_mean_of_every_theta),
        cmocka_unit_test(it_changes_no_bit_of_theta),
        cmocka_unit_test(it_is_evaluated_and_saved_as_the_rule),
        cmocka_unit_test(a_checkpoint_holds_it),
        cmocka_unit_test(it_may_begin_later),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
