// Signals, as flags.  A handler does nothing but set its signal's flag and write a byte into a
// pipe, so that a loop that polls signals_file() wakes.  Which thread the system picks for the
// handler does not matter.
//
// There is one set of signals in a process, hence the state behind these functions.
#ifndef APP_SIGNALS_H
#define APP_SIGNALS_H

#include "engine/status.h"

// Catches SIGINT, SIGTERM, SIGHUP and SIGQUIT, the signals that ask the program to end; ignores
// SIGPIPE and SIGXFSZ, so that writing fails instead.
bool signals_init(Status *status);

// Catches SIGWINCH, SIGTSTP and SIGCONT too: for the screen, before newterm, since curses leaves a
// signal alone that has a handler.  signals_leave_screen gives them back to the system.
void signals_enter_screen(void);
void signals_leave_screen(void);

int signals_file(void);   // becomes readable when a signal has come
void signals_heard(void); // empties the pipe; call before looking at the flags

// Whether the signal has come since it was last asked for.
bool signals_take(int signal);

// The signal that asked the program to end, or 0.  Stays.
int signals_end(void);

#endif
