// The screens of the workbench: one ScreenKind each, in a file app/screen_NAME.c of its own.
//
// How to add a screen:
//  1. app/screen_NAME.c defines `const ScreenKind screen_NAME = {...}` with the functions below;
//     everything else in the file is static.  What the screen draws comes from views/ (pure
//     functions to a Scene), so that the PNG shows the same.  A file that grows over 500 lines
//     keeps the kind and its handlers and moves the rest to files beside it.
//  2. Declare screen_NAME at the end of this header and add one line to the table in screens.c.
//  3. Its mode bit is in keys.h.  Each key of the screen is a line of the table in keys.c with that
//     bit: share the line (add the bit) where the meaning is shared, such as ACTION_DOWN or
//     ACTION_NEXT_PANEL, and write a line with an Action of its own where it is not.  On the Step
//     screen no gdb letter (s n o i c f u d w v and their capitals) may mean something else.
//  4. Its `handlers` say who does each Action.  tests/unit/test_keys.c fails for a key without a
//     handler, a handler without a key, and a key with two meanings.
//  Help, key bar, number key, Tab, `:screen` and export follow from the tables.
//
// The order of calls: open once, at the first visit; then enter, any number of draw, tick and
// handlers, leave; close at the end.  All on the thread of the event loop, so a call that takes
// longer than a few milliseconds delays every key: long work belongs on a thread of the screen's
// own, looked at in tick.
#ifndef APP_SCREENS_H
#define APP_SCREENS_H

#include "app/keys.h"
#include "app/workbench.h"
#include "engine/status.h"
#include "views/cells.h"

enum { SCREEN_PANELS = 16, SCREENS = 5 };

typedef void (*ScreenHandler)(void *state, Workbench *workbench, int key);

struct Completions; // prompt_commands.h

typedef struct ScreenKind {
    const char *name;    // "Train"
    const char *subject; // what it shows, for the help: "the running training"
    Mode mode;
    int number; // 1 .. SCREENS: its key; 0: has none (the help)

    // The state of the screen, which it owns; NULL without memory.
    void *(*open)(Workbench *workbench);
    void (*close)(void *state);

    // The screen comes into view, goes out of it.  NULL: nothing to do.
    void (*enter)(void *state, Workbench *workbench);
    void (*leave)(void *state, Workbench *workbench);

    // Draws into grid, which is blank and at least LAYOUT_ROWS x LAYOUT_COLUMNS large; the last row
    // is drawn over afterwards (key bar, message).  Reads only: it may be called any number of
    // times, at any size.
    void (*draw)(const void *state, const Workbench *workbench, CellGrid *grid);

    // Called about 12 times a second while the screen is in view.  True if it must be drawn.
    // A new snapshot draws by itself.  NULL: nothing moves by itself.
    bool (*tick)(void *state, Workbench *workbench);

    // The panels that can be exported, by the words for files and commands ("loss", "filters").
    // *focused: the index of the one that `e` means.  Returns how many.  NULL: there are none.
    int (*panels)(const void *state, const Workbench *workbench, const char *names[SCREEN_PANELS],
                  int *focused);
    // Writes one of them as a PNG.
    bool (*export_panel)(const void *state, const Workbench *workbench, const char *panel,
                         const char *path, Status *status);

    // What :filter wants to see of the screen; "" is everything.  Fails with a sentence.  NULL: the
    // screen has nothing to filter.
    bool (*filter)(void *state, const char *text, Status *status);

    // The number in the names of its pictures.  NULL: the outer step.
    long (*picture_number)(const void *state);

    // A line of the prompt that is no command of the workbench.  complete adds what could stand at
    // that place (0: the command itself) and begins with start.  NULL: there are none.
    void (*command)(void *state, Workbench *workbench, const char *line);
    void (*complete)(const void *state, int number, const char *line, const char *start,
                     struct Completions *completions);

    ScreenHandler handlers[ACTION_COUNT]; // NULL: the screen has no such action
} ScreenKind;

// Writes a panel of the shown screen as PNG and says and logs where, or why not.  panel: NULL for
// the one that is focused.  file: where; NULL: in the run's images/, named after panel and step.
void screens_export(Workbench *workbench, const char *panel, const char *file);
// Every panel, into images/.
void screens_export_all(Workbench *workbench);
// The names of the panels that can be exported; returns how many.
int screens_panels(const Workbench *workbench, const char *names[SCREEN_PANELS], int *focused);

// All screens in the order of their numbers, ended by NULL.
extern const ScreenKind *const screens[];

// The screen of a mode, of a number, or NULL.
const ScreenKind *screens_find(Mode mode);
const ScreenKind *screens_find_number(int number);

// The screen after (direction 1) or before (-1) a screen, round and round.
const ScreenKind *screens_next(const ScreenKind *kind, int direction);

// The help, which lies over a screen: not in the table.
extern const ScreenKind screen_help;

extern const ScreenKind screen_train;
extern const ScreenKind screen_step;
extern const ScreenKind screen_features;
extern const ScreenKind screen_embedding;
extern const ScreenKind screen_runs;

#endif
