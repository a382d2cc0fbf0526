// The border between the engine and everybody else.  One thread drives a MetaTraining; the screen
// (or the headless loop) talks to it by commands and reads what it does from the snapshot board.
// Nothing else of a training may be touched from outside while the thread runs.
//
// A command never waits for the engine.  Pause, quit and abandon interrupt a running outer step,
// which is then forgotten and taken again on resuming, so they are answered within one inner step;
// save, evaluate and a changed setting take effect after the running outer step.
//
// The thread evaluates on the held-out data every evaluate_every outer steps, and publishes
// snapshots as often as a screen may want them.  It also keeps the run directory: a checkpoint
// every checkpoint_seconds and at the end, the series of rules, status.json, the log.  It ends when
// the goal of the settings (outer_steps, minutes) is reached, when told to quit, or when the engine
// fails; a failure to save at the end keeps it alive and paused if keep_unsaved is set, until it
// can save or is told to abandon what is unsaved.
#ifndef APP_TRAINING_THREAD_H
#define APP_TRAINING_THREAD_H

#include "app/run_directory.h"
#include "engine/meta_training.h"
#include "engine/settings.h"
#include "engine/status.h"
#include "engine/training_copy.h"

typedef struct TrainingThread TrainingThread;

typedef enum {
    TRAINING_PAUSE,
    TRAINING_RESUME,
    TRAINING_SAVE,
    TRAINING_EVALUATE,
    TRAINING_QUIT,    // save and end; value: the signal that asked for it, or 0
    TRAINING_ABANDON, // end without saving
} TrainingCommand;

typedef enum {
    TRAINING_RUNS,
    TRAINING_IS_PAUSED,
    TRAINING_UNSAVED, // told to quit, but could not save: waits for save, quit or abandon
    TRAINING_ENDED,   // training_thread_join will not wait
} TrainingState;

typedef struct {
    MetaTraining *training; // borrowed until training_thread_join
    RunDirectory *run;      // its metrics are written by the training thread
    const Settings *settings;
    SnapshotBoard *board; // on which the training publishes
    bool paused;          // begin paused
    bool keep_unsaved;    // somebody is there to decide
    FILE *talk;           // told of saves that fail, or NULL
} TrainingPlan;

bool training_thread_start(TrainingThread **thread, const TrainingPlan *plan, Status *status);

void training_thread_send(TrainingThread *thread, TrainingCommand command, double value);

enum { TRAINING_ASSIGNMENT = 96 };

// Changes a live setting, written "section.key=value" with less than TRAINING_ASSIGNMENT
// characters, before the next outer step.  The answer, also that it is refused, is a message.  What
// has changed is logged and saved at once (checkpoint, then config.ini), so that whatever happens a
// resume goes on with it from the outer step where it changed.
void training_thread_set(TrainingThread *thread, const char *assignment);

// The settings in force; what was asked for last may not be in them yet.
void training_thread_settings(TrainingThread *thread, Settings *settings);

TrainingState training_thread_state(TrainingThread *thread);

enum { TRAINING_MESSAGE = 256 };

// Asks for a copy of what a worker (counted from 0) will do next, taken between two outer steps
// while training goes on.  If there can be none, a message says why.
void training_thread_ask_copy(TrainingThread *thread, int worker);
// True once, when it is there; it moves out.
bool training_thread_take_copy(TrainingThread *thread, UnrollCopy *copy);

// The last thing worth telling ("saved runs/.../outer-0000000400"), if there is a newer one than
// number *seen, which is then updated.  Begin with *seen = 0.
bool training_thread_message(TrainingThread *thread, long *seen, char text[TRAINING_MESSAGE]);

// Waits for the end, frees the thread.  True if the goal was reached or the user quit and
// everything is saved.
bool training_thread_join(TrainingThread *thread, Status *status);

#endif
