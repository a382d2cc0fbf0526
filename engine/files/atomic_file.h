// A file that is replaced whole or not at all: written under a temporary name in the same folder,
// synced, renamed over PATH, and the folder synced.  A full disk, a failing device or a kill at any
// byte leaves what was at PATH before; only a kill can leave the temporary file behind.
//
// PATH must be a regular file or nothing.  A symbolic link at PATH is replaced, not followed.
#ifndef ENGINE_FILES_ATOMIC_FILE_H
#define ENGINE_FILES_ATOMIC_FILE_H

#include "engine/status.h"

#include <stddef.h>

typedef struct {
    char *path, *temporary; // owned
    int descriptor;
    int reason; // errno of the first write that failed, or 0
} AtomicFile;

// Makes the temporary file.  On failure there is nothing to commit or abandon.
bool atomic_file_open(AtomicFile *file, const char *path, Status *status);

// Appends.  A failure is kept: later writes do nothing, and commit tells it; so a caller may check
// here or only there.
bool atomic_file_write(AtomicFile *file, const void *bytes, size_t size);

// Puts the new file into its place.  On failure the previous one stays and the temporary is gone;
// but if only the folder could not be synced, the new one is in place and the error says so.
// Either way the AtomicFile is done with.
bool atomic_file_commit(AtomicFile *file, Status *status);

// Gives up; what was at PATH stays.
void atomic_file_abandon(AtomicFile *file);

#endif
