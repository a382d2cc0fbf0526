// The names that tensors of a checkpoint may have (checkpoint.c lists them).  Some parts may be
// missing, since older versions did not write them: a name that is damaged must not pass for that.
#include "engine/checkpoint_parts.h"

#include <ctype.h>
#include <string.h>

// What follows these is looked for by whoever needs it, and then not missing.
static const char *const prefixes[] = {"theta.", "worker.", "evaluated."};

static const char *const names[] = {
    "average",     "adam.first",    "adam.second",      "counters",     "numbers",
    "curve.outer", "curve.weights", "curve.evaluation", "curve.ranges", "fallback.counters"};

static bool is_known(const char *name) {
    static const char fallback[] = "fallback."; // and the number of a state
    for (size_t i = 0; i < sizeof prefixes / sizeof prefixes[0]; i++)
        if (strncmp(name, prefixes[i], strlen(prefixes[i])) == 0)
            return true;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(name, names[i]) == 0)
            return true;
    return strncmp(name, fallback, sizeof fallback - 1) == 0 &&
           isdigit((unsigned char)name[sizeof fallback - 1]);
}

bool checkpoint_check_names(const Safetensors *file, Status *status) {
    for (size_t i = 0; i < safetensors_count(file); i++) {
        const char *name = safetensors_tensor(file, i)->name;
        if (!is_known(name))
            return status_fail(
                status, STATUS_BAD_DATA,
                "%s: %.60s: expected the tensors of a checkpoint, found one of that name",
                safetensors_path(file), name);
    }
    return true;
}
