#include "app/commands.h"

#include <stdio.h>
#include <string.h>

int report_error(const Status *status) {
    fprintf(stderr, "rulesmith: %s\n", status->text);
    return status->code == STATUS_OK ? STATUS_FAILURE : (int)status->code;
}

bool command_line_settings(const Options *options, Settings *settings, Status *status) {
    for (int i = 0; i < options->assignment_count; i++) {
        const Assignment *assignment = &options->assignments[i];
        char section[64];
        char origin[64];
        snprintf(origin, sizeof origin, "--%s", assignment->origin);
        if (!assignment->setting) {
            if (!settings_assign(settings, assignment->value, "--set", status))
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

bool effective_settings(const Options *options, const char *default_preset, Settings *settings,
                        char *preset_name, Status *status) {
    const char *preset = options->preset ? options->preset : default_preset;
    if (preset_name)
        snprintf(preset_name, 48, "%s", preset);
    settings_default(settings);
    return settings_read_preset(settings, preset, status) &&
           command_line_settings(options, settings, status);
}

bool effective_settings_of_run(const Options *options, const char *config_path, Settings *settings,
                               Status *status) {
    settings_default(settings);
    return settings_read(settings, config_path, status) &&
           command_line_settings(options, settings, status);
}
