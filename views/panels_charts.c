// The panels that are charts: the points of a snapshot's history, column by column.
#include "views/panels.h"

#include "views/text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

int panel_index(int wanted, int count) {
    return wanted < 0 || count < 1 ? 0 : wanted < count ? wanted : count - 1;
}

// Room for `columns` columns of `count` numbers; NULL, and scene->failed, without memory, NULL for
// no points.
static double *columns_new(Scene *scene, size_t columns, size_t count) {
    double *numbers = count > 0 ? malloc(columns * count * sizeof *numbers) : NULL;
    scene->failed = scene->failed || (count > 0 && numbers == NULL);
    return numbers;
}

void panel_loss(Scene *scene, const Snapshot *snapshot, const DashboardView *view,
                const Heading *heading) {
    size_t count = snapshot != NULL ? snapshot->outer_count : 0;
    double *x = columns_new(scene, 2, count), *y = x != NULL ? x + count : NULL;
    count = x != NULL ? count : 0;
    for (size_t i = 0; i < count; i++) {
        const OuterPoint *point = history_outer(snapshot->history, i);
        x[i] = (double)point->outer_step;
        y[i] = point->meta_loss;
    }
    Chart chart = {
        .title = "meta-loss",
        .x_name = "outer step",
        .y_name = "loss",
        .empty = "no outer step yet",
        .series = {{.name = "this step",
                    .x = x,
                    .y = y,
                    .count = count,
                    .ink = INK_CURVE_1,
                    .smoothed = true}},
        .series_count = 1,
        .x_whole = true,
    };
    figure_chart(scene, heading, &chart, &view->loss);
    free(x);
}

void panel_gradient(Scene *scene, const Snapshot *snapshot, const DashboardView *view,
                    const Heading *heading) {
    size_t count = snapshot != NULL ? snapshot->outer_count : 0;
    double *x = columns_new(scene, 3, count);
    double *before = x != NULL ? x + count : NULL, *after = x != NULL ? x + 2 * count : NULL;
    count = x != NULL ? count : 0;
    for (size_t i = 0; i < count; i++) {
        const OuterPoint *point = history_outer(snapshot->history, i);
        x[i] = (double)point->outer_step;
        before[i] = point->gradient_norm;
        after[i] = point->clipped_norm;
    }
    Chart chart = {
        .title = "gradient norm",
        .x_name = "outer step",
        .y_name = "norm",
        .empty = "no outer step yet",
        .series = {{.name = "before clipping",
                    .letter = 'g',
                    .x = x,
                    .y = before,
                    .count = count,
                    .ink = INK_CURVE_2},
                   {.name = "after",
                    .letter = 'c',
                    .x = x,
                    .y = after,
                    .count = count,
                    .ink = INK_CURVE_3}},
        .series_count = 2,
        .x_whole = true,
    };
    figure_chart(scene, heading, &chart, &view->gradient);
    free(x);
}

enum { TRANSFER_COLUMNS = 1 + 2 * SNAPSHOT_MARKS }; // step, then accuracy and error of each mark

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

void panel_transfer(Scene *scene, const Snapshot *snapshot, const DashboardView *view,
                    const Heading *heading) {
    int set = panel_index(view->held_out, snapshot != NULL ? snapshot->held_out_count : 0);
    size_t count = snapshot != NULL ? snapshot->evaluation_count : 0;
    double *columns = columns_new(scene, TRANSFER_COLUMNS, count);
    char title[128], names[SNAPSHOT_MARKS][32];
    count = columns != NULL ? count : 0;
    describe_set(snapshot, set, title, sizeof title);
    Chart chart = {
        .title = title,
        .x_name = "outer step",
        .y_name = "after t inner steps",
        .empty = snapshot != NULL && snapshot->held_out_count == 0 ? "no held-out data set"
                                                                   : "no evaluation yet",
        .x_whole = true,
        .y_limit_low = 0,
        .y_limit_high = 1,
    };
    if (count > 0) {
        copy_evaluations(snapshot, set, count, columns);
        chart.references[0] = (Reference){"raw pixels", snapshot->raw_pixel_accuracy[set], INK_DIM};
        chart.references[1] = (Reference){"random init", snapshot->random_accuracy[set], INK_DIM};
        chart.reference_count = 2;
    }
    for (int mark = 0; mark < SNAPSHOT_MARKS && count > 0; mark++) {
        const double *accuracy = columns + (size_t)(1 + 2 * mark) * count;
        bool last = mark == SNAPSHOT_MARKS - 1;
        snprintf(names[mark], sizeof names[mark], "t=%d", snapshot->marks[mark]);
        chart.series[chart.series_count++] = (Series){
            .name = names[mark],
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
    figure_chart(scene, heading, &chart, &view->transfer);
    free(columns);
}

void panel_histogram(Scene *scene, const Snapshot *snapshot, const DashboardView *view,
                     const Heading *heading) {
    int count = snapshot != NULL ? snapshot->histogram_count : 0;
    const HistogramView *histogram =
        count > 0 ? &snapshot->histograms[panel_index(view->histogram, count)] : NULL;
    figure_histogram(scene, heading, histogram, "no outer step yet");
}
