// The workbench on the terminal: the event loop under its screens (screens.h).  It polls keys,
// signals and snapshots, draws at most 12 frames a second and only what changed, and dispatches
// keys.  The last row is its own: key bar or message.  All curses calls are made here and in
// terminal.c, on the thread that calls screen_run.
#ifndef APP_SCREEN_H
#define APP_SCREEN_H

#include "app/keys.h"
#include "app/workbench.h"
#include "engine/status.h"

// Shows the workbench until the user quits or a signal asks to end, and the training thread, if
// there is one, has ended; then gives the terminal back.  The caller joins the thread.
bool screen_run(const ScreenPlan *plan, Status *status);

// Whether an action of the key table is the workbench's own, done whatever the screen.
bool screen_handles(Action action);

#endif
