#include "tests/unit/temporary_folder.h"

#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { FOLDERS = 2048, PATHS = 16 };

static char folders[FOLDERS][PATH_MAX];
static int folder_count;
static pid_t owner;

static int remove_entry(const char *path, const struct stat *information, int type,
                        struct FTW *place) {
    (void)information;
    (void)type;
    (void)place;
    return remove(path);
}

static void remove_folders(void) {
    if (getpid() != owner)
        return; // a child of the test
    for (int i = 0; i < folder_count; i++)
        nftw(folders[i], remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

static void stop(const char *what) {
    perror(what);
    abort();
}

const char *temporary_folder(void) {
    if (folder_count == FOLDERS)
        stop("too many temporary folders");
    const char *parent = getenv("TMPDIR");
    char *path = folders[folder_count];
    snprintf(path, PATH_MAX, "%s/rulesmith.XXXXXX", parent ? parent : "/tmp");
    if (!mkdtemp(path))
        stop(path);
    if (folder_count++ == 0) {
        owner = getpid();
        atexit(remove_folders);
    }
    return path;
}

const char *in_folder(const char *folder, const char *name) {
    static char paths[PATHS][PATH_MAX];
    static int next;
    char *path = paths[next++ % PATHS];
    if (snprintf(path, PATH_MAX, "%s/%s", folder, name) >= PATH_MAX)
        stop(folder);
    return path;
}

void write_file(const char *path, const char *text) {
    FILE *stream = fopen(path, "w");
    if (!stream || fputs(text, stream) < 0 || fclose(stream) != 0)
        stop(path);
}

char *read_file(const char *path) {
    FILE *stream = fopen(path, "r");
    if (!stream)
        return NULL;
    char *text = NULL;
    size_t capacity = 0;
    if (getdelim(&text, &capacity, '\0', stream) < 0) {
        free(text);
        text = strdup("");
    }
    fclose(stream);
    return text;
}
