// The two axes of a plot, drawn around its box: ticks, labels, names and the grid behind the plot.
// Used by the line chart and the scatter plot.
#ifndef VIEWS_PLOT_AXES_H
#define VIEWS_PLOT_AXES_H

#include "views/axis.h"
#include "views/scene.h"

// Cells that the widest label of an axis takes.
int plot_label_width(const Axis *axis);

// The y axis to the left of the plot; its labels end a cell before it.
void plot_y_axis(Scene *scene, const Axis *axis, Box plot);

// The x axis below the plot, its labels in the next row.  name (or NULL): in a row of its own below
// them, or else at their right end where there is room.
void plot_x_axis(Scene *scene, const Axis *axis, Box plot, const char *name, bool own_row);

#endif
