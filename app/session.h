// Everything that a training needs, put together from the command line: settings, data sets, run
// directory, engine.
#ifndef APP_SESSION_H
#define APP_SESSION_H

#include "app/data_sources.h"
#include "app/options.h"
#include "app/run_directory.h"
#include "engine/meta_training.h"
#include "engine/settings.h"
#include "engine/snapshot.h"
#include "engine/status.h"

#include <stdio.h>

typedef struct {
    Settings settings;
    DataSources data;
    RunDirectory run;
    SnapshotBoard *board;
    MetaTraining *training;
    FILE *talk;          // the engine's log lines go here besides the log, or NULL
    bool metrics_failed; // told once
} Session;

extern const char session_default_preset[];

// A new run, or the one of --resume brought to where its last readable checkpoint left it.  The run
// directory is locked.  On failure everything is given back.
bool session_begin(Session *session, const Options *options, FILE *talk, Status *status);

// The run in folder as its last checkpoint has it, to look at: nothing is written, nothing locked.
bool session_look(Session *session, const Options *options, const char *folder, Status *status);

void session_end(Session *session);

#endif
