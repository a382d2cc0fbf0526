#include "app/state_folder.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static bool make_folder(const char *path) {
    return mkdir(path, 0700) == 0 || errno == EEXIST;
}

// Makes every folder of an absolute path but the last part.
static bool make_parents(char *path) {
    for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        const bool made = make_folder(path);
        *slash = '/';
        if (!made)
            return false;
    }
    return true;
}

bool state_folder_file(const char *name, char path[PATH_MAX]) {
    const char *state = getenv("XDG_STATE_HOME");
    const char *home = getenv("HOME");
    const bool given = state && *state == '/';
    if (!given && !(home && *home == '/'))
        return false;
    const int length = given ? snprintf(path, PATH_MAX, "%s/rulesmith/%s", state, name)
                             : snprintf(path, PATH_MAX, "%s/.local/state/rulesmith/%s", home, name);
    return length > 0 && length < PATH_MAX && make_parents(path);
}
