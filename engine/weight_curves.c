// Percentiles of weights over time: taken at every evaluation, of the groups of theta and of the
// tensors of the evaluated base model, into the history, the metrics and the checkpoints.
//
// A metric is {"kind":"weights","outer_step":N,"groups":{"theta top":[9 percentiles, number of
// values that are not finite], ...}}, the percentiles rounded to six digits, as the history has
// them too.
#include "engine/checkpoint_parts.h"
#include "engine/number.h"
#include "engine/training_state.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// ---- taking them ----

// To six digits, which is more than a picture shows.
static double rounded(double x) {
    char text[NUMBER_TEXT];
    if (!isfinite(x))
        return x;
    snprintf(text, sizeof text, "%.5e", x);
    return strtod(text, NULL);
}

static void fill_row(long outer_step, const HistogramView *views, int count, double *row) {
    row[0] = (double)outer_step;
    for (int i = 0; i < count; i++) {
        double *columns = row + 1 + i * WEIGHT_COLUMNS;
        for (int k = 0; k < SNAPSHOT_PERCENTILES; k++)
            columns[k] = rounded(views[i].percentiles[k]);
        columns[SNAPSHOT_PERCENTILES] = (double)views[i].nan + (double)views[i].positive_infinity +
                                        (double)views[i].negative_infinity;
    }
}

static void names_of(const HistogramView *views, int count, WeightNames *names) {
    names->count = count;
    for (int i = 0; i < count; i++)
        memcpy(names->names[i], views[i].name, sizeof names->names[i]);
}

static void metric(const MetaTraining *training, const WeightNames *names, const double *row) {
    enum { TEXT_OF_NAME = 64 + WEIGHT_COLUMNS * NUMBER_TEXT };
    const size_t size = 128 + (size_t)names->count * TEXT_OF_NAME;
    char *text = training->inputs.metric ? malloc(size) : NULL;
    if (!text)
        return;
    size_t used = (size_t)snprintf(
        text, size, "{\"kind\":\"weights\",\"outer_step\":%ld,\"groups\":{", (long)row[0]);
    for (int i = 0; i < names->count; i++) {
        used +=
            (size_t)snprintf(text + used, size - used, "%s\"%s\":[", i ? "," : "", names->names[i]);
        for (int k = 0; k < WEIGHT_COLUMNS; k++) {
            char number[NUMBER_TEXT];
            used += (size_t)snprintf(text + used, size - used, "%s%s", k ? "," : "",
                                     number_text(row[1 + i * WEIGHT_COLUMNS + k], number));
        }
        used += (size_t)snprintf(text + used, size - used, "]");
    }
    snprintf(text + used, size - used, "}}");
    training->inputs.metric(training->inputs.metric_context, text);
    free(text);
}

void weight_curves_note(MetaTraining *training) {
    double row[1 + SNAPSHOT_HISTOGRAMS * WEIGHT_COLUMNS];
    WeightNames names = {0};
    HistogramView *views = calloc(SNAPSHOT_HISTOGRAMS, sizeof *views);
    const int count = views ? training_histograms(training, views) : 0;
    if (count > 0) {
        names_of(views, count, &names);
        fill_row(training->outer_step, views, count, row);
        history_begin_weights(training->history, &names);
    }
    free(views);
    // The metric goes with the row: weight_curves_of_step counts on it.
    if (count > 0 && history_append_weights(&training->history, row))
        metric(training, &names, row);
    else
        training_log(training, "out of memory: percentiles of weights are not in the curves");
}

long weight_curves_of_step(const MetaTraining *training) {
    long count = 0;
    for (size_t i = history_weight_count(training->history); i > 0; i--, count++)
        if ((long)history_weights(training->history, i - 1)[0] != training->outer_step)
            break;
    return count;
}

// ---- keeping them ----

static const char table_name[] = "curve.weights";

bool weight_curves_save(const History *history, SafetensorsWriter *writer, Status *status) {
    const size_t rows = history_weight_count(history);
    const size_t columns = weight_row_columns(history_weight_names(history));
    if (rows == 0)
        return true;
    double *table = calloc(rows * columns, sizeof *table);
    if (!table)
        return status_fail(status, STATUS_FAILURE, "out of memory for a checkpoint's curves");
    for (size_t i = 0; i < rows; i++)
        memcpy(table + i * columns, history_weights(history, i), columns * sizeof *table);
    const bool done = checkpoint_add_table(writer, table_name, rows, columns, table, status);
    free(table);
    return done;
}

static bool take_rows(MetaTraining *training, const Safetensors *file, const double *table,
                      int rows, size_t columns, Status *status) {
    const double steps = (double)training->outer_step;
    double before = 0;
    bool kept = true;
    for (int i = 0; kept && i < rows; i++) {
        const double *row = table + (size_t)i * columns;
        if (!checkpoint_check_whole(file, "curve.weights: an outer step", row[0], before, steps,
                                    status))
            return false;
        before = row[0];
        kept = history_append_weights(&training->history, row);
    }
    return kept || status_fail(status, STATUS_FAILURE, "%s: out of memory for the curves",
                               safetensors_path(file));
}

bool weight_curves_load(MetaTraining *training, const Safetensors *file, Status *status) {
    if (!safetensors_find(file, table_name))
        return true;
    WeightNames names = {0};
    double *table;
    int rows;
    HistogramView *views = calloc(SNAPSHOT_HISTOGRAMS, sizeof *views);
    if (!views)
        return status_fail(status, STATUS_FAILURE, "%s: out of memory", safetensors_path(file));
    const int count = training_histograms(training, views);
    names_of(views, count, &names);
    free(views);
    const size_t columns = weight_row_columns(&names);
    if (!checkpoint_load_table(file, table_name, (int)columns, &rows, &table, status))
        return false;
    history_begin_weights(training->history, &names);
    const bool done = take_rows(training, file, table, rows, columns, status);
    free(table);
    return done;
}
