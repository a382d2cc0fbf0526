// How a user moves in a chart: arithmetic on a ChartView (figure.h), no drawing.
//
// What is shown of the x axis either follows the data (everything is shown, also what comes), or is
// a window that stays where it is until the chart follows again: zoom and pan make one, and so does
// the cursor, whose point then stays where it is on the screen.  The cursor stands at an x of the
// data; charts over the same axis share window and cursor (chart_view_share).
#ifndef VIEWS_CHART_VIEW_H
#define VIEWS_CHART_VIEW_H

#include "views/figure.h"

typedef enum {
    CHART_CURSOR_LEFT, // by a cell, but at least to the next point; the window goes along
    CHART_CURSOR_RIGHT,
    CHART_PAN_LEFT, // by a quarter of what is shown
    CHART_PAN_RIGHT,
    CHART_ZOOM_IN, // by two: around the cursor if it is in sight, otherwise towards the newest
    CHART_ZOOM_OUT,
    CHART_FOLLOW, // everything, no cursor
    CHART_LOG_X,
    CHART_LOG_Y,
    CHART_RANGE,       // of y: automatic, from zero, fixed as it is now
    CHART_SMOOTH_LESS, // through the factors 0, 0.5, ... 0.999
    CHART_SMOOTH_MORE,
    CHART_CURSOR_FIRST, // to the first point of all
    CHART_CURSOR_LAST,
    CHART_MOVES
} ChartMove;

// What there is to move in.
typedef struct {
    double x_low, x_high; // of the axis when everything is shown; x_low < x_high
    double y_low, y_high; // of the axis as it is shown now
    const double *x;      // [count] where the cursor may stand, ascending; borrowed from the chart
    size_t count;         // at least 1
    double columns;       // cells across the plot
    bool whole;           // x counts something
    bool smoothed;        // there is a curve that smoothing changes
} ChartExtent;

// Of a chart in so many cells.  False if it has no point that its scale of x can show.
bool chart_extent(const Chart *chart, const ChartView *view, int rows, int columns,
                  ChartExtent *extent);

// Moves.  NULL, or a sentence why nothing has changed.
const char *chart_view_move(ChartView *view, ChartMove move, const ChartExtent *extent);

// The part of the x axis that is shown.
void chart_view_shown(const ChartView *view, const ChartExtent *extent, double *low, double *high);

// Gives `to` what `from` shows of the x axis: window, cursor, scale.
void chart_view_share(const ChartView *from, ChartView *to);

#endif
