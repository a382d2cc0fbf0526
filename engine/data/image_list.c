#include "engine/data/image_list.h"

#include "engine/words.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { MOST_DEPTH = 16, ENDING = 8 };

// ---- lists of paths ----

static void path_list_clear(PathList *list) {
    for (size_t i = 0; i < list->count; i++)
        free(list->text[i]);
    free(list->text);
    memset(list, 0, sizeof *list);
}

static bool path_list_add(PathList *list, const char *text, Status *status) {
    if (list->count == list->room) {
        const size_t room = list->room ? 2 * list->room : 256;
        char **larger = reallocarray(list->text, room, sizeof *larger);
        if (!larger)
            return status_fail(status, STATUS_FAILURE, "no memory for the path %s", text);
        list->text = larger;
        list->room = room;
    }
    char *copy = strdup(text);
    if (!copy)
        return status_fail(status, STATUS_FAILURE, "no memory for the path %s", text);
    list->text[list->count++] = copy;
    return true;
}

static int compare(const void *a, const void *b) {
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void path_list_sort(PathList *list, size_t first) {
    if (list->count > first)
        qsort(list->text + first, list->count - first, sizeof *list->text, compare);
}

// ---- folders ----

static bool is_picture(const char *name) {
    static const char endings[] = "png|jpg|jpeg|bmp|gif|pnm|pgm|ppm";
    const char *dot = strrchr(name, '.');
    char ending[ENDING] = "";
    if (!dot || strlen(dot + 1) >= ENDING)
        return false;
    for (size_t i = 0; dot[i + 1]; i++)
        ending[i] = (char)tolower((unsigned char)dot[i + 1]);
    return *ending && word_in_list(ending, endings, '|');
}

// FOLDER/NAME, or NAME below the root itself; false with a status if it is too long.
static bool join(char path[PATH_MAX], const char *folder, const char *name, Status *status) {
    const int length = snprintf(path, PATH_MAX, "%s%s%s", folder, *folder ? "/" : "", name);
    return (length > 0 && length < PATH_MAX) ||
           status_fail(status, STATUS_BAD_DATA,
                       "%s: expected a path of less than %d bytes, found a longer one", name,
                       PATH_MAX);
}

typedef enum { WANT_FOLDERS, WANT_PICTURES } Wanted;

static bool walk(PathList *list, const char *root, const char *below, Wanted wanted, int depth,
                 Status *status);

// One entry of a folder: a class, a picture, a folder to go on with, or nothing.
static bool take_entry(PathList *list, const char *root, const char *path, Wanted wanted, int depth,
                       Status *status) {
    char whole[PATH_MAX];
    struct stat found;
    if (!join(whole, root, path, status))
        return false;
    const bool exists = stat(whole, &found) == 0; // a link to nowhere is passed over
    if (!exists)
        return true;
    if (wanted == WANT_FOLDERS)
        return !S_ISDIR(found.st_mode) || path_list_add(list, path, status);
    if (S_ISDIR(found.st_mode))
        return walk(list, root, path, wanted, depth + 1, status);
    return !S_ISREG(found.st_mode) || !is_picture(path) || path_list_add(list, path, status);
}

static bool walk(PathList *list, const char *root, const char *below, Wanted wanted, int depth,
                 Status *status) {
    char whole[PATH_MAX], path[PATH_MAX];
    if (!join(whole, root, below, status))
        return false;
    if (depth > MOST_DEPTH)
        return status_fail(status, STATUS_BAD_DATA,
                           "%s: expected at most %d folders inside each other, found more", whole,
                           MOST_DEPTH);
    DIR *folder = opendir(whole);
    if (!folder)
        return status_fail(status, STATUS_BAD_DATA, "%s: cannot read the folder: %s", whole,
                           strerror(errno));
    bool done = true;
    for (struct dirent *entry; done && (entry = readdir(folder));)
        if (entry->d_name[0] != '.')
            done = join(path, below, entry->d_name, status) &&
                   take_entry(list, root, path, wanted, depth, status);
    closedir(folder);
    return done;
}

static bool list_all(ImageList *list, const char *root, Status *status) {
    size_t classified = 0;
    if (!walk(&list->classes, root, "", WANT_FOLDERS, 0, status))
        return false;
    if (list->classes.count == 0)
        return status_fail(status, STATUS_BAD_DATA,
                           "%s: expected one sub-folder for each class, found none", root);
    path_list_sort(&list->classes, 0);
    for (size_t class = 0; class < list->classes.count; class ++) {
        if (!walk(&list->images, root, list->classes.text[class], WANT_PICTURES, 0, status))
            return false;
        path_list_sort(&list->images, classified);
        int *larger = reallocarray(list->class_of, list->images.count + 1, sizeof *larger);
        if (!larger || list->images.count > INT_MAX)
            return status_fail(status, STATUS_FAILURE, "%s: no memory for a list of %zu pictures",
                               root, list->images.count);
        list->class_of = larger;
        while (classified < list->images.count)
            list->class_of[classified++] = (int)class;
    }
    return true;
}

bool image_list_init(ImageList *list, const char *root, Status *status) {
    memset(list, 0, sizeof *list);
    if (list_all(list, root, status))
        return true;
    image_list_clear(list);
    return false;
}

void image_list_clear(ImageList *list) {
    path_list_clear(&list->classes);
    path_list_clear(&list->images);
    free(list->class_of);
    memset(list, 0, sizeof *list);
}
