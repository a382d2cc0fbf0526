// Where the panels of the Train screen are: arithmetic on (rows, columns), nothing else.
// For every size either every panel is inside, non-empty and apart from the others, or the layout
// says that the window is too small and there is no panel at all.
#ifndef VIEWS_LAYOUT_H
#define VIEWS_LAYOUT_H

#include <stdbool.h>

typedef struct {
    int row, column, rows, columns;
} Rectangle;

typedef enum {
    PANEL_STATUS,    // state, outer step, elapsed time, throughput
    PANEL_LOSS,      // meta-loss per outer step
    PANEL_TRANSFER,  // transfer accuracy
    PANEL_GRADIENT,  // gradient norm before and after clipping
    PANEL_RATE,      // outer learning rate
    PANEL_HISTOGRAM, // of one weight tensor or group
    PANEL_WEIGHTS,   // percentiles of the same over the outer steps
    PANEL_FILTERS,   // first-layer receptive fields
    PANEL_WORKERS,
    PANEL_LOG,
    PANEL_KEYS, // the app's key bar
    PANEL_COUNT
} PanelKind;

enum { LAYOUT_ROWS = 12, LAYOUT_COLUMNS = 48 }; // the smallest window

typedef struct {
    bool too_small;
    int count;
    PanelKind kinds[PANEL_COUNT];
    Rectangle rectangles[PANEL_COUNT];
} Layout;

void layout_train(int rows, int columns, Layout *layout);

// Gives a figure that the layout has no room for the place of one like it: to a chart that of the
// last chart, to another figure that of the histogram (or of the weights that stand in its place)
// or, without one, of the last chart.
void layout_show(Layout *layout, PanelKind kind);

// One panel over the whole window, between the status line and the key bar.
void layout_zoomed(int rows, int columns, PanelKind kind, Layout *layout);

// The rectangle of a panel, or NULL if it is not shown.
const Rectangle *layout_find(const Layout *layout, PanelKind kind);

#endif
