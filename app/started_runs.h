// Trainings that this process has started beside its own: `rulesmith train --resume DIR --headless`
// in a session of its own, so that it outlives the workbench.  Those are the runs that it may stop.
//
// One thread uses a StartedRuns.
#ifndef APP_STARTED_RUNS_H
#define APP_STARTED_RUNS_H

#include "engine/status.h"

#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/types.h>

enum { STARTED_RUNS = 16, STARTED_RUN_TEXT = 400 };

typedef struct {
    pid_t pid;
    char folder[PATH_MAX];
    FILE *talk; // its stderr, a file without a name
} StartedRun;

typedef struct {
    StartedRun runs[STARTED_RUNS];
    int count;
    const char *program; // NULL: this one
} StartedRuns;

void started_runs_init(StartedRuns *started);
// They go on.
void started_runs_clear(StartedRuns *started);

bool started_runs_resume(StartedRuns *started, const char *folder, pid_t *pid, Status *status);

// Whether this process has started the run, and it has not ended.
bool started_runs_has(const StartedRuns *started, const char *folder);

// Asks it to save and end; false if this process has not started the run.
bool started_runs_stop(const StartedRuns *started, const char *folder);

// Whether one of them has ended since the last look; then text says how, with what it said last.
bool started_runs_look(StartedRuns *started, char text[STARTED_RUN_TEXT]);

#endif
