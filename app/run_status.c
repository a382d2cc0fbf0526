#include "app/run_status.h"

#include <cJSON.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

static void copy_text(const cJSON *object, const char *key, char *out, size_t size) {
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, key));
    snprintf(out, size, "%s", text ? text : "");
}

static double copy_number(const cJSON *object, const char *key, double otherwise) {
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);
    return cJSON_IsNumber(item) ? item->valuedouble : otherwise;
}

static long copy_long(const cJSON *object, const char *key, double most) {
    const double number = copy_number(object, key, 0);
    return number >= 0 && number <= most ? (long)number : 0;
}

bool run_status_read(RunStatus *run, const char *path, Status *status) {
    char text[4096];
    *run = (RunStatus){.updated = NAN};
    FILE *stream = fopen(path, "re");
    if (!stream)
        return status_fail(status, STATUS_BAD_DATA, "%s: cannot be opened: %s", path,
                           strerror(errno));
    const size_t length = fread(text, 1, sizeof text, stream);
    fclose(stream);
    cJSON *object = cJSON_ParseWithLength(text, length);
    if (!cJSON_IsObject(object)) {
        cJSON_Delete(object);
        return status_fail(status, STATUS_BAD_DATA, "%s: expected a JSON object", path);
    }
    run->pid = copy_long(object, "pid", INT_MAX);
    run->outer_step = copy_long(object, "outer_step", 9007199254740992.0);
    run->updated = copy_number(object, "updated", NAN);
    copy_text(object, "host", run->host, sizeof run->host);
    copy_text(object, "state", run->state, sizeof run->state);
    copy_text(object, "reason", run->reason, sizeof run->reason);
    copy_text(object, "preset", run->preset, sizeof run->preset);
    cJSON_Delete(object);
    return true;
}

typedef enum { LOCK_HELD, LOCK_FREE, LOCK_UNKNOWN } LockState;

// Whether somebody holds the writer's lock of the run in folder.
static LockState look_at_lock(const char *folder) {
    char path[PATH_MAX + 8];
    snprintf(path, sizeof path, "%s/lock", folder);
    const int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (file < 0)
        return LOCK_UNKNOWN;
    const bool taken = flock(file, LOCK_SH | LOCK_NB) == 0;
    const bool held = !taken && errno == EWOULDBLOCK;
    close(file); // and with it goes our lock
    return taken ? LOCK_FREE : held ? LOCK_HELD : LOCK_UNKNOWN;
}

RunLife run_status_life(const RunStatus *run, const char *folder) {
    char host[64] = "";
    gethostname(host, sizeof host - 1);
    const LockState lock = look_at_lock(folder);
    if (lock == LOCK_HELD)
        return RUN_WRITTEN;
    if (strcmp(run->state, "training") != 0 && strcmp(run->state, "paused") != 0)
        return RUN_AT_REST;
    if (strcmp(run->host, host) != 0)
        return RUN_ELSEWHERE;
    if (lock == LOCK_FREE || run->pid <= 0)
        return RUN_ABANDONED;
    // A file system without locks: whether there is such a process at all.
    return kill((pid_t)run->pid, 0) == 0 || errno == EPERM ? RUN_WRITTEN : RUN_ABANDONED;
}

const char *run_status_word(const RunStatus *run, RunLife life) {
    static const char *const known[] = {"training", "paused", "finished", "interrupted", "failed"};
    if (life == RUN_ABANDONED)
        return "killed";
    if (life == RUN_ELSEWHERE)
        return "elsewhere";
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (strcmp(run->state, known[i]) == 0)
            return known[i];
    return "new";
}
