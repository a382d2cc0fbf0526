#include "views/overlay.h"

#include "views/picture.h"
#include "views/series.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *name, *title, *y_name;
} kinds[OVERLAY_KINDS] = {
    [OVERLAY_LOSS] = {"loss", "meta-loss", "loss"},
    [OVERLAY_ACCURACY] = {"accuracy", "accuracy on the first held-out set", "accuracy"},
    [OVERLAY_GRADIENT] = {"gradient", "gradient norm before clipping", "norm"},
};

const char *overlay_name(OverlayKind kind) {
    return kinds[kind].name;
}

static size_t points_of(const OverlayRun *run, OverlayKind kind) {
    return kind == OVERLAY_ACCURACY ? run->evaluation_count : run->outer_count;
}

// The columns of a run, [count] each.
typedef enum { X, Y, STEPS, LOST, LOW, HIGH, COLUMNS } Column;

// Point i of a run, into columns [COLUMNS, count].
static void take_point(const OverlayRun *run, OverlayKind kind, size_t i, double *columns,
                       size_t count) {
    double *x = columns + X * count, *y = columns + Y * count;
    if (kind == OVERLAY_ACCURACY) {
        const EvaluationPoint *point = history_evaluation(run->history, i);
        x[i] = (double)point->outer_step;
        y[i] = point->set_count > 0 ? point->accuracy_mean[0][SNAPSHOT_MARKS - 1] : NAN;
        return;
    }
    const bool loss = kind == OVERLAY_LOSS;
    const OuterPoint *point = history_outer(run->history, i);
    outer_point_range(point, loss ? RANGE_META_LOSS : RANGE_GRADIENT_NORM,
                      &columns[LOW * count + i], &columns[HIGH * count + i]);
    x[i] = (double)point->outer_step;
    y[i] = loss ? point->meta_loss : point->gradient_norm;
    columns[STEPS * count + i] = (double)point->steps;
    columns[LOST * count + i] = (double)point->not_finite;
}

// Room for the columns of every run, one after the other; NULL without memory or points.
static double *columns_new(Scene *scene, OverlayKind kind, const OverlayRun *runs, int count) {
    size_t points = 0;
    for (int r = 0; r < count; r++) {
        points += points_of(&runs[r], kind);
    }
    double *columns = points > 0 ? malloc(COLUMNS * points * sizeof *columns) : NULL;
    scene->failed = scene->failed || (points > 0 && columns == NULL);
    return columns;
}

// Of several runs only the smoothed curves can be told apart.
static void add_series(Chart *chart, OverlayKind kind, const OverlayRun *run, double *columns,
                       bool alone, const ChartView *view) {
    const size_t count = points_of(run, kind);
    const double *steps = kind != OVERLAY_ACCURACY ? columns + STEPS * count : NULL;
    const bool smooth = kind != OVERLAY_ACCURACY && view->smoothing > 0;
    const bool band = alone && steps != NULL;
    double *y = columns + Y * count;
    for (size_t i = 0; i < count; i++) {
        take_point(run, kind, i, columns, count);
    }
    if (smooth && !alone) {
        series_smooth(y, steps, count, view->smoothing, y);
    }
    chart->series[chart->series_count] = (Series){
        .name = run->name,
        .letter = run->letter,
        .x = columns,
        .y = y,
        .band_low = band ? columns + LOW * count : NULL,
        .band_high = band ? columns + HIGH * count : NULL,
        .steps = steps,
        .lost = steps != NULL ? columns + LOST * count : NULL,
        .count = count,
        .ink = (Ink)(INK_CURVE_1 + chart->series_count % 6),
        .smoothed = smooth && alone,
        .points = kind == OVERLAY_ACCURACY,
    };
    chart->series_count++;
}

void figure_overlay(Scene *scene, const Heading *heading, OverlayKind kind, const OverlayRun *runs,
                    int count, const char *empty, const ChartView *view) {
    char title[96];
    count = count > CHART_SERIES ? CHART_SERIES : count;
    double *columns = columns_new(scene, kind, runs, count);
    double *at = columns;
    const bool smooth = kind != OVERLAY_ACCURACY && count > 1 && view->smoothing > 0;
    snprintf(title, sizeof title, "%s", kinds[kind].title);
    if (smooth) {
        snprintf(title, sizeof title, "%s, EMA %.3g", kinds[kind].title, view->smoothing);
    }
    Chart chart = {
        .title = title,
        .x_name = "outer step",
        .y_name = kinds[kind].y_name,
        .empty = count == 0                 ? empty
                 : kind == OVERLAY_ACCURACY ? "no evaluation yet"
                                            : "no outer step yet",
        .x_whole = true,
    };
    if (kind == OVERLAY_ACCURACY) {
        chart.y_limit_high = 1;
    }
    for (int r = 0; columns != NULL && r < count; r++) {
        const size_t points = points_of(&runs[r], kind);
        add_series(&chart, kind, &runs[r], at, count == 1, view);
        at += COLUMNS * points;
    }
    figure_chart(scene, heading, &chart, view);
    free(columns);
}

// "one, two, three", cut to size.
static void join_names(const OverlayRun *runs, int count, char *out, size_t size) {
    out[0] = '\0';
    for (int r = 0; r < count; r++) {
        const size_t length = strlen(out);
        snprintf(out + length, size - length, "%s%s", r > 0 ? ", " : "", runs[r].name);
    }
}

bool overlay_export(OverlayKind kind, const OverlayRun *runs, int count, const ChartView *view,
                    const char *path, int scale, Theme theme, Status *status) {
    enum { WIDTH = 100, HEIGHT = 24, NAMES = 1024 };
    if (count == 0) {
        return status_fail(status, STATUS_FAILURE, "%s: there is no run to show", path);
    }
    char names[NAMES];
    join_names(runs, count, names, sizeof names);
    const OverlayKind first = kind == OVERLAY_KINDS ? OVERLAY_LOSS : kind;
    const OverlayKind last = kind == OVERLAY_KINDS ? OVERLAY_GRADIENT : kind;
    Scene whole;
    scene_init(&whole, WIDTH, HEIGHT * (last - first + 1));
    for (OverlayKind k = first; k <= last; k++) {
        Scene part;
        const Heading heading = {0};
        ChartView chart = *view;
        chart.log_y = kind == OVERLAY_KINDS ? k == OVERLAY_GRADIENT : view->log_y;
        scene_init(&part, WIDTH, HEIGHT);
        figure_overlay(&part, &heading, k, runs, count, "", &chart);
        scene_append(&whole, &part, 0, HEIGHT * (int)(k - first));
        scene_clear(&part);
    }
    const PictureNote notes[] = {{"runs", names},
                                 {"tensor", kind == OVERLAY_KINDS ? "curves" : overlay_name(kind)}};
    const PictureOptions options = {
        .scale = scale, .theme = theme, .notes = notes, .note_count = 2};
    const bool done = picture_export(&whole, path, &options, status);
    scene_clear(&whole);
    return done;
}
