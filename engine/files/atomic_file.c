#include "engine/files/atomic_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct AtomicFile {
    int descriptor;
    char *path, *temporary;
};

static void release(AtomicFile *file) {
    if (file->descriptor >= 0)
        close(file->descriptor);
    free(file->path);
    free(file->temporary);
    free(file);
}

static bool fail(const AtomicFile *file, const char *what, Status *status) {
    const int error = errno;
    return status_fail(status, STATUS_FAILURE, "%s: cannot %s %s: %s", file->path, what,
                       file->temporary, strerror(error));
}

// The process's number keeps two writers of one path apart; the lock of a run directory is not
// ours.
static bool name_temporary(AtomicFile *file) {
    const size_t size = strlen(file->path) + 32;
    file->temporary = malloc(size);
    if (file->temporary)
        snprintf(file->temporary, size, "%s.%ld.tmp", file->path, (long)getpid());
    return file->temporary != NULL;
}

bool atomic_file_open(AtomicFile **made, const char *path, Status *status) {
    *made = NULL;
    AtomicFile *file = calloc(1, sizeof *file);
    if (file) {
        file->descriptor = -1;
        file->path = strdup(path);
    }
    if (!file || !file->path || !name_temporary(file)) {
        if (file)
            release(file);
        return status_fail(status, STATUS_FAILURE, "%s: out of memory", path);
    }
    file->descriptor =
        open(file->temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0666);
    if (file->descriptor < 0) {
        fail(file, "create", status);
        release(file);
        return false;
    }
    *made = file;
    return true;
}

bool atomic_file_write(AtomicFile *file, const void *data, size_t size, Status *status) {
    const char *next = data;
    while (size > 0) {
        const ssize_t written = write(file->descriptor, next, size);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return fail(file, "write", status);
        next += written;
        size -= (size_t)written;
    }
    return true;
}

void atomic_file_abandon(AtomicFile *file) {
    if (!file)
        return;
    unlink(file->temporary);
    release(file);
}

static int sync_all(int descriptor) {
    int result;
    do
        result = fsync(descriptor);
    while (result < 0 && errno == EINTR);
    return result;
}

// The rename itself must reach the disk.  Some file systems cannot sync a folder: then there is
// nothing more that we could do.
static bool sync_folder(const char *path) {
    char *copy = strdup(path);
    if (!copy)
        return false;
    char *slash = strrchr(copy, '/');
    const char *folder = !slash ? "." : slash == copy ? "/" : copy;
    if (slash && slash != copy)
        *slash = '\0';
    const int descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool done = descriptor >= 0 && sync_all(descriptor) == 0;
    if (descriptor >= 0 && !done && (errno == EINVAL || errno == ENOTSUP))
        done = true;
    if (descriptor >= 0)
        close(descriptor);
    free(copy);
    return done;
}

bool atomic_file_commit(AtomicFile *file, Status *status) {
    bool done = sync_all(file->descriptor) == 0 || fail(file, "sync", status);
    const int closed = close(file->descriptor);
    file->descriptor = -1;
    done = done && (closed == 0 || fail(file, "close", status));
    done = done && (rename(file->temporary, file->path) == 0 || fail(file, "rename", status));
    if (!done) {
        atomic_file_abandon(file);
        return false;
    }
    if (!sync_folder(file->path))
        done = status_fail(status, STATUS_FAILURE, "%s: cannot sync its folder: %s", file->path,
                           strerror(errno));
    release(file);
    return done;
}
