#include "app/workbench.h"

#include "engine/clock.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const double message_seconds = 6;

void workbench_say(Workbench *workbench, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(workbench->message, sizeof workbench->message, format, arguments);
    va_end(arguments);
    workbench->message_until = clock_seconds() + message_seconds;
    workbench->changed = true;
}

// -- What is shown
// ------------------------------------------------------------------------------------------

static void release(Workbench *workbench) {
    if (workbench->snapshot)
        snapshot_release(workbench->shown_board, workbench->snapshot);
    workbench->snapshot = NULL;
}

void workbench_look(Workbench *workbench) {
    if (workbench->watch)
        watch_look(workbench->watch, clock_seconds());
    SnapshotBoard *board = workbench->watch ? watch_board(workbench->watch) : workbench->plan.board;
    const Snapshot *newest = board ? snapshot_board_acquire(board) : NULL;
    if (!newest)
        return;
    if (newest == workbench->snapshot) {
        snapshot_release(board, newest);
        return;
    }
    release(workbench);
    workbench->snapshot = newest;
    workbench->shown_board = board;
    workbench->changed = true;
}

void workbench_clear(Workbench *workbench) {
    release(workbench);
    watch_close(workbench->watch);
    workbench->watch = NULL;
}

bool workbench_watch(Workbench *workbench, const char *folder) {
    Watch *watch = NULL;
    Status status;
    if (folder && !watch_open(&watch, folder, &status)) {
        workbench_say(workbench, "%.400s", status.text);
        return false;
    }
    workbench_clear(workbench);
    if (watch)
        watch_look(watch, clock_seconds()); // the next key may ask for its settings
    workbench->watch = watch;
    workbench->changed = true;
    return true;
}

const RunDirectory *workbench_run(const Workbench *workbench) {
    return workbench->watch ? &watch_reader(workbench->watch)->run : workbench->plan.run;
}

const Settings *workbench_settings(const Workbench *workbench) {
    if (!workbench->watch)
        return workbench->plan.settings;
    const RunReader *reader = watch_reader(workbench->watch);
    return reader->has_settings ? &reader->settings : NULL;
}

// -- Commands to the training
// --------------------------------------------------------------------------

// Whether there is a training that obeys; if not, that is said.
static bool has_training(Workbench *workbench) {
    if (workbench->watch) {
        workbench_say(workbench, "%.300s is only watched here%s", workbench_run(workbench)->path,
                      workbench->plan.thread ? "; :watch goes back to this process's own" : "");
        return false;
    }
    if (!workbench->plan.thread) {
        workbench_say(workbench, "nothing is trained here");
        return false;
    }
    if (training_thread_state(workbench->plan.thread) == TRAINING_ENDED) {
        workbench_say(workbench, "training has ended and is saved");
        return false;
    }
    return true;
}

static bool is_paused(const Workbench *workbench) {
    return training_thread_state(workbench->plan.thread) == TRAINING_IS_PAUSED;
}

// One that could not be saved would take any command for another try.
static bool may_pause(Workbench *workbench) {
    return has_training(workbench) &&
           training_thread_state(workbench->plan.thread) != TRAINING_UNSAVED;
}

void workbench_pause(Workbench *workbench) {
    if (!may_pause(workbench))
        return;
    workbench_say(workbench, is_paused(workbench) ? "paused already" : "pausing");
    training_thread_send(workbench->plan.thread, TRAINING_PAUSE, 0);
}

void workbench_resume(Workbench *workbench) {
    if (!may_pause(workbench))
        return;
    if (!is_paused(workbench))
        workbench_say(workbench, "training goes on already");
    training_thread_send(workbench->plan.thread, TRAINING_RESUME, 0);
}

void workbench_pause_or_go_on(Workbench *workbench) {
    if (!has_training(workbench))
        return;
    if (is_paused(workbench))
        workbench_resume(workbench);
    else
        workbench_pause(workbench);
}

static void send_command(Workbench *workbench, TrainingCommand command, const char *said) {
    if (!has_training(workbench))
        return;
    training_thread_send(workbench->plan.thread, command, 0);
    workbench_say(workbench, "%s", said);
}

void workbench_save(Workbench *workbench) {
    send_command(workbench, TRAINING_SAVE, "saving after this outer step");
}

void workbench_evaluate(Workbench *workbench) {
    send_command(workbench, TRAINING_EVALUATE, "testing after this outer step");
}

void workbench_set(Workbench *workbench, const char *assignment) {
    if (!has_training(workbench))
        return;
    if (strlen(assignment) >= TRAINING_ASSIGNMENT) {
        workbench_say(workbench, "a setting is shorter than %d characters", TRAINING_ASSIGNMENT);
        return;
    }
    training_thread_set(workbench->plan.thread, assignment);
    workbench_say(workbench, "%s after this outer step", assignment);
}
