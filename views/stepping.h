// The Step screen: a StepSnapshot in, a grid of cells out, and each of its panels as a figure of
// any size.  Everything here reads; the app owns the view state and changes it by keys.
#ifndef VIEWS_STEPPING_H
#define VIEWS_STEPPING_H

#include "engine/step_snapshot.h"
#include "views/cells.h"
#include "views/figure.h"
#include "views/layout.h"
#include "views/picture.h"

typedef enum {
    STEPPING_HEAD,      // position, formula, what is stepped through
    STEPPING_STAGES,    // of an inner step, in the paper's order
    STEPPING_POINTS,    // breakpoints and watches
    STEPPING_TENSORS,   // of the stage, with their figures
    STEPPING_TENSOR,    // the selected one: picture or table
    STEPPING_HISTOGRAM, // of the selected one
    STEPPING_ANATOMY,   // share of each term in the step: bars of this step, or curves
    STEPPING_LOSS,      // few-shot, over inner steps, both futures
    STEPPING_ACCURACY,
    STEPPING_PANELS
} SteppingPanel;

// What the user has chosen; stepping_view_init gives the beginning.  The charts' cursors, where
// they are on, stand at the present inner step.
typedef struct {
    SteppingPanel focus;
    bool zoomed;                 // the focused panel fills the window under the head
    bool table;                  // the tensor as a table of numbers
    int first_row, first_column; // of the table
    bool curves;                 // the anatomy over inner steps
    int layer; // of the anatomy's curves, and of its bars where one has room; 1 ..
    ChartView loss, accuracy, shares;
} SteppingView;

void stepping_view_init(SteppingView *view);

// "anatomy": the word for commands and file names; NULL for panels that are no figure.
const char *stepping_panel_name(SteppingPanel panel);
bool stepping_panel_from_name(const char *name, SteppingPanel *panel);

typedef struct {
    int count;
    SteppingPanel kinds[STEPPING_PANELS];
    Rectangle rectangles[STEPPING_PANELS];
} SteppingLayout;

// Where the panels are in a window of at least LAYOUT_ROWS x LAYOUT_COLUMNS, whose last row is left
// alone.  The focused panel is always among them.
void stepping_layout(const SteppingView *view, int rows, int columns, SteppingLayout *layout);

// The panel after (direction 1) or before (-1) a panel in the order above; only figures.
SteppingPanel stepping_next_panel(SteppingPanel panel, int direction);

// One panel into scene, which is empty and has the wanted size.  detail: samples of a tensor's
// picture for a cell across (1 in a terminal, 4 in a picture); there are twice as many down.
void stepping_panel(Scene *scene, SteppingPanel panel, const StepSnapshot *snapshot,
                    const SteppingView *view, const Heading *heading, int detail);

// The whole screen into grid, which is blank.  snapshot NULL: `waiting` says why.  busy: what is
// going on, shown in the head, or "".
bool stepping_draw(CellGrid *grid, const StepSnapshot *snapshot, const SteppingView *view,
                   const char *waiting, const char *busy, const CellStyle *style);

// A panel as PNG with its provenance (rule, inner step, tensor, seed) in text chunks.
bool stepping_export(SteppingPanel panel, const StepSnapshot *snapshot, const SteppingView *view,
                     const char *path, int scale, Theme theme, Status *status);

#endif
