#include "app/json_lines.h"

#include "engine/files/atomic_file.h"

#include <assert.h>
#include <cJSON.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool fail_file(const char *path, const char *what, Status *status) {
    return status_fail(status, STATUS_FAILURE, "%s: cannot be %s: %s", path, what, strerror(errno));
}

// The offset behind the last line break before size; -1 if the file cannot be read.
static off_t end_of_lines(int file, off_t size) {
    char block[4096];
    while (size > 0) {
        const off_t start = size > (off_t)sizeof block ? size - (off_t)sizeof block : 0;
        const ssize_t length = pread(file, block, (size_t)(size - start), start);
        if (length != size - start)
            return -1;
        const char *line_break = memrchr(block, '\n', (size_t)length);
        if (line_break)
            return start + (line_break - block) + 1;
        size = start;
    }
    return 0;
}

bool json_lines_open(JsonLines *lines, const char *path, Status *status) {
    snprintf(lines->path, sizeof lines->path, "%s", path);
    lines->file = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    if (lines->file < 0)
        return fail_file(path, "opened", status);
    struct stat information;
    if (fstat(lines->file, &information) == 0) {
        lines->length = end_of_lines(lines->file, information.st_size);
        if (lines->length == information.st_size ||
            (lines->length >= 0 && ftruncate(lines->file, lines->length) == 0))
            return true;
    }
    fail_file(path, "repaired", status);
    json_lines_close(lines);
    return false;
}

void json_lines_close(JsonLines *lines) {
    if (lines->file >= 0)
        close(lines->file);
    lines->file = -1;
}

static bool write_all(int file, const char *bytes, size_t count) {
    while (count > 0) {
        const ssize_t written = write(file, bytes, count);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return false;
        bytes += written;
        count -= (size_t)written;
    }
    return true;
}

bool json_lines_append(JsonLines *lines, const char *json, Status *status) {
    assert(!strchr(json, '\n'));
    const size_t length = strlen(json);
    char *line = malloc(length + 1);
    if (!line)
        return status_fail(status, STATUS_FAILURE, "%s: no memory for a line", lines->path);
    memcpy(line, json, length);
    line[length] = '\n';
    const bool written = write_all(lines->file, line, length + 1);
    free(line);
    if (written) {
        lines->length += (off_t)length + 1;
        return true;
    }
    fail_file(lines->path, "written", status);
    if (ftruncate(lines->file, lines->length) != 0)
        return status_prefix(status, "and half a line could not be taken back");
    return false;
}

bool json_lines_sync(const JsonLines *lines, Status *status) {
    return fdatasync(lines->file) == 0 || fail_file(lines->path, "synced", status);
}

// Whether a line (with its line break) stays.
static bool line_stays(const char *line, size_t length, const char *key, double last) {
    cJSON *object = cJSON_ParseWithLength(line, length);
    const cJSON *number = cJSON_GetObjectItemCaseSensitive(object, key);
    const bool stays = cJSON_IsNumber(number) && number->valuedouble <= last;
    cJSON_Delete(object);
    return stays;
}

// One pass over the whole lines of a file.  kept and moved may be NULL: then lines are only
// counted. False if from or moved failed; kept remembers a failure until it is committed.
static bool sort_lines(FILE *from, const char *key, double last, AtomicFile *kept, FILE *moved,
                       long *moved_count) {
    char *line = NULL;
    size_t capacity = 0;
    ssize_t length;
    *moved_count = 0;
    while ((length = getline(&line, &capacity, from)) > 0 && line[length - 1] == '\n') {
        const bool stays = line_stays(line, (size_t)length, key, last);
        *moved_count += !stays;
        if (stays && kept)
            atomic_file_write(kept, line, (size_t)length);
        if (!stays && moved)
            fwrite(line, 1, (size_t)length, moved);
    }
    free(line);
    return !ferror(from) && !(moved && ferror(moved));
}

static bool move_lines(FILE *from, const char *path, const char *superseded, const char *key,
                       double last, long *moved_count, Status *status) {
    FILE *moved = fopen(superseded, "ae");
    if (!moved)
        return fail_file(superseded, "opened", status);
    AtomicFile kept;
    bool done = atomic_file_open(&kept, path, status);
    if (done) {
        done = sort_lines(from, key, last, &kept, moved, moved_count) && fflush(moved) == 0 &&
               fsync(fileno(moved)) == 0;
        if (!done) {
            fail_file(superseded, "written", status);
            atomic_file_abandon(&kept);
        }
    }
    fclose(moved);
    return done && atomic_file_commit(&kept, status);
}

bool json_lines_cut(const char *path, const char *superseded, const char *key, double last,
                    long *moved, Status *status) {
    *moved = 0;
    FILE *from = fopen(path, "re");
    if (!from)
        return errno == ENOENT || fail_file(path, "opened", status);
    bool done = sort_lines(from, key, last, NULL, NULL, moved) || fail_file(path, "read", status);
    if (done && *moved > 0) {
        rewind(from);
        done = move_lines(from, path, superseded, key, last, moved, status);
    }
    fclose(from);
    return done;
}
