#include "tests/unit/synthetic_snapshot.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// Uniform in 0 .. 1, from nothing but the number.
static double noise(uint64_t number) {
    number = (number + 1) * 0x9e3779b97f4a7c15u;
    number ^= number >> 29;
    number *= 0xbf58476d1ce4e5b9u;
    number ^= number >> 32;
    return (double)(number >> 11) / 9007199254740992.0;
}

static bool fill_history(History **history, long outer_steps, long evaluate_every) {
    for (long step = 1; step <= outer_steps; step++) {
        double progress = 1 - exp(-(double)step / 400);
        OuterPoint point = {.outer_step = step, .seconds = 0.4 * (double)step, .rate = 1e-3};
        point.meta_loss = 0.98 - 0.2 * progress + 0.1 * (noise((uint64_t)step) - 0.5);
        point.meta_loss = step % 177 == 0 ? 1.25 : step % 211 == 0 ? NAN : point.meta_loss;
        point.accuracy = 0.3 + 0.3 * progress;
        point.gradient_norm = exp(2 * noise((uint64_t)step * 3) - 0.5) * (step % 90 == 0 ? 30 : 1);
        point.clipped_norm = fmin(point.gradient_norm, 1);
        if (!history_append_outer(history, &point)) {
            return false;
        }
        if (step % evaluate_every != 0) {
            continue;
        }
        EvaluationPoint evaluation = {.outer_step = step, .seconds = point.seconds, .set_count = 2};
        for (int set = 0; set < 2; set++) {
            for (int mark = 0; mark < SNAPSHOT_MARKS; mark++) {
                double gain = (0.27 * progress - 0.12) * mark / 3;
                double shake = 0.015 * (noise((uint64_t)(step * 8 + set * 4 + mark)) - 0.5);
                evaluation.accuracy_mean[set][mark] = 0.49 + gain + shake - 0.1 * set;
                evaluation.accuracy_error[set][mark] = 0.012;
            }
        }
        if (!history_append_evaluation(history, &evaluation)) {
            return false;
        }
    }
    return true;
}

static void fill_workers(Snapshot *snapshot) {
    static const char *const tasks[] = {"glyphs 14-way rotated", "glyphs 10-way",
                                        "glyphs 27-way rotated"};
    static const char *const architectures[] = {"196-64-48-32", "196-96-32", "196-32-64-80-32"};
    snapshot->worker_count = 8;
    for (int w = 0; w < snapshot->worker_count; w++) {
        WorkerView *worker = &snapshot->workers[w];
        worker->phase = w == 7 ? WORKER_IDLE : w % 3 == 2 ? WORKER_DONE : WORKER_UNROLLING;
        snprintf(worker->task, sizeof worker->task, "%s", tasks[w % 3]);
        snprintf(worker->architecture, sizeof worker->architecture, "%s", architectures[w % 3]);
        worker->horizon = 20 + 4 * w;
        worker->inner_step = 3 * w;
        worker->truncation = 5;
        worker->meta_loss = w == 4 ? NAN : 0.85 + 0.03 * w;
        worker->accuracy = w == 4 ? NAN : 0.5 + 0.02 * w;
    }
}

static void fill_histogram(HistogramView *histogram, const char *name, double width, bool broken) {
    snprintf(histogram->name, sizeof histogram->name, "%s", name);
    histogram->low = -width;
    histogram->high = width;
    for (int bin = 0; bin < SNAPSHOT_BINS; bin++) {
        double z = (bin + 0.5 - SNAPSHOT_BINS / 2) / 8;
        histogram->bins[bin] =
            (uint32_t)(2000 * exp(-z * z / 2) * (0.9 + 0.2 * noise((uint64_t)bin)));
    }
    static const double z[9] = {-3, -1.5, -1, -0.5, 0, 0.5, 1, 1.5, 3};
    for (int i = 0; i < 9; i++) {
        histogram->percentiles[i] = z[i] * width / 3;
    }
    histogram->under = 3;
    histogram->over = 1;
    if (broken) {
        histogram->nan = 17;
        histogram->positive_infinity = 2;
        histogram->negative_infinity = 5;
    }
}

// Oriented waves under a bump, as first layers tend to have.
static bool fill_filters(FiltersView *filters) {
    filters->height = filters->width = 14;
    filters->channels = 1;
    filters->units = 64;
    filters->weights = malloc(sizeof *filters->weights * 14 * 14 * 64);
    snprintf(filters->caption, sizeof filters->caption,
             "fashion 14x14, 64 units, after 50 inner steps, outer step 400");
    for (int unit = 0; filters->weights != NULL && unit < 64; unit++) {
        double angle = 6.3 * noise((uint64_t)unit), rate = 0.3 + 0.6 * noise((uint64_t)unit + 100);
        for (int y = 0; y < 14; y++) {
            for (int x = 0; x < 14; x++) {
                double dx = x - 6.5, dy = y - 6.5, along = dx * cos(angle) + dy * sin(angle);
                double weight = cos(rate * along + angle) * exp(-(dx * dx + dy * dy) / 30);
                filters->weights[(y * 14 + x) * 64 + unit] =
                    (float)(0.1 * weight +
                            0.01 * (noise((uint64_t)(unit * 196 + y * 14 + x)) - 0.5));
            }
        }
    }
    return filters->weights != NULL;
}

// Percentiles that spread, of two groups, one of which has no finite value at the second
// evaluation.
static bool fill_weights(History **history, long outer_steps, long evaluate_every) {
    static const double z[SNAPSHOT_PERCENTILES] = {-3, -1.5, -1, -0.5, 0, 0.5, 1, 1.5, 3};
    const WeightNames names = {2, {"theta h.unit0", "phi layer1.W"}};
    double row[1 + 2 * WEIGHT_COLUMNS];
    history_begin_weights(*history, &names);
    for (long step = 0; step <= outer_steps; step += evaluate_every) {
        row[0] = (double)step;
        for (int i = 0; i < names.count; i++) {
            double *columns = row + 1 + i * WEIGHT_COLUMNS;
            const bool broken = i == 1 && step == evaluate_every;
            for (int k = 0; k < SNAPSHOT_PERCENTILES; k++) {
                columns[k] = broken ? NAN : z[k] * (0.1 + 1e-3 * (double)step);
            }
            columns[SNAPSHOT_PERCENTILES] = broken ? 100 : 0;
        }
        if (!history_append_weights(history, row)) {
            return false;
        }
    }
    return true;
}

bool synthetic_snapshot_init(Snapshot *snapshot, long outer_steps, long evaluate_every) {
    memset(snapshot, 0, sizeof *snapshot);
    History *history = history_new();
    const bool filled = history != NULL && fill_history(&history, outer_steps, evaluate_every) &&
                        fill_weights(&history, outer_steps, evaluate_every);
    snapshot->history = history;
    if (!filled || !fill_filters(&snapshot->filters)) {
        synthetic_snapshot_clear(snapshot);
        return false;
    }
    snapshot->state = ENGINE_TRAINING;
    snprintf(snapshot->run, sizeof snapshot->run, "runs/2031-02-03_040506-a1b2");
    snprintf(snapshot->preset, sizeof snapshot->preset, "small");
    snprintf(snapshot->kernels, sizeof snapshot->kernels, "avx512");
    snapshot->seed = 7;
    snapshot->threads = 2;
    snapshot->outer_step = outer_steps;
    snapshot->outer_step_goal = 2000;
    snapshot->seconds = 0.4 * (double)outer_steps;
    snapshot->outer_steps_per_second = 2.5;
    snapshot->inner_steps_per_second = 87.3;
    snapshot->gflops = 41.7;
    snapshot->outer_count = history_outer_count(history);
    snapshot->evaluation_count = history_evaluation_count(history);
    snapshot->weight_count = history_weight_count(history);
    snapshot->held_out_count = 2;
    snprintf(snapshot->held_out[0], sizeof snapshot->held_out[0], "fashion 14x14");
    snprintf(snapshot->held_out[1], sizeof snapshot->held_out[1], "held-out glyphs");
    snapshot->raw_pixel_accuracy[0] = 0.69;
    snapshot->raw_pixel_accuracy[1] = 0.58;
    snapshot->random_accuracy[0] = 0.49;
    snapshot->random_accuracy[1] = 0.39;
    static const int marks[SNAPSHOT_MARKS] = {0, 12, 25, 50};
    memcpy(snapshot->marks, marks, sizeof marks);
    fill_workers(snapshot);
    snapshot->histogram_count = 2;
    fill_histogram(&snapshot->histograms[0], "theta h.unit0", 0.31, false);
    fill_histogram(&snapshot->histograms[1], "phi layer1.W", 0.031, true);
    snapshot->log_count = 3;
    snprintf(snapshot->log[0], SNAPSHOT_LOG_TEXT, "12:00:01 OpenBLAS runs one thread per call");
    snprintf(snapshot->log[1], SNAPSHOT_LOG_TEXT, "12:03:20 outer step 300: checkpoint saved");
    snprintf(snapshot->log[2], SNAPSHOT_LOG_TEXT,
             "12:04:05 evaluated outer step %ld: fashion 14x14 0.561", outer_steps);
    return true;
}

void synthetic_snapshot_clear(Snapshot *snapshot) {
    free(snapshot->filters.weights);
    snapshot->filters.weights = NULL;
    union { // the snapshot only borrows its history; here, it is its owner as well
        const History *borrowed;
        History *owned;
    } history = {snapshot->history};
    history_free(history.owned);
    snapshot->history = NULL;
}
