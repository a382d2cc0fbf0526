// rulesmith data: says what a SPEC of --data is; without one, which SPECs there are.
#include "app/commands.h"
#include "app/data_sources.h"
#include "engine/clock.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// ---- what there is ----

static void list_all(void) {
    printf(
        "A SPEC is KIND[:PATH[:PATH]][?OPTION[&OPTION]...], as in fashion?size=14&classes=0-4.\n\n"
        "Kinds:\n");
    for (int id = 0; id < DATA_KINDS; id++) {
        const DataKind *kind = data_kind((DataKindId)id);
        char usage[64];
        snprintf(usage, sizeof usage, "%s%s", kind->name, kind->operands);
        printf("  %-24s %s\n  %-24s options: %s\n", usage, kind->help, "", kind->options);
    }
    printf("\nOptions:\n");
    const DataOptionHelp *option;
    for (size_t i = 0; (option = data_option(i)); i++) {
        char usage[64];
        snprintf(usage, sizeof usage, "%s%s%s", option->name, option->argument ? "=" : "",
                 option->argument ? option->argument : "");
        printf("  %-24s %s\n", usage, option->help);
    }
}

// ---- one data set ----

static int class_count(const Dataset *dataset, int class) {
    return dataset->class_start[class + 1] - dataset->class_start[class];
}

static const char *storage(const Dataset *dataset) {
    return dataset->values ? "floats" : dataset->table ? "bytes with a table" : "bytes";
}

static void print_text(const Dataset *dataset, double seconds) {
    DatasetClassName text;
    printf("%s: %d ", dataset->name, dataset->count);
    if (dataset->vectors)
        printf("vectors of %d feature%s", dataset->width, dataset->width == 1 ? "" : "s");
    else
        printf("images of %d x %d pixels, %s", dataset->height, dataset->width,
               dataset->channels == 1   ? "grey"
               : dataset->channels == 3 ? "colour"
                                        : "of another number of channels");
    printf(", %d class%s\n", dataset->classes, dataset->classes == 1 ? "" : "es");
    const double bytes = (double)dataset_bytes(dataset);
    printf("%.1f MB in memory as %s, loaded in %.2f s\n\nclass  examples  name\n", bytes / 1e6,
           storage(dataset), seconds);
    for (int class = 0; class < dataset->classes; class ++)
        printf("%5d  %8d  %s\n", class, class_count(dataset, class),
               dataset_class_name(dataset, class, text));
}

static bool add_class(cJSON *classes, const Dataset *dataset, int class) {
    DatasetClassName text;
    cJSON *entry = cJSON_CreateObject();
    return cJSON_AddItemToArray(classes, entry) &&
           cJSON_AddStringToObject(entry, "name", dataset_class_name(dataset, class, text)) &&
           cJSON_AddNumberToObject(entry, "examples", class_count(dataset, class));
}

static bool fill(cJSON *object, const Dataset *dataset, double seconds) {
    const bool done =
        cJSON_AddStringToObject(object, "data", dataset->name) &&
        cJSON_AddStringToObject(object, "kind", dataset->vectors ? "vectors" : "images") &&
        cJSON_AddNumberToObject(object, "examples", dataset->count) &&
        cJSON_AddNumberToObject(object, "height", dataset->height) &&
        cJSON_AddNumberToObject(object, "width", dataset->width) &&
        cJSON_AddNumberToObject(object, "channels", dataset->channels) &&
        cJSON_AddStringToObject(object, "storage", storage(dataset)) &&
        cJSON_AddNumberToObject(object, "bytes", (double)dataset_bytes(dataset)) &&
        cJSON_AddNumberToObject(object, "seconds", seconds);
    cJSON *classes = done ? cJSON_AddArrayToObject(object, "classes") : NULL;
    for (int class = 0; classes && class < dataset->classes; class ++)
        if (!add_class(classes, dataset, class))
            return false;
    return classes != NULL;
}

static bool print_json(const Dataset *dataset, double seconds, Status *status) {
    cJSON *object = cJSON_CreateObject();
    char *text = object && fill(object, dataset, seconds) ? cJSON_PrintUnformatted(object) : NULL;
    cJSON_Delete(object);
    if (!text)
        return status_fail(status, STATUS_FAILURE, "no memory to tell about %s", dataset->name);
    printf("%s\n", text);
    free(text);
    return true;
}

int command_data(const Options *options) {
    Status status;
    Dataset dataset;
    status_clear(&status);
    if (!options->operand) {
        list_all();
        return STATUS_OK;
    }
    const double start = clock_seconds();
    if (!data_source_open(&dataset, options->operand, options->data_path, PART_TRAIN, &status))
        return report_error(&status);
    const double seconds = clock_seconds() - start;
    bool done = true;
    if (options->json)
        done = print_json(&dataset, seconds, &status);
    else
        print_text(&dataset, seconds);
    dataset_clear(&dataset);
    return done ? STATUS_OK : report_error(&status);
}
