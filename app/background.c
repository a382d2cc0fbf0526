#include "app/background.h"

#include "app/signals.h"
#include "engine/clock.h"
#include "views/text.h"

#include <math.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { BAR = 30, MILLISECONDS = 100 };

typedef struct {
    const Background *background;
    atomic_bool ended;
    bool result; // read after the join, as is status
    Status *status;
} Job;

static void *run_job(void *argument) {
    Job *job = argument;
    job->result = job->background->run(job->background->context, job->status);
    atomic_store(&job->ended, true);
    return NULL;
}

void background_line(char line[BACKGROUND_LINE], const char *name, int done, int items,
                     double seconds) {
    char bar[BAR + 1], left[48];
    const int full = items > 0 ? (int)((long)done * BAR / items) : 0;
    for (int i = 0; i < BAR; i++)
        bar[i] = i < full ? '#' : '.';
    bar[BAR] = '\0';
    format_duration(left, sizeof left, done > 0 ? seconds / done * (items - done) : NAN);
    snprintf(line, BACKGROUND_LINE, "%s [%s] %d %%, %s left", name, bar,
             items > 0 ? (int)((long)done * 100 / items) : 0, left);
}

static void show(const Background *background, double begun) {
    char line[BACKGROUND_LINE];
    background_line(line, background->name,
                    atomic_load_explicit(background->done, memory_order_relaxed), background->items,
                    clock_seconds() - begun);
    fprintf(stderr, "\r%-*s", BACKGROUND_LINE - 24, line);
    fflush(stderr);
}

bool background_run(const Background *background, Status *status) {
    const bool terminal = isatty(STDERR_FILENO) == 1;
    const double begun = clock_seconds();
    Job job = {.background = background, .status = status};
    pthread_t thread;
    if (pthread_create(&thread, NULL, run_job, &job) != 0)
        return status_fail(status, STATUS_FAILURE, "cannot start a thread");
    while (!atomic_load(&job.ended)) {
        struct pollfd signals = {.fd = signals_file(), .events = POLLIN};
        poll(&signals, 1, MILLISECONDS);
        signals_heard();
        if (signals_end() ||
            (background->seconds > 0 && clock_seconds() - begun >= background->seconds))
            atomic_store(background->stop, true);
        if (terminal)
            show(background, begun);
    }
    pthread_join(thread, NULL);
    if (terminal)
        fprintf(stderr, "\r%*s\r", BACKGROUND_LINE - 24, "");
    return job.result;
}
