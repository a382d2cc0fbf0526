#include "views/plot_axes.h"

#include "views/text.h"

#include <math.h>

int plot_label_width(const Axis *axis) {
    int width = 1;
    for (int i = 0; i < axis->tick_count; i++) {
        char label[32];
        int here = text_width(axis_label(axis, axis->ticks[i], label, sizeof label));
        width = here > width ? here : width;
    }
    return width;
}

void plot_y_axis(Scene *scene, const Axis *axis, Box plot) {
    double x = plot.x0 - 0.05, last = INFINITY;
    scene_rule_down(scene, x, plot.y0, plot.y1 + 0.05, INK_AXIS);
    for (int i = 0; i < axis->tick_count; i++) {
        double y = plot.y1 - axis_fraction(axis, axis->ticks[i]) * (plot.y1 - plot.y0);
        // The bottom edge belongs to the axis; its label stands in the last row of the plot.
        double row = fmin(fmax(y, plot.y0 + 0.01), plot.y1 - 0.01);
        scene_rule_across(scene, plot.x0, plot.x1, y, INK_GRID);
        if (floor(row) == floor(last)) {
            continue;
        }
        last = row;
        char label[32];
        scene_tick(scene, x, row, SIDE_LEFT, INK_AXIS);
        scene_text(scene, plot.x0 - 1, row, ALIGN_RIGHT, INK_DIM, WEIGHT_NORMAL,
                   axis_label(axis, axis->ticks[i], label, sizeof label));
    }
}

// Labels that would run into each other or into the name of the axis, at `limit`, are left out.
static void x_labels(Scene *scene, const Axis *axis, Box plot, double limit) {
    double y = plot.y1 + 0.05, used = -1;
    scene_rule_across(scene, plot.x0 - 0.05, plot.x1, y, INK_AXIS);
    for (int i = 0; i < axis->tick_count; i++) {
        char label[32];
        double x = plot.x0 + axis_fraction(axis, axis->ticks[i]) * (plot.x1 - plot.x0);
        double row = fmin(x, plot.x1 - 0.01);
        int width = text_width(axis_label(axis, axis->ticks[i], label, sizeof label));
        double centre = fmax(fmin(row, limit - width / 2.0), width / 2.0);
        scene_rule_down(scene, x, plot.y0, plot.y1, INK_GRID);
        if (centre - width / 2.0 < used + 1 || fabs(centre - row) > width / 2.0) {
            continue;
        }
        scene_tick(scene, row, y, SIDE_DOWN, INK_AXIS);
        scene_text(scene, centre, plot.y1 + 1.5, ALIGN_CENTRE, INK_DIM, WEIGHT_NORMAL, label);
        used = centre + width / 2.0;
    }
}

void plot_x_axis(Scene *scene, const Axis *axis, Box plot, const char *name, bool own_row) {
    double limit = scene->width;
    if (name != NULL && own_row) {
        scene_text(scene, (plot.x0 + plot.x1) / 2, plot.y1 + 2.5, ALIGN_CENTRE, INK_DIM,
                   WEIGHT_NORMAL, name);
    } else if (name != NULL && text_width(name) + 16 <= scene->width) {
        limit -= text_width(name) + 1;
        scene_text(scene, scene->width, plot.y1 + 1.5, ALIGN_RIGHT, INK_DIM, WEIGHT_NORMAL, name);
    }
    x_labels(scene, axis, plot, limit);
}
