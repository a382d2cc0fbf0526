// rulesmith verify: JSON.
#include "app/verify.h"

#include "app/json_object.h"
#include "app/run_status.h"
#include "engine/files/shown_text.h"
#include "engine/files/whole_file.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool verify_status(const char *path, char told[TOLD], Status *status) {
    RunStatus run;
    char shown[SHOWN_TEXT];
    if (!run_status_read(&run, path, status))
        return false;
    if (run.pid <= 0 || !*run.state)
        return status_fail(status, STATUS_BAD_DATA, "%s: expected a JSON object with pid and state",
                           path);
    snprintf(told, TOLD, "status of a run: %s, process %ld", shown_text(run.state, shown), run.pid);
    return true;
}

// ---- members ----

// place: the file, and the line or member in it.
static bool expect_numbers(const cJSON *object, const char *const *keys, const char *place,
                           Status *status) {
    for (; *keys; keys++) {
        const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, *keys);
        const char *text = cJSON_GetStringValue(item);
        char shown[SHOWN_TEXT];
        if (cJSON_IsNumber(item) || !isnan(json_number(item)) || (text && !strcmp(text, "NaN")))
            continue;
        return status_fail(status, STATUS_BAD_DATA, "%s: expected the number %s, found %s", place,
                           *keys,
                           text   ? shown_text(text, shown)
                           : item ? "something else"
                                  : "none");
    }
    return true;
}

static bool expect_text(const cJSON *object, const char *key, const char *place, Status *status) {
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);
    return cJSON_IsString(item) ||
           status_fail(status, STATUS_BAD_DATA, "%s: expected the text %s, found %s", place, key,
                       item ? "something else" : "none");
}

// ---- lines ----

typedef enum { LINES_UNKNOWN, LINES_METRICS, LINES_ITEMS } LinesKind;

typedef struct {
    LinesKind kind;
    long count;
    double last; // outer step
} Lines;

static bool verify_metric(Lines *lines, const cJSON *object, const char *place, Status *status) {
    static const char *const of_outer[] = {"seconds",      "meta_loss", "accuracy", "gradient_norm",
                                           "clipped_norm", "rate",      "dropped",  NULL};
    static const char *const of_evaluation[] = {"seconds", "seeds", "few_shot_per_class", NULL};
    const char *kind = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, "kind"));
    const double step = json_number(cJSON_GetObjectItemCaseSensitive(object, "outer_step"));
    if (!(step >= 0))
        return status_fail(status, STATUS_BAD_DATA,
                           "%s: expected a JSON object with the number outer_step", place);
    if (step < lines->last)
        return status_fail(status, STATUS_BAD_DATA,
                           "%s: expected outer step %.0f or later, found %.0f", place, lines->last,
                           step);
    lines->last = step;
    if (kind && strcmp(kind, "outer") == 0)
        return expect_numbers(object, of_outer, place, status);
    return !kind || strcmp(kind, "evaluation") != 0 ||
           (expect_text(object, "data", place, status) &&
            expect_numbers(object, of_evaluation, place, status));
}

static bool verify_item(const cJSON *object, const char *place, Status *status) {
    static const char *const keys[] = {"seed", "marks", "seconds", NULL};
    const cJSON *values = cJSON_GetObjectItemCaseSensitive(object, "values");
    if (!expect_text(object, "key", place, status) || !expect_numbers(object, keys, place, status))
        return false;
    return (cJSON_IsArray(values) && cJSON_GetArraySize(values) > 0) ||
           status_fail(status, STATUS_BAD_DATA, "%s: expected values, an array of numbers", place);
}

static LinesKind kind_of(const cJSON *object) {
    if (cJSON_GetObjectItemCaseSensitive(object, "outer_step"))
        return LINES_METRICS;
    return cJSON_GetObjectItemCaseSensitive(object, "key") ? LINES_ITEMS : LINES_UNKNOWN;
}

static bool verify_object(Lines *lines, const cJSON *object, const char *place, Status *status) {
    if (lines->kind == LINES_UNKNOWN)
        lines->kind = kind_of(object);
    if (lines->kind == LINES_ITEMS)
        return verify_item(object, place, status);
    return verify_metric(lines, object, place, status);
}

// One line of length bytes, a line break or the end of the file behind it.
static bool verify_line(Lines *lines, const char *path, const char *line, size_t length, bool torn,
                        Status *status) {
    char place[1024], shown[SHOWN_TEXT];
    const char *end = NULL;
    lines->count++;
    if (torn)
        return status_fail(status, STATUS_BAD_DATA,
                           "%s:%ld: the last line is torn; resuming the run repairs it", path,
                           lines->count);
    snprintf(place, sizeof place, "%.900s:%ld", path, lines->count);
    cJSON *object = cJSON_ParseWithLengthOpts(line, length, &end, false);
    const bool whole = object && strspn(end, " \t\r") >= length - (size_t)(end - line);
    bool good = cJSON_IsObject(object) && whole;
    if (!good) {
        char found[24];
        const size_t at = end ? (size_t)(end - line) : 0;
        snprintf(found, sizeof found, "%.*s", (int)(length - at < 20 ? length - at : 20),
                 line + at);
        status_fail(status, STATUS_BAD_DATA, "%s: byte %zu: expected a JSON object, found '%s'",
                    place, at, shown_text(found, shown));
    } else {
        good = verify_object(lines, object, place, status);
    }
    cJSON_Delete(object);
    return good;
}

static bool verify_lines(Lines *lines, const char *path, const char *text, size_t size,
                         Status *status) {
    for (const char *line = text; line < text + size;) {
        const size_t left = size - (size_t)(line - text);
        const char *end = memchr(line, '\n', left);
        if (!verify_line(lines, path, line, end ? (size_t)(end - line) : left, !end, status))
            return false;
        line = end ? end + 1 : text + size;
    }
    return true;
}

static bool tell_lines(const char *path, const char *text, size_t size, char told[TOLD],
                       Status *status) {
    Lines lines = {LINES_UNKNOWN, 0, 0};
    const bool good = verify_lines(&lines, path, text, size, status);
    if (lines.kind == LINES_ITEMS)
        snprintf(told, TOLD, "measurements of an experiment: %ld", lines.count);
    else
        snprintf(told, TOLD, "metrics: %ld lines up to outer step %.0f", lines.count, lines.last);
    return good;
}

bool verify_json_lines(const char *path, char told[TOLD], Status *status) {
    unsigned char *data;
    size_t size;
    if (!whole_file_read(path, &data, &size, status))
        return false;
    const bool good = tell_lines(path, (const char *)data, size, told, status);
    free(data);
    return good;
}

// ---- what transfer and experiment write ----

static bool verify_table(const char *path, const cJSON *object, char told[TOLD], Status *status) {
    static const char *const numbers[] = {"seeds", "inner_steps", NULL};
    const cJSON *panels = cJSON_GetObjectItemCaseSensitive(object, "panels");
    int count = 0;
    char place[1024], shown[SHOWN_TEXT];
    if (!cJSON_IsArray(panels))
        return status_fail(status, STATUS_BAD_DATA, "%s: expected panels, an array", path);
    for (const cJSON *panel = panels->child; panel; panel = panel->next) {
        const cJSON *values = cJSON_GetObjectItemCaseSensitive(panel, "values");
        if (!expect_text(panel, "title", path, status))
            return false;
        if (!cJSON_IsArray(values))
            return status_fail(status, STATUS_BAD_DATA, "%s: expected values, an array, in a panel",
                               path);
        for (const cJSON *value = values->child; value; value = value->next) {
            snprintf(place, sizeof place, "%.900s: value %d", path, ++count);
            if (!expect_text(value, "series", place, status) ||
                !expect_text(value, "method", place, status) ||
                !expect_numbers(value, numbers, place, status))
                return false;
        }
    }
    snprintf(told, TOLD, "table of the experiment %s: %d values",
             shown_text(cJSON_GetObjectItemCaseSensitive(object, "experiment")->valuestring, shown),
             count);
    return true;
}

static bool verify_transfer(const char *path, const cJSON *object, char told[TOLD],
                            Status *status) {
    static const char *const numbers[] = {
        "accuracy_mean", "accuracy_stderr", "seeds", "few_shot_per_class",
        "inner_steps",   "seconds",         NULL};
    int sets = 0, results = 0;
    char place[1024];
    for (const cJSON *set = object->child; set; set = set->next, sets++) {
        for (const cJSON *method = set->child; method; method = method->next, results++) {
            snprintf(place, sizeof place, "%.600s: %.150s: %.50s", path, set->string,
                     method->string ? method->string : "an array");
            if (!expect_numbers(method, numbers, place, status))
                return false;
        }
    }
    snprintf(told, TOLD, "transfer: %d result%s on %d data set%s", results, results == 1 ? "" : "s",
             sets, sets == 1 ? "" : "s");
    return true;
}

// What is one object of many lines.
static bool verify_whole(const char *path, const char *text, size_t size, char told[TOLD],
                         Status *status) {
    char shown[SHOWN_TEXT], found[24];
    const char *end = NULL;
    cJSON *object = cJSON_ParseWithLengthOpts(text, size, &end, false);
    bool good = false;
    if (!cJSON_IsObject(object)) {
        const size_t at = end ? (size_t)(end - text) : 0;
        snprintf(found, sizeof found, "%.*s", (int)(size - at < 20 ? size - at : 20), text + at);
        status_fail(status, STATUS_BAD_DATA, "%s: byte %zu: expected JSON, found '%s'", path, at,
                    at < size ? shown_text(found, shown) : "the end");
    } else if (cJSON_IsString(cJSON_GetObjectItemCaseSensitive(object, "experiment"))) {
        good = verify_table(path, object, told, status);
    } else if (object->child && cJSON_IsObject(object->child)) {
        good = verify_transfer(path, object, told, status);
    } else {
        status_fail(status, STATUS_BAD_DATA,
                    "%s: expected a status, metrics, measurements, a table or a transfer, found an "
                    "object that begins with '%s'",
                    path, object->child ? shown_text(object->child->string, shown) : "nothing");
    }
    cJSON_Delete(object);
    return good;
}

// Whether the first line is an object of lines, or wants to be one.
static bool are_lines(const char *text) {
    return strncmp(text, "{\"kind\"", 7) == 0 || strncmp(text, "{\"outer_step\"", 13) == 0 ||
           strncmp(text, "{\"key\"", 6) == 0;
}

bool verify_json(const char *path, char told[TOLD], Status *status) {
    unsigned char *data;
    size_t size;
    if (!whole_file_read(path, &data, &size, status))
        return false;
    const char *text = (const char *)data;
    const bool good = are_lines(text) ? tell_lines(path, text, size, told, status)
                                      : verify_whole(path, text, size, told, status);
    free(data);
    return good;
}
