#include "engine/metadata.h"

#include "engine/files/shown_text.h"
#include "engine/number.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FORMAT_VERSION = 1 };

bool metadata_text(const Safetensors *file, const char *key, const char **text, Status *status) {
    *text = safetensors_metadata(file, key);
    if (!*text)
        return status_fail(status, STATUS_BAD_DATA,
                           "%s: metadata: expected a value for '%s', found none",
                           safetensors_path(file), key);
    return true;
}

static bool fail_value(const Safetensors *file, const char *key, const char *expected,
                       const char *found, Status *status) {
    char shown[SHOWN_TEXT];
    return status_fail(status, STATUS_BAD_DATA, "%s: metadata '%s': expected %s, found '%s'",
                       safetensors_path(file), key, expected, shown_text(found, shown));
}

static bool read_integer(const char *text, long *value) {
    char *end;
    errno = 0;
    *value = strtol(text, &end, 10);
    return errno == 0 && end != text && *end == '\0';
}

bool metadata_integer(const Safetensors *file, const char *key, int low, int high, int *value,
                      Status *status) {
    const char *text;
    long number;
    char expected[64];
    if (!metadata_text(file, key, &text, status))
        return false;
    snprintf(expected, sizeof expected, "a whole number in %d .. %d", low, high);
    if (!read_integer(text, &number) || number < low || number > high)
        return fail_value(file, key, expected, text, status);
    *value = (int)number;
    return true;
}

bool metadata_positive(const Safetensors *file, const char *key, double *value, Status *status) {
    const char *text;
    if (!metadata_text(file, key, &text, status))
        return false;
    if (!number_read(text, value) || !(*value > 0))
        return fail_value(file, key, "a positive number", text, status);
    return true;
}

bool metadata_activation(const Safetensors *file, Activation *activation, Status *status) {
    const char *text;
    if (!metadata_text(file, "activation", &text, status))
        return false;
    *activation = activation_named(text);
    if (*activation != ACTIVATION_COUNT)
        return true;
    char known[128] = "one of:";
    for (int i = 0; i < ACTIVATION_COUNT; i++) {
        const size_t length = strlen(known);
        snprintf(known + length, sizeof known - length, " %s", activation_name((Activation)i));
    }
    return fail_value(file, "activation", known, text, status);
}

bool metadata_agrees(const Safetensors *file, const char *key, int value, const char *source,
                     Status *status) {
    const char *text = safetensors_metadata(file, key);
    long number;
    char expected[SHOWN_TEXT + 32];
    if (!text || (read_integer(text, &number) && number == value))
        return true;
    snprintf(expected, sizeof expected, "%d (%s)", value, source);
    return fail_value(file, key, expected, text, status);
}

// H, D, R, T, E with their names.
enum { SIZES = 5 };
typedef struct {
    const char *name;
    int value;
} NamedSize;

static void name_sizes(RuleSizes sizes, NamedSize named[SIZES]) {
    const NamedSize all[SIZES] = {
        {"H", sizes.H}, {"D", sizes.D}, {"R", sizes.R}, {"T", sizes.T}, {"E", sizes.E}};
    memcpy(named, all, sizeof all);
}

bool metadata_agrees_sizes(const Safetensors *file, RuleSizes sizes, const char *source,
                           Status *status) {
    NamedSize named[SIZES];
    name_sizes(sizes, named);
    for (int i = 0; i < SIZES; i++)
        if (!metadata_agrees(file, named[i].name, named[i].value, source, status))
            return false;
    return true;
}

bool metadata_check_kind(const Safetensors *file, const char *kind, Status *status) {
    const char *found = safetensors_metadata(file, "kind");
    char expected[64];
    snprintf(expected, sizeof expected, "'%s'", kind);
    if (found && strcmp(found, kind) != 0)
        return fail_value(file, "kind", expected, found, status);
    return metadata_agrees(file, "version", FORMAT_VERSION, "the version that this program reads",
                           status);
}

bool metadata_add_integer(SafetensorsWriter *writer, const char *key, long long value,
                          Status *status) {
    char text[32];
    snprintf(text, sizeof text, "%lld", value);
    return safetensors_add_metadata(writer, key, text, status);
}

bool metadata_add_kind(SafetensorsWriter *writer, const char *kind, Status *status) {
    return safetensors_add_metadata(writer, "kind", kind, status) &&
           metadata_add_integer(writer, "version", FORMAT_VERSION, status);
}

bool metadata_add_sizes(SafetensorsWriter *writer, RuleSizes sizes, Status *status) {
    NamedSize named[SIZES];
    name_sizes(sizes, named);
    for (int i = 0; i < SIZES; i++)
        if (!metadata_add_integer(writer, named[i].name, named[i].value, status))
            return false;
    return true;
}
