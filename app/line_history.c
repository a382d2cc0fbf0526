#include "app/line_history.h"

#include "app/state_folder.h"
#include "engine/files/atomic_file.h"
#include "engine/status.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void drop(LineHistory *history, int index) {
    free(history->lines[index]);
    history->count--;
    memmove(&history->lines[index], &history->lines[index + 1],
            (size_t)(history->count - index) * sizeof history->lines[0]);
}

static void remember(LineHistory *history, const char *line) {
    for (int i = 0; i < history->count; i++) {
        if (strcmp(history->lines[i], line) == 0)
            drop(history, i--);
    }
    if (history->count == HISTORY_LINES)
        drop(history, 0);
    char *copy = strdup(line);
    if (copy)
        history->lines[history->count++] = copy;
}

// A line as line_history_add writes it: not empty, not too long, nothing that moves a cursor.
static bool is_line(const char *line) {
    const size_t length = strlen(line);
    for (size_t i = 0; i < length; i++) {
        if ((unsigned char)line[i] < ' ' || line[i] == 127)
            return false;
    }
    return length > 0 && length < LINE_TEXT;
}

// Returns how many lines the file has.
static long read_lines(LineHistory *history, FILE *stream) {
    char *line = NULL;
    size_t room = 0;
    long count = 0;
    for (ssize_t length; (length = getline(&line, &room, stream)) >= 0; count++) {
        if (length > 0 && line[length - 1] == '\n')
            line[length - 1] = '\0';
        if (is_line(line))
            remember(history, line);
    }
    free(line);
    return count;
}

// Replaces a file that has grown by the lines that are remembered.
static void shorten(const LineHistory *history) {
    AtomicFile file;
    Status ignored;
    if (!atomic_file_open(&file, history->path, &ignored))
        return;
    for (int i = 0; i < history->count; i++) {
        atomic_file_write(&file, history->lines[i], strlen(history->lines[i]));
        atomic_file_write(&file, "\n", 1);
    }
    atomic_file_commit(&file, &ignored);
}

void line_history_init(LineHistory *history, const char *name) {
    memset(history, 0, sizeof *history);
    if (!state_folder_file(name, history->path)) {
        history->path[0] = '\0';
        return;
    }
    FILE *stream = fopen(history->path, "re");
    if (!stream)
        return;
    const long count = read_lines(history, stream);
    fclose(stream);
    if (count > 2 * HISTORY_LINES)
        shorten(history);
}

void line_history_clear(LineHistory *history) {
    for (int i = 0; i < history->count; i++)
        free(history->lines[i]);
    memset(history, 0, sizeof *history);
}

void line_history_add(LineHistory *history, const char *line) {
    if (!is_line(line))
        return;
    remember(history, line);
    const int file =
        *history->path ? open(history->path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600) : -1;
    if (file < 0)
        return;
    char text[LINE_TEXT + 1];
    const int length = snprintf(text, sizeof text, "%s\n", line);
    // One write, so that lines of two programs do not mix; what fails stays in memory.
    if (write(file, text, (size_t)length) != length)
        history->path[0] = '\0';
    close(file);
}
