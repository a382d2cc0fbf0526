// A file that appears whole or not at all: the bytes go to a temporary file in the same directory,
// which takes the place of PATH in one rename after they have reached the disk.  Whoever reads PATH
// meanwhile, or after a crash, sees the old file or the new one, never a part.
//
// The temporary is called PATH.PID-N.tmp.  A killed process may leave one behind; it is never read.
// The new file has mode 0666 & ~umask.  A symbolic link at PATH is replaced, not followed; what
// exists and is no regular file (a directory, a device) is refused.
//
// All errors are STATUS_FAILURE and name the path.  One thread per AtomicFile.
#ifndef ENGINE_FILES_ATOMIC_FILE_H
#define ENGINE_FILES_ATOMIC_FILE_H

#include "engine/status.h"

#include <stddef.h>

typedef struct AtomicFile AtomicFile;

// *file is NULL on failure.
bool atomic_file_open(AtomicFile **file, const char *path, Status *status);

// Appends.  After a failure the caller calls atomic_file_abandon.
bool atomic_file_write(AtomicFile *file, const void *data, size_t size, Status *status);

// fsync, rename, fsync of the directory.  Frees file, done or not.  On failure the old file is
// untouched and the temporary removed; only when the last step fails the new file is there already,
// but might not survive a power cut.
bool atomic_file_commit(AtomicFile *file, Status *status);

// Removes the temporary and frees file; NULL is fine.
void atomic_file_abandon(AtomicFile *file);

#endif
