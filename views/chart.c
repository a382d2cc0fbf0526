// The line chart.  From top to bottom: heading, legend (with the name of the y axis), plot, x axis,
// its labels.  What has no room is left out in this order: the legend, the row for the name of the
// x axis.
#include "views/figure.h"

#include "views/chart_plot.h"
#include "views/chart_view.h"
#include "views/plot_axes.h"
#include "views/series.h"

#include <math.h>
#include <stdlib.h>

// Curves are thinned to this many columns in a cell: as many as a picture has pixels.
static const double columns_per_cell = 8;

bool plotter_shows_x(const Plotter *plotter, double x) {
    const ChartView *view = plotter->view;
    if (!isfinite(x) || (view->log_x && x <= 0)) {
        return false;
    }
    return !view->window || (x >= view->x_low && x <= view->x_high);
}

bool plotter_shows_y(const Plotter *plotter, double y) {
    return isfinite(y) && !(plotter->view->log_y && y <= 0);
}

double plotter_x(const Plotter *plotter, double x) {
    return plotter->plot.x0 + axis_fraction(&plotter->x, x) * (plotter->plot.x1 - plotter->plot.x0);
}

double plotter_y(const Plotter *plotter, double y) {
    return plotter->plot.y1 - axis_fraction(&plotter->y, y) * (plotter->plot.y1 - plotter->plot.y0);
}

typedef struct {
    double low, high;
} Range;

static void range_add(Range *range, double value) {
    range->low = value < range->low ? value : range->low;
    range->high = value > range->high ? value : range->high;
}

static void measure_band(const Plotter *plotter, const Series *series, size_t i, Range *ys) {
    if (series->band_low == NULL || series->band_high == NULL) {
        return;
    }
    for (int edge = 0; edge < 2; edge++) {
        double value = edge == 0 ? series->band_low[i] : series->band_high[i];
        if (plotter_shows_y(plotter, value)) {
            range_add(ys, value);
        }
    }
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
            if (!plotter_shows_x(plotter, series->x[i])) {
                continue;
            }
            any = true;
            range_add(xs, series->x[i]);
            plotter->not_finite += series->lost != NULL ? (size_t)series->lost[i] : 0;
            if (!plotter_shows_y(plotter, series->y[i])) {
                plotter->not_finite +=
                    !isfinite(series->y[i]) && !(series->lost != NULL && series->lost[i] > 0);
                plotter->not_positive += isfinite(series->y[i]);
                continue;
            }
            range_add(ys, series->y[i]);
            double error = series->error != NULL ? series->error[i] : NAN;
            if (isfinite(error) && plotter_shows_y(plotter, series->y[i] - error)) {
                range_add(ys, series->y[i] - error);
                range_add(ys, series->y[i] + error);
            }
            measure_band(plotter, series, i, ys);
        }
    }
    for (int r = 0; any && r < chart->reference_count; r++) {
        if (plotter_shows_y(plotter, chart->references[r].value)) {
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
    if (plotter->chart->x_whole && range.low == range.high && range.low >= 0) {
        range.low = fmax(range.low - 1, 0); // what is counted is not negative
        range.high += 1;
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
        points[i].x = plotter_x(plotter, series->x[first + i]);
        points[i].y = plotter_y(plotter, y[first + i]);
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
    series_smooth(series->y, series->steps, series->count, plotter->view->smoothing, smooth);
    draw_curve(plotter, series, smooth, WEIGHT_BOLD);
    free(smooth);
}

// The band between neighbouring points, one quadrilateral at a time, so that gaps need no care.
static void draw_band(const Plotter *plotter, const Series *series) {
    bool error = series->error != NULL;
    for (size_t i = 0; i + 1 < series->count; i++) {
        Point upper[2], lower[2];
        bool whole = true;
        for (size_t k = 0; k < 2; k++) {
            double x = plotter_x(plotter, series->x[i + k]), y = series->y[i + k];
            double below = error ? y - series->error[i + k] : series->band_low[i + k];
            double above = error ? y + series->error[i + k] : series->band_high[i + k];
            double low = plotter_y(plotter, below);
            upper[k] = (Point){x, plotter_y(plotter, above)};
            lower[k] = (Point){x, isnan(low) && isfinite(y) ? plotter->plot.y1 : low};
            whole = whole && isfinite(x) && isfinite(upper[k].y) && isfinite(lower[k].y) &&
                    isfinite(below) && isfinite(above);
        }
        const bool flat = upper[0].y == lower[0].y && upper[1].y == lower[1].y;
        if (whole && !flat) { // a point that stands for itself has no band
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
        const bool lost = series->lost != NULL && series->lost[i] > 0;
        const bool drawn = plotter_shows_y(plotter, y) && !lost;
        if (!plotter_shows_x(plotter, series->x[i]) || (drawn && !points)) {
            continue;
        }
        double x = fmin(plotter_x(plotter, series->x[i]), plotter->plot.x1 - 0.01);
        if (lost) {
            y = NAN; // marked as such; its finite part is on the curve
        }
        if (plotter_shows_y(plotter, y)) {
            double row = plotter_y(plotter, y);
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
    if (series->error != NULL || (series->band_low != NULL && series->band_high != NULL)) {
        draw_band(plotter, series);
    }
    draw_curve(plotter, series, series->y, smoothed ? WEIGHT_DIM : WEIGHT_NORMAL);
    if (smoothed) {
        draw_smoothed(plotter, series);
    }
}

static void draw_references(const Plotter *plotter) {
    for (int r = 0; r < plotter->chart->reference_count; r++) {
        const Reference *reference = &plotter->chart->references[r];
        double y = plotter_y(plotter, reference->value);
        if (y >= plotter->plot.y0 && y <= plotter->plot.y1) {
            Point ends[2] = {{plotter->plot.x0, y}, {plotter->plot.x1, y}};
            scene_line(plotter->scene, ends, 2, reference->ink, WEIGHT_NORMAL, PATTERN_DASHED);
        }
    }
}

static bool has_legend(const Scene *scene) {
    return scene->height >= 7;
}

// Whether the name of the x axis has a row of its own.
static bool has_name_row(const Scene *scene) {
    return scene->height >= 14;
}

// Rows and columns of the plot, from what the labels need.
static void place_plot(Plotter *plotter, Range xs, Range ys) {
    Scene *scene = plotter->scene;
    bool letters = false, legend = has_legend(scene), own_row = has_name_row(scene);
    for (int s = 0; s < plotter->chart->series_count; s++) {
        letters = letters || plotter->chart->series[s].letter != 0;
    }
    plotter->plot.y0 = !legend ? 1 : own_row ? 2.5 : 2; // the topmost label reaches half a row up
    plotter->plot.y1 = fmax(scene->height - (own_row ? 3 : 2), plotter->plot.y0 + 1);
    fit_y(plotter, ys);
    plotter->plot.x0 = fmin(plot_label_width(&plotter->y) + 1, fmax(scene->width - 2, 0));
    plotter->plot.x1 = fmax(scene->width - (letters ? 2 : 1), plotter->plot.x0 + 1);
    fit_x(plotter, xs);
}

void figure_chart(Scene *scene, const Heading *heading, const Chart *chart, const ChartView *view) {
    Plotter plotter = {.scene = scene, .chart = chart, .view = view};
    Range xs, ys;
    char alarm[256], note[256];
    if (!measure(&plotter, &xs, &ys)) {
        bool any = false;
        for (int s = 0; s < chart->series_count; s++) {
            any = any || chart->series[s].count > 0;
        }
        figure_heading(scene, heading, chart->title, "", "");
        figure_sentence(scene, any ? "nothing in the part that is shown" : chart->empty, INK_DIM);
        return;
    }
    bool legend = has_legend(scene), own_row = has_name_row(scene);
    place_plot(&plotter, xs, ys);
    chart_describe(&plotter, legend, alarm, note, sizeof alarm);
    plot_y_axis(scene, &plotter.y, plotter.plot);
    plot_x_axis(scene, &plotter.x, plotter.plot, chart->x_name, own_row);
    scene_clip(scene, plotter.plot);
    draw_references(&plotter);
    for (int s = 0; s < chart->series_count; s++) {
        draw_series(&plotter, &chart->series[s]);
    }
    if (view->cursor) {
        chart_draw_cursor(&plotter);
    }
    for (int s = 0; s < chart->series_count; s++) {
        draw_marks(&plotter, &chart->series[s]);
    }
    chart_draw_reference_labels(&plotter);
    scene_unclip(scene);
    chart_draw_letters(&plotter);
    if (legend) {
        chart_draw_legend(&plotter);
    }
    figure_heading(scene, heading, chart->title, alarm, note);
}

// -- Extent
// -------------------------------------------------------------------------------------------

// The curve with the most points: there the cursor stands.
static const Series *longest(const Chart *chart) {
    const Series *found = NULL;
    for (int s = 0; s < chart->series_count; s++) {
        found = found == NULL || chart->series[s].count > found->count ? &chart->series[s] : found;
    }
    return found;
}

bool chart_extent(const Chart *chart, const ChartView *view, int rows, int columns,
                  ChartExtent *extent) {
    Scene scene; // measured, not drawn into
    ChartView all = *view;
    Range xs, ys;
    const Series *series = longest(chart);
    all.window = false;
    scene_init(&scene, columns, rows);
    Plotter plotter = {.scene = &scene, .chart = chart, .view = &all};
    if (series == NULL || !measure(&plotter, &xs, &ys)) {
        return false;
    }
    size_t first = 0; // a logarithmic axis begins behind zero
    while (first < series->count && !plotter_shows_x(&plotter, series->x[first])) {
        first++;
    }
    place_plot(&plotter, xs, ys);
    *extent = (ChartExtent){.x_low = plotter.x.low,
                            .x_high = plotter.x.high,
                            .x = series->x + first,
                            .count = series->count - first,
                            .columns = plotter.plot.x1 - plotter.plot.x0,
                            .whole = chart->x_whole};
    for (int s = 0; s < chart->series_count; s++) {
        extent->smoothed = extent->smoothed || chart->series[s].smoothed;
    }
    plotter.view = view;
    if (measure(&plotter, &xs, &ys)) {
        place_plot(&plotter, xs, ys);
    }
    extent->y_low = plotter.y.low;
    extent->y_high = plotter.y.high;
    scene_clear(&scene);
    return extent->count > 0;
}
