// Every key of the workbench, in one table: what it is called, what it does, on which screens, what
// the help says.  The table drives dispatch, the help and the key bar; who does an action stands in
// the table of handlers of the screen (screens.h) or of the workbench (front.c), and a test holds
// them against each other.
#ifndef APP_KEYS_H
#define APP_KEYS_H

#include <stddef.h>

typedef enum {
    // Of the workbench: front.c does them, whatever the screen.
    ACTION_QUIT,
    ACTION_HELP,
    ACTION_SCREEN,
    ACTION_NEXT_SCREEN,
    ACTION_PREVIOUS_SCREEN,
    ACTION_COMMAND,
    ACTION_FILTER,
    ACTION_EXPORT,
    ACTION_EXPORT_ALL,
    ACTION_REDRAW,
    // Of a screen.
    ACTION_PAUSE,
    ACTION_SAVE,
    ACTION_EVALUATE,
    ACTION_NEXT_PANEL,
    ACTION_PREVIOUS_PANEL,
    ACTION_ZOOM,
    ACTION_CHART_LEFT, // these in the order of ChartMove
    ACTION_CHART_RIGHT,
    ACTION_CHART_PAN_LEFT,
    ACTION_CHART_PAN_RIGHT,
    ACTION_CHART_ZOOM_IN,
    ACTION_CHART_ZOOM_OUT,
    ACTION_CHART_FOLLOW,
    ACTION_CHART_LOG_X,
    ACTION_CHART_LOG_Y,
    ACTION_CHART_RANGE,
    ACTION_CHART_SMOOTH_LESS,
    ACTION_CHART_SMOOTH_MORE,
    ACTION_OVER_TIME,
    ACTION_NEXT_ITEM,
    ACTION_PREVIOUS_ITEM,
    ACTION_DOWN,
    ACTION_UP,
    ACTION_PAGE_DOWN,
    ACTION_PAGE_UP,
    ACTION_FIRST,
    ACTION_LAST,
    ACTION_BACK,
    // Of the Runs screen.
    ACTION_WATCH,
    ACTION_MARK,
    ACTION_UNMARK,
    ACTION_DIFF,
    ACTION_RESUME_RUN,
    ACTION_STOP_RUN,
    // Of the Step screen.
    ACTION_MOVE,
    ACTION_DIGIT,
    ACTION_WHERE,
    ACTION_VALUES,
    ACTION_CURVES,
    ACTION_OTHER_FUTURE,
    ACTION_LEFT,
    ACTION_RIGHT,
    // Of Features and Embedding.
    ACTION_FOLLOW,
    ACTION_WEIGHT,
    ACTION_WHEN,
    ACTION_GREY,
    ACTION_ACROSS,
    ACTION_ACROSS_BACK,
    ACTION_UPWARDS,
    ACTION_UPWARDS_BACK,
    ACTION_DATA,
    ACTION_COUNT
} Action;

// Where a key works: on which screens, or in which state of the workbench.
typedef enum {
    MODE_TRAIN = 1,
    MODE_STEP = 2,
    MODE_FEATURES = 4,
    MODE_EMBEDDING = 8,
    MODE_RUNS = 16,
    MODE_SCREENS = 31, // all of them
    MODE_HELP = 32,
    MODE_SMALL = 64, // the window is too small for anything else
} Mode;

enum { KEYS_OF_ACTION = 12 };

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

enum { KEY_LINE = 96, KEY_LINES = 96 };

// The help of a screen, lines "name\thelp": first the keys that only some screens have, then, under
// a heading, those of all.  Returns how many lines.
size_t keys_help(Mode mode, char lines[KEY_LINES][KEY_LINE]);

// The same "name\tlabel" for the key bar of a mode.
size_t keys_bar(Mode mode, char lines[KEY_LINES][KEY_LINE]);

#endif
