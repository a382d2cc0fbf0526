#include "engine/files/atomic_file.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void clear(AtomicFile *file) {
    free(file->path);
    free(file->temporary);
    memset(file, 0, sizeof *file);
    file->descriptor = -1;
}

static bool fail(const char *path, int reason, Status *status) {
    return status_fail(status, STATUS_FAILURE, "%.900s: cannot be written: %s", path,
                       strerror(reason));
}

// Renaming over a device or a pipe would remove it.
static bool is_replaceable(const char *path, Status *status) {
    struct stat information;
    if (stat(path, &information) != 0 || S_ISREG(information.st_mode))
        return true;
    return status_fail(status, STATUS_FAILURE,
                       "%.900s: cannot be written: expected a regular file or none, found %s", path,
                       S_ISDIR(information.st_mode) ? "a folder" : "a special file");
}

// The process's number keeps writers apart; O_EXCL settles it where numbers come again.
static int open_temporary(char *temporary, size_t size, const char *path) {
    enum { ATTEMPTS = 100 };
    int descriptor = -1;
    for (int attempt = 0; attempt < ATTEMPTS && descriptor < 0; attempt++) {
        snprintf(temporary, size, "%s.%ld-%d.new", path, (long)getpid(), attempt);
        descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (descriptor < 0 && errno != EEXIST && errno != EINTR)
            break;
    }
    return descriptor;
}

bool atomic_file_open(AtomicFile *file, const char *path, Status *status) {
    enum { SUFFIX = 48 };
    const size_t size = strlen(path) + SUFFIX;
    *file = (AtomicFile){.path = strdup(path), .temporary = malloc(size), .descriptor = -1};
    bool done = false;
    if (!file->path || !file->temporary)
        fail(path, ENOMEM, status);
    else if (is_replaceable(path, status)) {
        file->descriptor = open_temporary(file->temporary, size, path);
        done = file->descriptor >= 0 || fail(path, errno, status);
    }
    if (!done)
        clear(file);
    return done;
}

bool atomic_file_write(AtomicFile *file, const void *bytes, size_t size) {
    const char *next = bytes;
    while (size > 0 && file->reason == 0) {
        const ssize_t written = write(file->descriptor, next, size);
        if (written >= 0) {
            next += written;
            size -= (size_t)written;
        } else if (errno != EINTR)
            file->reason = errno;
    }
    return file->reason == 0;
}

static int sync_descriptor(int descriptor) {
    int result;
    do
        result = fsync(descriptor);
    while (result != 0 && errno == EINTR);
    return result;
}

// Makes the rename durable.  Some file systems cannot sync a folder, and some folders may be
// written but not read; there is nothing better to do there.
static bool sync_folder_of(char *path, Status *status) {
    const char *folder = dirname(path);
    const int descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const bool done =
        descriptor >= 0 ? sync_descriptor(descriptor) == 0 || errno == EINVAL : errno == EACCES;
    if (!done)
        status_fail(status, STATUS_FAILURE,
                    "%.900s: the folder cannot be synced, so a new file in it may not outlast a "
                    "power cut: %s",
                    folder, strerror(errno));
    if (descriptor >= 0)
        close(descriptor);
    return done;
}

bool atomic_file_commit(AtomicFile *file, Status *status) {
    int reason = file->reason;
    if (reason == 0 && sync_descriptor(file->descriptor) != 0)
        reason = errno;
    if (close(file->descriptor) != 0 && errno != EINTR && reason == 0)
        reason = errno;
    if (reason == 0 && rename(file->temporary, file->path) != 0)
        reason = errno;
    bool done = reason == 0;
    if (done)
        done = sync_folder_of(file->path, status);
    else {
        fail(file->path, reason, status);
        unlink(file->temporary);
    }
    clear(file);
    return done;
}

void atomic_file_abandon(AtomicFile *file) {
    if (file->descriptor >= 0)
        close(file->descriptor);
    if (file->temporary)
        unlink(file->temporary);
    clear(file);
}
