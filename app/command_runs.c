// rulesmith runs: the runs under a folder.  rulesmith diff: what differs between two of them.
#include "app/commands.h"
#include "app/json_object.h"
#include "app/run_filter.h"
#include "app/run_list.h"
#include "app/run_table.h"
#include "app/settings_diff.h"
#include "views/cells.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WIDEST = 220 }; // columns of the printed table

static int fail_memory(const char *what) {
    Status status;
    status_fail(&status, STATUS_FAILURE, "no memory for %s", what);
    return report_error(&status);
}

// Prints a table as it would be on a screen, in plain letters.
static bool print_table(const Table *table) {
    Scene scene;
    CellGrid grid;
    const CellStyle style = {.symbols = SYMBOLS_ASCII, .colours = COLOURS_MONO};
    const Heading heading = {0};
    if (!cells_init(&grid, table->row_count + 2, WIDEST))
        return false;
    scene_init(&scene, WIDEST, table->row_count + 2);
    figure_table(&scene, &heading, table);
    const bool drawn = cells_draw(&grid, 0, 0, &scene, &style) && !scene.failed;
    if (drawn)
        cells_print(&grid, stdout);
    scene_clear(&scene);
    cells_clear(&grid);
    return drawn;
}

static bool print_text(const RunList *list, const RunFilter *filter, int *shown) {
    RunRows rows;
    Table table;
    char title[PATH_MAX + 16];
    if (!run_rows_init(&rows, list->count))
        return false;
    for (int i = 0; i < list->count; i++) {
        const char *name = run_list_name(list, list->readers[i]);
        if (run_filter_passes(filter, name, list->readers[i]))
            run_rows_add(&rows, name, "", list->readers[i]);
    }
    *shown = rows.count;
    snprintf(title, sizeof title, "runs in %s", list->folder);
    run_rows_table(&rows, title, "", &table);
    const bool good = rows.count == 0 || print_table(&table);
    run_rows_clear(&rows);
    return good;
}

// ---- JSON ----

// An absent number is null.
static void add_number(cJSON *object, const char *key, bool there, double value) {
    if (there)
        json_add_number(object, key, value);
    else
        cJSON_AddNullToObject(object, key);
}

static void add_settings(cJSON *object, const Settings *settings) {
    size_t count;
    char name[SETTINGS_NAME];
    char value[SETTINGS_TEXT];
    const SettingEntry *table = settings_table(&count);
    cJSON *all = cJSON_AddObjectToObject(object, "settings");
    for (size_t i = 0; all && i < count; i++)
        json_add_text(all, setting_name(&table[i], name),
                      settings_value(settings, &table[i], value));
}

static cJSON *describe_run(const RunList *list, const RunReader *reader) {
    const OuterPoint *outer = run_last_outer(reader);
    const EvaluationPoint *evaluation = run_last_evaluation(reader);
    const bool has_set = evaluation && evaluation->set_count > 0;
    cJSON *object = cJSON_CreateObject();
    json_add_text(object, "name", run_list_name(list, reader));
    json_add_text(object, "path", reader->run.path);
    json_add_text(object, "state", run_status_word(&reader->status, reader->life));
    json_add_text(object, "reason", reader->status.reason);
    add_number(object, "pid", reader->status.pid > 0, (double)reader->status.pid);
    json_add_text(object, "host", reader->status.host);
    json_add_number(object, "outer_step", (double)run_reader_outer_step(reader));
    add_number(object, "seconds", outer != NULL, outer ? outer->seconds : 0);
    add_number(object, "meta_loss", outer != NULL, outer ? outer->meta_loss : 0);
    json_add_text(object, "data", has_set ? reader->metrics.curves.sets[0] : "");
    add_number(object, "accuracy", has_set, run_last_accuracy(reader));
    add_number(object, "random_accuracy", has_set, has_set ? evaluation->accuracy_mean[0][0] : 0);
    add_number(object, "evaluated_step", has_set, has_set ? (double)evaluation->outer_step : 0);
    add_number(object, "started", isfinite(reader->started), reader->started);
    json_add_text(object, "preset", reader->run.preset);
    json_add_text(object, "trouble", reader->trouble);
    if (reader->has_settings)
        add_settings(object, &reader->settings);
    return object;
}

static bool print_and_delete(cJSON *object) {
    const bool printed = json_print(object, stdout);
    cJSON_Delete(object);
    return printed;
}

static bool print_json(const RunList *list, const RunFilter *filter) {
    cJSON *object = cJSON_CreateObject();
    json_add_text(object, "folder", list->folder);
    cJSON *runs = cJSON_AddArrayToObject(object, "runs");
    for (int i = 0; runs && i < list->count; i++)
        if (run_filter_passes(filter, run_list_name(list, list->readers[i]), list->readers[i]))
            cJSON_AddItemToArray(runs, describe_run(list, list->readers[i]));
    return print_and_delete(object);
}

static bool print_list(const RunList *list, const RunFilter *filter, const Options *options) {
    int shown;
    if (options->json)
        return print_json(list, filter);
    if (!print_text(list, filter, &shown))
        return false;
    if (shown == 0)
        fprintf(stderr, "rulesmith: %s: no run%s\n", list->folder,
                list->count > 0 ? " that passes the filter" : "");
    return true;
}

int command_runs(const Options *options) {
    RunList *list = malloc(sizeof *list);
    RunFilter filter;
    Status status;
    bool changed;
    if (!list)
        return fail_memory("the list of runs");
    run_list_init(list, options->operand ? options->operand : "runs");
    bool good = run_filter_parse(&filter, options->filter ? options->filter : "", &status) &&
                run_list_scan(list, &changed, &status);
    if (good) {
        run_list_look(list);
        good = print_list(list, &filter, options) ||
               status_fail(&status, STATUS_FAILURE, "stdout: the list cannot be written");
        if (list->more)
            fprintf(stderr, "rulesmith: %s: only the first %d runs\n", list->folder, RUN_LIST_MOST);
    }
    run_list_clear(list);
    free(list);
    return good ? STATUS_OK : report_error(&status);
}

// ---- diff ----

static bool read_settings(const char *folder, Settings *settings, Status *status) {
    RunDirectory run;
    char path[PATH_MAX];
    settings_default(settings);
    return run_directory_look(&run, folder, status) &&
           run_directory_file(&run, "config.ini", path, status) &&
           settings_read(settings, path, status);
}

static bool print_diff_json(const Options *options, const SettingDiff *diffs, int count) {
    cJSON *object = cJSON_CreateObject();
    json_add_text(object, "a", options->operand);
    json_add_text(object, "b", options->second_operand);
    cJSON *settings = cJSON_AddObjectToObject(object, "settings");
    for (int i = 0; settings && i < count; i++) {
        cJSON *pair = cJSON_AddArrayToObject(settings, diffs[i].name);
        cJSON_AddItemToArray(pair, cJSON_CreateString(diffs[i].a));
        cJSON_AddItemToArray(pair, cJSON_CreateString(diffs[i].b));
    }
    return print_and_delete(object);
}

static bool is_long(const SettingDiff *diff) {
    enum { LONG = 80 };
    return strlen(diff->a) > LONG || strlen(diff->b) > LONG;
}

// A table, and below it the settings whose values are too long for one.
static bool print_diff_text(const Options *options, const SettingDiff *diffs, int count) {
    const char *a = options->operand, *b = options->second_operand;
    const char *entries[3 * SETTINGS_DIFFS];
    Table table = settings_diff_table(diffs, count, a, b, 0, entries);
    table.row_count = 0;
    for (int i = 0; i < count; i++)
        if (!is_long(&diffs[i]))
            memmove(&entries[3 * table.row_count++], &entries[3 * i], 3 * sizeof *entries);
    const bool printed = table.row_count == 0 || print_table(&table);
    for (int i = 0; i < count; i++)
        if (is_long(&diffs[i]))
            printf("%s\n  %s\n    %s\n  %s\n    %s\n", diffs[i].name, a, diffs[i].a, b, diffs[i].b);
    return printed;
}

int command_diff(const Options *options) {
    Settings a;
    Settings b;
    Status status;
    if (!read_settings(options->operand, &a, &status) ||
        !read_settings(options->second_operand, &b, &status))
        return report_error(&status);
    SettingDiff *diffs = calloc(SETTINGS_DIFFS, sizeof *diffs);
    if (!diffs)
        return fail_memory("the settings");
    const int count = settings_diff(&a, &b, diffs);
    const bool printed = options->json ? print_diff_json(options, diffs, count)
                                       : print_diff_text(options, diffs, count);
    if (count == 0 && !options->json)
        fprintf(stderr, "rulesmith: %s and %s have the same settings\n", options->operand,
                options->second_operand);
    free(diffs);
    return printed ? STATUS_OK : fail_memory("the settings");
}
