#include "app/commands.h"

#include "app/rule_series.h"
#include "app/rule_settings.h"
#include "app/session.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

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

// How much of a path its folder is, with the slash.
static int length_of_folder(const char *path, int length) {
    while (length > 0 && path[length - 1] != '/')
        length--;
    return length;
}

// config.ini of the run that a rule lies in, beside it or, for one of the kept rules, above rules/.
static bool find_config(const char *rule, char config[PATH_MAX]) {
    const int folder = length_of_folder(rule, (int)strlen(rule));
    const int above = length_of_folder(rule, folder - 1);
    char kept[sizeof "rules/"];
    snprintf(kept, sizeof kept, "%s/", rule_series_folder);
    const bool is_kept =
        folder - above == (int)strlen(kept) && memcmp(rule + above, kept, strlen(kept)) == 0;
    return snprintf(config, PATH_MAX, "%.*sconfig.ini", is_kept ? above : folder, rule) <
               PATH_MAX &&
           access(config, R_OK) == 0;
}

bool settings_of_rule(const Options *options, const char *rule, Settings *settings,
                      Status *status) {
    char config[PATH_MAX];
    if (options->preset || !rule)
        return effective_settings(options, session_default_preset, settings, NULL, status);
    if (find_config(rule, config)) {
        fprintf(stderr, "rulesmith: with the settings of %s\n", config);
        return effective_settings_of_run(options, config, settings, status);
    }
    settings_default(settings);
    return rule_settings_take(settings, rule, status) &&
           command_line_settings(options, settings, status);
}
