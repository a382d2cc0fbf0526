// The data sets that the settings of a run, or an option --data, name.
//
// task.source is a mixture, "glyphs:0.5,cifar10:0.5": SPECs (engine/data/spec.h) with weights, of
// their training parts.  evaluate.data is a list of SPECs, of their held-out parts.
#ifndef APP_DATA_SOURCES_H
#define APP_DATA_SOURCES_H

#include "engine/data/open.h"
#include "engine/settings.h"
#include "engine/snapshot.h"
#include "engine/status.h"

enum { DATA_SOURCES = 8 };

typedef struct {
    Dataset sources[DATA_SOURCES];
    double weights[DATA_SOURCES];
    int source_count;
    Dataset held_out[SNAPSHOT_HELD_OUT]; // images at the settings' image_size
    int held_out_count;
    bool held_out_is_fallback; // a real held-out set was wanted and none is on the machine
    char missing[256];         // what was wanted and not found; "" if all was
    char notes[4096];          // a line, with its break, for everything that readers left out
    int notes_lost;            // lines for which there was no room
} DataSources;

// Reads them.  A held-out set that is nowhere is left out; if none is left, the held-out glyphs
// take its place.  A set that is there and cannot be read is an error, and so is a source that is
// nowhere.  data_path (or NULL) is
// where to look first, then RULESMITH_DATA, the XDG data directories, Debian's place.
bool data_sources_init(DataSources *data, const Settings *settings, const char *data_path,
                       Status *status);
// The held-out sets alone.
bool data_sources_held_out(DataSources *data, const Settings *settings, const char *data_path,
                           Status *status);
void data_sources_clear(DataSources *data);

// The meta-training ones alone; what their readers leave out is told on stderr.
bool data_sources_of_tasks(DataSources *data, const Settings *settings, const char *data_path,
                           Status *status);

int data_sources_inputs(const DataSources *data, const Settings *settings); // most of a task
size_t data_sources_bytes(const DataSources *data);                         // of all examples

// One data set by its SPEC, looked for in the same places.  What its reader leaves out is told on
// stderr.
bool data_source_open(Dataset *dataset, const char *spec, const char *data_path, DataPart usual,
                      Status *status);

#endif
