// The Features and Embedding screens: a status row, a row of tabs with a note, and below them one
// figure, or several beside each other where there is room.  Pure functions, as dashboard.h has
// them for the Train screen.
#ifndef VIEWS_FEATURE_SCREEN_H
#define VIEWS_FEATURE_SCREEN_H

#include "views/cells.h"
#include "views/feature_view.h"
#include "views/layout.h"

enum { FEATURE_PANELS = 6, FEATURE_TABS = 4 };

typedef struct {
    int count;
    Rectangle place[FEATURE_PANELS];
    FeatureView view[FEATURE_PANELS]; // what is shown there
} FeatureLayout;

// Of rows x columns below the row `top`.  Weights: before, now and difference beside each other, W
// above V; the embedding with its variances beside it.  zoomed, or without room: what view says
// alone.
void feature_layout(const FeatureView *view, bool zoomed, int top, int rows, int columns,
                    FeatureLayout *layout);

typedef struct {
    const FeatureView *view;
    bool zoomed;
    const char *tabs[FEATURE_TABS]; // ended by NULL unless all are used
    int tab;                        // the one shown
    const char *note;               // behind the tabs
    FeatureData data;
} FeatureScreen;

// Into grid, which is blank; its last row stays free.  snapshot: of the training, or NULL.  False
// if memory was short.
bool feature_screen_draw(CellGrid *grid, const Snapshot *snapshot, const FeatureScreen *screen,
                         const CellStyle *style);

#endif
