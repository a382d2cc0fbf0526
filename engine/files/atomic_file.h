// A file that appears whole or not at all: written under a temporary name in the same folder,
// synced, renamed over the old one, the folder synced.  Whatever goes wrong before the rename
// leaves the old file as it was and takes the temporary one away.
#ifndef ENGINE_FILES_ATOMIC_FILE_H
#define ENGINE_FILES_ATOMIC_FILE_H

#include "engine/status.h"

#include <stddef.h>

typedef struct AtomicFile AtomicFile;

bool atomic_file_open(AtomicFile **file, const char *path, Status *status);

// After a failure only atomic_file_abandon is left to do.
bool atomic_file_write(AtomicFile *file, const void *data, size_t size, Status *status);

// Frees the file, whether it succeeds or not.
bool atomic_file_commit(AtomicFile *file, Status *status);

// Removes what was written and frees; NULL is fine.
void atomic_file_abandon(AtomicFile *file);

#endif
