#include "engine/files/atomic_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { ATTEMPTS = 1000 }; // at a name that nobody else has

struct AtomicFile {
    int descriptor; // of the temporary; -1 once closed
    char *path;
    char *temporary;
};

static bool fail(Status *status, const char *path, const char *what, int error) {
    return status_fail(status, STATUS_FAILURE, "%s: cannot %s: %s", path, what, strerror(error));
}

static void release(AtomicFile *file) {
    if (file->descriptor >= 0)
        close(file->descriptor);
    free(file->path);
    free(file->temporary);
    free(file);
}

// Renaming over /dev/null would replace the device.
static bool replaceable(const char *path, Status *status) {
    struct stat found;
    if (stat(path, &found) != 0 || S_ISREG(found.st_mode))
        return true;
    return status_fail(status, STATUS_FAILURE, "%s: expected a regular file or none, found %s",
                       path, S_ISDIR(found.st_mode) ? "a directory" : "a special file");
}

// open() applies the umask; mkstemp() would need it read, which no thread can do safely.
static bool create_temporary(AtomicFile *file, Status *status) {
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
        free(file->temporary);
        if (asprintf(&file->temporary, "%s.%ld-%d.tmp", file->path, (long)getpid(), attempt) < 0) {
            file->temporary = NULL;
            return fail(status, file->path, "create it", ENOMEM);
        }
        do
            file->descriptor =
                open(file->temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, (mode_t)0666);
        while (file->descriptor < 0 && errno == EINTR);
        if (file->descriptor >= 0)
            return true;
        if (errno != EEXIST)
            break;
    }
    return fail(status, file->path, "create a temporary file beside it", errno);
}

bool atomic_file_open(AtomicFile **file, const char *path, Status *status) {
    *file = NULL;
    if (!replaceable(path, status))
        return false;
    AtomicFile *opened = calloc(1, sizeof *opened);
    if (!opened)
        return fail(status, path, "create it", ENOMEM);
    opened->descriptor = -1;
    opened->path = strdup(path);
    if (!opened->path)
        fail(status, path, "create it", ENOMEM);
    else if (create_temporary(opened, status)) {
        *file = opened;
        return true;
    }
    release(opened);
    return false;
}

bool atomic_file_write(AtomicFile *file, const void *data, size_t size, Status *status) {
    const char *rest = data;
    while (size > 0) {
        const ssize_t written = write(file->descriptor, rest, size);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return fail(status, file->path, "write", errno);
        rest += written;
        size -= (size_t)written;
    }
    return true;
}

// The directory that holds path, for fsync; -1 if it may not be opened.
static int open_directory(const char *path) {
    const char *slash = strrchr(path, '/');
    if (!slash)
        return open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    char *directory = strndup(path, slash == path ? 1 : (size_t)(slash - path));
    if (!directory)
        return -1;
    const int descriptor = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    free(directory);
    return descriptor;
}

static int sync_descriptor(int descriptor) {
    int result;
    do
        result = fsync(descriptor);
    while (result != 0 && errno == EINTR);
    return result;
}

// After close() the descriptor is gone even if it failed.
static bool finish_temporary(AtomicFile *file, Status *status) {
    if (sync_descriptor(file->descriptor) != 0)
        return fail(status, file->path, "bring it to the disk", errno);
    const int result = close(file->descriptor);
    file->descriptor = -1;
    return (result == 0 || errno == EINTR) || fail(status, file->path, "close it", errno);
}

bool atomic_file_commit(AtomicFile *file, Status *status) {
    if (!finish_temporary(file, status)) {
        atomic_file_abandon(file);
        return false;
    }
    if (rename(file->temporary, file->path) != 0) {
        fail(status, file->path, "rename the temporary file to it", errno);
        atomic_file_abandon(file);
        return false;
    }
    // Some file systems cannot sync a directory, some directories may be written but not opened:
    // neither is a reason to call a file lost that is there.
    const int directory = open_directory(file->path);
    bool done = true;
    if (directory >= 0) {
        if (sync_descriptor(directory) != 0 && errno == EIO)
            done = fail(status, file->path, "bring its directory to the disk", errno);
        close(directory);
    }
    release(file);
    return done;
}

void atomic_file_abandon(AtomicFile *file) {
    if (!file)
        return;
    unlink(file->temporary);
    release(file);
}
