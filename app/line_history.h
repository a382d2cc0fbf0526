// Lines that were entered before, kept in a file of the state folder.
//
// Every line is appended to the file at once, so several programs may share it; each sees the
// lines of the others when it begins.  A history that cannot be read or written is kept in memory
// only: nobody wants to be stopped by that.
#ifndef APP_LINE_HISTORY_H
#define APP_LINE_HISTORY_H

#include <limits.h>

enum { LINE_TEXT = 256, HISTORY_LINES = 200 };

typedef struct {
    char *lines[HISTORY_LINES]; // oldest first; owned
    int count;
    char path[PATH_MAX]; // "": memory only
} LineHistory;

// name: of the file in the state folder.
void line_history_init(LineHistory *history, const char *name);
void line_history_clear(LineHistory *history);

// Adds a line, if it is not empty; the same line from before goes.
void line_history_add(LineHistory *history, const char *line);

#endif
