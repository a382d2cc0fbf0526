// Copies a grid of cells to a curses screen.  The only file of views/ that knows curses; every call
// must be made on the thread that called initscr.  Opening and leaving the terminal, keys and
// signals are the app's.
#ifndef VIEWS_CURSES_BACK_END_H
#define VIEWS_CURSES_BACK_END_H

#include "views/cells.h"

typedef struct {
    CellStyle style;
    bool colour;    // start_color succeeded and the style is not mono
    CellGrid shown; // what the screen shows; owned
} CursesBackEnd;

// After initscr.  Starts colours as style.colours allows (never more than the terminal has: style
// in the back end says what was chosen), keeping the terminal's own background.
void curses_back_end_init(CursesBackEnd *back_end, const CellStyle *style);
void curses_back_end_clear(CursesBackEnd *back_end);

// Shows grid: touches only cells that changed, then one doupdate.  The grid may be larger or
// smaller than the screen.  all = true: everything again (after Ctrl-L, fg or a resize).
void curses_back_end_show(CursesBackEnd *back_end, const CellGrid *grid, bool all);

// What the locale and the terminal allow: symbols from nl_langinfo(CODESET) (setlocale was called)
// and term (TERM), colours from tigetnum (after setupterm or initscr) and no_color (NO_COLOR set
// and not empty).
CellStyle curses_style(const char *term, bool no_color);

#endif
