// JSON objects that go to stdout or into a file: cJSON with numbers as number.h writes them, in any
// locale.
#ifndef APP_JSON_OBJECT_H
#define APP_JSON_OBJECT_H

#include "engine/status.h"

#include <cJSON.h>
#include <stdio.h>

// Without memory nothing is added; json_print and json_write tell.
void json_add_number(cJSON *object, const char *name, double value);
void json_add_text(cJSON *object, const char *name, const char *value);
void json_append_number(cJSON *array, double value);

// What json_add_number wrote: a number, or the text of one that is not finite; NaN for what is
// neither.
double json_number(const cJSON *item);

// The object and a line break.  False without memory or if the stream fails.
bool json_print(const cJSON *object, FILE *stream);
// The same in one line, which is flushed.
bool json_print_line(const cJSON *object, FILE *stream);

// Replaces the file whole or not at all.
bool json_write(const cJSON *object, const char *path, Status *status);

#endif
