#include "app/headless.h"

#include "app/signals.h"
#include "engine/clock.h"
#include "views/text.h"

#include <errno.h>
#include <math.h>
#include <poll.h>
#include <signal.h>
#include <string.h>

static const double seconds_between_lines = 2;
static const int poll_milliseconds = 100;

// The newest accuracy after all inner steps, of the first held-out set.
static size_t append_transfer(const Snapshot *snapshot, char *line, size_t size) {
    if (snapshot->evaluation_count == 0)
        return 0;
    const EvaluationPoint *point =
        history_evaluation(snapshot->history, snapshot->evaluation_count - 1);
    char accuracy[32];
    char random[32];
    format_fixed(accuracy, sizeof accuracy, point->accuracy_mean[0][SNAPSHOT_MARKS - 1], 3);
    format_fixed(random, sizeof random, snapshot->random_accuracy[0], 3);
    return (size_t)snprintf(line, size, "  %s %s (random %s)", snapshot->held_out[0], accuracy,
                            random);
}

void headless_line(const Snapshot *snapshot, char *line, size_t size) {
    char loss[32] = "-";
    char rate[32] = "-";
    char elapsed[48];
    if (snapshot->outer_count > 0)
        format_fixed(loss, sizeof loss,
                     history_outer(snapshot->history, snapshot->outer_count - 1)->meta_loss, 4);
    if (isfinite(snapshot->outer_steps_per_second))
        format_number(rate, sizeof rate, snapshot->outer_steps_per_second, 3);
    format_duration(elapsed, sizeof elapsed, snapshot->seconds);
    const int length = snprintf(line, size, "%s  outer step %ld  meta-loss %s  %s steps/s", elapsed,
                                snapshot->outer_step, loss, rate);
    if (length > 0 && (size_t)length < size)
        append_transfer(snapshot, line + length, size - (size_t)length);
}

typedef struct {
    long outer_step; // of the last line
    size_t evaluation_count;
    double at;
} LastLine;

// Writes a line if there is news and it is time.  Returns 0, or the errno of a write that failed.
static int print_news(const Snapshot *snapshot, bool last, LastLine *printed, FILE *stream) {
    const bool moved = snapshot->outer_step != printed->outer_step ||
                       snapshot->evaluation_count != printed->evaluation_count;
    const bool due = snapshot->evaluation_count != printed->evaluation_count ||
                     clock_seconds() - printed->at >= seconds_between_lines;
    if (!moved || !(due || last))
        return 0;
    char line[512];
    headless_line(snapshot, line, sizeof line);
    *printed = (LastLine){snapshot->outer_step, snapshot->evaluation_count, clock_seconds()};
    return fprintf(stream, "%s\n", line) >= 0 && fflush(stream) == 0 ? 0 : errno;
}

static int look(SnapshotBoard *board, bool last, LastLine *printed, FILE *stream) {
    const Snapshot *snapshot = snapshot_board_acquire(board);
    if (!snapshot)
        return 0;
    const int error = print_news(snapshot, last, printed, stream);
    snapshot_release(board, snapshot);
    return error;
}

void headless_run(TrainingThread *thread, SnapshotBoard *board, FILE *stream, bool *broken_pipe) {
    LastLine printed = {.at = clock_seconds()};
    bool told = false;
    bool writes = true;
    *broken_pipe = false;
    for (bool last = false; !last;) {
        struct pollfd signals = {.fd = signals_file(), .events = POLLIN};
        poll(&signals, 1, poll_milliseconds);
        signals_heard();
        last = training_thread_state(thread) == TRAINING_ENDED;
        const int error = writes ? look(board, last, &printed, stream) : 0;
        if (error) {
            // A full disk behind stdout costs the lines, a reader that has left ends the training.
            *broken_pipe = error == EPIPE;
            writes = false;
        }
        if (!told && (signals_end() || *broken_pipe)) {
            told = true;
            training_thread_send(thread, TRAINING_QUIT, signals_end() ? signals_end() : SIGPIPE);
        }
    }
}
