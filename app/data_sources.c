#include "app/data_sources.h"

#include "engine/assets.h"
#include "engine/data/glyphs.h"
#include "engine/files/idx.h"

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

static bool read_glyphs(Dataset *dataset, GlyphsPart part, Status *status) {
    const EmbeddedAsset *png = asset_find("glyphs.png");
    const EmbeddedAsset *text = asset_find("glyphs.txt");
    if (!png || !text)
        return status_fail(status, STATUS_FAILURE, "this program was built without glyphs");
    return glyphs_init(dataset, part, png->start, png->size, text->start, text->size, status);
}

// Takes whole at the size of the tasks; whole is given back.
static bool add_held_out(DataSources *data, Dataset *whole, const char *name, int size,
                         Status *status) {
    Dataset *resized = &data->held_out[data->held_out_count];
    const bool done = dataset_resized(resized, whole, size, size, status);
    dataset_clear(whole);
    if (!done)
        return false;
    snprintf(resized->name, sizeof resized->name, "%s", name);
    data->held_out_count++;
    return true;
}

static bool add_held_out_glyphs(DataSources *data, int size, Status *status) {
    Dataset glyphs;
    return read_glyphs(&glyphs, GLYPHS_HELD_OUT, status) &&
           add_held_out(data, &glyphs, "held-out glyphs", size, status);
}

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

// --data-path, RULESMITH_DATA, the XDG data directories; idx_find adds Debian's place.
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

// The test part of a set of IDX files by its short name; what is nowhere goes to `missing`.
static bool add_idx(DataSources *data, const char *name, const char *data_path, int size,
                    Status *status) {
    Folders folders;
    Dataset whole;
    char images[PATH_MAX];
    char labels[PATH_MAX];
    list_folders(&folders, data_path);
    if (!idx_find(name, true, folders.folder, folders.count, images, labels, PATH_MAX)) {
        const size_t length = strlen(data->missing);
        snprintf(data->missing + length, sizeof data->missing - length, "%s%s",
                 length ? ", " : "held-out data not found: ", name);
        return true;
    }
    return idx_read(&whole, name, images, labels, status) &&
           add_held_out(data, &whole, name, size, status);
}

static bool add_named(DataSources *data, const char *name, const char *data_path, int size,
                      Status *status) {
    if (data->held_out_count == SNAPSHOT_HELD_OUT)
        return status_fail(status, STATUS_USAGE,
                           "evaluate.data: expected at most %d data sets, found '%s' besides",
                           SNAPSHOT_HELD_OUT, name);
    if (strcmp(name, "glyphs-held-out") == 0)
        return add_held_out_glyphs(data, size, status);
    if (strcmp(name, "fashion") == 0 || strcmp(name, "mnist") == 0)
        return add_idx(data, name, data_path, size, status);
    return status_fail(status, STATUS_USAGE,
                       "evaluate.data: expected fashion, mnist or glyphs-held-out, found '%s'",
                       name);
}

static bool add_all_held_out(DataSources *data, const Settings *settings, const char *data_path,
                             Status *status) {
    char names[SETTINGS_TEXT];
    char *rest = names;
    snprintf(names, sizeof names, "%s", settings->evaluate_data);
    for (char *name; (name = strsep(&rest, ", "));) {
        if (*name && !add_named(data, name, data_path, settings->image_size, status))
            return false;
    }
    if (data->held_out_count > 0 || !*data->missing)
        return true;
    data->held_out_is_fallback = true;
    const size_t length = strlen(data->missing);
    snprintf(data->missing + length, sizeof data->missing - length,
             "; held-out glyphs take the place");
    return add_held_out_glyphs(data, settings->image_size, status);
}

static bool add_sources(DataSources *data, const Settings *settings, Status *status) {
    if (strcmp(settings->source, "glyphs") != 0)
        return status_fail(status, STATUS_USAGE, "task.source: expected glyphs, found '%s'",
                           settings->source);
    if (!read_glyphs(&data->sources[0], GLYPHS_TRAINING, status))
        return false;
    data->weights[0] = 1;
    data->source_count = 1;
    return true;
}

bool data_sources_init(DataSources *data, const Settings *settings, const char *data_path,
                       Status *status) {
    memset(data, 0, sizeof *data);
    if (add_sources(data, settings, status) && add_all_held_out(data, settings, data_path, status))
        return true;
    data_sources_clear(data);
    return false;
}
