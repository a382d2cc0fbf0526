// What the status.json of a run says, and whether that is still true: a process that was killed
// leaves "training" behind.
#ifndef APP_RUN_STATUS_H
#define APP_RUN_STATUS_H

#include "engine/status.h"

#include <limits.h>
#include <stdbool.h>

typedef struct {
    long pid;
    char host[64];
    char state[32];   // "training", "paused", "finished", "interrupted", "failed"; "" unknown
    char reason[256]; // why it ended, or ""
    long outer_step;  // when the state was written
    char preset[48];
    double updated; // seconds since 1970 when it was written; NaN unknown
} RunStatus;

// A missing file fails with STATUS_BAD_DATA; missing fields are empty.
bool run_status_read(RunStatus *run, const char *path, Status *status);

// Whether somebody writes the run now.
typedef enum {
    RUN_WRITTEN,   // a writer holds its lock
    RUN_AT_REST,   // its last writer has said that it ended
    RUN_ABANDONED, // its writer is gone without a word: killed, or the machine was
    RUN_ELSEWHERE, // it says that it goes on, on another host, which cannot be asked
} RunLife;

// folder: the run directory.  The lock is tried for a moment, shared.
RunLife run_status_life(const RunStatus *run, const char *folder);

// One word for the state that a list shows: "training", "paused", "finished", "interrupted",
// "failed", "killed", "elsewhere" or "new" (nothing was said yet).
const char *run_status_word(const RunStatus *run, RunLife life);

#endif
