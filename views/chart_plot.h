// Inside the line chart: what its drawing (chart.c) and its words (chart_words.c) share.
#ifndef VIEWS_CHART_PLOT_H
#define VIEWS_CHART_PLOT_H

#include "views/axis.h"
#include "views/figure.h"

typedef struct {
    Scene *scene;
    const Chart *chart;
    const ChartView *view;
    Axis x, y;
    Box plot; // the curves' part of the scene
    long not_finite, not_positive;
} Plotter;

// Whether a value has a place on the axis as the view has set it; x: and inside its window.
bool plotter_shows_x(const Plotter *plotter, double x);
bool plotter_shows_y(const Plotter *plotter, double y);

// Scene coordinates of data; NaN where there is no place.
double plotter_x(const Plotter *plotter, double x);
double plotter_y(const Plotter *plotter, double y);

// Names and values of the dashed lines, each where it hides the least of the curves.
void chart_draw_reference_labels(const Plotter *plotter);

// The letters of the curves, at their ends, moved apart until each has a row of its own.
void chart_draw_letters(const Plotter *plotter);

// The second line: name of the y axis, then each curve with its last value, or with the cursor its
// values there.  Without room the name of the axis goes first, then the values; with a cursor
// digits and the names of curves that have letters.
void chart_draw_legend(const Plotter *plotter);

// A line at the point nearest to the cursor.
void chart_draw_cursor(const Plotter *plotter);

// For the title line: what cannot be drawn into alarm; the cursor's x (with the values there if no
// legend tells them), smoothing, scales and window into note [size] each.
void chart_describe(const Plotter *plotter, bool legend, char *alarm, char *note, size_t size);

#endif
