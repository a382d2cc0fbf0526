// What differs between the settings of two runs.
#ifndef APP_SETTINGS_DIFF_H
#define APP_SETTINGS_DIFF_H

#include "engine/settings.h"
#include "views/figure.h"

enum { SETTINGS_DIFFS = 128, SETTINGS_NAME = 64 };

typedef struct {
    char name[SETTINGS_NAME]; // "outer.rate"
    char a[SETTINGS_TEXT], b[SETTINGS_TEXT];
} SettingDiff;

// "outer.rate"; returns name.
const char *setting_name(const SettingEntry *entry, char name[SETTINGS_NAME]);

// In the order of the table of settings; returns how many.
int settings_diff(const Settings *a, const Settings *b, SettingDiff diffs[SETTINGS_DIFFS]);

// The same as a table, under the names of the two, each at least so wide where room is short (0:
// not narrowed); entries and the names are borrowed by it.
Table settings_diff_table(const SettingDiff *diffs, int count, const char *a, const char *b,
                          int least, const char *entries[3 * SETTINGS_DIFFS]);

// What differs as one line, "outer.rate=0.001 run.seed=3", of b; goals, threads and the like, which
// change no curve, are left out.  Cut to size.
void settings_changes(const Settings *a, const Settings *b, char *out, size_t size);

#endif
