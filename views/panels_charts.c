// The panels that are charts: the points of a snapshot's history, column by column.
#include "views/panels.h"

#include "views/text.h"

#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int panel_index(int wanted, int count) {
    return wanted < 0 || count < 1 ? 0 : wanted < count ? wanted : count - 1;
}

enum { TRANSFER_COLUMNS = 1 + 2 * SNAPSHOT_MARKS }; // step, then accuracy and error of each mark

// A chart with the numbers that it borrows.
typedef struct {
    Chart chart;
    double *columns; // owned
    char title[128], names[SNAPSHOT_MARKS][32];
    bool failed; // no memory
} PanelChart;

// Room for `columns` columns of `count` numbers; NULL for no points or without memory.
static double *columns_new(PanelChart *panel, size_t columns, size_t count) {
    panel->columns = count > 0 ? malloc(columns * count * sizeof *panel->columns) : NULL;
    panel->failed = count > 0 && panel->columns == NULL;
    return panel->columns;
}

// -- Over the outer steps
// -----------------------------------------------------------------------------

typedef struct {
    const char *title, *y_name;
    Series series[2];  // without their numbers
    size_t offsets[2]; // of the numbers in an OuterPoint
    int ranges[2];     // where their extremes are; -1: there are none
    int series_count;
} OuterChart;

static const OuterChart loss_chart = {
    .title = "meta-loss",
    .y_name = "loss",
    .series = {{.name = "this step", .ink = INK_CURVE_1, .smoothed = true}},
    .offsets = {offsetof(OuterPoint, meta_loss)},
    .ranges = {RANGE_META_LOSS},
    .series_count = 1,
};

static const OuterChart gradient_chart = {
    .title = "gradient norm",
    .y_name = "norm",
    .series = {{.name = "before clipping", .letter = 'g', .ink = INK_CURVE_2},
               {.name = "after", .letter = 'c', .ink = INK_CURVE_3}},
    .offsets = {offsetof(OuterPoint, gradient_norm), offsetof(OuterPoint, clipped_norm)},
    .ranges = {RANGE_GRADIENT_NORM, RANGE_CLIPPED_NORM},
    .series_count = 2,
};

static const OuterChart rate_chart = {
    .title = "learning rate",
    .y_name = "rate of Adam",
    .series = {{.name = "this step", .ink = INK_CURVE_4}},
    .offsets = {offsetof(OuterPoint, rate)},
    .ranges = {-1},
    .series_count = 1,
};

// Columns of a chart: outer steps, how many each point stands for and how many of those were not
// finite; then of each series the values and their extremes.
enum { SHARED_COLUMNS = 3, SERIES_COLUMNS = 3 };

// columns [SERIES_COLUMNS, count]
static void copy_outer(const Snapshot *snapshot, size_t offset, int range, size_t count,
                       double *columns) {
    double *low = columns + count, *high = low + count;
    for (size_t i = 0; i < count; i++) {
        const OuterPoint *point = history_outer(snapshot->history, i);
        low[i] = high[i] = NAN;
        memcpy(&columns[i], (const char *)point + offset, sizeof columns[i]);
        if (range >= 0) {
            outer_point_range(point, range, &low[i], &high[i]);
        }
    }
}

static void add_outer_series(Series *shown, const OuterChart *outer, int index,
                             const Snapshot *snapshot, size_t count, double *columns) {
    const size_t first = SHARED_COLUMNS + SERIES_COLUMNS * (size_t)index;
    double *y = columns + first * count;
    copy_outer(snapshot, outer->offsets[index], outer->ranges[index], count, y);
    shown->x = columns;
    shown->y = y;
    shown->count = count;
    if (outer->ranges[index] >= 0) {
        shown->steps = columns + count;
        shown->lost = columns + 2 * count;
        shown->band_low = y + count;
        shown->band_high = y + 2 * count;
    }
}

static void build_outer(PanelChart *panel, const OuterChart *outer, const Snapshot *snapshot) {
    size_t count = snapshot != NULL ? snapshot->outer_count : 0;
    const size_t columns = SHARED_COLUMNS + SERIES_COLUMNS * (size_t)outer->series_count;
    double *x = columns_new(panel, columns, count);
    count = x != NULL ? count : 0;
    panel->chart = (Chart){.title = outer->title,
                           .x_name = "outer step",
                           .y_name = outer->y_name,
                           .empty = "no outer step yet",
                           .series_count = outer->series_count,
                           .x_whole = true};
    for (size_t i = 0; i < count; i++) {
        const OuterPoint *point = history_outer(snapshot->history, i);
        x[i] = (double)point->outer_step;
        x[count + i] = (double)point->steps;
        x[2 * count + i] = (double)point->not_finite;
    }
    for (int s = 0; s < outer->series_count; s++) {
        panel->chart.series[s] = outer->series[s];
        if (count > 0) {
            add_outer_series(&panel->chart.series[s], outer, s, snapshot, count, x);
        }
    }
}

// -- Transfer
// -----------------------------------------------------------------------------------------

static void copy_evaluations(const Snapshot *snapshot, int set, size_t count, double *columns) {
    for (size_t i = 0; i < count; i++) {
        const EvaluationPoint *point = history_evaluation(snapshot->history, i);
        bool has = set < point->set_count;
        columns[i] = (double)point->outer_step;
        for (int mark = 0; mark < SNAPSHOT_MARKS; mark++) {
            double *accuracy = columns + (size_t)(1 + 2 * mark) * count, *error = accuracy + count;
            accuracy[i] = has ? point->accuracy_mean[set][mark] : NAN;
            error[i] = has ? point->accuracy_error[set][mark] : NAN;
        }
    }
}

// "fashion 14x14", and what the reader must know about it.
static void describe_set(const Snapshot *snapshot, int set, char *out, size_t size) {
    if (snapshot == NULL || snapshot->held_out_count == 0) {
        snprintf(out, size, "transfer accuracy");
        return;
    }
    char which[32] = "";
    if (snapshot->held_out_count > 1) {
        snprintf(which, sizeof which, " (%d of %d)", set + 1, snapshot->held_out_count);
    }
    snprintf(out, size, "accuracy on %s%s%s", snapshot->held_out[set], which,
             snapshot->held_out_is_fallback ? ", no other held-out set found" : "");
}

static void build_transfer(PanelChart *panel, const Snapshot *snapshot, const DashboardView *view) {
    int set = panel_index(view->held_out, snapshot != NULL ? snapshot->held_out_count : 0);
    size_t count = snapshot != NULL ? snapshot->evaluation_count : 0;
    double *columns = columns_new(panel, TRANSFER_COLUMNS, count);
    Chart *chart = &panel->chart;
    describe_set(snapshot, set, panel->title, sizeof panel->title);
    *chart = (Chart){
        .title = panel->title,
        .x_name = "outer step",
        .y_name = "after t inner steps",
        .empty = snapshot != NULL && snapshot->held_out_count == 0 ? "no held-out data set"
                                                                   : "no evaluation yet",
        .x_whole = true,
        .y_limit_low = 0,
        .y_limit_high = 1,
    };
    if (columns == NULL) {
        return;
    }
    copy_evaluations(snapshot, set, count, columns);
    chart->references[0] = (Reference){"raw pixels", snapshot->raw_pixel_accuracy[set], INK_DIM};
    chart->references[1] = (Reference){"random init", snapshot->random_accuracy[set], INK_DIM};
    chart->reference_count = 2;
    for (int mark = 0; mark < SNAPSHOT_MARKS; mark++) {
        const double *accuracy = columns + (size_t)(1 + 2 * mark) * count;
        bool last = mark == SNAPSHOT_MARKS - 1;
        snprintf(panel->names[mark], sizeof panel->names[mark], "t=%d", snapshot->marks[mark]);
        chart->series[chart->series_count++] = (Series){
            .name = panel->names[mark],
            .letter = (char)('a' + mark),
            .x = columns,
            .y = accuracy,
            .error = last ? accuracy + count : NULL,
            .count = count,
            .ink = (Ink)(INK_CURVE_1 + (last        ? 1
                                        : mark == 1 ? 2
                                        : mark == 2 ? 3
                                                    : 0)),
            .points = true,
        };
    }
}

// ---- percentiles of weights over the evaluations ----

// From above; each of the upper ones carries the band down to its mirror image.  As many are named
// as a legend has room for with their values.
static const struct {
    const char *name;
    int percentile, mirror; // of a row's percentiles; mirror -1: no band
    Ink ink;
} weight_curves[SNAPSHOT_PERCENTILES] = {
    {"max", 8, -1, INK_DIM},     {NULL, 7, 1, INK_CURVE_1},  {"84%", 6, 2, INK_CURVE_1},
    {NULL, 5, 3, INK_CURVE_1},   {NULL, 3, -1, INK_CURVE_1}, {"median", 4, -1, INK_CURVE_2},
    {"16%", 2, -1, INK_CURVE_1}, {NULL, 1, -1, INK_CURVE_1}, {"min", 0, -1, INK_DIM},
};

// columns [1 + SNAPSHOT_PERCENTILES, count]: outer steps, then the percentiles of the group of that
// index.  Returns how many values of the last row are not finite.
static double copy_percentiles(const Snapshot *snapshot, int index, size_t count, double *columns) {
    double not_finite = 0;
    for (size_t i = 0; i < count; i++) {
        const double *row = history_weights(snapshot->history, i);
        const double *percentiles = row + 1 + (size_t)index * WEIGHT_COLUMNS;
        columns[i] = row[0];
        for (size_t k = 0; k < SNAPSHOT_PERCENTILES; k++) {
            columns[(1 + k) * count + i] = percentiles[k];
        }
        not_finite = percentiles[SNAPSHOT_PERCENTILES];
    }
    return not_finite;
}

int dashboard_weight_groups(const Snapshot *snapshot) {
    return snapshot->weight_count > 0 ? history_weight_names(snapshot->history)->count : 0;
}

const char *panel_weights_name(const Snapshot *snapshot, const DashboardView *view) {
    const int count = dashboard_weight_groups(snapshot);
    return count > 0
               ? history_weight_names(snapshot->history)->names[panel_index(view->histogram, count)]
               : "none";
}

static void build_weights(PanelChart *panel, const Snapshot *snapshot, const DashboardView *view) {
    size_t count = snapshot != NULL ? snapshot->weight_count : 0;
    double *columns = columns_new(panel, 1 + SNAPSHOT_PERCENTILES, count);
    panel->chart = (Chart){.title = "weights over time",
                           .x_name = "outer step",
                           .y_name = "nine percentiles",
                           .empty = "no evaluation yet",
                           .x_whole = true};
    if (columns == NULL) {
        return;
    }
    const WeightNames *names = history_weight_names(snapshot->history);
    const int index = panel_index(view->histogram, names->count);
    const double not_finite = copy_percentiles(snapshot, index, count, columns);
    int length = snprintf(panel->title, sizeof panel->title, "%s over time", names->names[index]);
    if (not_finite > 0) {
        snprintf(panel->title + length, sizeof panel->title - (size_t)length, ", %.0f not finite",
                 not_finite);
    }
    panel->chart.title = panel->title;
    panel->chart.series_count = SNAPSHOT_PERCENTILES;
    for (int s = 0; s < SNAPSHOT_PERCENTILES; s++) {
        const double *y = columns + (size_t)(1 + weight_curves[s].percentile) * count;
        const bool band = weight_curves[s].mirror >= 0;
        panel->chart.series[s] = (Series){
            .name = weight_curves[s].name,
            .x = columns,
            .y = y,
            .band_low = band ? columns + (size_t)(1 + weight_curves[s].mirror) * count : NULL,
            .band_high = band ? y : NULL,
            .count = count,
            .ink = weight_curves[s].ink,
        };
    }
}

// -- Any of them
// --------------------------------------------------------------------------------------

static void build(PanelChart *panel, PanelKind kind, const Snapshot *snapshot,
                  const DashboardView *view) {
    if (kind == PANEL_TRANSFER) {
        build_transfer(panel, snapshot, view);
    } else if (kind == PANEL_WEIGHTS) {
        build_weights(panel, snapshot, view);
    } else {
        build_outer(panel,
                    kind == PANEL_GRADIENT ? &gradient_chart
                    : kind == PANEL_RATE   ? &rate_chart
                                           : &loss_chart,
                    snapshot);
    }
}

void panel_chart(Scene *scene, PanelKind kind, const Snapshot *snapshot, const DashboardView *view,
                 const Heading *heading) {
    PanelChart panel;
    build(&panel, kind, snapshot, view);
    scene->failed = scene->failed || panel.failed;
    figure_chart(scene, heading, &panel.chart, dashboard_chart_view(view, kind));
    free(panel.columns);
}

const char *panel_chart_move(DashboardView *view, PanelKind kind, const Snapshot *snapshot,
                             ChartMove move, const Rectangle *place) {
    PanelChart panel;
    ChartExtent extent;
    ChartView *chart = &view->charts[kind];
    const char *answer = "nothing to move in yet";
    build(&panel, kind, snapshot, view);
    if (chart_extent(&panel.chart, chart, place->rows, place->columns, &extent)) {
        answer = chart_view_move(chart, move, &extent);
    }
    free(panel.columns);
    return answer;
}

void panel_histogram(Scene *scene, const Snapshot *snapshot, const DashboardView *view,
                     const Heading *heading) {
    int count = snapshot != NULL ? snapshot->histogram_count : 0;
    const HistogramView *histogram =
        count > 0 ? &snapshot->histograms[panel_index(view->histogram, count)] : NULL;
    figure_histogram(scene, heading, histogram, "no outer step yet");
}
