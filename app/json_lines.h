// A file of JSON objects, one a line, that only grows: metrics.jsonl.
//
// A line is written by one write and taken back if the disk refuses half of it, so a reader meets
// at most one torn line, the last one, and only after a crash; opening the file for writing removes
// it.
#ifndef APP_JSON_LINES_H
#define APP_JSON_LINES_H

#include "engine/status.h"

#include <limits.h>
#include <sys/types.h>

typedef struct {
    int file;     // -1: closed
    off_t length; // bytes of whole lines
    char path[PATH_MAX];
} JsonLines;

// Opens for appending, makes the file if need be, cuts a torn last line away.
bool json_lines_open(JsonLines *lines, const char *path, Status *status);
void json_lines_close(JsonLines *lines);

// json: one object without a line break.  On failure the file is as before.
bool json_lines_append(JsonLines *lines, const char *json, Status *status);

// Everything appended so far is on the disk.
bool json_lines_sync(const JsonLines *lines, Status *status);

// Moves lines of the file at path out of the way, to the end of the file at superseded: those whose
// number `key` is greater than last, and those that are no JSON object with such a number.  *moved
// tells how many.  A missing file has no lines.  A crash in the middle loses none (but may leave
// some in both files; cutting again puts that right in path).
bool json_lines_cut(const char *path, const char *superseded, const char *key, double last,
                    long *moved, Status *status);

#endif
