// The workbench on the terminal: the event loop under its screens.  It polls keys, signals and
// snapshots and draws at most 12 frames a second and only what changed; what a key does and what is
// seen is front.h's.  All curses calls are made here and in terminal.c, on the thread that calls
// screen_run.
#ifndef APP_SCREEN_H
#define APP_SCREEN_H

#include "app/workbench.h"
#include "engine/status.h"

// Shows the workbench until the user quits or a signal asks to end, and the training thread, if
// there is one, has ended; then gives the terminal back.  The caller joins the thread.
bool screen_run(const ScreenPlan *plan, Status *status);

#endif
