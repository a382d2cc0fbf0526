#include "tests/fuzz/toy_runs.h"

#include "app/rule_series.h"
#include "engine/rule_file.h"
#include "tests/unit/small_stepping.h"
#include "tests/unit/temporary_folder.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void insist(bool done, const Status *status) {
    if (done)
        return;
    fprintf(stderr, "toy runs: %s\n", status->text);
    abort();
}

// ---- data: 60 images of 6 x 6 in 4 classes, as IDX ----

enum { IMAGES = 60, SIDE = 6, CLASSES = 4 };

static void write_bytes(const char *path, const uint8_t *header, size_t header_size,
                        const uint8_t *bytes, size_t size) {
    FILE *stream = fopen(path, "wb");
    if (!stream || fwrite(header, 1, header_size, stream) != header_size ||
        fwrite(bytes, 1, size, stream) != size || fclose(stream) != 0)
        abort();
}

static void write_data(const char *folder) {
    static const uint8_t image_header[] = {0, 0, 8, 3,    0, 0, 0, IMAGES,
                                           0, 0, 0, SIDE, 0, 0, 0, SIDE};
    static const uint8_t label_header[] = {0, 0, 8, 1, 0, 0, 0, IMAGES};
    uint8_t images[IMAGES * SIDE * SIDE], labels[IMAGES];
    Random random = random_seeded(1, 0);
    for (int i = 0; i < IMAGES; i++) {
        labels[i] = (uint8_t)(i % CLASSES);
        for (int k = 0; k < SIDE * SIDE; k++)
            images[i * SIDE * SIDE + k] =
                (uint8_t)(60 * (k % CLASSES == labels[i]) + random_below(&random, 150));
    }
    write_bytes(in_folder(folder, "images"), image_header, sizeof image_header, images,
                sizeof images);
    write_bytes(in_folder(folder, "labels"), label_header, sizeof label_header, labels,
                sizeof labels);
}

static void data_spec(const char *folder, char *spec, size_t size) {
    snprintf(spec, size, "idx:%s/images:%s/labels", folder, folder);
}

// ---- runs ----

void toy_settings(Settings *settings, const char *folder) {
    char spec[SETTINGS_TEXT - 8];
    *settings = small_step_plan().settings;
    settings->image_size = SIDE;
    data_spec(folder, spec, sizeof spec);
    snprintf(settings->evaluate_data, sizeof settings->evaluate_data, "%s,moons", spec);
    strcpy(settings->evaluate_layers, "8");
    settings->evaluate_steps = 6;
    settings->evaluate_examples = 20;
}

static void write_rule(const char *folder, const char *path, long outer_step) {
    Settings settings;
    ThetaLayout layout;
    Status status;
    char text[32];
    Random random = random_seeded((uint64_t)outer_step, 0);
    toy_settings(&settings, folder);
    const RuleSizes sizes = {settings.hidden, settings.error_channels, settings.readout_rank,
                             settings.top_hidden, settings.embedding};
    insist(theta_layout(&layout, sizes, &status), &status);
    real *theta = malloc(layout.count * sizeof *theta);
    if (!theta)
        abort();
    theta_initialise(theta, &layout, &random);
    snprintf(text, sizeof text, "%ld", outer_step);
    const RuleNote note = {"outer_step", text};
    insist(rule_file_write(&layout, theta, &note, 1, path, &status), &status);
    free(theta);
}

static void write_rules(const char *folder, const RunDirectory *run) {
    static const long outer_steps[] = {0, 1, 4, 8};
    char path[PATH_MAX];
    Status status;
    for (size_t i = 0; i < sizeof outer_steps / sizeof outer_steps[0]; i++) {
        insist(rule_series_path(run, outer_steps[i], path, &status), &status);
        write_rule(folder, path, outer_steps[i]);
    }
}

static void write_metrics(RunDirectory *run, int steps) {
    char text[512];
    Status status;
    for (int step = 1; step <= steps; step++) {
        snprintf(text, sizeof text,
                 "{\"kind\":\"outer\",\"outer_step\":%d,\"seconds\":%d,\"meta_loss\":%s,"
                 "\"accuracy\":0.5,\"gradient_norm\":%d,\"clipped_norm\":1,\"rate\":0.001}",
                 step, step,
                 step == 5  ? "\"NaN\""
                 : step % 2 ? "1.25"
                            : "0.75",
                 step % 4);
        insist(run_directory_metric(run, text, &status), &status);
        snprintf(text, sizeof text,
                 "{\"kind\":\"evaluation\",\"outer_step\":%d,\"seconds\":1,\"data\":\"moons\","
                 "\"seeds\":2,\"few_shot_per_class\":2,\"accuracy_0\":0.5,\"stderr_0\":0.01,"
                 "\"accuracy_1\":0.5,\"stderr_1\":0.01,\"accuracy_3\":0.5,\"stderr_3\":0.01,"
                 "\"accuracy_6\":0.%d,\"stderr_6\":0.01,\"raw_pixels\":0.7}",
                 step, 5 + step % 4);
        insist(step % 3 || run_directory_metric(run, text, &status), &status);
    }
}

static void make_run(const char *folder, const char *name, int steps, bool rules) {
    RunDirectory run;
    Settings settings;
    char path[PATH_MAX];
    Status status;
    toy_settings(&settings, folder);
    settings.outer_rate = 0.001 * steps; // so that there is a difference to be shown
    insist(run_directory_create(&run, in_folder(folder, name), "toy", &status), &status);
    insist(run_directory_write_config(&run, &settings, &status), &status);
    write_metrics(&run, steps);
    if (rules)
        write_rules(folder, &run);
    insist(run_directory_file(&run, "rule.safetensors", path, &status), &status);
    write_rule(folder, path, steps);
    insist(run_directory_set_state(&run, "interrupted", "SIGTERM", steps, &status), &status);
    run_directory_close(&run);
}

const char *toy_runs_make(void) {
    const char *folder = temporary_folder();
    write_data(folder);
    make_run(folder, "a", 12, true);
    make_run(folder, "b", 7, false);
    make_run(folder, "c", 3, false);
    write_file(in_folder(folder, "c/metrics.jsonl"),
               "{\"kind\":\"outer\",\"outer_step\":1,\"meta_loss\":1}\n{\"kind\":\n\xff\n");
    return folder;
}

void toy_run_look(RunDirectory *run, const char *folder) {
    Status status;
    insist(run_directory_look(run, in_folder(folder, "a"), &status), &status);
}

void toy_opening(StepOpening *opening, const char *folder, const RunDirectory *run) {
    Status status;
    memset(opening, 0, sizeof *opening);
    toy_settings(&opening->settings, folder);
    data_spec(folder, opening->data, sizeof opening->data);
    strcpy(opening->base, "8:tanh");
    insist(run_directory_file(run, "rule.safetensors", opening->rule, &status), &status);
}
