#include "app/started_runs.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

void started_runs_init(StartedRuns *started) {
    memset(started, 0, sizeof *started);
}

void started_runs_clear(StartedRuns *started) {
    for (int i = 0; i < started->count; i++)
        fclose(started->runs[i].talk);
    started->count = 0;
}

// ---- starting ----

// No signal is blocked or ignored in it, whatever the workbench has set for itself.
static int set_attributes(posix_spawnattr_t *attributes) {
    sigset_t none;
    sigset_t all;
    sigemptyset(&none);
    sigfillset(&all);
    int error = posix_spawnattr_setflags(
        attributes, (short)(POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF));
    error = error ? error : posix_spawnattr_setsigmask(attributes, &none);
    return error ? error : posix_spawnattr_setsigdefault(attributes, &all);
}

static int set_files(posix_spawn_file_actions_t *actions, int talk) {
    int error = posix_spawn_file_actions_addopen(actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    error =
        error ? error
              : posix_spawn_file_actions_addopen(actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    return error ? error : posix_spawn_file_actions_adddup2(actions, talk, STDERR_FILENO);
}

// Returns an errno.
static int spawn(const StartedRuns *started, StartedRun *run) {
    char words[][16] = {"rulesmith", "train", "--resume", "--headless"};
    char *const arguments[] = {words[0], words[1], words[2], run->folder, words[3], NULL};
    posix_spawnattr_t attributes;
    posix_spawn_file_actions_t actions;
    int error = posix_spawnattr_init(&attributes);
    if (error)
        return error;
    error = posix_spawn_file_actions_init(&actions);
    if (error) {
        posix_spawnattr_destroy(&attributes);
        return error;
    }
    error = set_attributes(&attributes);
    error = error ? error : set_files(&actions, fileno(run->talk));
    error = error ? error
                  : posix_spawn(&run->pid, started->program ? started->program : "/proc/self/exe",
                                &actions, &attributes, arguments, environ);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    return error;
}

bool started_runs_resume(StartedRuns *started, const char *folder, pid_t *pid, Status *status) {
    if (started->count == STARTED_RUNS)
        return status_fail(status, STATUS_FAILURE,
                           "%.300s: %d runs go on from here already, which is the most", folder,
                           STARTED_RUNS);
    StartedRun *run = &started->runs[started->count];
    snprintf(run->folder, sizeof run->folder, "%s", folder);
    run->talk = tmpfile();
    int error = run->talk ? spawn(started, run) : errno;
    if (error) {
        if (run->talk)
            fclose(run->talk);
        return status_fail(status, STATUS_FAILURE, "%.300s: cannot be resumed: %s", folder,
                           strerror(error));
    }
    *pid = run->pid;
    started->count++;
    return true;
}

// ---- afterwards ----

static const StartedRun *find(const StartedRuns *started, const char *folder) {
    for (int i = 0; i < started->count; i++)
        if (strcmp(started->runs[i].folder, folder) == 0)
            return &started->runs[i];
    return NULL;
}

bool started_runs_has(const StartedRuns *started, const char *folder) {
    return find(started, folder) != NULL;
}

bool started_runs_stop(const StartedRuns *started, const char *folder) {
    const StartedRun *run = find(started, folder);
    return run && kill(run->pid, SIGTERM) == 0;
}

static void last_line(FILE *stream, char *out, size_t size) {
    out[0] = '\0';
    rewind(stream);
    for (char line[STARTED_RUN_TEXT]; fgets(line, sizeof line, stream);) {
        line[strcspn(line, "\n")] = '\0';
        if (*line)
            snprintf(out, size, "%s", line);
    }
}

bool started_runs_look(StartedRuns *started, char text[STARTED_RUN_TEXT]) {
    for (int i = 0; i < started->count; i++) {
        StartedRun *run = &started->runs[i];
        int code;
        char line[STARTED_RUN_TEXT];
        if (waitpid(run->pid, &code, WNOHANG) != run->pid)
            continue;
        last_line(run->talk, line, sizeof line);
        if (*line)
            snprintf(text, STARTED_RUN_TEXT, "%s", line);
        else
            snprintf(text, STARTED_RUN_TEXT, "%.300s: process %ld has ended", run->folder,
                     (long)run->pid);
        fclose(run->talk);
        *run = started->runs[--started->count];
        return true;
    }
    return false;
}
