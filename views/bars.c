// Lying bars: heading, a line for each bar (name, bar with whisker, number), the axis and its
// labels.  A blank line parts groups of several series.
#include "views/figure.h"

#include "views/axis.h"
#include "views/text.h"

#include <math.h>
#include <stdio.h>

enum { NUMBER = 16 }; // cells for "0.566 ± 0.015"

static int lines_of_group(const Bars *bars) {
    return bars->series_count + (bars->series_count > 1);
}

int bars_height(const Bars *bars) {
    return 1 + bars->group_count * lines_of_group(bars) + 3;
}

static int widest(const char *const *names, int count) {
    int width = 0;
    for (int i = 0; i < count; i++) {
        int here = text_width(names[i]);
        width = here > width ? here : width;
    }
    return width;
}

// The greatest end of a whisker.
static double greatest(const Bars *bars) {
    double most = 0;
    for (int g = 0; g < bars->group_count; g++) {
        for (int s = 0; s < bars->series_count; s++) {
            const double value = bars->value[g][s], error = bars->error[g][s];
            if (isfinite(value)) {
                most = fmax(most, value + (isfinite(error) ? error : 0));
            }
        }
    }
    return most;
}

static void draw_axis(Scene *scene, const Bars *bars, const Axis *axis, Box plot) {
    const double y = plot.y1 + 0.05, width = plot.x1 - plot.x0;
    scene_rule_across(scene, plot.x0 - 0.05, plot.x1, y, INK_AXIS);
    scene_rule_down(scene, plot.x0 - 0.05, plot.y0, y, INK_AXIS);
    for (int i = 0; i < axis->tick_count; i++) {
        char label[32];
        const double x = plot.x0 + axis_fraction(axis, axis->ticks[i]) * width;
        scene_rule_down(scene, x, plot.y0, plot.y1, INK_GRID);
        scene_tick(scene, fmin(x, plot.x1 - 0.01), y, SIDE_DOWN, INK_AXIS);
        scene_text(scene, x, plot.y1 + 1.5, ALIGN_CENTRE, INK_DIM, WEIGHT_NORMAL,
                   axis_label(axis, axis->ticks[i], label, sizeof label));
    }
    scene_text(scene, (plot.x0 + plot.x1) / 2, plot.y1 + 2.5, ALIGN_CENTRE, INK_DIM, WEIGHT_NORMAL,
               bars->axis);
}

static void draw_bar(Scene *scene, const Axis *axis, Box plot, double row, double value,
                     double error, Ink ink) {
    char number[32], half[32], text[80];
    const double width = plot.x1 - plot.x0, right = plot.x1 + 2;
    if (!isfinite(value)) {
        scene_text(scene, right, row, ALIGN_LEFT, INK_DIM, WEIGHT_NORMAL, "N/A");
        return;
    }
    const double end = plot.x0 + axis_fraction(axis, value) * width;
    scene_bar(scene, (Box){plot.x0, row - 0.38, end, row + 0.38}, SIDE_RIGHT, ink);
    format_fixed(number, sizeof number, value, 3);
    if (isfinite(error)) {
        const Point whisker[2] = {{plot.x0 + axis_fraction(axis, value - error) * width, row},
                                  {plot.x0 + axis_fraction(axis, value + error) * width, row}};
        scene_line(scene, whisker, 2, INK_TEXT, WEIGHT_NORMAL, PATTERN_SOLID);
        format_fixed(half, sizeof half, error, 3);
    }
    snprintf(text, sizeof text, "%s%s%s", number, isfinite(error) ? " ± " : "",
             isfinite(error) ? half : "");
    scene_text(scene, right, row, ALIGN_LEFT, INK_TEXT, WEIGHT_NORMAL, text);
}

static void draw_group(Scene *scene, const Bars *bars, const Axis *axis, Box plot, int group,
                       int series_x) {
    const int first = 1 + group * lines_of_group(bars);
    char text[128];
    for (int s = 0; s < bars->series_count; s++) {
        const double row = first + s + 0.5;
        const Ink ink = (Ink)(INK_CURVE_1 + s % CURVE_INKS);
        if (row > plot.y1) {
            return;
        }
        if (s == 0) {
            text_fit(text, sizeof text, bars->group[group], series_x - 1);
            scene_text(scene, 0, row, ALIGN_LEFT, INK_TEXT, WEIGHT_NORMAL, text);
        }
        if (bars->series_count > 1) {
            text_fit(text, sizeof text, bars->series[s], (int)plot.x0 - series_x - 1);
            scene_text(scene, series_x, row, ALIGN_LEFT, ink, WEIGHT_NORMAL, text);
        }
        draw_bar(scene, axis, plot, row, bars->value[group][s], bars->error[group][s], ink);
    }
}

void figure_bars(Scene *scene, const Heading *heading, const Bars *bars) {
    figure_heading(scene, heading, bars->title, "", "");
    const int series_x = widest(bars->group, bars->group_count) + 2;
    const int names =
        series_x + (bars->series_count > 1 ? widest(bars->series, bars->series_count) + 2 : 0);
    const Box plot = {names, 1, scene->width - NUMBER, scene->height - 3};
    if (bars->group_count == 0 || plot.x1 - plot.x0 < 8 || plot.y1 < 2) {
        figure_sentence(scene, bars->group_count == 0 ? bars->empty : "no room for the bars",
                        INK_DIM);
        return;
    }
    const int wanted = (int)((plot.x1 - plot.x0) / 10);
    Axis axis;
    axis_init(&axis, 0, greatest(bars), false, wanted < 2 ? 2 : wanted, true, false);
    draw_axis(scene, bars, &axis, plot);
    for (int g = 0; g < bars->group_count; g++) {
        draw_group(scene, bars, &axis, plot, g, series_x);
    }
}
