// Settings that change while training goes on.
#include "engine/checkpoint_parts.h"
#include "engine/training_state.h"

#include <stdlib.h>
#include <string.h>

const Settings *meta_training_settings(const MetaTraining *training) {
    return &training->settings;
}

// Makes room for unrolls of so many steps.  On failure the old rooms stay.
static bool make_room(MetaTraining *training, int steps, Status *status) {
    const int threads = training_threads(&training->settings);
    UnrollSizes sizes = training->sizes;
    sizes.steps = steps;
    training_keep_steps(&training->settings, &training->rule, &sizes);
    WorkerRoom *room;
    if (!worker_rooms_new(&room, threads, &training->rule, training->kernels, &sizes, status))
        return false;
    worker_rooms_free(training->room, threads);
    training->room = room;
    training->sizes = sizes;
    return true;
}

bool meta_training_change(MetaTraining *training, const Settings *wanted, Status *status) {
    Settings changed = training->settings;
    size_t count;
    const SettingEntry *table = settings_table(&count);
    for (size_t i = 0; i < count; i++) {
        char value[SETTINGS_TEXT];
        if (table[i].live &&
            !settings_set(&changed, table[i].section, table[i].key,
                          settings_value(wanted, &table[i], value), "change", status))
            return false;
    }
    if (!settings_check(&changed, status) || (changed.truncation_max > training->sizes.steps &&
                                              !make_room(training, changed.truncation_max, status)))
        return false;
    if (changed.outer_rate != training->settings.outer_rate) {
        training->rate_factor = 1;
        fallback_set_rate(&training->fallback, 1);
    }
    training->settings = changed;
    return true;
}

// ---- in a checkpoint's metadata ----

enum { NAME = 64 };

// "outer.rate"
static const char *name_of(const SettingEntry *entry, char name[NAME]) {
    snprintf(name, NAME, "%s.%s", entry->section, entry->key);
    return name;
}

bool live_settings_save(const Settings *settings, SafetensorsWriter *writer, Status *status) {
    size_t count;
    const SettingEntry *table = settings_table(&count);
    for (size_t i = 0; i < count; i++) {
        char name[NAME], value[SETTINGS_TEXT];
        if (table[i].live &&
            !safetensors_add_metadata(writer, name_of(&table[i], name),
                                      settings_value(settings, &table[i], value), status))
            return false;
    }
    return true;
}

bool live_settings_load(MetaTraining *training, const Safetensors *file, Status *status) {
    Settings found = training->settings;
    size_t count;
    const SettingEntry *table = settings_table(&count);
    bool done = true;
    for (size_t i = 0; done && i < count; i++) {
        char name[NAME];
        const char *value =
            table[i].live ? safetensors_metadata(file, name_of(&table[i], name)) : NULL;
        done = !value || settings_set(&found, table[i].section, table[i].key, value,
                                      safetensors_path(file), status);
    }
    done = done && meta_training_change(training, &found, status);
    if (!done && status->code == STATUS_USAGE)
        status->code = STATUS_BAD_DATA; // the file's fault, not the user's
    return done;
}
