#include "app/json_object.h"

#include "engine/files/atomic_file.h"
#include "engine/number.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void json_add_number(cJSON *object, const char *name, double value) {
    char text[NUMBER_TEXT];
    cJSON_AddRawToObject(object, name, number_text(value, text));
}

void json_add_text(cJSON *object, const char *name, const char *value) {
    cJSON_AddStringToObject(object, name, value);
}

void json_append_number(cJSON *array, double value) {
    char text[NUMBER_TEXT];
    cJSON_AddItemToArray(array, cJSON_CreateRaw(number_text(value, text)));
}

double json_number(const cJSON *item) {
    const char *text = cJSON_GetStringValue(item);
    if (text && strcmp(text, "Infinity") == 0)
        return INFINITY;
    if (text && strcmp(text, "-Infinity") == 0)
        return -INFINITY;
    return cJSON_IsNumber(item) ? item->valuedouble : NAN;
}

bool json_print(const cJSON *object, FILE *stream) {
    char *text = cJSON_Print(object);
    const bool done = text && fprintf(stream, "%s\n", text) >= 0;
    cJSON_free(text);
    return done;
}

bool json_print_line(const cJSON *object, FILE *stream) {
    char *text = cJSON_PrintUnformatted(object);
    const bool done = text && fprintf(stream, "%s\n", text) >= 0 && fflush(stream) == 0;
    cJSON_free(text);
    return done;
}

bool json_write(const cJSON *object, const char *path, Status *status) {
    AtomicFile file;
    char *text = cJSON_Print(object);
    bool done = text || status_fail(status, STATUS_FAILURE, "%s: no memory for its text", path);
    if (done && (done = atomic_file_open(&file, path, status))) {
        atomic_file_write(&file, text, strlen(text));
        atomic_file_write(&file, "\n", 1);
        done = atomic_file_commit(&file, status);
    }
    cJSON_free(text);
    return done;
}
