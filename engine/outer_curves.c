// The curves over outer steps and evaluations as tables of a checkpoint: curve.outer,
// curve.evaluation, and, once points stand for several outer steps, curve.ranges with as many rows
// as curve.outer: how many steps, how many of them not finite, then low and high of the meta-loss,
// the gradient norm and the clipped norm.
#include "engine/checkpoint_parts.h"
#include "engine/training_state.h"

#include <stdlib.h>
#include <string.h>

enum {
    OUTER_COLUMNS = 8,
    RANGE_COLUMNS = 2 + 2 * OUTER_RANGES,
    EVALUATION_COLUMNS = 3 + 2 * SNAPSHOT_HELD_OUT * SNAPSHOT_MARKS
};

static const char ranges_name[] = "curve.ranges";

// ---- points as rows ----

static void outer_row(const OuterPoint *point, double row[OUTER_COLUMNS]) {
    const double values[OUTER_COLUMNS] = {
        (double)point->outer_step, point->seconds,      point->meta_loss, point->accuracy,
        point->gradient_norm,      point->clipped_norm, point->rate,      (double)point->dropped};
    memcpy(row, values, sizeof values);
}

static OuterPoint outer_point(const double row[OUTER_COLUMNS]) {
    return (OuterPoint){.outer_step = (long)row[0],
                        .seconds = row[1],
                        .meta_loss = row[2],
                        .accuracy = row[3],
                        .gradient_norm = row[4],
                        .clipped_norm = row[5],
                        .rate = row[6],
                        .dropped = (long)row[7]};
}

static void evaluation_row(const EvaluationPoint *point, double row[EVALUATION_COLUMNS]) {
    row[0] = (double)point->outer_step;
    row[1] = point->seconds;
    row[2] = point->set_count;
    memcpy(row + 3, point->accuracy_mean, sizeof point->accuracy_mean);
    memcpy(row + 3 + SNAPSHOT_HELD_OUT * SNAPSHOT_MARKS, point->accuracy_error,
           sizeof point->accuracy_error);
}

static EvaluationPoint evaluation_point(const double row[EVALUATION_COLUMNS]) {
    EvaluationPoint point = {
        .outer_step = (long)row[0], .seconds = row[1], .set_count = (int)row[2]};
    memcpy(point.accuracy_mean, row + 3, sizeof point.accuracy_mean);
    memcpy(point.accuracy_error, row + 3 + SNAPSHOT_HELD_OUT * SNAPSHOT_MARKS,
           sizeof point.accuracy_error);
    return point;
}

// ---- saving ----

static bool stands_for_several(const OuterPoint *point) {
    return point->steps > 1;
}

static bool save_ranges(SafetensorsWriter *writer, const History *history, Status *status) {
    const size_t rows = history_outer_count(history);
    bool any = false;
    for (size_t i = 0; i < rows; i++)
        any = any || stands_for_several(history_outer(history, i));
    if (!any)
        return true;
    double *table = calloc(rows * RANGE_COLUMNS, sizeof *table);
    if (!table)
        return status_fail(status, STATUS_FAILURE, "out of memory for a checkpoint's curves");
    for (size_t i = 0; i < rows; i++) {
        const OuterPoint *point = history_outer(history, i);
        double *row = table + i * RANGE_COLUMNS;
        row[0] = stands_for_several(point) ? (double)point->steps : 1;
        row[1] = (double)outer_point_not_finite(point);
        for (int range = 0; range < OUTER_RANGES; range++) {
            row[2 + 2 * range] = point->low[range];
            row[3 + 2 * range] = point->high[range];
        }
    }
    const bool done = checkpoint_add_table(writer, ranges_name, rows, RANGE_COLUMNS, table, status);
    free(table);
    return done;
}

bool outer_curves_save(SafetensorsWriter *writer, const History *history, Status *status) {
    const size_t outer = history_outer_count(history);
    const size_t evaluations = history_evaluation_count(history);
    double *table =
        calloc(outer * OUTER_COLUMNS + evaluations * EVALUATION_COLUMNS + 1, sizeof *table);
    if (!table)
        return status_fail(status, STATUS_FAILURE, "out of memory for a checkpoint's curves");
    double *second = table + outer * OUTER_COLUMNS;
    for (size_t i = 0; i < outer; i++)
        outer_row(history_outer(history, i), table + i * OUTER_COLUMNS);
    for (size_t i = 0; i < evaluations; i++)
        evaluation_row(history_evaluation(history, i), second + i * EVALUATION_COLUMNS);
    const bool done =
        checkpoint_add_table(writer, "curve.outer", outer, OUTER_COLUMNS, table, status) &&
        checkpoint_add_table(writer, "curve.evaluation", evaluations, EVALUATION_COLUMNS, second,
                             status) &&
        save_ranges(writer, history, status);
    free(table);
    return done;
}

// ---- loading ----

static void put_range(OuterPoint *point, const double row[RANGE_COLUMNS]) {
    if (!(row[0] > 1))
        return;
    point->steps = (long)row[0];
    point->not_finite = (long)row[1];
    for (int range = 0; range < OUTER_RANGES; range++) {
        point->low[range] = row[2 + 2 * range];
        point->high[range] = row[3 + 2 * range];
    }
}

// *ranges is owned by the caller; NULL where every point is one outer step.
static bool load_ranges(const Safetensors *file, int rows, double **ranges, Status *status) {
    int found;
    *ranges = NULL;
    if (!safetensors_find(file, ranges_name))
        return true;
    if (!checkpoint_load_table(file, ranges_name, RANGE_COLUMNS, &found, ranges, status))
        return false;
    if (found == rows)
        return true;
    free(*ranges);
    *ranges = NULL;
    return status_fail(status, STATUS_BAD_DATA,
                       "%s: %s: expected the %d rows of curve.outer, found %d",
                       safetensors_path(file), ranges_name, rows, found);
}

static bool fail_memory(const Safetensors *file, Status *status) {
    return status_fail(status, STATUS_FAILURE, "%s: out of memory for the curves",
                       safetensors_path(file));
}

// A point stands for no more steps than there are since the one before, so no sum of steps or
// dropped workers is beyond what the run has had.  range [RANGE_COLUMNS] or NULL.
static bool check_outer(const Safetensors *file, const double row[OUTER_COLUMNS],
                        const double *range, double before, const MetaTraining *training,
                        Status *status) {
    const double since = row[0] - before;
    return checkpoint_check_whole(file, "curve.outer: an outer step", row[0], before + 1,
                                  (double)training->outer_step, status) &&
           (!range || (checkpoint_check_whole(file, "curve.ranges: a number of outer steps",
                                              range[0], 1, since, status) &&
                       checkpoint_check_whole(file, "curve.ranges: steps that were not finite",
                                              range[1], 0, range[0], status))) &&
           checkpoint_check_whole(file, "curve.outer: dropped workers", row[7], 0,
                                  training->settings.workers * (range ? range[0] : 1), status);
}

static bool take_outer(const Safetensors *file, MetaTraining *training, const double *table,
                       const double *ranges, int rows, Status *status) {
    double before = 0;
    for (int i = 0; i < rows; i++) {
        const double *row = table + (ptrdiff_t)i * OUTER_COLUMNS;
        const double *range = ranges ? ranges + (ptrdiff_t)i * RANGE_COLUMNS : NULL;
        if (!check_outer(file, row, range, before, training, status))
            return false;
        OuterPoint point = outer_point(row);
        if (range)
            put_range(&point, range);
        if (!history_append_outer(&training->history, &point))
            return fail_memory(file, status);
        before = row[0];
    }
    return true;
}

static bool load_outer(const Safetensors *file, MetaTraining *training, Status *status) {
    double *table, *ranges;
    int rows;
    if (!checkpoint_load_table(file, "curve.outer", OUTER_COLUMNS, &rows, &table, status))
        return false;
    bool good = load_ranges(file, rows, &ranges, status);
    if (good) {
        good = take_outer(file, training, table, ranges, rows, status);
        free(ranges);
    }
    free(table);
    return good;
}

static bool load_evaluations(const Safetensors *file, MetaTraining *training, Status *status) {
    const double steps = (double)training->outer_step;
    double *table;
    int rows;
    if (!checkpoint_load_table(file, "curve.evaluation", EVALUATION_COLUMNS, &rows, &table, status))
        return false;
    double before = 0;
    bool good = true;
    for (int i = 0; good && i < rows; i++) {
        const double *row = table + (ptrdiff_t)i * EVALUATION_COLUMNS;
        good = checkpoint_check_whole(file, "curve.evaluation: an outer step", row[0], before,
                                      steps, status) &&
               checkpoint_check_whole(file, "curve.evaluation: held-out sets", row[2], 0,
                                      SNAPSHOT_HELD_OUT, status);
        before = row[0];
        if (good) {
            const EvaluationPoint point = evaluation_point(row);
            good =
                history_append_evaluation(&training->history, &point) || fail_memory(file, status);
        }
    }
    free(table);
    return good;
}

bool outer_curves_load(const Safetensors *file, MetaTraining *training, Status *status) {
    History *history = history_new_resident();
    if (!history)
        return fail_memory(file, status);
    history_free(training->history);
    training->history = history;
    return load_outer(file, training, status) && load_evaluations(file, training, status);
}
