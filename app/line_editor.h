// One line of text that the user types: the command line, the filter.  Arithmetic on a buffer;
// whoever owns it polls keys and draws.
//
// Its keys stand in a table that drives it and the help.
#ifndef APP_LINE_EDITOR_H
#define APP_LINE_EDITOR_H

#include "app/line_history.h"

#include <stddef.h>

typedef struct {
    char text[LINE_TEXT];       // UTF-8
    size_t length, cursor;      // in bytes; the cursor stands before that byte
    const LineHistory *history; // borrowed
    int recalled;               // line of the history shown; history->count: the user's own
    char own[LINE_TEXT];        // what the user had typed before going back
} LineEditor;

typedef enum {
    LINE_EDITED,    // goes on; also for keys that do nothing
    LINE_ENTERED,   // done: text is what the user wants
    LINE_LEFT,      // given up
    LINE_COMPLETED, // asks the owner to complete the word before the cursor; BACK: the one before
    LINE_COMPLETED_BACK,
} LineEvent;

void line_editor_begin(LineEditor *editor, const LineHistory *history);

// key: as curses tells it; bytes from 32 on are text.
LineEvent line_editor_press(LineEditor *editor, int key);

// Puts text in the place of the bytes from `from` to the cursor, if there is room.
void line_editor_replace(LineEditor *editor, size_t from, const char *text);

enum { LINE_KEYS_OF_ACTION = 4 };

typedef struct {
    int keys[LINE_KEYS_OF_ACTION]; // 0 ends the list
    const char *name;              // "Up Ctrl-P"
    LineEvent (*press)(LineEditor *editor);
    const char *help;
} LineKey;

const LineKey *line_editor_keys(size_t *count);

#endif
