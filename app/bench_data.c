#include "app/bench_data.h"

#include "app/data_sources.h"
#include "app/json_object.h"
#include "engine/clock.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

enum { ROUNDS = 5 };

// Of one data set.  The processor's time is that of this process, so what pictures take to be
// decoded, in another one, is not in it.
typedef struct {
    int examples;
    size_t bytes;
    double seconds[ROUNDS], processor_seconds[ROUNDS]; // ascending
} Loading;

static double processor_seconds(void) {
    struct timespec time;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

// Into the first `count` numbers, which ascend.
static void insert(double *numbers, int count, double number) {
    for (; count > 0 && numbers[count - 1] > number; count--)
        numbers[count] = numbers[count - 1];
    numbers[count] = number;
}

static bool load(Loading *loading, const char *spec, const char *data_path, Status *status) {
    for (int round = 0; round < ROUNDS; round++) {
        Dataset dataset;
        const double begun = clock_seconds(), worked = processor_seconds();
        if (!data_source_open(&dataset, spec, data_path, PART_TRAIN, status))
            return false;
        insert(loading->seconds, round, clock_seconds() - begun);
        insert(loading->processor_seconds, round, processor_seconds() - worked);
        loading->examples = dataset.count;
        loading->bytes = dataset_bytes(&dataset);
        dataset_clear(&dataset);
    }
    return true;
}

static void print_loading(const char *spec, const Loading *loading) {
    printf("%-32s %9d %10.1f %18.3f %18.3f %16.3f\n", spec, loading->examples,
           (double)loading->bytes / 1e6, loading->seconds[ROUNDS / 2], loading->seconds[0],
           loading->processor_seconds[ROUNDS / 2]);
    fflush(stdout);
}

static void add_loading(cJSON *object, const char *spec, const Loading *loading) {
    cJSON *entry = cJSON_AddObjectToObject(object, spec);
    json_add_number(entry, "examples", loading->examples);
    json_add_number(entry, "bytes", (double)loading->bytes);
    json_add_number(entry, "load_seconds", loading->seconds[ROUNDS / 2]);
    json_add_number(entry, "load_seconds_best", loading->seconds[0]);
    json_add_number(entry, "processor_seconds", loading->processor_seconds[ROUNDS / 2]);
    json_add_number(entry, "rounds", ROUNDS);
}

bool bench_data(const Options *options, Status *status) {
    char spec[DATA_SPEC_TEXT];
    cJSON *object = options->json ? cJSON_CreateObject() : NULL;
    bool done = true;
    if (!options->json)
        printf("%-32s %9s %10s %18s %18s %16s\n", "data", "examples", "megabytes",
               "seconds (median)", "(best of 5)", "of a processor");
    for (const char *list = options->data; done && data_spec_next(&list, spec, sizeof spec);) {
        Loading loading = {0};
        done = load(&loading, spec, options->data_path, status);
        if (done && options->json)
            add_loading(object, spec, &loading);
        else if (done)
            print_loading(spec, &loading);
    }
    if (done && options->json)
        done = json_print(object, stdout) ||
               status_fail(status, STATUS_FAILURE, "stdout: the result cannot be written");
    cJSON_Delete(object);
    return done;
}
