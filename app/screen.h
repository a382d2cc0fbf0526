// The workbench on the terminal: polls keys, signals and snapshots, draws at most 12 frames a
// second and only what changed, and hands commands to the training thread.  All curses calls are
// made here and in terminal.c, on the thread that calls screen_run.
#ifndef APP_SCREEN_H
#define APP_SCREEN_H

#include "app/keys.h"
#include "app/run_directory.h"
#include "app/training_thread.h"
#include "engine/snapshot.h"
#include "engine/status.h"

typedef struct {
    TrainingThread *thread;
    SnapshotBoard *board;
    const RunDirectory *run;
    bool colour; // false: NO_COLOR or --color=never
} ScreenPlan;

// Shows the training until the user quits or a signal asks to end, and the thread has ended; then
// gives the terminal back.  The caller joins the thread.
bool screen_run(const ScreenPlan *plan, Status *status);

// Whether an action of the key table has somebody who does it.
bool screen_handles(Action action);

#endif
