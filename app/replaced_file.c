#include "app/replaced_file.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <string.h>
#include <unistd.h>

bool path_join(char path[PATH_MAX], const char *folder, const char *name, Status *status) {
    const int length = snprintf(path, PATH_MAX, "%s/%s", folder, name);
    return (length > 0 && length < PATH_MAX) ||
           status_fail(status, STATUS_FAILURE, "%s: the path is longer than %d bytes with /%s",
                       folder, PATH_MAX - 1, name);
}

bool folder_sync(const char *folder, Status *status) {
    const int file = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    // Some file systems cannot sync a folder (EINVAL); there is nothing better to do there.
    const bool done = file >= 0 && (fsync(file) == 0 || errno == EINVAL);
    if (!done)
        status_fail(status, STATUS_FAILURE, "%s: the folder cannot be synced: %s", folder,
                    strerror(errno));
    if (file >= 0)
        close(file);
    return done;
}

bool replaced_file_open(ReplacedFile *file, const char *path, Status *status) {
    snprintf(file->path, sizeof file->path, "%s", path);
    const int length = snprintf(file->temporary, sizeof file->temporary, "%s.new", path);
    if (length >= (int)sizeof file->temporary)
        return status_fail(status, STATUS_FAILURE, "%s: the path is too long", path);
    file->stream = fopen(file->temporary, "we");
    return file->stream || status_fail(status, STATUS_FAILURE, "%s: cannot be written: %s",
                                       file->temporary, strerror(errno));
}

void replaced_file_abandon(ReplacedFile *file) {
    if (file->stream)
        fclose(file->stream);
    file->stream = NULL;
    unlink(file->temporary);
}

bool replaced_file_commit(ReplacedFile *file, Status *status) {
    bool written =
        !ferror(file->stream) && fflush(file->stream) == 0 && fsync(fileno(file->stream)) == 0;
    int reason = errno;
    if (fclose(file->stream) != 0 && written) {
        written = false;
        reason = errno;
    }
    file->stream = NULL;
    if (written && rename(file->temporary, file->path) != 0) {
        written = false;
        reason = errno;
    }
    if (!written) {
        unlink(file->temporary);
        return status_fail(status, STATUS_FAILURE, "%s: cannot be written: %s", file->path,
                           strerror(reason));
    }
    char folder[PATH_MAX];
    memcpy(folder, file->path, sizeof folder);
    return folder_sync(dirname(folder), status);
}
