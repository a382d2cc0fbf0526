#include "engine/files/whole_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool fail(Status *status, const char *path, int error) {
    return status_fail(status, STATUS_BAD_DATA, "%s: cannot read it: %s", path, strerror(error));
}

static bool read_exactly(int descriptor, const char *path, unsigned char *data, size_t size,
                         Status *status) {
    for (size_t done = 0; done < size;) {
        const ssize_t count = read(descriptor, data + done, size - done);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return fail(status, path, errno);
        if (count == 0)
            return status_fail(status, STATUS_BAD_DATA,
                               "%s: expected %zu bytes, found its end at byte %zu", path, size,
                               done);
        done += (size_t)count;
    }
    return true;
}

static bool read_descriptor(int descriptor, const char *path, unsigned char **data, size_t *size,
                            Status *status) {
    struct stat found;
    if (fstat(descriptor, &found) != 0)
        return fail(status, path, errno);
    if (!S_ISREG(found.st_mode))
        return status_fail(status, STATUS_BAD_DATA, "%s: expected a regular file, found %s", path,
                           S_ISDIR(found.st_mode) ? "a directory" : "a special file");
    unsigned char *bytes = malloc((size_t)found.st_size + 1);
    if (!bytes)
        return status_fail(status, STATUS_FAILURE, "%s: no memory for %lld bytes", path,
                           (long long)found.st_size);
    if (!read_exactly(descriptor, path, bytes, (size_t)found.st_size, status)) {
        free(bytes);
        return false;
    }
    bytes[found.st_size] = 0;
    *data = bytes;
    *size = (size_t)found.st_size;
    return true;
}

bool whole_file_read(const char *path, unsigned char **data, size_t *size, Status *status) {
    *data = NULL;
    *size = 0;
    // Without O_NONBLOCK, opening a pipe would wait for its writer.
    const int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (descriptor < 0)
        return fail(status, path, errno);
    const bool done = read_descriptor(descriptor, path, data, size, status);
    close(descriptor);
    return done;
}
