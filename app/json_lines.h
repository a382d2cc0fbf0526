// A file of JSON objects, one a line, that only grows: metrics.jsonl.
//
// Lines are written by one write and taken back if the disk refuses half of it, so a reader meets
// at most one torn line, the last one, and only after a crash; opening the file for writing removes
// it.  A line that the disk refuses waits in memory and goes before the next one, so a disk that
// was full for a while leaves no gap.
#ifndef APP_JSON_LINES_H
#define APP_JSON_LINES_H

#include "engine/status.h"

#include <limits.h>
#include <sys/types.h>

typedef struct {
    int file;      // -1: closed
    off_t length;  // bytes of whole lines in the file
    bool torn;     // half a line behind them could not be taken back yet
    bool lost;     // there was no memory for a line
    char *waiting; // lines that are not in the file yet; owned
    size_t waiting_length, waiting_room;
    char path[PATH_MAX];
} JsonLines;

// Opens for appending, makes the file if need be, cuts a torn last line away.
bool json_lines_open(JsonLines *lines, const char *path, Status *status);
void json_lines_close(JsonLines *lines); // what still waits is tried once more

// json: one object without a line break.  On failure the file is as before, and the line waits.
bool json_lines_append(JsonLines *lines, const char *json, Status *status);

// Everything appended so far is on the disk; false if anything waits or is lost.
bool json_lines_sync(JsonLines *lines, Status *status);

// Moves lines of the file at path out of the way, to the end of the file at superseded: those whose
// number `key` is greater than last, those after the first `ties` whose number is last, and those
// that are no JSON object with such a number.  *moved tells how many.  A missing file has no lines.
// On failure both files are as before; a crash in the middle loses no line (but may leave some in
// both files; cutting again puts that right in path).
typedef struct {
    const char *key;
    double last;
    long ties;
} JsonLinesCut;
bool json_lines_cut(const char *path, const char *superseded, const JsonLinesCut *cut, long *moved,
                    Status *status);

#endif
