// A text file that is either the old one or the whole new one, whatever happens in between: written
// as PATH.new, synced, renamed over PATH, and the folder synced.  One writer at a time.
#ifndef APP_REPLACED_FILE_H
#define APP_REPLACED_FILE_H

#include "engine/status.h"

#include <limits.h>
#include <stdio.h>

typedef struct {
    FILE *stream; // write here
    char path[PATH_MAX];
    char temporary[PATH_MAX];
} ReplacedFile;

bool replaced_file_open(ReplacedFile *file, const char *path, Status *status);
// Puts the new file into its place.  On failure (a full disk) the old one stays and PATH.new is
// gone.
bool replaced_file_commit(ReplacedFile *file, Status *status);
void replaced_file_abandon(ReplacedFile *file);

// folder/name into path; false with a sentence if it is too long.
bool path_join(char path[PATH_MAX], const char *folder, const char *name, Status *status);

// Makes renames and new names in a folder durable.
bool folder_sync(const char *folder, Status *status);

#endif
