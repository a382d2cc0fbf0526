#include "app/metrics_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

bool metrics_file_init(MetricsFile *metrics, const char *path, Status *status) {
    memset(metrics, 0, sizeof *metrics);
    metrics->file = -1;
    snprintf(metrics->path, sizeof metrics->path, "%s", path);
    return metric_curves_init(&metrics->curves, status);
}

static void close_file(MetricsFile *metrics) {
    if (metrics->file >= 0)
        close(metrics->file);
    metrics->file = -1;
}

void metrics_file_clear(MetricsFile *metrics) {
    close_file(metrics);
    metric_curves_clear(&metrics->curves);
}

static bool fail(const MetricsFile *metrics, const char *what, Status *status) {
    return status_fail(status, STATUS_BAD_DATA, "%s: cannot be %s: %s", metrics->path, what,
                       strerror(errno));
}

// Whether what is open is still the file of that name, and no shorter than what was read of it.
static bool is_same(const MetricsFile *metrics) {
    struct stat named;
    return metrics->file >= 0 && stat(metrics->path, &named) == 0 &&
           named.st_dev == metrics->device && named.st_ino == metrics->inode &&
           named.st_size >= metrics->offset;
}

// Where the lines of the last `tail` bytes begin; 0 if that is all of the file.
static off_t start_of_tail(int file, off_t size, off_t tail) {
    char byte;
    off_t start = tail > 0 && tail < size ? size - tail : 0;
    // Half a line is passed over: to behind the next line break.
    for (int i = 0; i < METRIC_LINE && start > 0 && start < size; i++, start++)
        if (pread(file, &byte, 1, start - 1) != 1 || byte == '\n')
            break;
    return start;
}

static bool open_anew(MetricsFile *metrics, bool *changed, Status *status) {
    MetricCurves curves;
    struct stat information;
    // Not blocking on a pipe of that name.
    const int file = open(metrics->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (file < 0 && errno == ENOENT && metrics->file < 0)
        return true; // not there yet
    if (file < 0)
        return fail(metrics, "opened", status);
    if (fstat(file, &information) != 0 || !S_ISREG(information.st_mode)) {
        close(file);
        return status_fail(status, STATUS_BAD_DATA, "%s: expected a regular file", metrics->path);
    }
    if (!metric_curves_init(&curves, status)) {
        close(file);
        return false;
    }
    close_file(metrics);
    metric_curves_clear(&metrics->curves);
    metrics->curves = curves;
    metrics->file = file;
    metrics->device = information.st_dev;
    metrics->inode = information.st_ino;
    metrics->offset = start_of_tail(file, information.st_size, metrics->tail);
    *changed = true;
    return true;
}

void metrics_file_set_tail(MetricsFile *metrics, off_t tail) {
    const bool wants_more = metrics->tail > 0 && (tail == 0 || tail > metrics->tail);
    metrics->tail = tail;
    if (wants_more)
        metrics->inode = 0; // no file's: opened anew
}

void metrics_file_set_most(MetricsFile *metrics, off_t most) {
    metrics->most = most;
}

static bool look(MetricsFile *metrics, bool *changed, Status *status) {
    *changed = false;
    if (!is_same(metrics) && !open_anew(metrics, changed, status))
        return false;
    bool any = false;
    const off_t from = metrics->offset;
    metrics->behind = false;
    for (;;) {
        char block[1 << 16];
        if (metrics->most > 0 && metrics->offset - from >= metrics->most) {
            metrics->behind = *changed = true;
            return true;
        }
        const ssize_t length =
            metrics->file < 0 ? 0 : pread(metrics->file, block, sizeof block, metrics->offset);
        if (length < 0)
            return fail(metrics, "read", status);
        if (length == 0)
            break;
        metrics->offset += length;
        any = true;
        if (!metric_curves_feed(&metrics->curves, block, (size_t)length, status))
            return false;
    }
    *changed |= any || metric_curves_settle(&metrics->curves);
    return true;
}

bool metrics_file_look(MetricsFile *metrics, bool *changed, Status *status) {
    if (!look(metrics, changed, status))
        return false;
    // A tail without any evaluation is too short to tell the last accuracy.
    while (*changed && !metrics->behind && metrics->tail > 0 && metrics->tail < metrics->offset &&
           !metrics->curves.has_pending && history_evaluation_count(metrics->curves.history) == 0) {
        metrics_file_set_tail(metrics, 8 * metrics->tail);
        if (!look(metrics, changed, status))
            return false;
    }
    return true;
}
