// The line chart.  From top to bottom: heading, legend (with the name of the y axis), plot, x axis,
// its labels.  What has no room is left out in this order: the legend, the row for the name of the
// x axis.
#include "views/figure.h"

#include "views/axis.h"
#include "views/series.h"
#include "views/text.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// Curves are thinned to this many columns in a cell: as many as a picture has pixels.
static const double columns_per_cell = 8;

typedef struct {
    Scene *scene;
    const Chart *chart;
    const ChartView *view;
    Axis x, y;
    Box plot; // the curves' part of the scene
    long not_finite, not_positive;
} Plotter;

static bool is_shown_x(const Plotter *plotter, double x) {
    const ChartView *view = plotter->view;
    if (!isfinite(x) || (view->log_x && x <= 0)) {
        return false;
    }
    return !view->window || (x >= view->x_low && x <= view->x_high);
}

static bool is_shown_y(const Plotter *plotter, double y) {
    return isfinite(y) && !(plotter->view->log_y && y <= 0);
}

static double plot_x(const Plotter *plotter, double x) {
    return plotter->plot.x0 + axis_fraction(&plotter->x, x) * (plotter->plot.x1 - plotter->plot.x0);
}

static double plot_y(const Plotter *plotter, double y) {
    return plotter->plot.y1 - axis_fraction(&plotter->y, y) * (plotter->plot.y1 - plotter->plot.y0);
}

typedef struct {
    double low, high;
} Range;

static void range_add(Range *range, double value) {
    range->low = value < range->low ? value : range->low;
    range->high = value > range->high ? value : range->high;
}

// Counts what cannot be drawn and finds the ranges of what can.  False if there is no visible
// point.
static bool measure(Plotter *plotter, Range *xs, Range *ys) {
    const Chart *chart = plotter->chart;
    bool any = false;
    *xs = *ys = (Range){INFINITY, -INFINITY};
    for (int s = 0; s < chart->series_count; s++) {
        const Series *series = &chart->series[s];
        for (size_t i = 0; i < series->count; i++) {
            if (!is_shown_x(plotter, series->x[i])) {
                continue;
            }
            any = true;
            range_add(xs, series->x[i]);
            if (!is_shown_y(plotter, series->y[i])) {
                plotter->not_finite += !isfinite(series->y[i]);
                plotter->not_positive += isfinite(series->y[i]);
                continue;
            }
            range_add(ys, series->y[i]);
            double error = series->error != NULL ? series->error[i] : NAN;
            if (isfinite(error) && is_shown_y(plotter, series->y[i] - error)) {
                range_add(ys, series->y[i] - error);
                range_add(ys, series->y[i] + error);
            }
        }
    }
    for (int r = 0; any && r < chart->reference_count; r++) {
        if (is_shown_y(plotter, chart->references[r].value)) {
            range_add(ys, chart->references[r].value);
        }
    }
    return any;
}

static void fit_x(Plotter *plotter, Range range) {
    const ChartView *view = plotter->view;
    if (view->window && view->x_high > view->x_low) {
        range = (Range){view->x_low, view->x_high};
        range.low = view->log_x && range.low <= 0 ? range.high * 1e-3 : range.low;
    } else if (!view->log_x && range.low > 0 && range.low <= 0.1 * range.high) {
        range.low = 0; // counting from 1 still looks like counting from the beginning
    }
    int wanted = (int)((plotter->plot.x1 - plotter->plot.x0) / 10);
    axis_init(&plotter->x, range.low, range.high, view->log_x, wanted < 2 ? 2 : wanted, false,
              plotter->chart->x_whole);
}

static void fit_y(Plotter *plotter, Range range) {
    const ChartView *view = plotter->view;
    const Chart *chart = plotter->chart;
    int wanted = (int)((plotter->plot.y1 - plotter->plot.y0) / 2.5);
    wanted = wanted < 2 ? 2 : wanted;
    bool fixed = view->range == RANGE_FIXED && view->y_high > view->y_low &&
                 (!view->log_y || view->y_low > 0);
    if (fixed) {
        axis_init(&plotter->y, view->y_low, view->y_high, view->log_y, wanted, false, false);
        return;
    }
    if (!(range.low <= range.high)) { // nothing finite: any axis carries the marks
        range = view->log_y ? (Range){1, 10} : (Range){0, 1};
    }
    if (view->range == RANGE_FROM_ZERO && !view->log_y) {
        range_add(&range, 0);
    }
    axis_init(&plotter->y, range.low, range.high, view->log_y, wanted, true, false);
    if (chart->y_limit_low < chart->y_limit_high && !view->log_y &&
        range.low >= chart->y_limit_low && range.high <= chart->y_limit_high &&
        (plotter->y.low < chart->y_limit_low || plotter->y.high > chart->y_limit_high)) {
        axis_init(&plotter->y, fmax(plotter->y.low, chart->y_limit_low),
                  fmin(plotter->y.high, chart->y_limit_high), false, wanted, false, false);
    }
}

static int y_label_width(const Plotter *plotter) {
    int width = 1;
    for (int i = 0; i < plotter->y.tick_count; i++) {
        char label[32];
        int here = text_width(axis_label(&plotter->y, plotter->y.ticks[i], label, sizeof label));
        width = here > width ? here : width;
    }
    return width;
}

// -- Axes
// ---------------------------------------------------------------------------------------------

static void draw_y_axis(const Plotter *plotter) {
    Scene *scene = plotter->scene;
    double x = plotter->plot.x0 - 0.05, last = INFINITY;
    scene_rule_down(scene, x, plotter->plot.y0, plotter->plot.y1 + 0.05, INK_AXIS);
    for (int i = 0; i < plotter->y.tick_count; i++) {
        double y = plot_y(plotter, plotter->y.ticks[i]);
        // The bottom edge belongs to the axis; its label stands in the last row of the plot.
        double row = fmin(fmax(y, plotter->plot.y0 + 0.01), plotter->plot.y1 - 0.01);
        scene_rule_across(scene, plotter->plot.x0, plotter->plot.x1, y, INK_GRID);
        if (floor(row) == floor(last)) {
            continue;
        }
        last = row;
        char label[32];
        scene_tick(scene, x, row, SIDE_LEFT, INK_AXIS);
        scene_text(scene, plotter->plot.x0 - 1, row, ALIGN_RIGHT, INK_DIM, WEIGHT_NORMAL,
                   axis_label(&plotter->y, plotter->y.ticks[i], label, sizeof label));
    }
}

// Labels that would run into each other or into the name of the axis, at `limit`, are left out.
static void draw_x_axis(const Plotter *plotter, double limit) {
    Scene *scene = plotter->scene;
    double y = plotter->plot.y1 + 0.05, used = -1;
    scene_rule_across(scene, plotter->plot.x0 - 0.05, plotter->plot.x1, y, INK_AXIS);
    for (int i = 0; i < plotter->x.tick_count; i++) {
        char label[32];
        double x = plot_x(plotter, plotter->x.ticks[i]);
        double row = fmin(x, plotter->plot.x1 - 0.01);
        int width = text_width(axis_label(&plotter->x, plotter->x.ticks[i], label, sizeof label));
        double start = fmin(floor(row + 0.5 - width / 2.0), limit - width);
        start = fmax(start, 0);
        scene_rule_down(scene, x, plotter->plot.y0, plotter->plot.y1, INK_GRID);
        if (start < used + 1 || start + width < row - 1) {
            continue;
        }
        scene_tick(scene, row, y, SIDE_DOWN, INK_AXIS);
        scene_text(scene, start, plotter->plot.y1 + 1.5, ALIGN_LEFT, INK_DIM, WEIGHT_NORMAL, label);
        used = start + width;
    }
}

// The name of the x axis: in a row of its own, or at the right end of the labels.
static void draw_x_name(const Plotter *plotter, bool own_row) {
    const char *name = plotter->chart->x_name;
    double limit = plotter->scene->width;
    if (name != NULL && own_row) {
        scene_text(plotter->scene, (plotter->plot.x0 + plotter->plot.x1) / 2,
                   plotter->plot.y1 + 2.5, ALIGN_CENTRE, INK_DIM, WEIGHT_NORMAL, name);
    } else if (name != NULL && text_width(name) + 16 <= plotter->scene->width) {
        limit -= text_width(name) + 1;
        scene_text(plotter->scene, plotter->scene->width, plotter->plot.y1 + 1.5, ALIGN_RIGHT,
                   INK_DIM, WEIGHT_NORMAL, name);
    }
    draw_x_axis(plotter, limit);
}

// -- Curves
// -------------------------------------------------------------------------------------------

// The points of a series that matter for the visible window, in scene coordinates; NaN where y
// cannot be drawn.  One point on either side of the window is kept, so that lines run to its edges.
static Point *series_points(const Plotter *plotter, const Series *series, const double *y,
                            size_t *count) {
    size_t first = 0, end = series->count;
    if (plotter->view->window) {
        first = series_search(series->x, series->count, plotter->view->x_low);
        end = series_search(series->x, series->count, plotter->view->x_high);
        first = first > 0 ? first - 1 : 0;
        end = end < series->count ? end + 1 : end;
    }
    *count = end - first;
    Point *points = *count > 0 ? malloc(*count * sizeof *points) : NULL;
    if (points == NULL) {
        plotter->scene->failed = plotter->scene->failed || *count > 0;
        return NULL;
    }
    for (size_t i = 0; i < *count; i++) {
        points[i].x = plot_x(plotter, series->x[first + i]);
        points[i].y = plot_y(plotter, y[first + i]);
    }
    return points;
}

static void draw_curve(const Plotter *plotter, const Series *series, const double *y,
                       Weight weight) {
    size_t count;
    Point *points = series_points(plotter, series, y, &count);
    if (points != NULL) {
        count = series_thin(points, count, 1 / columns_per_cell);
        scene_line(plotter->scene, points, count, series->ink, weight, PATTERN_SOLID);
        free(points);
    }
}

static void draw_smoothed(const Plotter *plotter, const Series *series) {
    double *smooth = malloc(series->count * sizeof *smooth);
    if (smooth == NULL) {
        plotter->scene->failed = true;
        return;
    }
    series_smooth(series->y, series->count, plotter->view->smoothing, smooth);
    draw_curve(plotter, series, smooth, WEIGHT_BOLD);
    free(smooth);
}

// The band between neighbouring points, one quadrilateral at a time, so that gaps need no care.
static void draw_error(const Plotter *plotter, const Series *series) {
    for (size_t i = 0; i + 1 < series->count; i++) {
        Point upper[2], lower[2];
        bool whole = true;
        for (size_t k = 0; k < 2; k++) {
            double x = plot_x(plotter, series->x[i + k]), y = series->y[i + k];
            double low = plot_y(plotter, y - series->error[i + k]);
            upper[k] = (Point){x, plot_y(plotter, y + series->error[i + k])};
            lower[k] = (Point){x, isnan(low) && isfinite(y) ? plotter->plot.y1 : low};
            whole = whole && isfinite(x) && isfinite(upper[k].y) && isfinite(lower[k].y) &&
                    isfinite(series->error[i + k]);
        }
        if (whole) {
            scene_band(plotter->scene, upper, lower, 2, series->ink);
        }
    }
}

static bool has_room_for_points(const Plotter *plotter, const Series *series) {
    return (double)series->count * 4 <= plotter->plot.x1 - plotter->plot.x0;
}

// Marks for what has no place on the axis; letters where points are few.
static void draw_marks(const Plotter *plotter, const Series *series) {
    Scene *scene = plotter->scene;
    bool points = series->points && has_room_for_points(plotter, series);
    double used[4] = {-1, -1, -1, -1}; // one mark of a kind in a cell is enough
    for (size_t i = 0; i < series->count; i++) {
        double y = series->y[i];
        if (!is_shown_x(plotter, series->x[i]) || (is_shown_y(plotter, y) && !points)) {
            continue;
        }
        double x = fmin(plot_x(plotter, series->x[i]), plotter->plot.x1 - 0.01);
        if (is_shown_y(plotter, y)) {
            double row = plot_y(plotter, y);
            if (row >= plotter->plot.y0 && row <= plotter->plot.y1) {
                scene_mark(scene, x, fmin(row, plotter->plot.y1 - 0.01), MARK_POINT, series->letter,
                           series->ink);
            }
            continue;
        }
        bool top = isinf(y) && y > 0;
        MarkKind mark = isnan(y) ? MARK_CROSS : top ? MARK_UP : MARK_DOWN;
        int kind = isnan(y) ? 0 : top ? 1 : isinf(y) ? 2 : 3;
        if (floor(x) != used[kind]) {
            used[kind] = floor(x);
            scene_mark(scene, x, top ? plotter->plot.y0 + 0.5 : plotter->plot.y1 - 0.5, mark, 0,
                       isfinite(y) ? INK_WARNING : INK_ERROR);
        }
    }
}

static void draw_series(const Plotter *plotter, const Series *series) {
    if (series->count == 0) {
        return;
    }
    bool smoothed = series->smoothed && plotter->view->smoothing > 0;
    if (series->error != NULL) {
        draw_error(plotter, series);
    }
    draw_curve(plotter, series, series->y, smoothed ? WEIGHT_DIM : WEIGHT_NORMAL);
    if (smoothed) {
        draw_smoothed(plotter, series);
    }
}

static void draw_references(const Plotter *plotter) {
    for (int r = 0; r < plotter->chart->reference_count; r++) {
        const Reference *reference = &plotter->chart->references[r];
        double y = plot_y(plotter, reference->value);
        if (y >= plotter->plot.y0 && y <= plotter->plot.y1) {
            Point ends[2] = {{plotter->plot.x0, y}, {plotter->plot.x1, y}};
            scene_line(plotter->scene, ends, 2, reference->ink, WEIGHT_NORMAL, PATTERN_DASHED);
        }
    }
}

// How many points of curves a label would hide that begins at x and has its middle at `row`.
static size_t hidden_points(const Plotter *plotter, double x, double width, double row) {
    size_t hidden = 0;
    for (int s = 0; s < plotter->chart->series_count; s++) {
        const Series *series = &plotter->chart->series[s];
        for (size_t i = 0; i < series->count; i++) {
            double at = plot_x(plotter, series->x[i]), y = plot_y(plotter, series->y[i]);
            hidden += at >= x - 1 && at <= x + width + 1 && fabs(y - row) < 1;
        }
    }
    return hidden;
}

static bool boxes_meet(Box a, Box b) {
    return a.x0 < b.x1 && b.x0 < a.x1 && a.y0 < b.y1 && b.y0 < a.y1;
}

// The place of a reference's label: above or below its line, left, middle or right, where it hides
// least and meets none of the labels before it.  False if there is none.
static bool find_label(const Plotter *plotter, double y, double width, const Box *taken,
                       int taken_count, Box *place) {
    size_t least = SIZE_MAX;
    const Box *plot = &plotter->plot;
    double room = plot->x1 - plot->x0 - width;
    for (int below = 0; below < 2 && room >= 0; below++) {
        for (int part = 0; part < 3; part++) {
            double x = fmin(plot->x0 + 1 + floor(part * fmax(room - 2, 0) / 2), plot->x1 - width);
            double row = below ? y + 0.6 : y - 0.6;
            Box box = {x, row - 0.5, x + width, row + 0.5};
            bool fits = box.y0 >= plot->y0 - 0.1 && box.y1 <= plot->y1 + 0.1;
            for (int k = 0; k < taken_count; k++) {
                fits = fits && !boxes_meet(box, taken[k]);
            }
            size_t hidden = fits ? hidden_points(plotter, x, width, row) : SIZE_MAX;
            if (hidden < least) {
                least = hidden;
                *place = box;
            }
        }
    }
    return least < SIZE_MAX;
}

// Three decimals for the usual values, so that neighbours can be compared; otherwise three digits.
static char *format_value(char *out, size_t size, double value) {
    bool usual = value == 0 || (fabs(value) >= 0.01 && fabs(value) < 10);
    return usual ? format_fixed(out, size, value, 3) : format_number(out, size, value, 3);
}

static void draw_reference_labels(const Plotter *plotter) {
    Box taken[CHART_REFERENCES];
    int labels = 0;
    for (int r = 0; r < plotter->chart->reference_count; r++) {
        const Reference *reference = &plotter->chart->references[r];
        double y = plot_y(plotter, reference->value);
        if (!(y >= plotter->plot.y0 && y <= plotter->plot.y1)) {
            continue;
        }
        char value[32], label[96];
        snprintf(label, sizeof label, "%.60s %s", reference->name,
                 format_value(value, sizeof value, reference->value));
        if (find_label(plotter, y, text_width(label), taken, labels, &taken[labels])) {
            const Box *box = &taken[labels++];
            scene_text(plotter->scene, box->x0, (box->y0 + box->y1) / 2, ALIGN_LEFT, reference->ink,
                       WEIGHT_NORMAL, label);
        }
    }
}

// -- Letters, legend, heading
// -------------------------------------------------------------------------

static bool last_shown(const Plotter *plotter, const Series *series, double *y) {
    for (size_t i = series->count; i > 0; i--) {
        if (is_shown_x(plotter, series->x[i - 1]) && is_shown_y(plotter, series->y[i - 1])) {
            *y = series->y[i - 1];
            return true;
        }
    }
    return false;
}

// The letters of the curves, at their ends, moved apart until each has a row of its own.
static void draw_letters(const Plotter *plotter) {
    int order[CHART_SERIES], count = 0;
    double rows[CHART_SERIES];
    for (int s = 0; s < plotter->chart->series_count; s++) {
        double y;
        if (plotter->chart->series[s].letter == 0 ||
            !last_shown(plotter, &plotter->chart->series[s], &y)) {
            continue;
        }
        double row = fmin(fmax(plot_y(plotter, y), plotter->plot.y0), plotter->plot.y1 - 0.01);
        int at = count++;
        for (; at > 0 && rows[at - 1] > row; at--) {
            rows[at] = rows[at - 1];
            order[at] = order[at - 1];
        }
        rows[at] = row;
        order[at] = s;
    }
    for (int i = 1; i < count; i++) {
        rows[i] = fmax(rows[i], rows[i - 1] + 1);
    }
    double edge = plotter->plot.y1 - 0.01;
    for (int i = count - 1; i >= 0; i--, edge -= 1) {
        rows[i] = fmin(rows[i], edge);
        edge = rows[i];
    }
    for (int i = 0; i < count; i++) {
        const Series *series = &plotter->chart->series[order[i]];
        char letter[2] = {series->letter, '\0'};
        if (rows[i] >= plotter->plot.y0) {
            scene_text(plotter->scene, plotter->plot.x1 + 1, rows[i], ALIGN_LEFT, series->ink,
                       WEIGHT_BOLD, letter);
        }
    }
}

static void legend_entry(const Plotter *plotter, const Series *series, bool values, char *out,
                         size_t size) {
    char value[32];
    double y;
    bool known = values && last_shown(plotter, series, &y);
    snprintf(out, size, "%.60s%s%s", series->name, known ? " " : "",
             known ? format_value(value, sizeof value, y) : "");
}

static int legend_width(const Plotter *plotter, bool values) {
    int width = 0;
    for (int s = 0; s < plotter->chart->series_count; s++) {
        char entry[128];
        if (plotter->chart->series[s].name != NULL) {
            legend_entry(plotter, &plotter->chart->series[s], values, entry, sizeof entry);
            width += 2 + text_width(entry) + 2;
        }
    }
    return width - 2;
}

// "accuracy  a t=0 0.312  b 12 0.401": the name of the y axis, then each curve with its last value.
// The name goes first when there is no room, then the values.
static void draw_legend(const Plotter *plotter) {
    const Chart *chart = plotter->chart;
    int name = chart->y_name != NULL ? text_width(chart->y_name) + 2 : 0;
    bool values = legend_width(plotter, true) <= plotter->scene->width;
    double x = 0;
    if (name + legend_width(plotter, values) <= plotter->scene->width && name > 0) {
        scene_text(plotter->scene, 0, 1.5, ALIGN_LEFT, INK_DIM, WEIGHT_NORMAL, chart->y_name);
        x = name;
    }
    for (int s = 0; s < chart->series_count; s++) {
        const Series *series = &chart->series[s];
        char entry[128];
        if (series->name == NULL) {
            continue;
        }
        legend_entry(plotter, series, values, entry, sizeof entry);
        if (x + 2 + text_width(entry) > plotter->scene->width) {
            break;
        }
        char letter[2] = {series->letter, '\0'};
        scene_text(plotter->scene, x, 1.5, ALIGN_LEFT, series->ink, WEIGHT_BOLD,
                   series->letter != 0 ? letter : "—");
        scene_text(plotter->scene, x + 2, 1.5, ALIGN_LEFT, INK_TEXT, WEIGHT_NORMAL, entry);
        x += 2 + text_width(entry) + 2;
    }
}

static size_t nearest(const Series *series, double x) {
    size_t index = series_search(series->x, series->count, x);
    if (index == series->count || (index > 0 && x - series->x[index - 1] < series->x[index] - x)) {
        index--;
    }
    return index;
}

// A line at the point nearest to the cursor; its values go into the note.
static void draw_cursor(const Plotter *plotter, char *note, size_t size) {
    const Chart *chart = plotter->chart;
    size_t at = 0;
    for (int s = 0; s < chart->series_count; s++) {
        const Series *series = &chart->series[s];
        if (series->count == 0) {
            continue;
        }
        size_t index = nearest(series, plotter->view->cursor_x);
        char number[32];
        int wrote = 0;
        if (at == 0) {
            double x = plot_x(plotter, series->x[index]);
            if (x >= plotter->plot.x0 && x <= plotter->plot.x1) {
                Point ends[2] = {{x, plotter->plot.y0}, {x, plotter->plot.y1}};
                scene_line(plotter->scene, ends, 2, INK_FOCUS, WEIGHT_NORMAL, PATTERN_SOLID);
            }
            wrote = snprintf(note, size,
                             "at %s:", format_number(number, sizeof number, series->x[index], 9));
            at += wrote > 0 && (size_t)wrote < size ? (size_t)wrote : 0;
        }
        wrote = snprintf(
            note + at, size - at, " %s%s%s", series->letter ? (char[2]){series->letter, 0} : "",
            series->letter ? " " : "", format_number(number, sizeof number, series->y[index], 6));
        at += wrote > 0 && (size_t)wrote < size - at ? (size_t)wrote : 0;
    }
}

static Ink describe(const Plotter *plotter, char *note, size_t size) {
    char part[64];
    const ChartView *view = plotter->view;
    bool smoothed = false;
    for (int s = 0; s < plotter->chart->series_count; s++) {
        smoothed = smoothed || (plotter->chart->series[s].smoothed && view->smoothing > 0);
    }
    note[0] = '\0';
    if (plotter->not_finite > 0) {
        snprintf(part, sizeof part, "%ld not finite  ", plotter->not_finite);
        strncat(note, part, size - strlen(note) - 1);
    }
    if (plotter->not_positive > 0) {
        snprintf(part, sizeof part, "%ld not positive  ", plotter->not_positive);
        strncat(note, part, size - strlen(note) - 1);
    }
    if (smoothed) {
        char factor[16];
        snprintf(part, sizeof part, "EMA %s  ",
                 format_number(factor, sizeof factor, view->smoothing, 4));
        strncat(note, part, size - strlen(note) - 1);
    }
    if (view->log_y || view->log_x) {
        strncat(note, view->log_x ? view->log_y ? "log x, y  " : "log x  " : "log y  ",
                size - strlen(note) - 1);
    }
    if (view->window) {
        strncat(note, "zoomed", size - strlen(note) - 1);
    }
    size_t length = strlen(note);
    while (length > 0 && note[length - 1] == ' ') {
        note[--length] = '\0';
    }
    return plotter->not_finite > 0 ? INK_ERROR : plotter->not_positive > 0 ? INK_WARNING : INK_DIM;
}

// Rows and columns of the plot, from what the labels need.
static void place_plot(Plotter *plotter, Range xs, Range ys, bool legend, bool own_row) {
    Scene *scene = plotter->scene;
    bool letters = false;
    for (int s = 0; s < plotter->chart->series_count; s++) {
        letters = letters || plotter->chart->series[s].letter != 0;
    }
    plotter->plot.y0 = legend ? 2 : 1;
    plotter->plot.y1 = fmax(scene->height - (own_row ? 3 : 2), plotter->plot.y0 + 1);
    fit_y(plotter, ys);
    plotter->plot.x0 = fmin(y_label_width(plotter) + 1, fmax(scene->width - 2, 0));
    plotter->plot.x1 = fmax(scene->width - (letters ? 2 : 1), plotter->plot.x0 + 1);
    fit_x(plotter, xs);
}

void figure_chart(Scene *scene, const Heading *heading, const Chart *chart, const ChartView *view) {
    Plotter plotter = {.scene = scene, .chart = chart, .view = view};
    Range xs, ys;
    char note[256];
    if (!measure(&plotter, &xs, &ys)) {
        bool any = false;
        for (int s = 0; s < chart->series_count; s++) {
            any = any || chart->series[s].count > 0;
        }
        figure_heading(scene, heading, chart->title, "", INK_DIM);
        figure_sentence(scene, any ? "nothing in the part that is shown" : chart->empty, INK_DIM);
        return;
    }
    bool legend = scene->height >= 7, own_row = scene->height >= 14;
    place_plot(&plotter, xs, ys, legend, own_row);
    Ink ink = describe(&plotter, note, sizeof note);
    draw_y_axis(&plotter);
    draw_x_name(&plotter, own_row);
    scene_clip(scene, plotter.plot);
    draw_references(&plotter);
    for (int s = 0; s < chart->series_count; s++) {
        draw_series(&plotter, &chart->series[s]);
    }
    if (view->cursor) {
        draw_cursor(&plotter, note, sizeof note);
        ink = INK_FOCUS;
    }
    for (int s = 0; s < chart->series_count; s++) {
        draw_marks(&plotter, &chart->series[s]);
    }
    draw_reference_labels(&plotter);
    scene_unclip(scene);
    draw_letters(&plotter);
    if (legend) {
        draw_legend(&plotter);
    }
    figure_heading(scene, heading, chart->title, note, ink);
}
