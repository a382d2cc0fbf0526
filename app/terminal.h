// The terminal's life: taken over by curses, given back whatever happens.
//
// It is given back on terminal_close, around Ctrl-Z, and by a handler when the program crashes
// (SIGSEGV, SIGBUS, SIGFPE, SIGILL, abort), which uses only what a handler may and then lets the
// crash go its way, so that a debugger, a core file or a sanitizer still sees it.  SIGINT, SIGTERM,
// SIGHUP and SIGQUIT only set flags (signals.h); whoever runs the loop ends it and calls
// terminal_close.
//
// While the screen is up, what anything writes to a stderr that is the terminal is caught, and
// shown after it.
//
// There is one terminal; all calls are made on the thread that opened it.
#ifndef APP_TERMINAL_H
#define APP_TERMINAL_H

#include "engine/status.h"

// Whether there is a terminal that a screen can be shown on; the sentence names --headless.
bool terminal_check(Status *status);

// Starts curses (after terminal_check) and installs the handlers.
bool terminal_open(Status *status);
void terminal_close(void);

// Ctrl-Z: gives the terminal back, stops the process, takes the terminal again when it goes on.
void terminal_suspend(void);
// After the process was stopped and continued by somebody else.
void terminal_take_again(void);

// Tells curses the window's size, which comes back as KEY_RESIZE.
void terminal_follow_size(void);

// What a crash should say besides, such as where the last checkpoint is.  Copied.
void terminal_set_last_words(const char *text);

#endif
