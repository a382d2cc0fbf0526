// Figures: pure functions from plain data and a size to a Scene.  The same scene is drawn to a cell
// grid (cells.h) and to a PNG (picture.h), so what a view shows is what it exports.
//
// Every figure draws into the whole of `scene` (scene_init gives its size in cells) and assumes it
// is empty.  Figures read and never write; what the user has scrolled or zoomed comes in as a small
// struct that the app owns.  Any size of at least 1 x 1 is allowed: a figure leaves out what has no
// room. Data that are not there yet give a sentence, never an empty axis.
#ifndef VIEWS_FIGURE_H
#define VIEWS_FIGURE_H

#include "engine/snapshot.h"
#include "views/scene.h"

// How a figure's title line looks: alone, or as the head of a panel of a screen.
typedef struct {
    bool rule;    // a rule fills the rest of the title line
    bool focused; // the panel has the focus: title in INK_FOCUS, bold, with a mark before it
} Heading;

// -- Line charts
// ------------------------------------------------------------------------------------

enum { CHART_SERIES = 16, CHART_REFERENCES = 8 };

typedef struct {
    const char *name; // in the legend
    char letter;      // at the end of the curve and in the legend; 0 = none
    const double *x;  // [count], ascending
    const double
        *y; // [count]; non-finite values get a mark at their x and are counted in the title
    const double *error; // [count] half the height of a band around y (standard error), or NULL
    const double *band_low, *band_high; // [count] edges of a band wherever y is, or NULL
    const double *steps; // [count] how many values y stands for as their mean; or NULL: 1 each
    const double *lost;  // [count] how many more of them were not finite, or NULL
    size_t count;
    Ink ink;
    bool smoothed; // the raw curve dim, its smoothed twin bright over it
    bool points;   // a letter at each point when there is room (few points, far apart)
} Series;

// A dashed horizontal line, left out while its value is NaN.
typedef struct {
    const char *name;
    double value;
    Ink ink;
} Reference;

typedef enum {
    RANGE_AUTO,      // what is visible, with a margin
    RANGE_FROM_ZERO, // the same, and zero
    RANGE_FIXED,     // y_low .. y_high
} RangeMode;

// What the user has set; owned by the app.  All zero is a good beginning: everything shown,
// following.
typedef struct {
    bool log_y, log_x;
    RangeMode range;
    double y_low, y_high; // with RANGE_FIXED
    bool window;          // only x_low .. x_high is shown, and stays when new data come
    double x_low, x_high;
    bool cursor; // a vertical line at cursor_x; the title reads the values there
    double cursor_x;
    double smoothing; // factor of the moving average, 0 = off, 0.9 = over about 10 points; < 1
} ChartView;

typedef struct {
    const char *title;
    const char *x_name, *y_name; // with unit: "outer step", "accuracy"
    const char *empty;           // the sentence for no data: "no outer step yet"
    Series series[CHART_SERIES];
    int series_count;
    Reference references[CHART_REFERENCES];
    int reference_count;
    bool x_whole;                     // x counts something: no ticks between whole numbers
    double y_limit_low, y_limit_high; // values cannot lie outside (0 and 1 for an accuracy): the
                                      // automatic range stays inside; equal = no limit
} Chart;

void figure_chart(Scene *scene, const Heading *heading, const Chart *chart, const ChartView *view);

// -- Bars
// -------------------------------------------------------------------------------------------

enum { BAR_GROUPS = 24, BAR_SERIES = 8 };

// Lying bars, a line each, from zero: group by group, in each group one bar of each series.
typedef struct {
    const char *title;
    const char *axis;  // "accuracy"
    const char *empty; // the sentence for no groups
    const char *group[BAR_GROUPS];
    const char *series[BAR_SERIES]; // of a single one no name is shown
    int group_count, series_count;
    double value[BAR_GROUPS][BAR_SERIES]; // at least 0; NaN: no bar, "N/A"
    double error[BAR_GROUPS][BAR_SERIES]; // half the length of a whisker; NaN: none
} Bars;

void figure_bars(Scene *scene, const Heading *heading, const Bars *bars);

int bars_height(const Bars *bars); // rows that show all of it

// -- Others
// -----------------------------------------------------------------------------------------

// One histogram: bars, axis, counters of NaN, +Inf, -Inf, below and above, percentiles.
// NULL: the sentence `empty`.
void figure_histogram(Scene *scene, const Heading *heading, const HistogramView *histogram,
                      const char *empty);

// First-layer receptive fields as tiles, each normalised by its own largest magnitude, zero in the
// middle of the colour map; three channels in colour.  magnification: cells per weight across (1 in
// a terminal, where half blocks make weights square; a fraction in a picture).  first: the first
// unit shown.
void figure_filters(Scene *scene, const Heading *heading, const FiltersView *filters,
                    double magnification, int first);

// The size in cells that shows all units with `across` tiles in a row (0 = nearly square).
void filters_size(const FiltersView *filters, double magnification, int across, int *columns,
                  int *rows);

typedef struct {
    const char *name;
    int least; // the fewest cells to which it may shrink; 0 = it may not
    Align align;
    int priority; // the highest numbers are left out first when shrinking is not enough
} TableColumn;

enum { TABLE_COLUMNS = 12 };

typedef struct {
    const char *title;
    const char *empty;
    TableColumn columns[TABLE_COLUMNS];
    int column_count;
    const char *const *entries; // [row_count, column_count]
    const Ink *inks;            // [row_count], or NULL: INK_TEXT
    int row_count;
    int first;    // first row shown; the title says how many are hidden
    int selected; // row shown reversed, or -1
} Table;

void figure_table(Scene *scene, const Heading *heading, const Table *table);

// Lines of text under a title, from line `first`; used for help and for messages.  A line may hold
// a tab: what is before it is set in INK_KEY in a column of its own.
void figure_page(Scene *scene, const Heading *heading, const char *title, const char *const *lines,
                 int line_count, int first);

// One sentence in the middle of the figure, wrapped at spaces.
void figure_sentence(Scene *scene, const char *sentence, Ink ink);

// The title line (row 0): title, an alarm in INK_ERROR, a dim note, the rule.  Empty texts are left
// out. Figures call it; a panel of one's own may.
void figure_heading(Scene *scene, const Heading *heading, const char *title, const char *alarm,
                    const char *note);

#endif
