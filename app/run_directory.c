#include "app/run_directory.h"

#include "engine/blas.h"
#include "engine/files/atomic_file.h"
#include "engine/kernels.h"
#include "engine/real.h"

#include <cJSON.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static const char runs_folder[] = "runs";

static bool join(char path[PATH_MAX], const char *folder, const char *name, Status *status) {
    const int length = snprintf(path, PATH_MAX, "%s/%s", folder, name);
    return (length > 0 && length < PATH_MAX) ||
           status_fail(status, STATUS_FAILURE, "%.800s: the path with /%s is longer than %d bytes",
                       folder, name, PATH_MAX - 1);
}

bool run_directory_file(const RunDirectory *run, const char *name, char path[PATH_MAX],
                        Status *status) {
    return join(path, run->path, name, status);
}

static bool make_folder(const char *path, bool may_exist, Status *status) {
    if (mkdir(path, 0777) == 0 || (may_exist && errno == EEXIST))
        return true;
    return status_fail(status, STATUS_FAILURE,
                       "%s: the folder cannot be made: %s; --run DIR chooses another place", path,
                       strerror(errno));
}

static bool has_file(const RunDirectory *run, const char *name) {
    char path[PATH_MAX];
    Status ignored;
    return run_directory_file(run, name, path, &ignored) && access(path, F_OK) == 0;
}

// runs/TIME-ID
static bool make_named_folder(RunDirectory *run, Status *status) {
    if (!make_folder(runs_folder, true, status))
        return false;
    const time_t now = time(NULL);
    struct tm local;
    localtime_r(&now, &local);
    char name[64];
    const size_t length = strftime(name, sizeof name, "%Y%m%d-%H%M%S", &local);
    unsigned id = (unsigned)getpid();
    if (getrandom(&id, sizeof id, GRND_NONBLOCK) != (ssize_t)sizeof id)
        id ^= (unsigned)now;
    snprintf(name + length, sizeof name - length, "-%05x", id & 0xfffffu);
    run->named = true;
    return join(run->path, runs_folder, name, status) && make_folder(run->path, false, status);
}

// A convenience: a file system without symbolic links loses nothing else.
static void point_latest(const RunDirectory *run) {
    const char *name = run->path + sizeof runs_folder;
    unlink("runs/latest.new");
    if (symlink(name, "runs/latest.new") == 0 && rename("runs/latest.new", "runs/latest") != 0)
        unlink("runs/latest.new");
}

static void set_path(RunDirectory *run, const char *folder) {
    memset(run, 0, sizeof *run);
    run->lock = run->log = run->metrics.file = -1;
    char target[PATH_MAX];
    struct stat information;
    // runs/latest may point elsewhere tomorrow: the run is what it points at now.
    if (folder && lstat(folder, &information) == 0 && S_ISLNK(information.st_mode) &&
        realpath(folder, target))
        folder = target;
    snprintf(run->path, sizeof run->path, "%s", folder ? folder : "");
    for (size_t length = strlen(run->path); length > 1 && run->path[length - 1] == '/'; length--)
        run->path[length - 1] = '\0';
}

// Who holds the lock, as far as its status tells.
static bool fail_locked(const RunDirectory *run, const char *path, Status *status) {
    char holder[128] = "";
    FILE *stream = fopen(path, "re");
    if (stream) {
        holder[fread(holder, 1, sizeof holder - 1, stream)] = '\0';
        holder[strcspn(holder, "\n")] = '\0';
        fclose(stream);
    }
    return status_fail(status, STATUS_FAILURE,
                       "%s: another process is writing this run (%s); it must end first", run->path,
                       *holder ? holder : "unknown");
}

// Somebody who asks whether the run is written (run_status.h) holds the lock for a moment: that is
// waited for.
static bool lock_soon(int file) {
    enum { TRIES = 5 };
    for (int i = 1;; i++) {
        if (flock(file, LOCK_EX | LOCK_NB) == 0)
            return true;
        if (errno != EWOULDBLOCK || i == TRIES)
            return false;
        nanosleep(&(struct timespec){.tv_nsec = 20000000}, NULL);
    }
}

static bool take_lock(RunDirectory *run, Status *status) {
    char path[PATH_MAX];
    if (!run_directory_file(run, "lock", path, status))
        return false;
    run->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (run->lock < 0)
        return status_fail(status, STATUS_FAILURE, "%s: cannot be opened: %s", path,
                           strerror(errno));
    if (!lock_soon(run->lock)) {
        const bool held = errno == EWOULDBLOCK;
        if (!held)
            status_fail(status, STATUS_FAILURE, "%s: cannot be locked: %s", path, strerror(errno));
        close(run->lock);
        run->lock = -1;
        return held ? fail_locked(run, path, status) : false;
    }
    char host[64] = "";
    gethostname(host, sizeof host - 1);
    char text[128];
    const int length = snprintf(text, sizeof text, "pid %ld on %s\n", (long)getpid(), host);
    // Only a hint for whoever is refused.
    if (ftruncate(run->lock, 0) != 0 || pwrite(run->lock, text, (size_t)length, 0) != length)
        errno = 0;
    return true;
}

static bool open_log(RunDirectory *run, Status *status) {
    char path[PATH_MAX];
    if (!run_directory_file(run, "log.txt", path, status))
        return false;
    run->log = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    return run->log >= 0 ||
           status_fail(status, STATUS_FAILURE, "%s: cannot be opened: %s", path, strerror(errno));
}

static bool make_subfolder(const RunDirectory *run, const char *name, Status *status) {
    char path[PATH_MAX];
    return run_directory_file(run, name, path, status) && make_folder(path, true, status);
}

static bool open_metrics(RunDirectory *run, Status *status) {
    char path[PATH_MAX];
    return run_directory_file(run, "metrics.jsonl", path, status) &&
           json_lines_open(&run->metrics, path, status);
}

// What a writer that was killed has left: temporary files, named PATH.*.new.
static void remove_left_overs(const RunDirectory *run, const char *name) {
    char path[PATH_MAX];
    Status ignored;
    DIR *folder = run_directory_file(run, name, path, &ignored) ? opendir(path) : NULL;
    if (!folder)
        return;
    for (const struct dirent *entry; (entry = readdir(folder));) {
        const size_t length = strlen(entry->d_name);
        if (length > 4 && strcmp(entry->d_name + length - 4, ".new") == 0)
            unlinkat(dirfd(folder), entry->d_name, 0);
    }
    closedir(folder);
}

static bool fill(RunDirectory *run, Status *status) {
    return take_lock(run, status) && make_subfolder(run, "checkpoints", status) &&
           make_subfolder(run, "images", status) && make_subfolder(run, "rules", status) &&
           open_log(run, status);
}

bool run_directory_create(RunDirectory *run, const char *folder, const char *preset,
                          Status *status) {
    set_path(run, folder);
    const bool existed = access(run->path, F_OK) == 0;
    snprintf(run->preset, sizeof run->preset, "%s", preset);
    if (folder ? !make_folder(run->path, true, status) : !make_named_folder(run, status))
        return false;
    if (has_file(run, "config.ini"))
        return status_fail(status, STATUS_USAGE,
                           "%s: holds a run already; --resume %s goes on with it", run->path,
                           run->path);
    if (fill(run, status) && open_metrics(run, status))
        return true;
    if (run->lock >= 0)
        run_directory_discard(run);
    else if (!existed)
        rmdir(run->path);
    run_directory_close(run);
    return false;
}

void run_directory_config_note(const RunDirectory *run, const char *name, char *text, size_t size) {
    char path[PATH_MAX], line[256];
    Status ignored;
    *text = '\0';
    FILE *stream = run_directory_file(run, "config.ini", path, &ignored) ? fopen(path, "re") : NULL;
    const size_t length = strlen(name);
    while (stream && fgets(line, sizeof line, stream) && line[0] == ';') {
        const char *said = line + 1 + strspn(line + 1, " ");
        if (strncmp(said, name, length) != 0 || said[length] != ':')
            continue;
        said += length + 1 + strspn(said + length + 1, " ");
        snprintf(text, size, "%.*s", (int)strcspn(said, "\n"), said);
        break;
    }
    if (stream)
        fclose(stream);
}

bool run_directory_look(RunDirectory *run, const char *folder, Status *status) {
    set_path(run, folder);
    if (!has_file(run, "config.ini"))
        return status_fail(status, STATUS_BAD_DATA,
                           "%s: is no run directory: expected config.ini in it: %s", run->path,
                           strerror(errno));
    run_directory_config_note(run, "preset", run->preset, sizeof run->preset);
    if (!*run->preset)
        strcpy(run->preset, "config.ini");
    return true;
}

bool run_directory_open(RunDirectory *run, const char *folder, Status *status) {
    if (!run_directory_look(run, folder, status))
        return false;
    if (fill(run, status)) {
        remove_left_overs(run, ".");
        remove_left_overs(run, "checkpoints");
        remove_left_overs(run, "rules");
        return true;
    }
    run_directory_close(run);
    return false;
}

void run_directory_close(RunDirectory *run) {
    json_lines_close(&run->metrics);
    if (run->log >= 0)
        close(run->log);
    if (run->lock >= 0)
        close(run->lock); // and with it goes the lock
    run->lock = run->log = -1;
}

void run_directory_discard(RunDirectory *run) {
    static const char *const files[] = {"checkpoints/outer-0000000000.safetensors",
                                        "checkpoints/latest",
                                        "rule.safetensors",
                                        "metrics.jsonl",
                                        "log.txt",
                                        "lock"};
    static const char *const folders[] = {"checkpoints", "images", "rules"};
    char path[PATH_MAX];
    Status ignored;
    const bool ours = run->lock >= 0 && !has_file(run, "config.ini");
    for (size_t i = 0; ours && i < sizeof files / sizeof files[0]; i++) {
        if (run_directory_file(run, files[i], path, &ignored))
            unlink(path);
    }
    for (size_t i = 0; ours && i < sizeof folders / sizeof folders[0]; i++) {
        if (run_directory_file(run, folders[i], path, &ignored))
            rmdir(path);
    }
    if (ours)
        rmdir(run->path);
    run_directory_close(run);
}

// Makes text the contents of a file of the run; NULL stands for memory that there was none of.
static bool replace_file(const RunDirectory *run, const char *name, const char *text,
                         Status *status) {
    char path[PATH_MAX];
    AtomicFile file;
    if (!text)
        return status_fail(status, STATUS_FAILURE, "%.900s: no memory to write %s", run->path,
                           name);
    if (!run_directory_file(run, name, path, status) || !atomic_file_open(&file, path, status))
        return false;
    atomic_file_write(&file, text, strlen(text));
    return atomic_file_commit(&file, status);
}

// The text of config.ini, or NULL without memory.
static char *config_text(const RunDirectory *run, const Settings *settings) {
    char *text = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&text, &size);
    if (!stream)
        return NULL;
    fprintf(stream,
            "; The effective settings of this run; --resume reads them back.\n"
            "; preset:    %s\n"
            "; precision: " REAL_NAME "\n"
            "; kernels:   %s\n"
            "; openblas:  %s\n\n",
            run->preset, kernels_best()->name, blas_description());
    const bool written = settings_write(settings, stream);
    if (fclose(stream) == 0 && written)
        return text;
    free(text);
    return NULL;
}

bool run_directory_write_config(const RunDirectory *run, const Settings *settings, Status *status) {
    char *text = config_text(run, settings);
    const bool done = replace_file(run, "config.ini", text, status);
    free(text);
    if (done && run->named)
        point_latest(run);
    return done;
}

bool run_directory_resume_metrics(RunDirectory *run, long outer_step, long lines, long *superseded,
                                  Status *status) {
    const JsonLinesCut cut = {.key = "outer_step", .last = (double)outer_step, .ties = lines};
    char path[PATH_MAX];
    char superseded_path[PATH_MAX];
    return run_directory_file(run, "metrics.jsonl", path, status) &&
           run_directory_file(run, "metrics-superseded.jsonl", superseded_path, status) &&
           json_lines_cut(path, superseded_path, &cut, superseded, status) &&
           open_metrics(run, status);
}

bool run_directory_metric(RunDirectory *run, const char *json, Status *status) {
    return json_lines_append(&run->metrics, json, status);
}

bool run_directory_sync_metrics(RunDirectory *run, Status *status) {
    return json_lines_sync(&run->metrics, status);
}

void run_directory_log(const RunDirectory *run, const char *line) {
    const time_t now = time(NULL);
    struct tm local;
    localtime_r(&now, &local);
    char text[1200];
    size_t length = strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S ", &local);
    length += (size_t)snprintf(text + length, sizeof text - length - 1, "%s", line);
    if (length > sizeof text - 2)
        length = sizeof text - 2;
    for (size_t i = 0; i < length; i++) {
        if (text[i] == '\n')
            text[i] = ' ';
    }
    text[length++] = '\n';
    if (run->log >= 0 && write(run->log, text, length) < 0)
        errno = 0;
}

bool run_directory_set_state(const RunDirectory *run, const char *state, const char *reason,
                             long outer_step, Status *status) {
    char host[64] = "";
    gethostname(host, sizeof host - 1);
    cJSON *object = cJSON_CreateObject();
    const bool filled = cJSON_AddNumberToObject(object, "pid", (double)getpid()) &&
                        cJSON_AddStringToObject(object, "host", host) &&
                        cJSON_AddStringToObject(object, "state", state) &&
                        cJSON_AddStringToObject(object, "reason", reason) &&
                        cJSON_AddNumberToObject(object, "outer_step", (double)outer_step) &&
                        cJSON_AddStringToObject(object, "preset", run->preset) &&
                        cJSON_AddNumberToObject(object, "updated", (double)time(NULL));
    char *text = filled ? cJSON_PrintUnformatted(object) : NULL;
    cJSON_Delete(object);
    const bool done = replace_file(run, "status.json", text, status);
    cJSON_free(text);
    return done;
}
