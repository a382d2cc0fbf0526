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
    memset(lines, 0, sizeof *lines);
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

// The lines that wait go to the file, all of them or none.
static bool flush(JsonLines *lines, Status *status) {
    if (lines->torn && ftruncate(lines->file, lines->length) != 0)
        return fail_file(lines->path, "mended", status);
    lines->torn = false;
    if (write_all(lines->file, lines->waiting, lines->waiting_length)) {
        lines->length += (off_t)lines->waiting_length;
        lines->waiting_length = 0;
        return true;
    }
    fail_file(lines->path, "written", status);
    lines->torn = ftruncate(lines->file, lines->length) != 0;
    return false;
}

void json_lines_close(JsonLines *lines) {
    Status ignored;
    if (lines->file >= 0) {
        flush(lines, &ignored);
        close(lines->file);
    }
    lines->file = -1;
    free(lines->waiting);
    lines->waiting = NULL;
    lines->waiting_length = lines->waiting_room = 0;
}

static bool reserve(JsonLines *lines, size_t room) {
    if (room <= lines->waiting_room)
        return true;
    char *waiting = realloc(lines->waiting, 2 * room);
    if (waiting) {
        lines->waiting = waiting;
        lines->waiting_room = 2 * room;
    }
    return waiting != NULL;
}

// A line without its line break.
static bool append(JsonLines *lines, const char *line, size_t length, Status *status) {
    if (!reserve(lines, lines->waiting_length + length + 1)) {
        lines->lost = true;
        return status_fail(status, STATUS_FAILURE, "%s: no memory for a line", lines->path);
    }
    memcpy(lines->waiting + lines->waiting_length, line, length);
    lines->waiting[lines->waiting_length + length] = '\n';
    lines->waiting_length += length + 1;
    return flush(lines, status);
}

bool json_lines_append(JsonLines *lines, const char *json, Status *status) {
    assert(!strchr(json, '\n'));
    return append(lines, json, strlen(json), status);
}

bool json_lines_sync(JsonLines *lines, Status *status) {
    if (lines->lost)
        return status_fail(status, STATUS_FAILURE, "%s: lines are missing, for want of memory",
                           lines->path);
    return flush(lines, status) &&
           (fdatasync(lines->file) == 0 || fail_file(lines->path, "synced", status));
}

// Whether a line (with its line break) stays.  *ties: of those that may stay at the last number,
// how many are left.
static bool line_stays(const char *line, size_t length, const JsonLinesCut *cut, long *ties) {
    cJSON *object = cJSON_ParseWithLength(line, length);
    const cJSON *number = cJSON_GetObjectItemCaseSensitive(object, cut->key);
    bool stays = cJSON_IsNumber(number) && number->valuedouble <= cut->last;
    if (stays && !(number->valuedouble < cut->last))
        stays = (*ties)-- > 0;
    cJSON_Delete(object);
    return stays;
}

// One pass over the whole lines of a file.  kept and moved may be NULL: then lines are only
// counted. False if from or moved failed; kept remembers a failure until it is committed.
static bool sort_lines(FILE *from, const char *path, const JsonLinesCut *cut, AtomicFile *kept,
                       JsonLines *moved, long *moved_count, Status *status) {
    char *line = NULL;
    size_t capacity = 0;
    ssize_t length;
    long ties = cut->ties;
    bool done = true;
    *moved_count = 0;
    while (done && (length = getline(&line, &capacity, from)) > 0 && line[length - 1] == '\n') {
        const bool stays = line_stays(line, (size_t)length, cut, &ties);
        *moved_count += !stays;
        if (stays && kept)
            atomic_file_write(kept, line, (size_t)length);
        if (!stays && moved)
            done = append(moved, line, (size_t)length - 1, status);
    }
    free(line);
    return done && (!ferror(from) || fail_file(path, "read", status));
}

static bool move_lines(FILE *from, const char *path, const char *superseded,
                       const JsonLinesCut *cut, long *moved_count, Status *status) {
    JsonLines moved;
    AtomicFile kept;
    if (!json_lines_open(&moved, superseded, status))
        return false;
    const off_t before = moved.length;
    bool done = atomic_file_open(&kept, path, status);
    if (done) {
        done = sort_lines(from, path, cut, &kept, &moved, moved_count, status) &&
               json_lines_sync(&moved, status);
        if (!done)
            atomic_file_abandon(&kept);
    }
    done = done && atomic_file_commit(&kept, status);
    moved.waiting_length = 0; // they are still at path
    if (!done && ftruncate(moved.file, before) != 0)
        status_prefix(status, "and lines are in both files");
    json_lines_close(&moved);
    return done;
}

bool json_lines_cut(const char *path, const char *superseded, const JsonLinesCut *cut, long *moved,
                    Status *status) {
    *moved = 0;
    FILE *from = fopen(path, "re");
    if (!from)
        return errno == ENOENT || fail_file(path, "opened", status);
    bool done = sort_lines(from, path, cut, NULL, NULL, moved, status);
    if (done && *moved > 0) {
        rewind(from);
        done = move_lines(from, path, superseded, cut, moved, status);
    }
    fclose(from);
    return done;
}
