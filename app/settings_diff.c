#include "app/settings_diff.h"

#include <stdio.h>
#include <string.h>

const char *setting_name(const SettingEntry *entry, char name[SETTINGS_NAME]) {
    snprintf(name, SETTINGS_NAME, "%s.%s", entry->section, entry->key);
    return name;
}

int settings_diff(const Settings *a, const Settings *b, SettingDiff diffs[SETTINGS_DIFFS]) {
    size_t count;
    int found = 0;
    const SettingEntry *table = settings_table(&count);
    for (size_t i = 0; i < count && found < SETTINGS_DIFFS; i++) {
        SettingDiff *diff = &diffs[found];
        settings_value(a, &table[i], diff->a);
        settings_value(b, &table[i], diff->b);
        if (strcmp(diff->a, diff->b) == 0)
            continue;
        setting_name(&table[i], diff->name);
        found++;
    }
    return found;
}

Table settings_diff_table(const SettingDiff *diffs, int count, const char *a, const char *b,
                          int least, const char *entries[3 * SETTINGS_DIFFS]) {
    for (int i = 0; i < count; i++) {
        entries[3 * i] = diffs[i].name;
        entries[3 * i + 1] = diffs[i].a;
        entries[3 * i + 2] = diffs[i].b;
    }
    return (Table){.title = "settings that differ",
                   .empty = "the two runs have the same settings",
                   .columns = {{"setting", 0, ALIGN_LEFT, 0},
                               {a, least, ALIGN_LEFT, 0},
                               {b, least, ALIGN_LEFT, 0}},
                   .column_count = 3,
                   .entries = entries,
                   .row_count = count,
                   .selected = -1};
}

void settings_changes(const Settings *a, const Settings *b, char *out, size_t size) {
    size_t count;
    size_t length = 0;
    const SettingEntry *table = settings_table(&count);
    out[0] = '\0';
    for (size_t i = 0; i < count; i++) {
        char before[SETTINGS_TEXT];
        char after[SETTINGS_TEXT];
        const bool of_session =
            strcmp(table[i].section, "run") == 0 && strcmp(table[i].key, "seed") != 0;
        if (of_session ||
            strcmp(settings_value(a, &table[i], before), settings_value(b, &table[i], after)) == 0)
            continue;
        const int added = snprintf(out + length, size - length, "%s%s.%s=%s", length ? " " : "",
                                   table[i].section, table[i].key, after);
        length += added > 0 ? (size_t)added : 0;
        if (length >= size - 1)
            return;
    }
}
