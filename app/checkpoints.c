#include "app/checkpoints.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { KEPT = 2 };

static const char folder_name[] = "checkpoints";

bool checkpoint_path(const RunDirectory *run, long outer_step, char path[PATH_MAX],
                     Status *status) {
    return step_file_path(run, folder_name, outer_step, path, status);
}

int checkpoints_list(const RunDirectory *run, long outer_steps[CHECKPOINTS_LISTED]) {
    return step_files_list(run, folder_name, outer_steps);
}

static void point_latest(DIR *folder, long outer_step) {
    char name[STEP_FILE_NAME];
    step_file_name(outer_step, name);
    // Without symbolic links the names still tell which is the newest.
    unlinkat(dirfd(folder), "latest.new", 0);
    if (symlinkat(name, dirfd(folder), "latest.new") == 0)
        renameat(dirfd(folder), "latest.new", dirfd(folder), "latest");
}

void checkpoints_keep(const RunDirectory *run, long outer_step) {
    long outer_steps[CHECKPOINTS_LISTED];
    const int count = checkpoints_list(run, outer_steps);
    DIR *folder = step_files_open(run, folder_name);
    if (!folder)
        return;
    point_latest(folder, outer_step);
    for (const struct dirent *entry; (entry = readdir(folder));) {
        long found;
        const bool old = step_file_parse(entry->d_name, &found) && count > KEPT &&
                         found < outer_steps[KEPT - 1] && found != outer_step;
        if (old)
            unlinkat(dirfd(folder), entry->d_name, 0);
    }
    closedir(folder);
}

bool checkpoint_write(RunDirectory *run, const MetaTraining *training, Status *status) {
    const long outer_step = meta_training_outer_step(training);
    char checkpoint[PATH_MAX];
    char rule[PATH_MAX];
    // The metrics first: a checkpoint whose metrics are lost would leave a gap.
    if (!run_directory_sync_metrics(run, status) ||
        !checkpoint_path(run, outer_step, checkpoint, status) ||
        !run_directory_file(run, "rule.safetensors", rule, status) ||
        !meta_training_save(training, checkpoint, status) ||
        !meta_training_save_rule(training, rule, status))
        return false;
    checkpoints_keep(run, outer_step);
    return true;
}

void checkpoint_set_aside(const RunDirectory *run, long outer_step) {
    DIR *folder = step_files_open(run, folder_name);
    if (!folder)
        return;
    char name[STEP_FILE_NAME];
    char bad[80];
    step_file_name(outer_step, name);
    snprintf(bad, sizeof bad, "%s.bad", name);
    renameat(dirfd(folder), name, dirfd(folder), bad);
    closedir(folder);
}
