#include "engine/history.h"

#include "engine/arena.h"

#include <limits.h>
#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    size_t bytes; // of a point
    size_t limit, count;
    char *points;  // [limit], from the first one on
    bool resident; // all of them, from then on
} Series;

typedef enum { OUTER, EVALUATION, WEIGHTS, SERIES } SeriesKind;

struct History {
    Series series[SERIES];
    WeightNames weight_names;
    atomic_int holders; // the writer and everybody who shows points
};

static char *series_point(const Series *series, size_t index) {
    return series->points + index * series->bytes;
}

static bool series_allocate(Series *series) {
    if (series->points)
        return true;
    series->points = calloc(series->limit, series->bytes);
    if (series->points && series->resident)
        touch_pages(series->points, series->limit * series->bytes);
    return series->points != NULL;
}

static bool series_append(Series *series, const void *point) {
    if (series->count >= series->limit || !series_allocate(series))
        return false;
    memcpy(series_point(series, series->count++), point, series->bytes);
    return true;
}

History *history_new(void) {
    History *history = calloc(1, sizeof *history);
    if (!history)
        return NULL;
    history->series[OUTER] = (Series){.bytes = sizeof(OuterPoint), .limit = HISTORY_OUTER};
    history->series[EVALUATION] =
        (Series){.bytes = sizeof(EvaluationPoint), .limit = HISTORY_EVALUATIONS};
    history->series[WEIGHTS] = (Series){.limit = HISTORY_EVALUATIONS}; // bytes: begin_weights
    atomic_init(&history->holders, 1);
    return history;
}

void history_free(History *history) {
    // Acquire and release: what the last holder frees, nobody else still reads.
    if (!history || atomic_fetch_sub_explicit(&history->holders, 1, memory_order_acq_rel) > 1)
        return;
    for (int s = 0; s < SERIES; s++)
        free(history->series[s].points);
    free(history);
}

History *history_new_resident(void) {
    History *history = history_new();
    if (!history)
        return NULL;
    for (int s = 0; s < SERIES; s++)
        history->series[s].resident = true;
    if (series_allocate(&history->series[OUTER]) && series_allocate(&history->series[EVALUATION]))
        return history;
    history_free(history);
    return NULL;
}

// Holders see const points; their number is not the points'.
static History *writable(const History *history) {
    union {
        const History *shown;
        History *held;
    } same = {.shown = history};
    return same.held;
}

const History *history_hold(const History *history) {
    if (history)
        atomic_fetch_add_explicit(&writable(history)->holders, 1, memory_order_relaxed);
    return history;
}

void history_let_go(const History *history) {
    history_free(writable(history));
}

// ---- thinning ----

static long steps_of(const OuterPoint *point) {
    return point->steps > 1 ? point->steps : 1;
}

long outer_point_not_finite(const OuterPoint *point) {
    return point->steps > 1 ? point->not_finite : !isfinite(point->meta_loss);
}

static const double *ranged_value(const OuterPoint *point, int range) {
    return range == RANGE_META_LOSS       ? &point->meta_loss
           : range == RANGE_GRADIENT_NORM ? &point->gradient_norm
                                          : &point->clipped_norm;
}

void outer_point_range(const OuterPoint *point, int range, double *low, double *high) {
    const double value = *ranged_value(point, range);
    *low = point->steps > 1 ? point->low[range] : value;
    *high = point->steps > 1 ? point->high[range] : value;
}

// Of two means over so many finite steps.
static double mean_of(double a, long steps_a, double b, long steps_b) {
    if (!isfinite(a) || !isfinite(b))
        return isfinite(a) ? a : b;
    const long both = steps_a + steps_b;
    return both > 0 ? a + (b - a) * (double)steps_b / (double)both : b;
}

static double lower(double a, double b) {
    return !isfinite(a) || b < a ? b : a;
}

static OuterPoint put_together(const OuterPoint *a, const OuterPoint *b) {
    const long lost_a = outer_point_not_finite(a), lost_b = outer_point_not_finite(b);
    const long of_a = steps_of(a) - lost_a, of_b = steps_of(b) - lost_b;
    OuterPoint both = *b;
    both.meta_loss = mean_of(a->meta_loss, of_a, b->meta_loss, of_b);
    both.accuracy = mean_of(a->accuracy, of_a, b->accuracy, of_b);
    both.gradient_norm = mean_of(a->gradient_norm, of_a, b->gradient_norm, of_b);
    both.clipped_norm = mean_of(a->clipped_norm, of_a, b->clipped_norm, of_b);
    both.dropped = a->dropped + b->dropped;
    both.steps = steps_of(a) + steps_of(b);
    both.not_finite = lost_a + lost_b;
    for (int range = 0; range < OUTER_RANGES; range++) {
        double low_a, high_a, low_b, high_b;
        outer_point_range(a, range, &low_a, &high_a);
        outer_point_range(b, range, &low_b, &high_b);
        both.low[range] = lower(low_a, low_b);
        both.high[range] = -lower(-high_a, -high_b);
    }
    return both;
}

static const OuterPoint *outer_at(const Series *series, size_t index) {
    return (const OuterPoint *)(const void *)series_point(series, index);
}

// How many steps a point of the older half stands for from now on at most: the least power of two
// that halves the number of points if all stand for as many.  The same for all of them, so that the
// past is shown evenly; twice as much each time that a run has doubled.
static long most_steps(const Series *from, size_t half) {
    double all = 0;
    double most = 2;
    for (size_t i = 0; i < half; i++)
        all += (double)steps_of(outer_at(from, i));
    while (most * (double)half / 2 < all)
        most *= 2;
    return most < (double)(LONG_MAX / 2) ? (long)most : LONG_MAX / 2;
}

static bool put_older_half_together(Series *to, const Series *from) {
    const size_t half = from->limit / 2;
    const long most = most_steps(from, half);
    OuterPoint last = *outer_at(from, 0);
    for (size_t i = 1; i < half; i++) {
        const OuterPoint *point = outer_at(from, i);
        if (steps_of(&last) <= most - steps_of(point)) {
            last = put_together(&last, point);
            continue;
        }
        if (!series_append(to, &last))
            return false;
        last = *point;
    }
    return series_append(to, &last);
}

static double evaluated_step(const Series *series, SeriesKind kind, size_t index) {
    const void *point = series_point(series, index);
    return kind == WEIGHTS ? *(const double *)point
                           : (double)((const EvaluationPoint *)point)->outer_step;
}

// Leaves out what is too near to the one before; the least distance is such that half as many fit.
static bool thin_older_half(Series *to, SeriesKind kind, const Series *from) {
    const size_t half = from->limit / 2;
    const double first = evaluated_step(from, kind, 0);
    const double least = (evaluated_step(from, kind, half) - first) / ((double)half / 2);
    double last = -INFINITY;
    for (size_t i = 0; i < half; i++) {
        const double step = evaluated_step(from, kind, i);
        // All of one outer step: every second.
        if (least > 0 ? step - last < least : i % 2 == 1)
            continue;
        if (!series_append(to, series_point(from, i)))
            return false;
        last = step;
    }
    return true;
}

// A copy in which the series of that kind has room.
static History *thinned(const History *old, SeriesKind full) {
    History *history = old->series[full].resident ? history_new_resident() : history_new();
    bool good = history != NULL;
    if (good)
        history_begin_weights(history, &old->weight_names);
    for (int s = 0; good && s < SERIES; s++) {
        const Series *from = &old->series[s];
        const bool thin = s == (int)full;
        if (thin)
            good = s == OUTER ? put_older_half_together(&history->series[s], from)
                              : thin_older_half(&history->series[s], full, from);
        for (size_t i = thin ? from->limit / 2 : 0; good && i < from->count; i++)
            good = series_append(&history->series[s], series_point(from, i));
    }
    if (good)
        return history;
    history_free(history);
    return NULL;
}

static bool append(History **history, SeriesKind kind, const void *point) {
    Series *series = &(*history)->series[kind];
    if (series->count < series->limit)
        return series_append(series, point);
    History *roomy = thinned(*history, kind);
    if (!roomy || !series_append(&roomy->series[kind], point)) {
        history_free(roomy);
        return false;
    }
    history_free(*history);
    *history = roomy;
    return true;
}

bool history_append_outer(History **history, const OuterPoint *point) {
    return append(history, OUTER, point);
}

bool history_append_evaluation(History **history, const EvaluationPoint *point) {
    return append(history, EVALUATION, point);
}

bool history_append_weights(History **history, const double *row) {
    return append(history, WEIGHTS, row);
}

void history_begin_weights(History *history, const WeightNames *names) {
    Series *weights = &history->series[WEIGHTS];
    if (weights->count > 0)
        return;
    history->weight_names = *names;
    weights->bytes = weight_row_columns(names) * sizeof(double);
}

size_t history_outer_count(const History *history) {
    return history->series[OUTER].count;
}

size_t history_evaluation_count(const History *history) {
    return history->series[EVALUATION].count;
}

size_t history_weight_count(const History *history) {
    return history->series[WEIGHTS].count;
}

const double *history_weights(const History *history, size_t index) {
    return (const double *)(const void *)series_point(&history->series[WEIGHTS], index);
}

const WeightNames *history_weight_names(const History *history) {
    return &history->weight_names;
}

const OuterPoint *history_outer(const History *history, size_t index) {
    return (const OuterPoint *)(const void *)series_point(&history->series[OUTER], index);
}

const EvaluationPoint *history_evaluation(const History *history, size_t index) {
    return (const EvaluationPoint *)(const void *)series_point(&history->series[EVALUATION], index);
}
