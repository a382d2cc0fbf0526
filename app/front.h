// The workbench without its terminal: which screen is shown, what a key does there, what is drawn
// into a grid.  screen.c lays the terminal, the window and the clock of frames beneath it, the
// fuzzer of keys (tests/fuzz/fuzz_keys.c) its own.
//
// One thread (the one that runs the event loop) makes all calls.
#ifndef APP_FRONT_H
#define APP_FRONT_H

#include "app/prompt.h"
#include "app/screens.h"
#include "app/workbench.h"

typedef struct {
    Workbench workbench;
    void *states[SCREENS]; // of the table's screens, NULL before the first visit
    void *help_state;
    bool help; // lies over the screen
    Prompt prompt;
    bool quitting; // told to
    bool all;      // everything must be drawn
    long message_seen;
} Front;

// Nothing is shown yet; before front_begin the caller fills workbench.style, rows and columns, and
// keeps rows and columns up to date.
void front_init(Front *front, const ScreenPlan *plan);

// Shows the plan's first screen.  False without memory for it.
bool front_begin(Front *front);
void front_clear(Front *front);

// What has come by itself: snapshots, messages of the training, news of the shown screen.
// workbench.changed tells whether something must be drawn.
void front_tick(Front *front);

// A key as curses tells it.  KEY_RESIZE only means that everything must be drawn.
void front_press(Front *front, int key);

// Asks to end; the training, if there is one, saves first.
void front_quit(Front *front);

// Whether it was asked to end, and the training has.
bool front_at_end(const Front *front);

// Into grid, which is of workbench.rows and .columns.
void front_draw(Front *front, CellGrid *grid);

// Whether an action of the key table is the workbench's own, done whatever the screen.
bool front_handles(Action action);

#endif
