#include "engine/snapshot.h"

#include "engine/history.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

// A snapshot on the board with the number of those who hold it: the board itself and its readers.
typedef struct {
    Snapshot snapshot; // first, so that a reader's pointer leads back here
    int holders;
} Pinned;

struct SnapshotBoard {
    pthread_mutex_t lock; // of `current` and of every `holders`
    Pinned *current;
};

SnapshotBoard *snapshot_board_new(void) {
    SnapshotBoard *board = calloc(1, sizeof *board);
    if (board && pthread_mutex_init(&board->lock, NULL) != 0) {
        free(board);
        return NULL;
    }
    return board;
}

static void pinned_free(Pinned *pinned) {
    if (!pinned)
        return;
    history_let_go(pinned->snapshot.history);
    free(pinned->snapshot.filters.weights);
    free(pinned);
}

void snapshot_board_free(SnapshotBoard *board) {
    if (!board)
        return;
    pinned_free(board->current);
    pthread_mutex_destroy(&board->lock);
    free(board);
}

// The one that lets go last frees it, outside the lock.
static Pinned *let_go(Pinned *pinned) {
    return pinned && --pinned->holders == 0 ? pinned : NULL;
}

void snapshot_board_publish(SnapshotBoard *board, const Snapshot *snapshot) {
    Pinned *next = malloc(sizeof *next);
    if (!next)
        return;
    *next = (Pinned){.snapshot = *snapshot, .holders = 1};
    FiltersView *filters = &next->snapshot.filters;
    const size_t count = (size_t)filters->height * (size_t)filters->width *
                         (size_t)filters->channels * (size_t)filters->units;
    if (count > 0) {
        filters->weights = malloc(count * sizeof(float));
        if (!filters->weights) {
            free(next);
            return;
        }
        memcpy(filters->weights, snapshot->filters.weights, count * sizeof(float));
    } else {
        filters->weights = NULL;
    }
    history_hold(next->snapshot.history);
    pthread_mutex_lock(&board->lock);
    Pinned *last = let_go(board->current);
    board->current = next;
    pthread_mutex_unlock(&board->lock);
    pinned_free(last);
}

const Snapshot *snapshot_board_acquire(SnapshotBoard *board) {
    pthread_mutex_lock(&board->lock);
    Pinned *pinned = board->current;
    if (pinned)
        pinned->holders++;
    pthread_mutex_unlock(&board->lock);
    return pinned ? &pinned->snapshot : NULL;
}

void snapshot_release(SnapshotBoard *board, const Snapshot *snapshot) {
    if (!snapshot)
        return;
    // Readers see a const picture; the count beside it is ours to change.
    union {
        const Snapshot *shown;
        Pinned *pinned;
    } back = {.shown = snapshot};
    pthread_mutex_lock(&board->lock);
    Pinned *last = let_go(back.pinned);
    pthread_mutex_unlock(&board->lock);
    pinned_free(last);
}
