#include "app/rule_series.h"

#include <math.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

const char rule_series_folder[] = "rules";

bool rule_series_holds(long outer_step) {
    if (outer_step < 1)
        return outer_step == 0;
    const double half_doublings = round(2 * log2((double)outer_step));
    return outer_step == lround(exp2(half_doublings / 2));
}

bool rule_series_path(const RunDirectory *run, long outer_step, char path[PATH_MAX],
                      Status *status) {
    return step_file_path(run, rule_series_folder, outer_step, path, status);
}

// Whether the file is there, and when it was written.
static bool written_at(const char *path, struct timespec *time) {
    struct stat information;
    if (stat(path, &information) != 0)
        return false;
    *time = information.st_mtim;
    return true;
}

static bool is_later(struct timespec a, struct timespec b) {
    return a.tv_sec != b.tv_sec ? a.tv_sec > b.tv_sec : a.tv_nsec > b.tv_nsec;
}

bool rule_series_newest(const RunDirectory *run, char path[PATH_MAX], Status *status) {
    long outer_steps[STEP_FILES_LISTED];
    char kept[PATH_MAX];
    struct timespec saved_at;
    struct timespec kept_at;
    if (!run_directory_file(run, "rule.safetensors", path, status))
        return false;
    const bool saved = written_at(path, &saved_at);
    if (step_files_list(run, rule_series_folder, outer_steps) > 0 &&
        rule_series_path(run, outer_steps[0], kept, status) && written_at(kept, &kept_at) &&
        (!saved || is_later(kept_at, saved_at)))
        memcpy(path, kept, sizeof kept);
    else if (!saved)
        return status_fail(status, STATUS_BAD_DATA, "%s: expected a rule, found none yet", path);
    return true;
}

void rule_series_cut(const RunDirectory *run, long outer_step) {
    DIR *folder = step_files_open(run, rule_series_folder);
    if (!folder)
        return;
    for (const struct dirent *entry; (entry = readdir(folder));) {
        long found;
        if (step_file_parse(entry->d_name, &found) && found > outer_step)
            unlinkat(dirfd(folder), entry->d_name, 0);
    }
    closedir(folder);
}
