// Checkpoints: what is loaded goes on with the same bits; a place that cannot be written is told
// and leaves the old file.
#include "tests/unit/check.h"
#include "tests/unit/small_training.h"
#include "tests/unit/temporary_folder.h"

#include <math.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include <cmocka.h>

static char folder[4096];

// FOLDER/NAME; the text stays valid until the 16th call after.
static const char *at(const char *name) {
    return in_folder(folder, name);
}

// ---- going on ----

// N + M outer steps straight, and N, save, free, load, M.
static void compare_resumed(int n, int m, int every, int threads_before, int threads_after) {
    SmallTraining one, two;
    small_training_init(&one);
    small_training_init(&two);
    MetaTraining *straight = small_training_new(&one);
    small_training_evaluated_steps(straight, n + m, every);

    two.settings.threads = threads_before;
    MetaTraining *first = small_training_new(&two);
    small_training_evaluated_steps(first, n, every);
    small_training_save(first, at("half"));
    meta_training_free(first);
    two.settings.threads = threads_after;
    MetaTraining *second = small_training_resumed(&two, at("half"));
    assert_int_equal(meta_training_outer_step(second), n);
    small_training_evaluated_steps(second, m, every);

    assert_int_equal(meta_training_outer_step(second), n + m);
    assert_same_training(straight, second);
    assert_same_metrics(&one.metrics, &two.metrics);
    small_training_end(&one, straight);
    small_training_end(&two, second);
}

static void going_on_is_going_straight(void **state) {
    (void)state;
    // Horizons are 2 to 7 inner steps: every worker changes its task several times on either side.
    compare_resumed(13, 17, 0, 2, 2);
    compare_resumed(13, 17, 4, 2, 2);
    compare_resumed(12, 12, 4, 2, 2); // an evaluation is the first thing after
}

static void threads_may_change_between(void **state) {
    (void)state;
    compare_resumed(7, 8, 3, 1, 4);
    compare_resumed(7, 8, 3, 3, 1);
}

static void an_untrained_state_is_a_state(void **state) {
    (void)state;
    compare_resumed(0, 6, 0, 2, 2);
    compare_resumed(0, 6, 2, 2, 2);
}

// Saved after each single step and taken up by a new training every time.
static void going_on_again_and_again(void **state) {
    (void)state;
    enum { STEPS = 20 };
    SmallTraining one, two;
    small_training_init(&one);
    small_training_init(&two);
    MetaTraining *straight = small_training_new(&one), *broken = small_training_new(&two);
    for (int i = 0; i < STEPS; i++) {
        small_training_evaluated_steps(straight, 1, 5);
        small_training_evaluated_steps(broken, 1, 5);
        small_training_save(broken, at("again"));
        meta_training_free(broken);
        broken = small_training_resumed(&two, at("again"));
        assert_same_training(straight, broken);
    }
    assert_same_metrics(&one.metrics, &two.metrics);
    small_training_end(&one, straight);
    small_training_end(&two, broken);
}

// As many outer steps in the curves as a long run has.
static void pretend_steps(MetaTraining *training, long first, long last) {
    training->outer_step = last;
    for (long step = first; step <= last; step++) {
        const OuterPoint point = {.outer_step = step,
                                  .seconds = (double)step,
                                  .meta_loss = step % 7 == 0 ? (double)NAN : sin((double)step),
                                  .gradient_norm = (double)(step % 100),
                                  .clipped_norm = 1,
                                  .dropped = step % 7 == 0};
        assert_true(history_append_outer(&training->history, &point));
    }
}

// Points that stand for several steps come back as they were, and are put together later as they
// would have been.
static void curves_of_a_long_run_go_on(void **state) {
    (void)state;
    enum { HALF = 5 * HISTORY_OUTER / 2, WHOLE = 4 * HISTORY_OUTER };
    SmallTraining one, two;
    small_training_init(&one);
    small_training_init(&two);
    MetaTraining *straight = small_training_new(&one), *first = small_training_new(&two);
    pretend_steps(straight, 1, HALF);
    pretend_steps(first, 1, HALF);
    assert_true(history_outer(first->history, 0)->steps > 2);
    small_training_save(first, at("long"));
    meta_training_free(first);
    MetaTraining *second = small_training_resumed(&two, at("long"));
    assert_same_curves(straight->history, second->history);
    pretend_steps(straight, HALF + 1, WHOLE);
    pretend_steps(second, HALF + 1, WHOLE);
    assert_same_curves(straight->history, second->history);
    small_training_end(&one, straight);
    small_training_end(&two, second);
}

static void change(MetaTraining *training, double rate, int truncation, int horizon) {
    Settings wanted = *meta_training_settings(training);
    Status status;
    wanted.outer_rate = rate;
    wanted.truncation_max = truncation;
    wanted.horizon_max = horizon;
    if (!meta_training_change(training, &wanted, &status))
        fail_msg("%s", status.text);
}

// What has changed on the way is in the checkpoint: who resumes need not know of it.
static void going_on_with_what_has_changed(void **state) {
    (void)state;
    SmallTraining one, two;
    small_training_init(&one);
    small_training_init(&two);
    const Settings *begun = &one.settings;
    MetaTraining *straight = small_training_new(&one), *broken = small_training_new(&two);
    for (int i = 0; i < 24; i++) {
        if (i == 5 || i == 15) { // longer unrolls than at the start, then shorter ones
            const int more = i == 5 ? 6 : 0;
            change(straight, 0.02 / i, begun->truncation_max + more, begun->horizon_max + 3 * more);
            change(broken, 0.02 / i, begun->truncation_max + more, begun->horizon_max + 3 * more);
        }
        small_training_evaluated_steps(straight, 1, 4);
        small_training_evaluated_steps(broken, 1, 4);
        if (i % 4 == 1) {
            small_training_save(broken, at("changed"));
            meta_training_free(broken);
            broken = small_training_resumed(&two, at("changed"));
        }
        assert_same_training(straight, broken);
    }
    assert_same_metrics(&one.metrics, &two.metrics);
    assert_true(history_outer(straight->history, 23)->rate !=
                history_outer(straight->history, 4)->rate);
    small_training_end(&one, straight);
    small_training_end(&two, broken);
}

// Files of the same state are the same bytes, also when the state has been through a file.
static void saving_repeats_to_the_byte(void **state) {
    (void)state;
    SmallTraining small, other;
    small_training_init(&small);
    small_training_init(&other);
    MetaTraining *training = small_training_new(&small);
    small_training_evaluated_steps(training, 9, 4);
    small_training_save(training, at("first"));
    small_training_save(training, at("second"));
    assert_same_file(at("first"), at("second"));
    MetaTraining *copy = small_training_resumed(&other, at("first"));
    small_training_save(copy, at("third"));
    assert_same_file(at("first"), at("third"));
    small_training_end(&small, training);
    small_training_end(&other, copy);
}

// What the screen shows is there at once: accuracies, filters, rates, the parent.
static void what_is_shown_is_kept(void **state) {
    (void)state;
    SmallTraining small, other;
    small_training_init(&small);
    small_training_init(&other);
    MetaTraining *training = small_training_new(&small);
    strcpy(training->parent, "an older \"rule\"");
    small_training_evaluated_steps(training, 5, 2);
    small_training_set_rate(training, 0.004);
    small_training_save(training, at("shown"));
    MetaTraining *copy = small_training_resumed(&other, at("shown"));
    assert_true(copy->has_evaluated);
    assert_int_equal(copy->evaluated_step, 4);
    assert_memory_equal(copy->evaluated.block, training->evaluated.block,
                        training->evaluated.count * sizeof(real));
    const size_t filters = (size_t)training->evaluation_shape.sizes[0] *
                           (size_t)training->evaluation_shape.sizes[1] * sizeof(float);
    assert_memory_equal(copy->filters, training->filters, filters);
    assert_true(isfinite(copy->raw_pixel_accuracy[0]));
    assert_memory_equal(copy->raw_pixel_accuracy, training->raw_pixel_accuracy,
                        sizeof copy->raw_pixel_accuracy);
    assert_memory_equal(copy->random_accuracy, training->random_accuracy,
                        sizeof copy->random_accuracy);
    assert_true(copy->seconds == training->seconds);
    assert_true(copy->seconds > 0);
    assert_string_equal(copy->parent, "an older \"rule\"");
    for (int w = 0; w < small.settings.workers; w++) {
        assert_true(worker_state(&copy->worker[w])->loss ==
                    worker_state(&training->worker[w])->loss);
        assert_true(isfinite(worker_state(&copy->worker[w])->loss));
    }
    small_training_steps(copy, 1);
    assert_true(fabs(history_outer(copy->history, 5)->rate - 0.004) <= 1e-15);
    small_training_end(&small, training);
    small_training_end(&other, copy);
}

// A worker whose phi is not finite is state, too: the policies go on where they were.
static void a_diverged_worker_goes_on_alike(void **state) {
    (void)state;
    SmallTraining small, other;
    small_training_init(&small);
    strcpy(small.settings.non_finite, "halve-lr");
    MetaTraining *training = small_training_new(&small);
    small_training_evaluated_steps(training, 4, 0);
    for (int w = 0; w < 2; w++)
        worker_state(&training->worker[w])->phi.W[1][0] = (real)NAN;
    small_training_save(training, at("diverged"));
    small_training_init(&other);
    strcpy(other.settings.non_finite, "halve-lr");
    MetaTraining *copy = small_training_resumed(&other, at("diverged"));
    small_training_evaluated_steps(training, 6, 0);
    small_training_evaluated_steps(copy, 6, 0);
    assert_same_training(training, copy);
    small_training_end(&small, training);
    small_training_end(&other, copy);
}

// ---- places that cannot be written ----

static void refuse_save(const MetaTraining *training, const char *path) {
    Status status = {.text = ""};
    assert_false(meta_training_save(training, path, &status));
    assert_int_equal(status.code, STATUS_FAILURE);
    assert_non_null(strstr(status.text, path));
    assert_null(strchr(status.text, '\n'));
}

static int count_entries(void) {
    char command[sizeof folder + 32];
    int count = -1;
    snprintf(command, sizeof command, "ls -A '%s' | wc -l", folder);
    FILE *stream = popen(command, "r");
    assert_non_null(stream);
    assert_int_equal(fscanf(stream, "%d", &count), 1);
    pclose(stream);
    return count;
}

// Bytes of a safetensors file before its data.
static size_t header_size(const char *path) {
    unsigned char length[8];
    FILE *stream = fopen(path, "rb");
    assert_non_null(stream);
    assert_int_equal(fread(length, 1, sizeof length, stream), sizeof length);
    fclose(stream);
    size_t size = sizeof length;
    for (size_t i = 0; i < sizeof length; i++)
        size += (size_t)length[i] << (8 * i);
    return size;
}

static void a_place_that_cannot_be_written_is_told(void **state) {
    (void)state;
    SmallTraining small;
    small_training_init(&small);
    MetaTraining *training = small_training_new(&small);
    refuse_save(training, at("no such folder/checkpoint"));
    refuse_save(training, folder);
    refuse_save(training, "/proc/checkpoint");
    small_training_end(&small, training);
}

// A disk that is full after some bytes: the old file stays whole, no other is left.
static void a_full_disk_leaves_the_old_file(void **state) {
    (void)state;
    SmallTraining small, other;
    small_training_init(&small);
    small_training_init(&other);
    MetaTraining *training = small_training_new(&small);
    small_training_evaluated_steps(training, 3, 0);
    small_training_save(training, at("kept"));
    small_training_save(training, at("copy"));
    small_training_evaluated_steps(training, 1, 0);
    const int entries = count_entries();
    const rlim_t room[] = {0, 1, 1000, (rlim_t)header_size(at("copy")) + 100};
    for (size_t i = 0; i < sizeof room / sizeof room[0]; i++) {
        struct rlimit before, full;
        Status status = {.text = ""};
        assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
        full = before;
        full.rlim_cur = room[i];
        void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &full), 0);
        const bool saved = meta_training_save(training, at("kept"), &status);
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
        signal(SIGXFSZ, handler);
        assert_false(saved);
        assert_int_equal(status.code, STATUS_FAILURE);
        assert_non_null(strstr(status.text, at("kept")));
        assert_same_file(at("kept"), at("copy"));
        assert_int_equal(count_entries(), entries);
    }
    MetaTraining *copy = small_training_resumed(&other, at("kept"));
    assert_int_equal(meta_training_outer_step(copy), 3);
    small_training_end(&small, training);
    small_training_end(&other, copy);
}

static int make_folder(void **state) {
    (void)state;
    snprintf(folder, sizeof folder, "%s", temporary_folder());
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(going_on_is_going_straight),
        cmocka_unit_test(threads_may_change_between),
        cmocka_unit_test(an_untrained_state_is_a_state),
        cmocka_unit_test(going_on_again_and_again),
        cmocka_unit_test(curves_of_a_long_run_go_on),
        cmocka_unit_test(going_on_with_what_has_changed),
        cmocka_unit_test(saving_repeats_to_the_byte),
        cmocka_unit_test(what_is_shown_is_kept),
        cmocka_unit_test(a_diverged_worker_goes_on_alike),
        cmocka_unit_test(a_place_that_cannot_be_written_is_told),
        cmocka_unit_test(a_full_disk_leaves_the_old_file),
    };
    return cmocka_run_group_tests_name("checkpoint", tests, make_folder, NULL);
}
