#include "app/run_list.h"

#include <dirent.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void run_list_init(RunList *list, const char *folder) {
    memset(list, 0, sizeof *list);
    // As run_directory.h has it, a link is what it points at now, so that paths stay comparable.
    char target[PATH_MAX];
    struct stat information;
    const bool link = lstat(folder, &information) == 0 && S_ISLNK(information.st_mode) &&
                      realpath(folder, target);
    snprintf(list->folder, sizeof list->folder, "%s", link ? target : folder);
    for (size_t n = strlen(list->folder); n > 1 && list->folder[n - 1] == '/'; n--)
        list->folder[n - 1] = '\0';
}

static void forget(RunReader *reader) {
    run_reader_clear(reader);
    free(reader);
}

void run_list_clear(RunList *list) {
    for (int i = 0; i < list->count; i++)
        forget(list->readers[i]);
    list->count = 0;
}

// ---- finding ----

typedef struct {
    char **paths; // [count]; owned, each of them too
    int count, capacity;
    int looked; // entries of folders
    bool more;
} Found;

static void found_clear(Found *found) {
    for (int i = 0; i < found->count; i++)
        free(found->paths[i]);
    free(found->paths);
}

static bool add_found(Found *found, const char *path, Status *status) {
    if (found->count == RUN_LIST_MOST) {
        found->more = true;
        return true;
    }
    if (found->count == found->capacity) {
        const int capacity = 2 * found->capacity + 16;
        char **paths = realloc(found->paths, (size_t)capacity * sizeof *paths);
        if (!paths)
            return status_fail(status, STATUS_FAILURE, "%.800s: no memory for its runs", path);
        found->paths = paths;
        found->capacity = capacity;
    }
    found->paths[found->count] = strdup(path);
    return found->paths[found->count++] ||
           status_fail(status, STATUS_FAILURE, "%.800s: no memory for its path", path);
}

static bool is_run(const char *folder) {
    char path[PATH_MAX + 16];
    snprintf(path, sizeof path, "%s/config.ini", folder);
    return access(path, F_OK) == 0;
}

static bool find(Found *found, const char *folder, int depth, Status *status);

static bool look_below(Found *found, const char *folder, DIR *opened, int depth, Status *status) {
    for (const struct dirent *entry; (entry = readdir(opened));) {
        char path[PATH_MAX];
        struct stat information;
        if (++found->looked > RUN_LIST_ENTRIES) {
            found->more = true;
            return true;
        }
        const int length = snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        if (entry->d_name[0] == '.' || length >= PATH_MAX || lstat(path, &information) != 0 ||
            !S_ISDIR(information.st_mode))
            continue;
        if (!find(found, path, depth - 1, status))
            return false;
    }
    return true;
}

// Below the uppermost folder, one that cannot be read has no runs.
static bool find(Found *found, const char *folder, int depth, Status *status) {
    if (is_run(folder))
        return add_found(found, folder, status);
    DIR *opened = depth > 0 ? opendir(folder) : NULL;
    if (!opened)
        return true;
    const bool good = look_below(found, folder, opened, depth, status);
    closedir(opened);
    return good;
}

static int by_text(const void *a, const void *b) {
    return strcmp(*(char *const *)a, *(char *const *)b);
}

// ---- the list ----

// The reader of that path among the old ones, taken out of there; or a new one; NULL if the run has
// gone meanwhile or there is no memory.
static RunReader *take_reader(RunList *old, const char *path) {
    Status ignored;
    for (int i = 0; i < old->count; i++) {
        RunReader *reader = old->readers[i];
        if (reader && strcmp(reader->run.path, path) == 0) {
            old->readers[i] = NULL;
            return reader;
        }
    }
    RunReader *reader = malloc(sizeof *reader);
    if (reader && !run_reader_init(reader, path, &ignored)) {
        free(reader);
        return NULL;
    }
    if (reader)
        metrics_file_set_tail(&reader->metrics, RUN_LIST_TAIL);
    return reader;
}

static bool take_over(RunList *list, const Found *found) {
    RunList old = *list;
    bool changed = list->more != found->more;
    list->count = 0;
    list->more = found->more;
    for (int i = 0; i < found->count; i++) {
        RunReader *reader = take_reader(&old, found->paths[i]);
        if (reader)
            list->readers[list->count++] = reader;
    }
    changed |= list->count != old.count;
    for (int i = 0; i < old.count; i++) {
        if (!old.readers[i])
            continue;
        changed = true;
        forget(old.readers[i]);
    }
    return changed;
}

bool run_list_scan(RunList *list, bool *changed, Status *status) {
    Found found = {0};
    *changed = false;
    if (access(list->folder, R_OK | X_OK) != 0)
        return status_fail(status, STATUS_BAD_DATA, "%s: cannot be read: %s", list->folder,
                           strerror(errno));
    const bool good = find(&found, list->folder, RUN_LIST_DEPTH, status);
    if (good) {
        if (found.count > 0)
            qsort(found.paths, (size_t)found.count, sizeof *found.paths, by_text);
        *changed = take_over(list, &found);
    }
    found_clear(&found);
    return good;
}

bool run_list_look(RunList *list) {
    bool changed = false;
    for (int i = 0; i < list->count; i++)
        changed |= run_reader_look(list->readers[i]);
    return changed;
}

const OuterPoint *run_last_outer(const RunReader *reader) {
    const History *history = reader->metrics.curves.history;
    const size_t count = history_outer_count(history);
    return count > 0 ? history_outer(history, count - 1) : NULL;
}

const EvaluationPoint *run_last_evaluation(const RunReader *reader) {
    const MetricCurves *curves = &reader->metrics.curves;
    const size_t count = history_evaluation_count(curves->history);
    return curves->has_pending ? &curves->pending
           : count > 0         ? history_evaluation(curves->history, count - 1)
                               : NULL;
}

double run_last_accuracy(const RunReader *reader) {
    const EvaluationPoint *point = run_last_evaluation(reader);
    return point && point->set_count > 0 ? point->accuracy_mean[0][SNAPSHOT_MARKS - 1] : NAN;
}

const char *run_list_name(const RunList *list, const RunReader *reader) {
    const size_t length = strlen(list->folder);
    const char *path = reader->run.path;
    if (strncmp(path, list->folder, length) == 0 && path[length] == '/' && path[length + 1])
        return path + length + 1;
    return path;
}
