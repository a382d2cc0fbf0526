#include "app/watch.h"

#include <stdlib.h>

static const double seconds_between_looks = 0.25;

enum { BYTES_OF_LOOK = 1 << 19 };

struct Watch {
    RunReader reader;
    SnapshotBoard *board;
    Snapshot snapshot; // too large for a stack
    double looked_at;
};

bool watch_open(Watch **watch, const char *folder, Status *status) {
    Watch *made = calloc(1, sizeof *made);
    *watch = NULL;
    if (!made || !(made->board = snapshot_board_new())) {
        free(made);
        return status_fail(status, STATUS_FAILURE, "%.400s: no memory to watch it", folder);
    }
    if (!run_reader_init(&made->reader, folder, status)) {
        snapshot_board_free(made->board);
        free(made);
        return false;
    }
    metrics_file_set_most(&made->reader.metrics, BYTES_OF_LOOK);
    *watch = made;
    return true;
}

void watch_close(Watch *watch) {
    if (!watch)
        return;
    run_reader_clear(&watch->reader);
    snapshot_board_free(watch->board);
    free(watch);
}

void watch_look(Watch *watch, double now) {
    const bool due = !watch->reader.looked || watch->reader.metrics.behind ||
                     now - watch->looked_at >= seconds_between_looks;
    if (!due)
        return;
    watch->looked_at = now;
    if (!run_reader_look(&watch->reader))
        return;
    run_reader_show(&watch->reader, &watch->snapshot);
    snapshot_board_publish(watch->board, &watch->snapshot);
}

SnapshotBoard *watch_board(const Watch *watch) {
    return watch->board;
}

const RunReader *watch_reader(const Watch *watch) {
    return &watch->reader;
}
