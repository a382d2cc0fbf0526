#include "tests/fuzz/fence.h"

#include "app/probe.h"
#include "app/step_thread.h"
#include "engine/files/atomic_file.h"
#include "views/picture.h"

#include <ctype.h>
#include <errno.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { MOST_PICTURES = 2, MOST_COMPUTATIONS = 48, MOST_OPENINGS = 3 };
static const double seconds_for_answer = 600; // libFuzzer's limit comes first

static const char *only_file; // NULL: not closed yet
static double now = 100;
static int pictures, computations, openings;

void fence_close(const char *path) {
    only_file = path;
}

void fence_begin_input(void) {
    now = 100;
    pictures = computations = openings = 0;
}

void fence_pass_time(double seconds) {
    now += seconds;
}

double __wrap_clock_seconds(void);
double __wrap_clock_seconds(void) {
    return now;
}

// -- Files and processes
// -------------------------------------------------------------------------------

bool __real_atomic_file_open(AtomicFile *file, const char *path, Status *status);
bool __wrap_atomic_file_open(AtomicFile *file, const char *path, Status *status);
bool __wrap_atomic_file_open(AtomicFile *file, const char *path, Status *status) {
    return __real_atomic_file_open(file, only_file ? only_file : path, status);
}

int __wrap_fsync(int file);
int __wrap_fsync(int file) {
    (void)file;
    return 0;
}

bool __real_picture_export(const Scene *scene, const char *path, const PictureOptions *options,
                           Status *status);
bool __wrap_picture_export(const Scene *scene, const char *path, const PictureOptions *options,
                           Status *status);
bool __wrap_picture_export(const Scene *scene, const char *path, const PictureOptions *options,
                           Status *status) {
    if (pictures++ >= MOST_PICTURES)
        return status_fail(status, STATUS_FAILURE, "%.900s: cannot be written: the disk is full",
                           path);
    return __real_picture_export(scene, path, options, status);
}

int __wrap_posix_spawn(pid_t *pid, const char *path, const posix_spawn_file_actions_t *actions,
                       const posix_spawnattr_t *attributes, char *const arguments[],
                       char *const environment[]);
int __wrap_posix_spawn(pid_t *pid, const char *path, const posix_spawn_file_actions_t *actions,
                       const posix_spawnattr_t *attributes, char *const arguments[],
                       char *const environment[]) {
    (void)pid;
    (void)path;
    (void)actions;
    (void)attributes;
    (void)arguments;
    (void)environment;
    return EAGAIN;
}

// -- Threads
// -------------------------------------------------------------------------------------------

void __real_probe_ask(Probe *probe, const ProbeQuestion *question);
void __wrap_probe_ask(Probe *probe, const ProbeQuestion *question);
void __wrap_probe_ask(Probe *probe, const ProbeQuestion *question) {
    const struct timespec moment = {.tv_nsec = 20000};
    if (computations++ >= MOST_COMPUTATIONS)
        return;
    __real_probe_ask(probe, question);
    while (probe_is_busy(probe))
        nanosleep(&moment, NULL);
}

// Hundreds of steps, units or images are no mistake of the program's, but take their time.
static bool is_large(const char *text) {
    int digits = 0;
    for (; *text && digits < 3; text++)
        digits = isdigit((unsigned char)*text) ? digits + 1 : 0;
    return digits == 3;
}

bool __real_step_thread_send(StepThread *thread, const char *line);
bool __wrap_step_thread_send(StepThread *thread, const char *line);
bool __wrap_step_thread_send(StepThread *thread, const char *line) {
    const bool sent = computations++ < MOST_COMPUTATIONS && !is_large(line) &&
                      __real_step_thread_send(thread, line);
    step_thread_wait(thread, seconds_for_answer);
    return sent;
}

void __real_step_thread_select(StepThread *thread, int tensor);
void __wrap_step_thread_select(StepThread *thread, int tensor);
void __wrap_step_thread_select(StepThread *thread, int tensor) {
    if (computations++ < MOST_COMPUTATIONS)
        __real_step_thread_select(thread, tensor);
    step_thread_wait(thread, seconds_for_answer);
}

bool __real_step_thread_open(StepThread *thread, const StepOpening *opening);
bool __wrap_step_thread_open(StepThread *thread, const StepOpening *opening);
bool __wrap_step_thread_open(StepThread *thread, const StepOpening *opening) {
    const bool sent = openings++ < MOST_OPENINGS && !is_large(opening->base) &&
                      !is_large(opening->data) && __real_step_thread_open(thread, opening);
    step_thread_wait(thread, seconds_for_answer);
    return sent;
}
