#include "app/training_thread.h"

#include "app/checkpoints.h"
#include "app/heap.h"
#include "app/listener.h"
#include "app/rule_series.h"
#include "engine/clock.h"

#include <assert.h>
#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum { QUEUE = 64 };

#define SECONDS_BETWEEN_SNAPSHOTS 0.08

typedef struct {
    TrainingCommand command;
    double value;
} Entry;

typedef char Change[TRAINING_ASSIGNMENT];

struct TrainingThread {
    Listener listener; // its mutex guards what is shared
    TrainingPlan plan; // constant

    // Shared; under the mutex.
    Entry queue[QUEUE];
    int queued;
    Change changes[QUEUE]; // settings to be changed, in order
    int changes_queued;
    Settings settings; // in force
    TrainingState state;
    char message[TRAINING_MESSAGE];
    long message_number;
    bool copy_asked, copy_made;
    int copy_worker;
    UnrollCopy copy; // if made

    // Of the training thread alone, until it is joined.
    bool paused, quit, abandoned;
    int signal; // that asked to quit
    bool save_asked, evaluate_asked;
    bool unsaved;              // something has happened since the last checkpoint
    bool config_changed;       // config.ini has not got the settings in force yet
    double saved_at, shown_at; // seconds of the monotonic clock
    const char *goal;          // why training is finished, or NULL
    Status outcome;
};

static void assert_training_thread(const TrainingThread *thread) {
    assert(pthread_equal(pthread_self(), thread->listener.thread));
    (void)thread;
}

// -- From outside
// ----------------------------------------------------------------------------------

// A command that others in the queue make needless.
static bool is_needless(const TrainingThread *thread, TrainingCommand command) {
    return thread->queued > 0 && thread->queue[thread->queued - 1].command == command &&
           command != TRAINING_QUIT;
}

// A command that no later one makes undone.
static bool ends(TrainingCommand command) {
    return command == TRAINING_QUIT || command == TRAINING_ABANDON;
}

void training_thread_send(TrainingThread *thread, TrainingCommand command, double value) {
    pthread_mutex_lock(&thread->listener.mutex);
    if (is_needless(thread, command))
        thread->queue[thread->queued - 1].value = value;
    else if (thread->queued < QUEUE)
        thread->queue[thread->queued++] = (Entry){command, value};
    else if (!ends(thread->queue[QUEUE - 1].command) || ends(command))
        thread->queue[QUEUE - 1] = (Entry){command, value}; // what came last counts
    // Under the mutex: take_commands takes the interruption back only while the queue is empty, so
    // that none is lost.
    if (thread->state != TRAINING_ENDED &&
        (command == TRAINING_PAUSE || command == TRAINING_QUIT || command == TRAINING_ABANDON))
        meta_training_interrupt(thread->plan.training);
    pthread_cond_signal(&thread->listener.news);
    pthread_mutex_unlock(&thread->listener.mutex);
}

void training_thread_set(TrainingThread *thread, const char *assignment) {
    pthread_mutex_lock(&thread->listener.mutex);
    // With so many waiting, the last one gives way.
    const int at = thread->changes_queued < QUEUE ? thread->changes_queued++ : QUEUE - 1;
    snprintf(thread->changes[at], TRAINING_ASSIGNMENT, "%s", assignment);
    pthread_cond_signal(&thread->listener.news);
    pthread_mutex_unlock(&thread->listener.mutex);
}

void training_thread_settings(TrainingThread *thread, Settings *settings) {
    pthread_mutex_lock(&thread->listener.mutex);
    *settings = thread->settings;
    pthread_mutex_unlock(&thread->listener.mutex);
}

TrainingState training_thread_state(TrainingThread *thread) {
    pthread_mutex_lock(&thread->listener.mutex);
    const TrainingState state = thread->state;
    pthread_mutex_unlock(&thread->listener.mutex);
    return state;
}

bool training_thread_message(TrainingThread *thread, long *seen, char text[TRAINING_MESSAGE]) {
    pthread_mutex_lock(&thread->listener.mutex);
    const bool newer = thread->message_number > *seen;
    if (newer) {
        *seen = thread->message_number;
        memcpy(text, thread->message, TRAINING_MESSAGE);
    }
    pthread_mutex_unlock(&thread->listener.mutex);
    return newer;
}

bool training_thread_take_copy(TrainingThread *thread, UnrollCopy *copy) {
    pthread_mutex_lock(&thread->listener.mutex);
    const bool made = thread->copy_made;
    if (made)
        *copy = thread->copy;
    thread->copy_made = false;
    pthread_mutex_unlock(&thread->listener.mutex);
    return made;
}

// -- On the training thread
// ------------------------------------------------------------------------

static void set_state(TrainingThread *thread, TrainingState state) {
    pthread_mutex_lock(&thread->listener.mutex);
    thread->state = state;
    pthread_mutex_unlock(&thread->listener.mutex);
}

// Tells the user and the log.
__attribute__((format(printf, 2, 3))) static void tell(TrainingThread *thread, const char *format,
                                                       ...) {
    char text[1100];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    pthread_mutex_lock(&thread->listener.mutex);
    snprintf(thread->message, sizeof thread->message, "%.*s", TRAINING_MESSAGE - 1, text);
    thread->message_number++;
    pthread_mutex_unlock(&thread->listener.mutex);
    run_directory_log(thread->plan.run, text);
}

// The copy that somebody waits for.  When training has ended, the one who asks makes it.
static void make_copy(TrainingThread *thread) {
    UnrollCopy copy;
    Status status;
    pthread_mutex_lock(&thread->listener.mutex);
    const bool asked = thread->copy_asked;
    const int worker = thread->copy_worker;
    thread->copy_asked = false;
    pthread_mutex_unlock(&thread->listener.mutex);
    if (!asked)
        return;
    status_clear(&status);
    if (!meta_training_copy_unroll(thread->plan.training, worker, &copy, &status)) {
        tell(thread, "%s", status.text);
        return;
    }
    pthread_mutex_lock(&thread->listener.mutex);
    if (thread->copy_made)
        unroll_copy_clear(&thread->copy);
    thread->copy = copy;
    thread->copy_made = true;
    pthread_mutex_unlock(&thread->listener.mutex);
}

void training_thread_ask_copy(TrainingThread *thread, int worker) {
    pthread_mutex_lock(&thread->listener.mutex);
    thread->copy_asked = true;
    thread->copy_worker = worker;
    const bool ended = thread->state == TRAINING_ENDED;
    pthread_cond_signal(&thread->listener.news);
    pthread_mutex_unlock(&thread->listener.mutex);
    if (ended)
        make_copy(thread);
}

static void write_state(TrainingThread *thread, const char *state, const char *reason) {
    Status status;
    status_clear(&status);
    if (!run_directory_set_state(thread->plan.run, state, reason,
                                 meta_training_outer_step(thread->plan.training), &status))
        tell(thread, "%s", status.text);
}

static EngineState shown_state(const TrainingThread *thread) {
    return thread->paused ? ENGINE_PAUSED : ENGINE_TRAINING;
}

// The checkpoint's live settings win over config.ini, so it comes second.
static bool write_files(TrainingThread *thread, Status *status) {
    return checkpoint_write(thread->plan.run, thread->plan.training, status) &&
           (!thread->config_changed ||
            run_directory_write_config(thread->plan.run,
                                       meta_training_settings(thread->plan.training), status));
}

static bool save(TrainingThread *thread) {
    assert_training_thread(thread);
    Status status;
    status_clear(&status);
    meta_training_publish(thread->plan.training, ENGINE_SAVING);
    thread->saved_at = clock_seconds();
    const bool done = write_files(thread, &status);
    heap_trim();
    const long outer_step = meta_training_outer_step(thread->plan.training);
    if (done) {
        thread->unsaved = false;
        status_clear(&thread->outcome); // of a save before that failed
        // What has changed stays on the message line.
        if (!thread->config_changed)
            tell(thread, "saved outer step %ld in %s", outer_step, thread->plan.run->path);
        thread->config_changed = false;
    } else {
        tell(thread, "NOT SAVED: %s", status.text);
        if (thread->plan.talk)
            fprintf(thread->plan.talk, "rulesmith: NOT SAVED: %s\n", status.text);
        thread->outcome = status;
    }
    meta_training_publish(thread->plan.training, shown_state(thread));
    return done;
}

static void obey(TrainingThread *thread, const Entry *entry) {
    switch (entry->command) {
    case TRAINING_PAUSE:
        thread->paused = true;
        break;
    case TRAINING_RESUME:
        thread->paused = false;
        break;
    case TRAINING_SAVE:
        thread->save_asked = true;
        break;
    case TRAINING_EVALUATE:
        thread->evaluate_asked = true;
        break;
    case TRAINING_QUIT:
        thread->quit = true;
        thread->signal = (int)entry->value;
        break;
    case TRAINING_ABANDON:
        thread->quit = thread->abandoned = true;
        break;
    }
}

static bool wants_to_wait(const TrainingThread *thread) {
    return thread->paused && !thread->quit && !thread->save_asked && !thread->evaluate_asked &&
           thread->changes_queued == 0 && !thread->copy_asked;
}

static void note_pause(TrainingThread *thread, bool paused) {
    set_state(thread, paused ? TRAINING_IS_PAUSED : TRAINING_RUNS);
    write_state(thread, paused ? "paused" : "training", "");
    tell(thread, "%s at outer step %ld", paused ? "paused" : "training",
         meta_training_outer_step(thread->plan.training));
    meta_training_publish(thread->plan.training, shown_state(thread));
}

// Obeys what has come; waits for more while there is nothing to do.
static void take_commands(TrainingThread *thread) {
    const bool paused_before = thread->paused;
    bool waited = false;
    pthread_mutex_lock(&thread->listener.mutex);
    for (;;) {
        for (int i = 0; i < thread->queued; i++)
            obey(thread, &thread->queue[i]);
        thread->queued = 0;
        meta_training_resume(thread->plan.training);
        if (!wants_to_wait(thread))
            break;
        if (!waited && !paused_before) {
            pthread_mutex_unlock(&thread->listener.mutex);
            note_pause(thread, true);
            pthread_mutex_lock(&thread->listener.mutex);
            waited = true;
            continue;
        }
        pthread_cond_wait(&thread->listener.news, &thread->listener.mutex);
    }
    pthread_mutex_unlock(&thread->listener.mutex);
    if ((paused_before || waited) && !thread->paused)
        note_pause(thread, false);
}

// Tells what differs between two settings; returns whether anything does.
static bool tell_changes(TrainingThread *thread, const Settings *before, const Settings *after) {
    bool any = false;
    size_t count;
    const SettingEntry *table = settings_table(&count);
    for (size_t i = 0; i < count; i++) {
        char old[SETTINGS_TEXT];
        char new[SETTINGS_TEXT];
        if (settings_same(before, after, &table[i]))
            continue;
        any = true;
        tell(thread, "%s.%s is %s from outer step %ld on (was %s)", table[i].section, table[i].key,
             settings_value(after, &table[i], new),
             meta_training_outer_step(thread->plan.training) + 1,
             settings_value(before, &table[i], old));
    }
    return any;
}

// The setting that "section.key=value" names, if it may change now.
static bool check_live(const char *assignment, Status *status) {
    size_t count;
    const SettingEntry *table = settings_table(&count);
    for (size_t i = 0; i < count; i++) {
        char name[TRAINING_ASSIGNMENT];
        snprintf(name, sizeof name, "%s.%s=", table[i].section, table[i].key);
        if (strncmp(assignment, name, strlen(name)) == 0)
            return table[i].live ||
                   status_fail(status, STATUS_USAGE,
                               "%s.%s cannot change in a running training; --resume with --set "
                               "changes it",
                               table[i].section, table[i].key);
    }
    return true; // settings_assign knows better what is wrong
}

static void change_setting(TrainingThread *thread, const char *assignment) {
    MetaTraining *training = thread->plan.training;
    const Settings before = *meta_training_settings(training);
    Settings wanted = before;
    Status status;
    status_clear(&status);
    if (!check_live(assignment, &status) ||
        !settings_assign(&wanted, assignment, ":set", &status) ||
        !settings_check(&wanted, &status) || !meta_training_change(training, &wanted, &status)) {
        tell(thread, "%s", status.text);
        return;
    }
    if (!tell_changes(thread, &before, meta_training_settings(training))) {
        tell(thread, "%s already", assignment);
        return;
    }
    pthread_mutex_lock(&thread->listener.mutex);
    thread->settings = *meta_training_settings(training);
    pthread_mutex_unlock(&thread->listener.mutex);
    thread->unsaved = thread->save_asked = thread->config_changed = true;
}

// What training_thread_set has asked for.
static void change_settings(TrainingThread *thread) {
    Change changes[QUEUE];
    pthread_mutex_lock(&thread->listener.mutex);
    const int count = thread->changes_queued;
    memcpy(changes, thread->changes, sizeof changes);
    thread->changes_queued = 0;
    pthread_mutex_unlock(&thread->listener.mutex);
    for (int i = 0; i < count; i++)
        change_setting(thread, changes[i]);
}

static bool goal_reached(TrainingThread *thread) {
    const Settings *settings = thread->plan.settings;
    const MetaTraining *training = thread->plan.training;
    if (settings->outer_steps > 0 && meta_training_outer_step(training) >= settings->outer_steps)
        thread->goal = "the wanted number of outer steps is done";
    else if (settings->minutes > 0 && meta_training_seconds(training) >= 60 * settings->minutes)
        thread->goal = "the wanted training time is over";
    return thread->goal != NULL;
}

// Publishes, but not more often than anybody looks.
static void show(TrainingThread *thread) {
    if (clock_seconds() - thread->shown_at < SECONDS_BETWEEN_SNAPSHOTS)
        return;
    meta_training_publish(thread->plan.training, shown_state(thread));
    thread->shown_at = clock_seconds();
}

// The outer step of the last evaluation, -1 if there is none.
static long evaluated_step(TrainingThread *thread) {
    long outer_step = -1;
    meta_training_publish(thread->plan.training, shown_state(thread));
    const Snapshot *snapshot = snapshot_board_acquire(thread->plan.board);
    if (snapshot && snapshot->evaluation_count > 0)
        outer_step =
            history_evaluation(snapshot->history, snapshot->evaluation_count - 1)->outer_step;
    if (snapshot)
        snapshot_release(thread->plan.board, snapshot);
    return outer_step;
}

// At the beginning and every evaluate_every outer steps; once, however often a run is resumed.
static bool evaluation_is_due(TrainingThread *thread) {
    const int every = thread->plan.settings->evaluate_every;
    const long outer_step = meta_training_outer_step(thread->plan.training);
    return every > 0 && outer_step % every == 0 && evaluated_step(thread) != outer_step;
}

// *done is false if it was interrupted.
static bool evaluate(TrainingThread *thread, bool *done, Status *status) {
    meta_training_publish(thread->plan.training, ENGINE_EVALUATING);
    const bool fine = meta_training_evaluate(thread->plan.training, done, status);
    heap_trim();
    if (!fine)
        return false;
    // Interrupted, a test that was asked for is forgotten: whoever interrupts wants something else.
    thread->evaluate_asked = false;
    thread->unsaved |= *done;
    meta_training_publish(thread->plan.training, shown_state(thread));
    return true;
}

static bool checkpoint_is_due(const TrainingThread *thread) {
    return thread->save_asked || (thread->unsaved && clock_seconds() - thread->saved_at >=
                                                         thread->plan.settings->checkpoint_seconds);
}

// A series with a gap is no reason to stop.
static void keep_rule(TrainingThread *thread) {
    const long outer_step = meta_training_outer_step(thread->plan.training);
    char path[PATH_MAX];
    Status status;
    if (rule_series_holds(outer_step) &&
        !(rule_series_path(thread->plan.run, outer_step, path, &status) &&
          meta_training_save_rule(thread->plan.training, path, &status)))
        tell(thread, "the rule of outer step %ld is not kept: %s", outer_step, status.text);
}

// True until there is a reason to end; false with an empty status if that is no failure. Evaluation
// comes before the checkpoint of the same outer step, so that a run that goes on from there has it.
static bool do_next(TrainingThread *thread, Status *status) {
    take_commands(thread);
    change_settings(thread);
    make_copy(thread);
    if (thread->quit)
        return false;
    if (thread->evaluate_asked || (!thread->paused && evaluation_is_due(thread))) {
        bool done = true;
        if (!evaluate(thread, &done, status))
            return false;
        if (!done)
            return true;
    }
    if (checkpoint_is_due(thread)) {
        thread->save_asked = false;
        save(thread);
    }
    if (thread->paused)
        return true;
    if (goal_reached(thread))
        return false;
    bool done = false;
    if (!meta_training_step(thread->plan.training, &done, status))
        return false;
    thread->unsaved |= done;
    if (done)
        keep_rule(thread);
    show(thread);
    return true;
}

// The user has told to quit, but the last checkpoint is not written.  True if everything is saved
// in the end.
static bool wait_until_saved(TrainingThread *thread) {
    set_state(thread, TRAINING_UNSAVED);
    while (!thread->abandoned) {
        pthread_mutex_lock(&thread->listener.mutex);
        while (thread->queued == 0)
            pthread_cond_wait(&thread->listener.news, &thread->listener.mutex);
        for (int i = 0; i < thread->queued; i++)
            obey(thread, &thread->queue[i]);
        thread->queued = 0;
        pthread_mutex_unlock(&thread->listener.mutex);
        if (!thread->abandoned && save(thread))
            return true;
    }
    return false;
}

static void finish(TrainingThread *thread) {
    const bool wanted = !thread->abandoned && (thread->unsaved || thread->save_asked);
    bool saved = !wanted || save(thread);
    if (!saved && thread->plan.keep_unsaved)
        saved = wait_until_saved(thread);
    const char *reason =
        saved ? thread->goal ? thread->goal : "told to quit" : thread->outcome.text;
    char told[64];
    if (saved && thread->signal) {
        snprintf(told, sizeof told, "signal %d (%s)", thread->signal, strsignal(thread->signal));
        reason = told;
    }
    write_state(thread, !saved ? "failed" : thread->goal ? "finished" : "interrupted", reason);
    tell(thread, "%s at outer step %ld: %s", thread->goal ? "finished" : "ended",
         meta_training_outer_step(thread->plan.training), reason);
    meta_training_publish(thread->plan.training, saved ? ENGINE_FINISHED : ENGINE_FAILED);
}

static void *run(void *context) {
    TrainingThread *thread = context;
    // listener.thread is stored by then.
    pthread_mutex_lock(&thread->listener.mutex);
    pthread_mutex_unlock(&thread->listener.mutex);
    assert_training_thread(thread);
    Status status;
    status_clear(&status);
    write_state(thread, thread->paused ? "paused" : "training", "");
    meta_training_publish(thread->plan.training, shown_state(thread));
    thread->saved_at = clock_seconds();
    keep_rule(thread);
    while (do_next(thread, &status))
        continue;
    if (status.code != STATUS_OK) {
        // The last checkpoint stays the last good state: what failed is not written over it.
        thread->outcome = status;
        write_state(thread, "failed", status.text);
        tell(thread, "%s", status.text);
        meta_training_publish(thread->plan.training, ENGINE_FAILED);
    } else {
        finish(thread);
    }
    set_state(thread, TRAINING_ENDED);
    make_copy(thread); // asked for in the last moment
    return NULL;
}

bool training_thread_start(TrainingThread **result, const TrainingPlan *plan, Status *status) {
    TrainingThread *thread = calloc(1, sizeof *thread);
    if (!thread)
        return status_fail(status, STATUS_FAILURE, "no memory for the training thread");
    thread->plan = *plan;
    thread->settings = *meta_training_settings(plan->training);
    thread->paused = plan->paused;
    thread->state = plan->paused ? TRAINING_IS_PAUSED : TRAINING_RUNS;
    thread->unsaved = true;
    status_clear(&thread->outcome);
    if (!listener_start(&thread->listener, run, thread, "the training", status)) {
        free(thread);
        return false;
    }
    *result = thread;
    return true;
}

bool training_thread_join(TrainingThread *thread, Status *status) {
    listener_join(&thread->listener);
    const bool good = thread->outcome.code == STATUS_OK;
    if (!good)
        *status = thread->outcome;
    if (thread->copy_made)
        unroll_copy_clear(&thread->copy);
    free(thread);
    return good;
}
