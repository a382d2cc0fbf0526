// A run directory as a reader sees it, while another process writes it or afterwards: settings,
// state, curves, log, followed by looking again and again.  Nothing is written; the lock is only
// asked (run_status.h).
//
// Files that are missing or damaged cost what is in them: the run is shown with what is left, and
// `trouble` says what is not.  One thread uses a RunReader.
#ifndef APP_RUN_READER_H
#define APP_RUN_READER_H

#include "app/file_stamp.h"
#include "app/metrics_file.h"
#include "app/run_directory.h"
#include "app/run_status.h"
#include "engine/settings.h"
#include "engine/snapshot.h"

typedef struct {
    RunDirectory run;  // looked at: path and preset
    Settings settings; // of config.ini, if has_settings
    bool has_settings;
    char changes[256]; // what they change of the preset (or of the defaults); settings_changes
    char kernels[32];  // "avx512", from config.ini; "" unknown
    RunStatus status;  // empty if there is none
    RunLife life;
    double started; // seconds since 1970 of the first line of its log; NaN unknown
    MetricsFile metrics;
    int log_count; // the last lines of log.txt, newest last
    char log[SNAPSHOT_LOG_LINES][SNAPSHOT_LOG_TEXT];
    char trouble[256]; // the last thing that could not be read, or ""

    FileStamp config_stamp, status_stamp, log_stamp; // as they were read
    bool looked;                                     // at least once
} RunReader;

// Fails if folder is no run directory.  Reads nothing yet.
bool run_reader_init(RunReader *reader, const char *folder, Status *status);
void run_reader_clear(RunReader *reader);

// Takes what is new; true if there is anything.
bool run_reader_look(RunReader *reader);

// A picture of the run, for the views: the pace is that of the last outer steps, what only the
// engine knows (workers, filters) is absent.  Valid until the next look.
void run_reader_show(const RunReader *reader, Snapshot *snapshot);

// The greatest outer step that metrics or status tell of.
long run_reader_outer_step(const RunReader *reader);

#endif
