#include "app/rule_settings.h"

#include "engine/rule_file.h"

#include <stdio.h>

static bool take_note(Settings *settings, const char *path, const char *section, const char *key,
                      Status *status) {
    char name[64], text[RULE_NOTE];
    snprintf(name, sizeof name, "%s.%s", section, key);
    return rule_file_note(path, name, text, status) &&
           (!*text || settings_set(settings, section, key, text, path, status));
}

bool rule_settings_take(Settings *settings, const char *path, Status *status) {
    return take_note(settings, path, "inner", "rate", status) &&
           take_note(settings, path, "task", "batch", status) &&
           take_note(settings, path, "evaluate", "layers", status) &&
           take_note(settings, path, "evaluate", "steps", status);
}
