// The border between engine and screen, with an engine that does nothing but count: commands are
// answered in the middle of a step, checkpoints come when they should, failures end well.
#include "app/checkpoints.h"
#include "app/rule_series.h"
#include "app/run_directory.h"
#include "app/training_thread.h"
#include "engine/history.h"
#include "engine/meta_training.h"
#include "engine/training_copy.h"
#include "tests/unit/temporary_folder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

// -- The engine
// ------------------------------------------------------------------------------------

struct MetaTraining {
    pthread_mutex_t mutex;
    pthread_cond_t interruption;
    bool interrupted;
    bool endless;    // a step ends only when it is interrupted
    long outer_step; // read by the test after the join, or through atomics below
    long fail_at;    // this outer step diverges
    double seconds;
    atomic_long steps_begun, steps_done, evaluations, saves;
    atomic_bool refuse_to_save;
    _Atomic double rate;
    Settings settings; // of the thread that drives it
    atomic_int state;  // last published
    SnapshotBoard *board;
    History *history;
};

bool meta_training_step(MetaTraining *training, bool *done, Status *status) {
    atomic_fetch_add(&training->steps_begun, 1);
    pthread_mutex_lock(&training->mutex);
    while (training->endless && !training->interrupted)
        pthread_cond_wait(&training->interruption, &training->mutex);
    *done = !training->interrupted;
    pthread_mutex_unlock(&training->mutex);
    if (*done && training->fail_at == training->outer_step + 1)
        return status_fail(status, STATUS_DIVERGED, "outer step %ld: not finite",
                           training->fail_at);
    training->outer_step += *done;
    training->seconds += *done;
    atomic_fetch_add(&training->steps_done, *done);
    return true;
}

bool meta_training_evaluate(MetaTraining *training, bool *done, Status *status) {
    pthread_mutex_lock(&training->mutex);
    *done = !training->interrupted;
    pthread_mutex_unlock(&training->mutex);
    const EvaluationPoint point = {.outer_step = training->outer_step};
    if (*done && !history_append_evaluation(&training->history, &point))
        return status_fail(status, STATUS_FAILURE, "no memory");
    atomic_fetch_add(&training->evaluations, *done);
    return true;
}

void meta_training_interrupt(MetaTraining *training) {
    pthread_mutex_lock(&training->mutex);
    training->interrupted = true;
    pthread_cond_broadcast(&training->interruption);
    pthread_mutex_unlock(&training->mutex);
}

void meta_training_resume(MetaTraining *training) {
    pthread_mutex_lock(&training->mutex);
    training->interrupted = false;
    pthread_mutex_unlock(&training->mutex);
}

void meta_training_publish(MetaTraining *training, EngineState state) {
    Snapshot *snapshot = calloc(1, sizeof *snapshot);
    if (!snapshot)
        abort();
    snapshot->state = state;
    snapshot->history = training->history;
    snapshot->evaluation_count = history_evaluation_count(training->history);
    snapshot_board_publish(training->board, snapshot);
    free(snapshot);
    atomic_store(&training->state, (int)state);
}

long meta_training_outer_step(const MetaTraining *training) {
    return training->outer_step;
}

double meta_training_seconds(const MetaTraining *training) {
    return training->seconds;
}

const Settings *meta_training_settings(const MetaTraining *training) {
    return &training->settings;
}

bool meta_training_change(MetaTraining *training, const Settings *wanted, Status *status) {
    if (wanted->truncation_max > 100)
        return status_fail(status, STATUS_FAILURE, "out of memory for %d steps",
                           wanted->truncation_max);
    training->settings = *wanted;
    atomic_store(&training->rate, wanted->outer_rate);
    return true;
}

bool meta_training_copy_unroll(const MetaTraining *training, int worker, UnrollCopy *copy,
                               Status *status) {
    if (worker > 3)
        return status_fail(status, STATUS_USAGE, "expected a worker from 1 to 4, found %d",
                           worker + 1);
    *copy = (UnrollCopy){.theta = malloc(sizeof(real))};
    copy->start.worker = worker;
    copy->start.outer_step = training->outer_step;
    return true;
}

void unroll_copy_clear(UnrollCopy *copy) {
    free(copy->theta);
}

bool meta_training_save(const MetaTraining *training, const char *path, Status *status) {
    MetaTraining *counted = (MetaTraining *)(uintptr_t)training;
    if (atomic_load(&counted->refuse_to_save))
        return status_fail(status, STATUS_FAILURE, "%s: No space left on device", path);
    atomic_fetch_add(&counted->saves, 1);
    write_file(path, "state");
    return true;
}

bool meta_training_save_rule(const MetaTraining *training, const char *path, Status *status) {
    (void)training;
    (void)status;
    write_file(path, "rule");
    return true;
}

// -- What tests share
// ------------------------------------------------------------------------------

typedef struct {
    MetaTraining training;
    Settings settings;
    RunDirectory run;
    const char *folder;
    SnapshotBoard *board;
    TrainingThread *thread;
} Fixture;

static Fixture *set_up(void) {
    Fixture *fixture = calloc(1, sizeof *fixture);
    Status status;
    pthread_mutex_init(&fixture->training.mutex, NULL);
    pthread_cond_init(&fixture->training.interruption, NULL);
    fixture->folder = temporary_folder();
    fixture->board = snapshot_board_new();
    fixture->training.board = fixture->board;
    fixture->training.history = history_new();
    assert_non_null(fixture->board);
    assert_non_null(fixture->training.history);
    settings_default(&fixture->training.settings);
    fixture->settings.checkpoint_seconds = 3600;
    if (!run_directory_create(&fixture->run, fixture->folder, "test", &status))
        fail_msg("%s", status.text);
    return fixture;
}

static void start(Fixture *fixture, bool keep_unsaved) {
    Status status;
    const TrainingPlan plan = {.training = &fixture->training,
                               .run = &fixture->run,
                               .settings = &fixture->settings,
                               .board = fixture->board,
                               .keep_unsaved = keep_unsaved};
    if (!training_thread_start(&fixture->thread, &plan, &status))
        fail_msg("%s", status.text);
}

static bool join(Fixture *fixture, Status *status) {
    status_clear(status);
    const bool good = training_thread_join(fixture->thread, status);
    run_directory_close(&fixture->run);
    return good;
}

static void tear_down(Fixture *fixture) {
    pthread_mutex_destroy(&fixture->training.mutex);
    pthread_cond_destroy(&fixture->training.interruption);
    snapshot_board_free(fixture->board);
    history_free(fixture->training.history);
    free(fixture);
}

// Waits until the condition holds; fails after 20 seconds.
#define WAIT_FOR(condition)                                                                        \
    do {                                                                                           \
        const time_t deadline = time(NULL) + 20;                                                   \
        while (!(condition)) {                                                                     \
            if (time(NULL) > deadline)                                                             \
                fail_msg("waited in vain for %s", #condition);                                     \
            nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);                               \
        }                                                                                          \
    } while (0)

static void assert_state_file(const Fixture *fixture, const char *expected) {
    char *text = read_file(in_folder(fixture->folder, "status.json"));
    assert_non_null(text);
    if (!strstr(text, expected))
        fail_msg("%s in %s", expected, text);
    free(text);
}

static int count_checkpoints(const Fixture *fixture, long *newest) {
    long outer_steps[CHECKPOINTS_LISTED];
    const int count = checkpoints_list(&fixture->run, outer_steps);
    *newest = count ? outer_steps[0] : -1;
    return count;
}

// -- Tests
// -----------------------------------------------------------------------------------------

static void reaches_the_wanted_steps(void **state) {
    (void)state;
    Fixture *fixture = set_up();
    fixture->settings.outer_steps = 5;
    start(fixture, false);
    WAIT_FOR(training_thread_state(fixture->thread) == TRAINING_ENDED);
    Status status;
    long newest;
    assert_true(join(fixture, &status));
    assert_int_equal(fixture->training.outer_step, 5);
    assert_int_equal(fixture->training.saves, 1);
    assert_int_equal(fixture->training.state, ENGINE_FINISHED);
    assert_int_equal(count_checkpoints(fixture, &newest), 1);
    assert_int_equal(newest, 5);
    assert_state_file(fixture, "\"state\":\"finished\"");
    assert_int_equal(access(in_folder(fixture->folder, "rule.safetensors"), F_OK), 0);
    long kept[STEP_FILES_LISTED];
    assert_int_equal(step_files_list(&fixture->run, rule_series_folder, kept), 5);
    for (int i = 0; i < 5; i++)
        assert_int_equal(kept[i], 4 - i); // 0 to 4; 5 is none of the series
    tear_down(fixture);
}

static void ends_when_the_time_is_over(void **state) {
    (void)state;
    Fixture *fixture = set_up();
    fixture->settings.minutes = 2; // a step counts one second
    start(fixture, false);
    Status status;
    assert_true(join(fixture, &status));
    assert_int_equal(fixture->training.outer_step, 120);
    tear_down(fixture);
}

static void saves_every_checkpoint_seconds(void **state) {
    (void)state;
    Fixture *fixture = set_up();
    fixture->settings.outer_steps = 7;
    fixture->settings.checkpoint_seconds = 0;
    start(fixture, false);
    Status status;
    long newest;
    assert_true(join(fixture, &status));
    assert_int_equal(fixture->training.saves, 8); // 0 to 7, and none at the end: all was saved
    assert_int_equal(count_checkpoints(fixture, &newest), 2);
    assert_int_equal(newest, 7);
    tear_down(fixture);
}

// At outer steps 0, 2, 4 and 6, each before the checkpoint of its step.
static void evaluates_when_it_is_due(void **state) {
    (void)state;
    Fixture *fixture = set_up();
    fixture->settings.outer_steps = 6;
    fixture->settings.evaluate_every = 2;
    start(fixture, false);
    Status status;
    assert_true(join(fixture, &status));
    const History *history = fixture->training.history;
    assert_int_equal(history_evaluation_count(history), 4);
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(history_evaluation(history, i)->outer_step, 2 * i);
    tear_down(fixture);
}

// A run that goes on from a checkpoint does not evaluate its outer step again.
static void does_not_evaluate_twice(void **state) {
    (void)state;
    Fixture *fixture = set_up();
    fixture->settings.outer_steps = 6;
    fixture->settings.evaluate_every = 4;
    fixture->training.outer_step = 4;
    const EvaluationPoint point = {.outer_step = 4};
    assert_true(history_append_evaluation(&fixture->training.history, &point));
    start(fixture, false);
    Status status;
    assert_true(join(fixture, &status));
    assert_int_equal(fixture->training.evaluations, 0);
    tear_down(fixture);
}

static void pauses_in_the_middle_of_a_step(void **state) {
    (void)state;
    Fixture *fixture = set_up();
    fixture->training.endless = true;
    start(fixture, false);
    WAIT_FOR(fixture->training.steps_begun == 1);
    training_thread_send(fixture->thread, TRAINING_PAUSE, 0);
    WAIT_FOR(training_thread_state(fixture->thread) == TRAINING_IS_PAUSED);
    WAIT_FOR(fixture->training.state == ENGINE_PAUSED);
    assert_int_equal(fixture->training.steps_begun, 1);
    assert_int_equal(fixture->training.steps_done, 0);
    assert_state_file(fixture, "\"state\":\"paused\"");

    // Saving and testing work in a pause and do not end it.
    training_thread_send(fixture->thread, TRAINING_SAVE, 0);
    WAIT_FOR(fixture->training.saves == 1);
    training_thread_send(fixture->thread, TRAINING_EVALUATE, 0);
    WAIT_FOR(fixture->training.evaluations == 1);
    WAIT_FOR(fixture->training.state == ENGINE_PAUSED);
    assert_int_equal(fixture->training.steps_begun, 1);

    training_thread_send(fixture->thread, TRAINING_RESUME, 0);
    WAIT_FOR(fixture->training.steps_begun == 2);
    assert_int_equal(training_thread_state(fixture->thread), TRAINING_RUNS);
    training_thread_send(fixture->thread, TRAINING_QUIT, 0);
    Status status;
    assert_true(join(fixture, &status));
    assert_state_file(fixture, "\"state\":\"interrupted\"");
    tear_down(fixture);
}

static void quits_in_the_middle_of_a_step_and_saves(void **state) {
    (void)state;
    Fixture *fixture = set_up();
    fixture->training.endless = true;
    start(fixture, false);
    WAIT_FOR(fixture->training.steps_begun == 1);
    training_thread_send(fixture->thread, TRAINING_QUIT, 15);
    Status status;
    assert_true(join(fixture, &status));
    assert_int_equal(fixture->training.saves, 1);
    assert_state_file(fixture, "signal 15");
    tear_down(fixture);
}

static void changes_the_rate(void **state) {
    (void)state;
    Fixture *fixture = set_up();
    start(fixture, false);
    training_thread_set(fixture->thread, "outer.rate=0.25");
    WAIT_FOR(fixture->training.rate == 0.25);
    training_thread_send(fixture->thread, TRAINING_QUIT, 0);
    Status status;
    assert_true(join(fixture, &status));
    tear_down(fixture);
}

static void wait_for_message(Fixture *fixture, const char *part) {
    char text[TRAINING_MESSAGE] = "";
    long seen = 0;
    WAIT_FOR(training_thread_message(fixture->thread, &seen, text) && strstr(text, part));
}

// A copy is made in a run, in a pause and after the end; one that is not taken is lost, not leaked.
static void copies_an_unroll(void **state) {
    (void)state;
    Fixture *fixture = set_up();
    UnrollCopy copy;
    start(fixture, false);
    training_thread_ask_copy(fixture->thread, 2);
    WAIT_FOR(training_thread_take_copy(fixture->thread, &copy));
    assert_int_equal(copy.start.worker, 2);
    unroll_copy_clear(&copy);
    training_thread_send(fixture->thread, TRAINING_PAUSE, 0);
    WAIT_FOR(training_thread_state(fixture->thread) == TRAINING_IS_PAUSED);
    assert_false(training_thread_take_copy(fixture->thread, &copy));
    training_thread_ask_copy(fixture->thread, 9);
    wait_for_message(fixture, "expected a worker from 1 to 4, found 10");
    training_thread_ask_copy(fixture->thread, 0);
    WAIT_FOR(training_thread_take_copy(fixture->thread, &copy));
    assert_int_equal(copy.start.outer_step, fixture->training.outer_step);
    unroll_copy_clear(&copy);
    training_thread_send(fixture->thread, TRAINING_QUIT, 0);
    WAIT_FOR(training_thread_state(fixture->thread) == TRAINING_ENDED);
    training_thread_ask_copy(fixture->thread, 1);
    assert_true(training_thread_take_copy(fixture->thread, &copy));
    unroll_copy_clear(&copy);
    training_thread_ask_copy(fixture->thread, 1);
    Status status;
    assert_true(join(fixture, &status));
    tear_down(fixture);
}

// A change is taken in a pause too, told, and saved with config.ini at once.
static void a_change_is_told_and_saved(void **state) {
    (void)state;
    Fixture *fixture = set_up();
    start(fixture, false);
    training_thread_send(fixture->thread, TRAINING_PAUSE, 0);
    WAIT_FOR(training_thread_state(fixture->thread) == TRAINING_IS_PAUSED);
    const long saves = fixture->training.saves;
    training_thread_set(fixture->thread, "inner.horizon_max=77");
    WAIT_FOR(fixture->training.saves == saves + 1);
    wait_for_message(fixture, "inner.horizon_max is 77 from outer step");
    char path[PATH_MAX];
    Status status;
    assert_true(run_directory_file(&fixture->run, "config.ini", path, &status));
    WAIT_FOR(access(path, F_OK) == 0);
    Settings written;
    settings_default(&written);
    assert_true(settings_read(&written, path, &status));
    assert_int_equal(written.horizon_max, 77);
    // The same again changes nothing.
    training_thread_set(fixture->thread, "inner.horizon_max=77");
    wait_for_message(fixture, "already");
    assert_int_equal(fixture->training.saves, saves + 1);
    training_thread_send(fixture->thread, TRAINING_QUIT, 0);
    assert_true(join(fixture, &status));
    tear_down(fixture);
}

static void a_change_that_is_wrong_is_told(void **state) {
    (void)state;
    static const char *const wrong[][2] = {
        {"outer.rate=-1", ":set: outer.rate: expected a number"},
        {"outer.rite=1", "the nearest is outer.rate"},
        {"inner.horizon_min=1000", "inner.horizon_min is 1000, above inner.horizon_max"},
        {"inner.truncation_max=200", "out of memory for 200 steps"},
        {"rule.hidden=8", "rule.hidden cannot change in a running training"},
        {"nothing", "expected section.key=value"},
    };
    Fixture *fixture = set_up();
    start(fixture, false);
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        training_thread_set(fixture->thread, wrong[i][0]);
        wait_for_message(fixture, wrong[i][1]);
    }
    assert_true(fixture->training.rate == 0);
    training_thread_send(fixture->thread, TRAINING_QUIT, 0);
    Status status;
    assert_true(join(fixture, &status));
    assert_int_equal(fixture->training.settings.hidden, 16);
    tear_down(fixture);
}

static void waits_for_a_decision_when_it_cannot_save(void **state) {
    (void)state;
    Fixture *fixture = set_up();
    fixture->training.refuse_to_save = true;
    start(fixture, true);
    training_thread_send(fixture->thread, TRAINING_QUIT, 0);
    WAIT_FOR(training_thread_state(fixture->thread) == TRAINING_UNSAVED);
    long seen = 0;
    char text[TRAINING_MESSAGE] = "";
    WAIT_FOR(training_thread_message(fixture->thread, &seen, text));
    assert_non_null(strstr(text, "No space left"));
    fixture->training.refuse_to_save = false;
    training_thread_send(fixture->thread, TRAINING_SAVE, 0);
    Status status;
    assert_true(join(fixture, &status));
    assert_int_equal(fixture->training.saves, 1);
    tear_down(fixture);
}

static void abandons_when_told(void **state) {
    (void)state;
    Fixture *fixture = set_up();
    fixture->training.refuse_to_save = true;
    start(fixture, true);
    training_thread_send(fixture->thread, TRAINING_QUIT, 0);
    WAIT_FOR(training_thread_state(fixture->thread) == TRAINING_UNSAVED);
    training_thread_send(fixture->thread, TRAINING_ABANDON, 0);
    Status status;
    assert_false(join(fixture, &status));
    assert_int_equal(status.code, STATUS_FAILURE);
    assert_non_null(strstr(status.text, "No space left"));
    assert_state_file(fixture, "\"state\":\"failed\"");
    tear_down(fixture);
}

static void a_failed_save_is_tried_again(void **state) {
    (void)state;
    Fixture *fixture = set_up();
    fixture->training.refuse_to_save = true;
    fixture->settings.checkpoint_seconds = 0;
    start(fixture, false);
    WAIT_FOR(fixture->training.steps_done > 3);
    fixture->training.refuse_to_save = false;
    WAIT_FOR(fixture->training.saves > 0);
    training_thread_send(fixture->thread, TRAINING_QUIT, 0);
    Status status;
    assert_true(join(fixture, &status));
    tear_down(fixture);
}

static void divergence_ends_and_overwrites_nothing(void **state) {
    (void)state;
    Fixture *fixture = set_up();
    fixture->training.fail_at = 4;
    start(fixture, true);
    Status status;
    long newest;
    assert_false(join(fixture, &status));
    assert_int_equal(status.code, STATUS_DIVERGED);
    assert_non_null(strstr(status.text, "outer step 4"));
    assert_int_equal(count_checkpoints(fixture, &newest), 0);
    assert_int_equal(fixture->training.state, ENGINE_FAILED);
    assert_state_file(fixture, "\"state\":\"failed\"");
    tear_down(fixture);
}

// No order of commands blocks it, also not behind the one to quit.  COMMAND_SEQUENCES says how many
// to try.
static void send_random_commands(Fixture *fixture, unsigned *random, int count) {
    static const TrainingCommand commands[] = {TRAINING_PAUSE, TRAINING_RESUME, TRAINING_SAVE,
                                               TRAINING_EVALUATE};
    for (int i = 0; i < count; i++) {
        *random = *random * 1103515245u + 12345u;
        const unsigned which = (*random >> 16) % 5;
        if (which == 4)
            training_thread_set(fixture->thread, i % 2 ? "outer.rate=0.5" : "outer.rate=0.25");
        else
            training_thread_send(fixture->thread, commands[which], 0.5);
    }
}

static void random_commands(void **state) {
    (void)state;
    const char *wanted = getenv("COMMAND_SEQUENCES");
    const unsigned sequences = wanted ? (unsigned)atoi(wanted) : 20;
    for (unsigned seed = 1; seed <= sequences; seed++) {
        Fixture *fixture = set_up();
        fixture->training.endless = seed % 2;
        start(fixture, true);
        unsigned random = seed;
        send_random_commands(fixture, &random, (int)(seed * 7 % 101));
        training_thread_send(fixture->thread, TRAINING_QUIT, 0);
        send_random_commands(fixture, &random, (int)(seed * 3 % 20));
        WAIT_FOR(training_thread_state(fixture->thread) == TRAINING_ENDED);
        training_thread_send(fixture->thread, TRAINING_PAUSE, 0); // nobody hears it
        Status status;
        assert_true(join(fixture, &status));
        tear_down(fixture);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reaches_the_wanted_steps),
        cmocka_unit_test(ends_when_the_time_is_over),
        cmocka_unit_test(saves_every_checkpoint_seconds),
        cmocka_unit_test(evaluates_when_it_is_due),
        cmocka_unit_test(does_not_evaluate_twice),
        cmocka_unit_test(pauses_in_the_middle_of_a_step),
        cmocka_unit_test(quits_in_the_middle_of_a_step_and_saves),
        cmocka_unit_test(changes_the_rate),
        cmocka_unit_test(copies_an_unroll),
        cmocka_unit_test(a_change_is_told_and_saved),
        cmocka_unit_test(a_change_that_is_wrong_is_told),
        cmocka_unit_test(waits_for_a_decision_when_it_cannot_save),
        cmocka_unit_test(abandons_when_told),
        cmocka_unit_test(a_failed_save_is_tried_again),
        cmocka_unit_test(divergence_ends_and_overwrites_nothing),
        cmocka_unit_test(random_commands),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
