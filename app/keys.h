// Every key of the screen, in one table: what it is called, what it does, where it works, what the
// help says.  The table drives dispatch, the help screen and the key bar.
#ifndef APP_KEYS_H
#define APP_KEYS_H

#include <stddef.h>

typedef enum {
    ACTION_PAUSE,
    ACTION_SAVE,
    ACTION_EVALUATE,
    ACTION_EXPORT_FILTERS,
    ACTION_EXPORT_FOCUS,
    ACTION_NEXT_PANEL,
    ACTION_PREVIOUS_PANEL,
    ACTION_CHOOSE_PANEL,
    ACTION_ZOOM,
    ACTION_LOG_Y,
    ACTION_NEXT_ITEM,
    ACTION_PREVIOUS_ITEM,
    ACTION_DOWN,
    ACTION_UP,
    ACTION_FIRST,
    ACTION_BACK,
    ACTION_REDRAW,
    ACTION_HELP,
    ACTION_QUIT,
    ACTION_COUNT
} Action;

// Where a key works.
typedef enum {
    MODE_TRAIN = 1, // the dashboard
    MODE_HELP = 2,
    MODE_SMALL = 4, // the window is too small for anything else
} Mode;

enum { KEYS_OF_ACTION = 10 };

typedef struct {
    int keys[KEYS_OF_ACTION]; // as curses tells them; 0 ends the list
    const char *name;         // "q F10"
    Action action;
    unsigned modes;    // Mode bits
    const char *label; // in the key bar; NULL: not shown there
    const char *help;  // one line
} KeyEntry;

const KeyEntry *keys_table(size_t *count);

// The entry of a key in a mode, or NULL.
const KeyEntry *keys_find(int key, Mode mode);

enum { KEY_LINE = 96, KEY_LINES = 40 };

// Lines "name\thelp" for all entries, in the order of the table; returns how many.
size_t keys_help(char lines[KEY_LINES][KEY_LINE]);

// The same "name\tlabel" for the key bar of a mode.
size_t keys_bar(Mode mode, char lines[KEY_LINES][KEY_LINE]);

#endif
