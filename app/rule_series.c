#include "app/rule_series.h"

#include <math.h>
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
