// Errors are values with a sentence.  A function that can fail returns bool (true = done) and, when
// it fails, has filled the Status that the caller passed in.  Nothing in engine/ prints or exits.
#ifndef ENGINE_STATUS_H
#define ENGINE_STATUS_H

#include <stdbool.h>

// The codes are the exit codes of the program (interface.md).
typedef enum {
    STATUS_OK = 0,
    STATUS_FAILURE = 1,  // the machine refused: memory, disk, permission
    STATUS_USAGE = 2,    // the command line or a setting is wrong
    STATUS_BAD_DATA = 3, // a file is missing, truncated, corrupted or absurd
    STATUS_DIVERGED = 4, // the numbers left the finite range
} StatusCode;

typedef struct {
    StatusCode code;
    char text[1024]; // one sentence: file, position, what was expected, what was found
} Status;

void status_clear(Status *status);

// Fills status and returns false, so that a caller can write `return status_fail(...)`.
bool status_fail(Status *status, StatusCode code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

// Puts "context: " before the text of a failed status (for example the file's name); returns false.
bool status_prefix(Status *status, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
