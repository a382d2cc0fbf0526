#include "app/rule_settings.h"

#include "engine/rule_file.h"

#include <stdio.h>

bool rule_settings_take(Settings *settings, const char *path, Status *status) {
    static const char *const keys[] = {"inner.rate", "task.batch", "evaluate.layers",
                                       "evaluate.activation", "evaluate.steps"};
    enum { KEYS = sizeof keys / sizeof keys[0] };
    char texts[KEYS][RULE_NOTE], assignment[RULE_NOTE + 32];
    if (!rule_file_notes(path, keys, KEYS, texts, status))
        return false;
    for (int i = 0; i < KEYS; i++) {
        snprintf(assignment, sizeof assignment, "%s=%.255s", keys[i], texts[i]);
        if (*texts[i] && !settings_assign(settings, assignment, path, status))
            return false;
    }
    return true;
}
