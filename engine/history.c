#include "engine/history.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum { CHUNK = 1024, CHUNKS = 4096, WEIGHT_CHUNK = 64 };

struct History {
    OuterPoint *outer[CHUNKS];
    EvaluationPoint *evaluation[CHUNKS];
    WeightNames weight_names;
    double *weights[CHUNKS]; // [WEIGHT_CHUNK, weight_row_columns]
    size_t outer_count, evaluation_count, weight_count;
    atomic_int holders; // the writer and everybody who shows points
};

History *history_new(void) {
    History *history = calloc(1, sizeof *history);
    if (history)
        atomic_init(&history->holders, 1);
    return history;
}

void history_free(History *history) {
    // Acquire and release: what the last holder frees, nobody else still reads.
    if (!history || atomic_fetch_sub_explicit(&history->holders, 1, memory_order_acq_rel) > 1)
        return;
    for (int i = 0; i < CHUNKS; i++) {
        free(history->outer[i]);
        free(history->evaluation[i]);
        free(history->weights[i]);
    }
    free(history);
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

bool history_append_outer(History *history, const OuterPoint *point) {
    const size_t chunk = history->outer_count / CHUNK;
    if (chunk >= CHUNKS)
        return false;
    if (!history->outer[chunk])
        history->outer[chunk] = calloc(CHUNK, sizeof *point);
    if (!history->outer[chunk])
        return false;
    history->outer[chunk][history->outer_count++ % CHUNK] = *point;
    return true;
}

bool history_append_evaluation(History *history, const EvaluationPoint *point) {
    const size_t chunk = history->evaluation_count / CHUNK;
    if (chunk >= CHUNKS)
        return false;
    if (!history->evaluation[chunk])
        history->evaluation[chunk] = calloc(CHUNK, sizeof *point);
    if (!history->evaluation[chunk])
        return false;
    history->evaluation[chunk][history->evaluation_count++ % CHUNK] = *point;
    return true;
}

void history_begin_weights(History *history, const WeightNames *names) {
    if (history->weight_count == 0)
        history->weight_names = *names;
}

bool history_append_weights(History *history, const double *row) {
    const size_t chunk = history->weight_count / WEIGHT_CHUNK;
    const size_t columns = weight_row_columns(&history->weight_names);
    if (chunk >= CHUNKS)
        return false;
    if (!history->weights[chunk])
        history->weights[chunk] = calloc(WEIGHT_CHUNK * columns, sizeof *row);
    if (!history->weights[chunk])
        return false;
    memcpy(history->weights[chunk] + (history->weight_count++ % WEIGHT_CHUNK) * columns, row,
           columns * sizeof *row);
    return true;
}

size_t history_outer_count(const History *history) {
    return history->outer_count;
}

size_t history_evaluation_count(const History *history) {
    return history->evaluation_count;
}

size_t history_weight_count(const History *history) {
    return history->weight_count;
}

const double *history_weights(const History *history, size_t index) {
    return history->weights[index / WEIGHT_CHUNK] +
           (index % WEIGHT_CHUNK) * weight_row_columns(&history->weight_names);
}

const WeightNames *history_weight_names(const History *history) {
    return &history->weight_names;
}

const OuterPoint *history_outer(const History *history, size_t index) {
    return &history->outer[index / CHUNK][index % CHUNK];
}

const EvaluationPoint *history_evaluation(const History *history, size_t index) {
    return &history->evaluation[index / CHUNK][index % CHUNK];
}
