#include "app/step_files.h"

#include <stdio.h>
#include <string.h>

void step_file_name(long outer_step, char name[STEP_FILE_NAME]) {
    snprintf(name, STEP_FILE_NAME, "outer-%010ld.safetensors", outer_step);
}

bool step_file_parse(const char *name, long *outer_step) {
    char whole[STEP_FILE_NAME];
    if (sscanf(name, "outer-%10ld", outer_step) != 1 || *outer_step < 0)
        return false;
    step_file_name(*outer_step, whole);
    return strcmp(name, whole) == 0;
}

void step_file_place(const char *folder, long outer_step, char place[STEP_FILE_PLACE]) {
    char name[STEP_FILE_NAME];
    step_file_name(outer_step, name);
    snprintf(place, STEP_FILE_PLACE, "%.31s/%s", folder, name);
}

bool step_file_path(const RunDirectory *run, const char *folder, long outer_step,
                    char path[PATH_MAX], Status *status) {
    char place[STEP_FILE_PLACE];
    step_file_place(folder, outer_step, place);
    return run_directory_file(run, place, path, status);
}

DIR *step_files_open(const RunDirectory *run, const char *folder) {
    char path[PATH_MAX];
    Status ignored;
    return run_directory_file(run, folder, path, &ignored) ? opendir(path) : NULL;
}

int step_files_list(const RunDirectory *run, const char *folder,
                    long outer_steps[STEP_FILES_LISTED]) {
    DIR *opened = step_files_open(run, folder);
    if (!opened)
        return 0;
    int count = 0;
    for (const struct dirent *entry; (entry = readdir(opened));) {
        long outer_step;
        if (!step_file_parse(entry->d_name, &outer_step))
            continue;
        // Insertion into the sorted list; the oldest falls out of a full one.
        if (count == STEP_FILES_LISTED && outer_steps[--count] > outer_step)
            outer_step = outer_steps[count];
        int place = count++;
        for (; place > 0 && outer_steps[place - 1] < outer_step; place--)
            outer_steps[place] = outer_steps[place - 1];
        outer_steps[place] = outer_step;
    }
    closedir(opened);
    return count;
}
