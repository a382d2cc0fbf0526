#include "engine/status.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void status_clear(Status *status) {
    status->code = STATUS_OK;
    status->text[0] = '\0';
}

bool status_fail(Status *status, StatusCode code, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    status->code = code;
    vsnprintf(status->text, sizeof status->text, format, arguments);
    va_end(arguments);
    return false;
}

bool status_prefix(Status *status, const char *format, ...) {
    char prefix[512];
    char whole[sizeof status->text + sizeof prefix + 2];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(prefix, sizeof prefix, format, arguments);
    va_end(arguments);
    snprintf(whole, sizeof whole, "%s: %s", prefix, status->text);
    memcpy(status->text, whole, sizeof status->text - 1);
    status->text[sizeof status->text - 1] = '\0';
    return false;
}
