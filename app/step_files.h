// Files of a run that are named by the outer steps done: FOLDER/outer-NNNNNNNNNN.safetensors.
#ifndef APP_STEP_FILES_H
#define APP_STEP_FILES_H

#include "app/run_directory.h"

#include <dirent.h>

enum { STEP_FILE_NAME = 64, STEP_FILE_PLACE = 96, STEP_FILES_LISTED = 64 };

// "outer-0000000400.safetensors", without its folder.
void step_file_name(long outer_step, char name[STEP_FILE_NAME]);

// Whether name is such a name, and of which outer step.
bool step_file_parse(const char *name, long *outer_step);

// "rules/outer-0000000400.safetensors": from the run directory on.
void step_file_place(const char *folder, long outer_step, char place[STEP_FILE_PLACE]);

// Its path.
bool step_file_path(const RunDirectory *run, const char *folder, long outer_step,
                    char path[PATH_MAX], Status *status);

// A folder of the run, or NULL.  closedir gives it back.
DIR *step_files_open(const RunDirectory *run, const char *folder);

// The outer steps of the files that are there, newest first; returns how many.  Of more than
// STEP_FILES_LISTED the oldest are left out.
int step_files_list(const RunDirectory *run, const char *folder,
                    long outer_steps[STEP_FILES_LISTED]);

#endif
