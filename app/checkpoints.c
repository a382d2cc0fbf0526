#include "app/checkpoints.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { KEPT = 2 };

// Without its folder.
static void file_name(long outer_step, char name[64]) {
    snprintf(name, 64, "outer-%010ld.safetensors", outer_step);
}

void checkpoint_name(long outer_step, char name[CHECKPOINT_NAME]) {
    char file[64];
    file_name(outer_step, file);
    snprintf(name, CHECKPOINT_NAME, "checkpoints/%s", file);
}

bool checkpoint_path(const RunDirectory *run, long outer_step, char path[PATH_MAX],
                     Status *status) {
    char name[CHECKPOINT_NAME];
    checkpoint_name(outer_step, name);
    return run_directory_file(run, name, path, status);
}

// Whether name is that of a checkpoint, and of which outer step.
static bool parse_name(const char *name, long *outer_step) {
    char whole[64];
    if (sscanf(name, "outer-%10ld", outer_step) != 1 || *outer_step < 0)
        return false;
    file_name(*outer_step, whole);
    return strcmp(name, whole) == 0;
}

static DIR *open_folder(const RunDirectory *run) {
    char path[PATH_MAX];
    Status ignored;
    return run_directory_file(run, "checkpoints", path, &ignored) ? opendir(path) : NULL;
}

int checkpoints_list(const RunDirectory *run, long outer_steps[CHECKPOINTS_LISTED]) {
    DIR *folder = open_folder(run);
    if (!folder)
        return 0;
    int count = 0;
    for (const struct dirent *entry; (entry = readdir(folder));) {
        long outer_step;
        if (!parse_name(entry->d_name, &outer_step))
            continue;
        // Insertion into the sorted list; the oldest falls out of a full one.
        if (count == CHECKPOINTS_LISTED && outer_steps[--count] > outer_step)
            outer_step = outer_steps[count];
        int place = count++;
        for (; place > 0 && outer_steps[place - 1] < outer_step; place--)
            outer_steps[place] = outer_steps[place - 1];
        outer_steps[place] = outer_step;
    }
    closedir(folder);
    return count;
}

static void point_latest(DIR *folder, long outer_step) {
    char name[64];
    file_name(outer_step, name);
    // Without symbolic links the names still tell which is the newest.
    unlinkat(dirfd(folder), "latest.new", 0);
    if (symlinkat(name, dirfd(folder), "latest.new") == 0)
        renameat(dirfd(folder), "latest.new", dirfd(folder), "latest");
}

void checkpoints_keep(const RunDirectory *run, long outer_step) {
    long outer_steps[CHECKPOINTS_LISTED];
    const int count = checkpoints_list(run, outer_steps);
    DIR *folder = open_folder(run);
    if (!folder)
        return;
    point_latest(folder, outer_step);
    for (const struct dirent *entry; (entry = readdir(folder));) {
        long found;
        const bool old = parse_name(entry->d_name, &found) && count > KEPT &&
                         found < outer_steps[KEPT - 1] && found != outer_step;
        if (old)
            unlinkat(dirfd(folder), entry->d_name, 0);
    }
    closedir(folder);
}

void checkpoint_set_aside(const RunDirectory *run, long outer_step) {
    DIR *folder = open_folder(run);
    if (!folder)
        return;
    char name[64];
    char bad[80];
    file_name(outer_step, name);
    snprintf(bad, sizeof bad, "%s.bad", name);
    renameat(dirfd(folder), name, dirfd(folder), bad);
    closedir(folder);
}
