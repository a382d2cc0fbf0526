// Interruptions of meta-training leave no trace, at whatever moment they come.
#include "tests/unit/small_training.h"
#include "tests/unit/temporary_folder.h"

#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

// A step that was asked to stop before it began, at another worker each time.
static void an_interrupted_step_changes_nothing(void **state) {
    (void)state;
    SmallTraining small, other;
    small_training_init(&small);
    small_training_init(&other);
    MetaTraining *straight = small_training_new(&small), *broken = small_training_new(&other);
    for (int i = 0; i < 10; i++) {
        Status status;
        bool done = true;
        meta_training_interrupt(broken);
        assert_true(meta_training_step(broken, &done, &status));
        assert_false(done);
        assert_same_training(straight, broken);
        meta_training_resume(broken);
        small_training_steps(straight, 1);
        small_training_steps(broken, 1);
        assert_same_training(straight, broken);
    }
    assert_same_metrics(&small.metrics, &other.metrics);
    small_training_end(&small, straight);
    small_training_end(&other, broken);
}

// The state as a checkpoint holds it, to the byte: what is shown of a worker belongs to it.
static void an_interrupted_step_changes_no_byte_of_a_checkpoint(void **state) {
    (void)state;
    const char *folder = temporary_folder();
    char before[4096], after[4096];
    snprintf(before, sizeof before, "%s/before", folder);
    snprintf(after, sizeof after, "%s/after", folder);
    SmallTraining small;
    small_training_init(&small);
    MetaTraining *training = small_training_new(&small);
    for (int i = 0; i < 5; i++) {
        Status status;
        bool done = true;
        small_training_save(training, before);
        meta_training_interrupt(training);
        assert_true(meta_training_step(training, &done, &status));
        assert_false(done);
        meta_training_resume(training);
        small_training_save(training, after);
        char command[2 * sizeof before + 32];
        snprintf(command, sizeof command, "cmp '%s' '%s'", before, after);
        assert_int_equal(system(command), 0);
        small_training_steps(training, 1);
    }
    small_training_end(&small, training);
}

// Interrupts a training at some moment, lets it go on once it has noticed, and leaves it alone
// until it has done something.
typedef struct {
    MetaTraining *training;
    atomic_bool end;
    atomic_long done, broken; // steps and evaluations so far
} Intruder;

static void wait_for_change(const Intruder *intruder, const atomic_long *number, long before) {
    while (atomic_load(number) == before && !atomic_load(&intruder->end))
        sched_yield();
}

static void *intrude(void *argument) {
    Intruder *intruder = argument;
    Random random = random_seeded(11, 0);
    while (!atomic_load(&intruder->end)) {
        const long done = atomic_load(&intruder->done), broken = atomic_load(&intruder->broken);
        const int greatest = 1 << random_below(&random, 21); // from far less than a step to more
        for (volatile int i = random_below(&random, greatest); i > 0; i--)
            ;
        meta_training_interrupt(intruder->training);
        wait_for_change(intruder, &intruder->broken, broken);
        meta_training_resume(intruder->training);
        wait_for_change(intruder, &intruder->done, done);
    }
    return NULL;
}

// The same as small_training_steps and small_training_evaluate, however often they are broken off.
static void train_in_spite(Intruder *intruder, int steps) {
    const time_t limit = time(NULL) + 120;
    for (int i = 0; i <= steps;) {
        Status status;
        bool done = false;
        const bool fine = i < steps ? meta_training_step(intruder->training, &done, &status)
                                    : meta_training_evaluate(intruder->training, &done, &status);
        if (!fine)
            fail_msg("%s", status.text);
        i += done;
        atomic_fetch_add(done ? &intruder->done : &intruder->broken, 1);
        assert_true(time(NULL) < limit);
    }
}

static void interruptions_from_another_thread_change_no_bit(void **state) {
    (void)state;
    enum { ROUNDS = 6, STEPS = 3 };
    SmallTraining small, other;
    small_training_init(&small);
    small_training_init(&other);
    MetaTraining *straight = small_training_new(&small);
    for (int i = 0; i < ROUNDS; i++) {
        small_training_steps(straight, STEPS);
        small_training_evaluate(straight);
    }
    Intruder intruder = {.training = small_training_new(&other)};
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, intrude, &intruder), 0);
    for (int i = 0; i < ROUNDS; i++)
        train_in_spite(&intruder, STEPS);
    atomic_store(&intruder.end, true);
    pthread_join(thread, NULL);
    assert_true(atomic_load(&intruder.broken) >= ROUNDS);
    assert_same_training(straight, intruder.training);
    assert_same_metrics(&small.metrics, &other.metrics);
    small_training_end(&small, straight);
    small_training_end(&other, intruder.training);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_interrupted_step_changes_nothing),
        cmocka_unit_test(an_interrupted_step_changes_no_byte_of_a_checkpoint),
        cmocka_unit_test(interruptions_from_another_thread_change_no_bit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
