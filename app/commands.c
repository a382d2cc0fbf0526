#include "app/commands.h"

#include "engine/assets.h"

#include <stdio.h>
#include <string.h>

int report_error(const Status *status) {
    fprintf(stderr, "rulesmith: %s\n", status->text);
    return status->code == STATUS_OK ? STATUS_FAILURE : (int)status->code;
}

static bool apply_assignments(const Options *options, Settings *settings, Status *status) {
    for (int i = 0; i < options->assignment_count; i++) {
        const Assignment *assignment = &options->assignments[i];
        char section[64];
        char origin[64];
        snprintf(origin, sizeof origin, "--%s", assignment->origin);
        if (!assignment->setting) {
            if (!settings_assign(settings, assignment->value, status))
                return false;
            continue;
        }
        const char *key = strchr(assignment->setting, '.') + 1;
        snprintf(section, sizeof section, "%.*s", (int)(key - 1 - assignment->setting),
                 assignment->setting);
        if (!settings_set(settings, section, key, assignment->value, origin, status))
            return false;
    }
    return settings_check(settings, status);
}

// A preset is a file if its name looks like one, else it is embedded.
static bool is_file_name(const char *preset) {
    const size_t length = strlen(preset);
    return strchr(preset, '/') || (length > 4 && strcmp(preset + length - 4, ".ini") == 0);
}

static bool fail_unknown_preset(const char *preset, Status *status) {
    char known[512] = "";
    size_t length = 0;
    for (size_t i = 0; i < embedded_asset_count; i++) {
        const char *name = embedded_assets[i].name;
        if (strncmp(name, "presets/", 8) == 0 && length < sizeof known)
            length += (size_t)snprintf(known + length, sizeof known - length, "%s%.*s",
                                       length ? ", " : "", (int)strlen(name + 8) - 4, name + 8);
    }
    return status_fail(status, STATUS_USAGE, "--preset is '%s', expected a .ini file or one of: %s",
                       preset, known);
}

static bool read_preset(const char *preset, Settings *settings, Status *status) {
    if (is_file_name(preset))
        return settings_read(settings, preset, status);
    char name[96];
    snprintf(name, sizeof name, "presets/%s.ini", preset);
    const EmbeddedAsset *asset = asset_find(name);
    if (!asset)
        return fail_unknown_preset(preset, status);
    return settings_read_text(settings, name, (const char *)asset->start, asset->size, status);
}

bool effective_settings(const Options *options, const char *default_preset, Settings *settings,
                        char *preset_name, Status *status) {
    const char *preset = options->preset ? options->preset : default_preset;
    if (preset_name)
        snprintf(preset_name, 48, "%s", preset);
    settings_default(settings);
    return read_preset(preset, settings, status) && apply_assignments(options, settings, status);
}

bool effective_settings_of_run(const Options *options, const char *config_path, Settings *settings,
                               Status *status) {
    settings_default(settings);
    return settings_read(settings, config_path, status) &&
           apply_assignments(options, settings, status);
}
