// A regular file read into memory in one piece.
#ifndef ENGINE_FILES_WHOLE_FILE_H
#define ENGINE_FILES_WHOLE_FILE_H

#include "engine/status.h"

#include <stddef.h>
#include <stdint.h>

// At most `most` bytes (UINT64_MAX: any number); more is an error before anything is read.
// *data is the caller's to free and never NULL on success, also for an empty file.  Missing,
// unreadable or not a regular file (a directory, a pipe): STATUS_BAD_DATA with the path and reason.
bool whole_file_read(const char *path, uint64_t most, unsigned char **data, size_t *size,
                     Status *status);

#endif
