// A regular file read into memory in one piece.
#ifndef ENGINE_FILES_WHOLE_FILE_H
#define ENGINE_FILES_WHOLE_FILE_H

#include "engine/status.h"

#include <stddef.h>

// *data is the caller's to free and never NULL on success, also for an empty file; a zero byte
// follows its `size` bytes.  Missing,
// unreadable or not a regular file (a directory, a pipe): STATUS_BAD_DATA with the path and reason.
bool whole_file_read(const char *path, unsigned char **data, size_t *size, Status *status);

#endif
