// For tests: settings from and to the text of a file.
#ifndef TESTS_UNIT_SETTINGS_TEXT_H
#define TESTS_UNIT_SETTINGS_TEXT_H

#include "engine/settings.h"

// Reads "my.ini" over the default settings.
bool settings_from(Settings *settings, const char *text, Status *status);

// What is no settings file, and a part of the sentence that says why.
typedef struct {
    const char *text, *part;
} RefusedText;

// Each is refused and changes nothing, also by what stands before the mistake.
void expect_texts_refused(const RefusedText *refused, size_t count);

char *settings_written(const Settings *settings); // the caller frees it

// What is written reads back to the same bytes.
void expect_round_trip(const Settings *settings);

#endif
