// A run directory (interface.md): everything that is known of one meta-training run.
//
//   config.ini                  the effective settings, with the build that uses them as comments
//   metrics.jsonl               one object per outer step and per evaluation; json_lines.h
//   metrics-superseded.jsonl    lines that a resume made obsolete
//   checkpoints/                full states; checkpoints.h
//   rule.safetensors            the latest theta
//   rules/                      theta after the outer steps 0, 1, 2, 3, 4, 6, 8 ...; rule_series.h
//   images/                     exported figures
//   log.txt                     what happened, with the time
//   status.json                 pid, host, state, reason; always whole
//   lock                        held by the writer with flock, so a crash leaves no lock behind
//
// Made as runs/TIME-ID in the working directory, where runs/latest points at the newest, or at a
// place of the user's choice.  Any number of processes may read; one writes.
//
// The path, the log and the states may be used from any thread; metrics and config by one at a
// time.
#ifndef APP_RUN_DIRECTORY_H
#define APP_RUN_DIRECTORY_H

#include "app/json_lines.h"
#include "engine/settings.h"
#include "engine/status.h"

#include <limits.h>

typedef struct {
    char path[PATH_MAX]; // as the user would name it
    int lock;            // -1: not ours
    int log;
    JsonLines metrics;
    char preset[48]; // what the settings started from
    bool named;      // lies in runs/ by our choice
} RunDirectory;

// A new run in folder, which must not hold one already, or in runs/ if folder is NULL.  Locked.
bool run_directory_create(RunDirectory *run, const char *folder, const char *preset,
                          Status *status);

// An existing run, to go on with.  Locked; its metrics are opened by run_directory_resume_metrics.
bool run_directory_open(RunDirectory *run, const char *folder, Status *status);

void run_directory_close(RunDirectory *run);

// Closes a run that run_directory_create has made and that will not begin after all, and removes it
// as far as it holds nothing but what that made.
void run_directory_discard(RunDirectory *run);

// Only the path and the preset of an existing run, to read it: no lock, nothing opened.
bool run_directory_look(RunDirectory *run, const char *folder, Status *status);

// The path of a file of the run.
bool run_directory_file(const RunDirectory *run, const char *name, char path[PATH_MAX],
                        Status *status);

// Writes config.ini, with which the folder becomes a run; runs/latest is moved to a new one in
// runs/.
bool run_directory_write_config(const RunDirectory *run, const Settings *settings, Status *status);

// What config.ini says above the settings, "; NAME: ...", cut to size; "" if it says nothing.  It
// is there before anything else of the run, so a kill at any moment leaves it.
void run_directory_config_note(const RunDirectory *run, const char *name, char *text, size_t size);

// Cuts the metrics that came after a checkpoint (they will be taken again), then opens them: those
// of outer steps after outer_step, and of this one all but the first `lines`.  *superseded tells
// how many were moved.
bool run_directory_resume_metrics(RunDirectory *run, long outer_step, long lines, long *superseded,
                                  Status *status);

// Appends one JSON object to metrics.jsonl.
bool run_directory_metric(RunDirectory *run, const char *json, Status *status);
// All metrics so far are on the disk.
bool run_directory_sync_metrics(RunDirectory *run, Status *status);

// Adds a line with the time to log.txt.  A log that cannot be written stops nothing.
void run_directory_log(const RunDirectory *run, const char *line);

// state: "training", "paused", "finished", "interrupted", "failed".  reason may be "".
bool run_directory_set_state(const RunDirectory *run, const char *state, const char *reason,
                             long outer_step, Status *status);

#endif
