#include "engine/history.h"

#include <stdlib.h>

enum { CHUNK = 1024, CHUNKS = 4096 };

struct History {
    OuterPoint *outer[CHUNKS];
    EvaluationPoint *evaluation[CHUNKS];
    size_t outer_count, evaluation_count;
};

History *history_new(void) {
    return calloc(1, sizeof(History));
}

void history_free(History *history) {
    if (!history)
        return;
    for (int i = 0; i < CHUNKS; i++) {
        free(history->outer[i]);
        free(history->evaluation[i]);
    }
    free(history);
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

size_t history_outer_count(const History *history) {
    return history->outer_count;
}

size_t history_evaluation_count(const History *history) {
    return history->evaluation_count;
}

const OuterPoint *history_outer(const History *history, size_t index) {
    return &history->outer[index / CHUNK][index % CHUNK];
}

const EvaluationPoint *history_evaluation(const History *history, size_t index) {
    return &history->evaluation[index / CHUNK][index % CHUNK];
}
