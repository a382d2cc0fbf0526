#include "app/data_sources.h"

#include "engine/task.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void data_sources_clear(DataSources *data) {
    for (int i = 0; i < data->source_count; i++)
        dataset_clear(&data->sources[i]);
    for (int i = 0; i < data->held_out_count; i++)
        dataset_clear(&data->held_out[i]);
    data->source_count = data->held_out_count = 0;
}

// ---- where data sets are looked for ----

enum { FOLDERS = 16, FOLDER_TEXT = 4096 };

typedef struct {
    const char *folder[FOLDERS];
    int count;
    char text[FOLDER_TEXT]; // of those put together here
    size_t used;
} Folders;

static void add_folder(Folders *folders, const char *folder) {
    if (folder && *folder && folders->count < FOLDERS)
        folders->folder[folders->count++] = folder;
}

// FOLDER/rulesmith for each folder of a list with colons; the XDG rules ignore relative ones.
static void add_xdg(Folders *folders, const char *list, const char *below) {
    for (const char *start = list; start && *start;) {
        const char *end = strchrnul(start, ':');
        char *text = folders->text + folders->used;
        const size_t room = sizeof folders->text - folders->used;
        const int length =
            snprintf(text, room, "%.*s%s/rulesmith", (int)(end - start), start, below);
        if (*start == '/' && length > 0 && (size_t)length < room) {
            folders->used += (size_t)length + 1;
            add_folder(folders, text);
        }
        start = *end ? end + 1 : end;
    }
}

// --data-path, RULESMITH_DATA, the XDG data directories; the readers add what Debian installs.
static void list_folders(Folders *folders, const char *data_path) {
    memset(folders, 0, sizeof *folders);
    add_folder(folders, data_path);
    add_folder(folders, getenv("RULESMITH_DATA"));
    const char *home = getenv("XDG_DATA_HOME");
    if (home && *home == '/')
        add_xdg(folders, home, "");
    else
        add_xdg(folders, getenv("HOME"), "/.local/share");
    const char *shared = getenv("XDG_DATA_DIRS");
    add_xdg(folders, shared && *shared ? shared : "/usr/local/share:/usr/share", "");
}

static DataPlaces places_of(const Folders *folders, void (*note)(void *context, const char *line),
                            void *note_context) {
    return (DataPlaces){.folder = folders->folder,
                        .count = folders->count,
                        .note = note,
                        .note_context = note_context};
}

static void tell_note(void *stream, const char *line) {
    fprintf(stream, "rulesmith: %s\n", line);
}

static void keep_note(void *context, const char *line) {
    DataSources *data = context;
    const size_t used = strlen(data->notes), room = sizeof data->notes - used;
    if (strlen(line) + 2 <= room)
        snprintf(data->notes + used, room, "%s\n", line);
    else
        data->notes_lost++;
}

bool data_source_open(Dataset *dataset, const char *spec, const char *data_path, DataPart usual,
                      Status *status) {
    Folders folders;
    DataSpec parsed;
    list_folders(&folders, data_path);
    const DataPlaces places = places_of(&folders, tell_note, stderr);
    return data_spec_parse(&parsed, spec, status) &&
           data_open(dataset, &parsed, &places, usual, status);
}

// ---- what is held out ----

static void note_missing(DataSources *data, const char *name) {
    const size_t length = strlen(data->missing);
    snprintf(data->missing + length, sizeof data->missing - length, "%s%s",
             length ? ", " : "held-out data not found: ", name);
}

// Images at the size of the tasks, vectors as they are.
static bool add_held_out(DataSources *data, const DataSpec *spec, const DataPlaces *places,
                         int size, Status *status) {
    Dataset *held_out = &data->held_out[data->held_out_count];
    if (!data_open(held_out, spec, places, PART_TEST, status))
        return false;
    if (!held_out->vectors && !dataset_resize(held_out, size, size, status)) {
        dataset_clear(held_out);
        return false;
    }
    data->held_out_count++;
    return true;
}

static bool add_named(DataSources *data, const char *text, const DataPlaces *places, int size,
                      Status *status) {
    DataSpec spec;
    if (data->held_out_count == SNAPSHOT_HELD_OUT)
        return status_fail(status, STATUS_USAGE,
                           "expected at most %d data sets, found '%s' besides", SNAPSHOT_HELD_OUT,
                           text);
    if (!data_spec_parse(&spec, text, status))
        return false;
    if (spec.options.size > 0 && spec.options.size != size)
        return status_fail(status, STATUS_USAGE,
                           "'%s': expected task.image_size = %d, at which held-out images are "
                           "evaluated, found size=%d",
                           spec.name, size, spec.options.size);
    if (data_found(&spec, places, PART_TEST))
        return add_held_out(data, &spec, places, size, status);
    note_missing(data, spec.name);
    return true;
}

static bool add_all_held_out(DataSources *data, const Settings *settings, const DataPlaces *places,
                             Status *status) {
    char text[DATA_SPEC_TEXT];
    for (const char *rest = settings->evaluate_data; data_spec_next(&rest, text, sizeof text);)
        if (!add_named(data, text, places, settings->image_size, status))
            return status_prefix(status, "evaluate.data");
    if (data->held_out_count > 0 || !*data->missing)
        return true;
    data->held_out_is_fallback = true;
    const size_t length = strlen(data->missing);
    snprintf(data->missing + length, sizeof data->missing - length,
             "; held-out glyphs take the place");
    return add_named(data, "glyphs-held-out", places, settings->image_size, status);
}

// ---- what is meta-trained on ----

static bool add_source(DataSources *data, char *text, const DataPlaces *places, Status *status) {
    DataSpec spec;
    if (data->source_count == DATA_SOURCES)
        return status_fail(status, STATUS_USAGE,
                           "expected at most %d data sets, found '%s' besides", DATA_SOURCES, text);
    if (!data_spec_weight(text, &data->weights[data->source_count], status) ||
        !data_spec_parse(&spec, text, status) ||
        !data_open(&data->sources[data->source_count], &spec, places, PART_TRAIN, status))
        return false;
    data->source_count++;
    return true;
}

static bool add_sources(DataSources *data, const Settings *settings, const DataPlaces *places,
                        Status *status) {
    char text[DATA_SPEC_TEXT];
    for (const char *rest = settings->source; data_spec_next(&rest, text, sizeof text);)
        if (!add_source(data, text, places, status))
            return status_prefix(status, "task.source");
    return data->source_count > 0 ||
           status_fail(status, STATUS_USAGE, "task.source: expected a data set, found none");
}

typedef enum { TASKS = 1, HELD_OUT = 2 } Purpose;

static bool read_sources(DataSources *data, const Settings *settings, const char *data_path,
                         unsigned purposes, Status *status) {
    Folders folders;
    memset(data, 0, sizeof *data);
    list_folders(&folders, data_path);
    // Notes are for those who tell of held-out sets; others have no place for them but stderr.
    const DataPlaces places = purposes & HELD_OUT ? places_of(&folders, keep_note, data)
                                                  : places_of(&folders, tell_note, stderr);
    if ((!(purposes & TASKS) || add_sources(data, settings, &places, status)) &&
        (!(purposes & HELD_OUT) || add_all_held_out(data, settings, &places, status)))
        return true;
    data_sources_clear(data);
    return false;
}

bool data_sources_init(DataSources *data, const Settings *settings, const char *data_path,
                       Status *status) {
    return read_sources(data, settings, data_path, TASKS | HELD_OUT, status);
}

bool data_sources_held_out(DataSources *data, const Settings *settings, const char *data_path,
                           Status *status) {
    return read_sources(data, settings, data_path, HELD_OUT, status);
}

bool data_sources_of_tasks(DataSources *data, const Settings *settings, const char *data_path,
                           Status *status) {
    return read_sources(data, settings, data_path, TASKS, status);
}

static const Dataset *data_set_at(const DataSources *data, int i) {
    return i < data->source_count ? &data->sources[i] : &data->held_out[i - data->source_count];
}

int data_sources_inputs(const DataSources *data, const Settings *settings) {
    int most = 0;
    for (int i = 0; i < data->source_count + data->held_out_count; i++) {
        const int inputs = task_input_count(settings, data_set_at(data, i));
        most = inputs > most ? inputs : most;
    }
    return most;
}

size_t data_sources_bytes(const DataSources *data) {
    size_t bytes = 0;
    for (int i = 0; i < data->source_count + data->held_out_count; i++)
        bytes += dataset_bytes(data_set_at(data, i));
    return bytes;
}
