// The Train screen: a Snapshot in, a grid of cells out, and each of its panels as a figure of any
// size. Everything here reads; the app owns the view state and changes it by keys.
#ifndef VIEWS_DASHBOARD_H
#define VIEWS_DASHBOARD_H

#include "engine/snapshot.h"
#include "engine/status.h"
#include "views/cells.h"
#include "views/chart_view.h"
#include "views/figure.h"
#include "views/layout.h"
#include "views/picture.h"

// What the user has chosen.  dashboard_view_init gives the beginning.
typedef struct {
    PanelKind focus;               // a panel that can be focused; drawn marked.  PANEL_COUNT = none
    bool zoomed;                   // the focused panel fills the window
    int held_out;                  // which held-out set the transfer chart shows
    int histogram;                 // which histogram
    bool over_time;                // the same weights over time in the histogram's place
    int first_worker;              // scrolling
    int first_unit;                // first filter shown
    ChartView charts[PANEL_COUNT]; // of the panels that are charts
} DashboardView;

void dashboard_view_init(DashboardView *view);

// How a panel that is a chart is looked at; NULL for other panels.
const ChartView *dashboard_chart_view(const DashboardView *view, PanelKind kind);

// "transfer": the panel's word for commands, file names and `export`; NULL for panels that are no
// figure (status, log, keys).
const char *panel_name(PanelKind kind);
// The panel of that name; false if there is none.
bool panel_from_name(const char *name, PanelKind *kind);

// The figure of one panel into scene, which is empty and has the wanted size.  snapshot may be NULL
// (the engine has published nothing yet).  Indices of the view that the snapshot does not have are
// taken as the nearest that it has.
void dashboard_panel(Scene *scene, PanelKind kind, const Snapshot *snapshot,
                     const DashboardView *view, const Heading *heading);

// Where the view's panels are in a window of that size.  A panel without room takes, while it has
// the focus, the place of one of its kind; weights over time that of the histogram, as the view
// wants it or because snapshot (may be NULL) has no histogram (a run that is only watched).
void dashboard_layout(const DashboardView *view, const Snapshot *snapshot, int rows, int columns,
                      Layout *layout);

// The one line of a window below LAYOUT_ROWS x LAYOUT_COLUMNS, for every screen: what is needed,
// cut to what there is.
void dashboard_draw_too_small(CellGrid *grid, const CellStyle *style);

// The whole screen into grid, blanked first, at the grid's size.  key_bar: pairs "key\tmeaning"
// ended by NULL, as many shown as have room.  Below the minimum size: one line that says what is
// needed. layout (may be NULL) receives what was shown where.  False if memory was short (what
// could be drawn was).
bool dashboard_draw(CellGrid *grid, const Snapshot *snapshot, const DashboardView *view,
                    const char *const *key_bar, const CellStyle *style, Layout *layout);

// How many groups of weights have percentiles over time that snapshot may read.  Their names stand
// in its history from the first row on: before, the engine may be writing them.
int dashboard_weight_groups(const Snapshot *snapshot);

// The panel after (direction 1) or before (-1) the focused one; only figures, all of them.
PanelKind dashboard_next_panel(PanelKind focus, int direction);

// Moves in the focused chart, or in the loss if no chart has the focus, as it is shown in a window
// of that size.  All charts share window and cursor.  NULL, or a sentence why nothing has changed.
const char *dashboard_move(DashboardView *view, const Snapshot *snapshot, ChartMove move, int rows,
                           int columns);

// A panel as PNG with its provenance (run, outer step, seed, tensor) in text chunks; the size in
// cells is the export's own (filters: as large as all units need).
bool dashboard_export(PanelKind kind, const Snapshot *snapshot, const DashboardView *view,
                      const char *path, int scale, Theme theme, Status *status);

#endif
