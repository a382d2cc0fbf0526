// Experiments: their plans, what they keep in a file and take from it again, what they tell.
#include "tests/unit/check.h"
#include "tests/unit/command_words.h"
#include "tests/unit/temporary_folder.h"

#include "app/experiment_items.h"
#include "app/experiment_pictures.h"
#include "app/experiment_report.h"
#include "app/signals.h"
#include "engine/blas.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

// line: what follows "rulesmith experiment".
static bool try_run(ExperimentRun *run, const char *line, Status *status) {
    char text[COMMAND_LINE], whole[COMMAND_LINE - 16];
    Options options;
    snprintf(whole, sizeof whole, "experiment %s", line);
    const bool done = parse_command_line(&options, whole, text, status) &&
                      experiment_init(run, experiment_named(options.operand), &options, status);
    options_clear(&options);
    if (!done)
        experiment_clear(run);
    return done;
}

// A run of a command line such as "mismatch --seeds 2".
static ExperimentRun *run_of(const char *line) {
    Status status;
    ExperimentRun *run = calloc(1, sizeof *run);
    assert_non_null(run);
    check(try_run(run, line, &status), &status);
    return run;
}

static void run_free(ExperimentRun *run) {
    experiment_clear(run);
    free(run);
}

static const char mismatch[] = "mismatch --data glyphs-held-out?size=6 --tests 20 --layers 7 "
                               "--vae-steps 5 --seeds 2 --threads 2";

static const ExperimentEntry *entry_at(const ExperimentRun *run, int panel, const char *series,
                                       const char *point) {
    for (int i = 0; i < run->entry_count; i++) {
        const ExperimentEntry *entry = &run->entry[i];
        if (entry->panel == panel && strcmp(entry->series, series) == 0 &&
            strcmp(entry->point, point) == 0)
            return entry;
    }
    fail_msg("no entry %s %s", series, point);
    return NULL;
}

static const char permutation[] =
    "permutation --rule assets/rules/glyphs-shapes.safetensors --data glyphs-held-out?size=6 "
    "--tests 20 --layers 7 --steps 2 --prototype-steps 3 --seeds 1 --threads 2 "
    "--set task.source=glyphs-held-out";

// A panel is called after its data, without the folders of files.
static void test_titles(void **state) {
    (void)state;
    const char *folder = temporary_folder();
    char line[256];
    FILE *file = fopen(in_folder(folder, "words.libsvm"), "w");
    assert_non_null(file);
    for (int i = 0; i < 80; i++)
        fprintf(file, "%d %d:1 9:%d\n", i % 2, 1 + i % 4, 1 + i % 3);
    fclose(file);
    snprintf(line, sizeof line,
             "mismatch --data libsvm:%s/words.libsvm:%s/words.libsvm?words=5&value=log-tf", folder,
             folder);
    ExperimentRun *run = run_of(line);
    assert_string_equal(run->panel[0].title,
                        "libsvm:words.libsvm:words.libsvm?words=5&value=log-tf: loss");
    run_free(run);
}

static void test_every_experiment_is_whole(void **state) {
    (void)state;
    size_t count;
    const Experiment *table = experiments_table(&count);
    for (size_t i = 0; i < count; i++) {
        assert_ptr_equal(experiment_named(table[i].name), &table[i]);
        assert_true(table[i].help && table[i].defaults.methods);
        assert_true(!table[i].defaults.data == !!table[i].data_help);
        assert_true(!table[i].points || table[i].points_help);
    }
    assert_null(experiment_named("none"));
}

static void test_a_plan(void **state) {
    (void)state;
    ExperimentRun *run = run_of(mismatch);
    assert_int_equal(run->panel_count, 2);
    assert_int_equal(run->lot_count, 2);
    const ExperimentEntry *last = entry_at(run, 0, "vae", "5");
    assert_int_equal(last->mark, 4);
    assert_true(last->x == 5);
    assert_int_equal(run->lot[last->lot].learning.marks, 5);
    assert_int_equal(entry_at(run, 1, "random", "1")->mark, MARK_LAST);
    run_free(run);
}

static void test_permutation(void **state) {
    (void)state;
    Status status;
    ExperimentRun *run = run_of(permutation);
    static const char *const methods[] = {"prototypes, intact", "prototypes, permuted", "rule",
                                          "random", "pixels"};
    assert_int_equal(run->lot_count, 10);
    for (int m = 0; m < 5; m++)
        for (int permuted = 0; permuted < 2; permuted++) {
            const int lot = entry_at(run, 0, permuted ? "permuted" : "intact", methods[m])->lot;
            assert_int_equal(run->lot[lot].permute, permuted);
            if (m < 2)
                assert_int_equal(run->lot[lot].learning.permute_tasks, m);
        }
    run_free(run);
    static const char *const refused[] = {
        "permutation --data glyphs-held-out", // no rule
        "permutation --rule assets/rules/glyphs-shapes.safetensors --data moons?permute=0 "
        "--set task.source=glyphs-held-out",
        "permutation --rule assets/rules/glyphs-shapes.safetensors --prototype-steps 0",
        "permutation --rule assets/rules/glyphs-shapes.safetensors --set task.source=nothing"};
    run = malloc(sizeof *run);
    assert_non_null(run);
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        if (try_run(run, refused[i], &status))
            fail_msg("'%s' was taken", refused[i]);
        assert_int_equal(status.code, STATUS_USAGE);
    }
    free(run);
}

// Layers, activations and points as they were asked for; the rule is not used by a plan.
static void test_hidden_layers_and_points(void **state) {
    (void)state;
    ExperimentRun *run = run_of(mismatch);
    Status status;
    int points[EXPERIMENT_POINTS];
    ExperimentLot *lot = &run->lot[0];
    check(experiment_layers(lot, 3, 9, &status), &status);
    assert_int_equal(lot->learning.shape.layers, 4);
    assert_int_equal(lot->learning.shape.sizes[3], 9);
    assert_int_equal(lot->learning.shape.sizes[4], 32);
    assert_false(experiment_layers(lot, PHI_LAYERS, 9, &status));
    run->points = "4,2,4,1";
    assert_int_equal(experiment_whole_points(run, 1, 9, points, &status), 3);
    assert_int_equal(points[0], 1);
    assert_int_equal(points[2], 4);
    static const char *const refused[] = {
        "0", "1,x", "", "1,,2", "10", "1,2,3,4,5,6,7,8,9,1,2,3,4,5,6,7,8,9,1,2,3,4,5,6,7"};
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        run->points = refused[i];
        if (experiment_whole_points(run, 1, 9, points, &status) >= 0)
            fail_msg("'%s' was taken", refused[i]);
        assert_int_equal(status.code, STATUS_USAGE);
    }
    run_free(run);
}

static void test_refused_command_lines(void **state) {
    (void)state;
    static const char *const lines[] = {"width",
                                        "mismatch --points 3",
                                        "mismatch --data nothing",
                                        "mismatch --shots 0",
                                        "text --run x",
                                        "text --data glyphs-held-out"};
    ExperimentRun *run = malloc(sizeof *run);
    assert_non_null(run);
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        Status status;
        if (try_run(run, lines[i], &status))
            fail_msg("'%s' was taken", lines[i]);
        assert_int_equal(status.code, STATUS_USAGE);
    }
    free(run);
}

// ---- items ----

static void measure(ExperimentRun *run, const char *path) {
    Status status;
    bool late;
    check(experiment_items_measure(run, path, 0, &late, &status), &status);
    assert_false(late);
    assert_int_equal(experiment_items_done(run), run->lot_count * experiment_seeds(run));
}

static char *printed_json(const ExperimentRun *run) {
    cJSON *object = experiment_json(run);
    char *text = cJSON_Print(object);
    cJSON_Delete(object);
    assert_non_null(text);
    return text;
}

static void test_items_are_kept_and_found(void **state) {
    (void)state;
    const char *path = in_folder(temporary_folder(), "items.jsonl");
    ExperimentRun *run = run_of(mismatch);
    Status status;
    int found;
    check(experiment_items_read(run, path, &found, &status), &status);
    assert_int_equal(found, 0);
    measure(run, path);
    char *first = printed_json(run);
    run_free(run);
    // Another run finds them, and tells the same.
    run = run_of(mismatch);
    check(experiment_items_read(run, path, &found, &status), &status);
    assert_int_equal(found, 4);
    char *second = printed_json(run);
    assert_string_equal(first, second);
    run_free(run);
    cJSON_free(first);
    cJSON_free(second);
    // A third seed only adds to them; other settings, another seed find none.
    static const struct {
        const char *more;
        int found;
    } others[] = {{"--seeds 3", 4},         {"--seeds 3 --seed 3", 0},
                  {"--seeds 1", 2},         {"--seed 2", 2},
                  {"--layers 8", 0},        {"--tests 30", 0},
                  {"--vae-steps 6", 0},     {"--shots 9", 0},
                  {"--activation tanh", 0}, {"--set task.permute=0", 0}};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        char line[256];
        snprintf(line, sizeof line, "%s %s", mismatch, others[i].more);
        run = run_of(line);
        check(experiment_items_read(run, path, &found, &status), &status);
        if (found != others[i].found)
            fail_msg("%s: found %d", others[i].more, found);
        run_free(run);
    }
}

// What a prototypical network depends on beside its base model.
static void test_items_of_tasks(void **state) {
    (void)state;
    const char *path = in_folder(temporary_folder(), "items.jsonl");
    ExperimentRun *run = run_of(permutation);
    measure(run, path);
    // The network is the same whatever it is tried on, and another one of other tasks.
    const double *accuracy[4];
    for (int lot = 0; lot < 4; lot++) {
        const TransferMark *mark = experiment_score(run, experiment_item(run, lot, 0))->mark;
        assert_int_equal(mark->step, 3);
        accuracy[lot] = &mark->loss;
    }
    assert_true(*accuracy[0] == *accuracy[1] && *accuracy[2] == *accuracy[3]);
    assert_true(*accuracy[0] != *accuracy[2]);
    run_free(run);
    static const struct {
        const char *more;
        int found;
    } others[] = {{"", 10},
                  {"--prototype-steps 4", 6},
                  {"--steps 3", 8},
                  {"--set task.source=glyphs-held-out:2", 6},
                  {"--set task.noise=0.2", 6},
                  {"--vae-steps 5", 6}};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        Status status;
        char line[288];
        int found;
        snprintf(line, sizeof line, "%s %s", permutation, others[i].more);
        run = run_of(line);
        check(experiment_items_read(run, path, &found, &status), &status);
        if (found != others[i].found)
            fail_msg("%s: found %d", others[i].more, found);
        run_free(run);
    }
}

static const char embedding[] =
    "embedding --rule assets/rules/glyphs-shapes.safetensors --data glyphs-held-out?size=6 "
    "--tests 20 --layers 7 --steps 2 --seeds 1 --threads 2 --points 2,32";

// Looks are kept with the rest, pictures are made anew.
static void test_looks_and_pictures(void **state) {
    (void)state;
    const char *path = in_folder(temporary_folder(), "items.jsonl");
    ExperimentRun *run = run_of(embedding);
    Status status;
    bool stopped;
    int found;
    measure(run, path);
    char *first = printed_json(run);
    run_free(run);
    run = run_of(embedding);
    check(experiment_items_read(run, path, &found, &status), &status);
    assert_int_equal(found, 3);
    char *second = printed_json(run);
    assert_string_equal(first, second);
    cJSON_free(first);
    cJSON_free(second);
    // All 32 components of 32 units, and all of the inputs' 36 but few.
    const Look *before = &experiment_score(run, experiment_item(run, 1, 0))->mark[0].look;
    assert_true(before->explained[1] > 0.1 && before->explained[1] < 0.9);
    assert_true(before->explained[31] > 0.999 && before->dimensions > 1);
    assert_true(fabs(before->smoothness) < 0.5);
    // The figure without its picture, then with it.
    const char *figure = in_folder(temporary_folder(), "figure.png");
    check(experiment_draw(run, figure, 1, THEME_LIGHT, &status), &status);
    check(experiment_pictures_make(run, &stopped, &status), &status);
    assert_false(stopped);
    assert_non_null(run->features[0]);
    assert_null(run->features[1]);
    assert_int_equal(run->features[0]->inner_steps, 2);
    assert_int_equal(run->features[0]->height, 6);
    assert_int_equal(run->features[0]->shape.sizes[1], 7);
    check(experiment_draw(run, figure, 1, THEME_LIGHT, &status), &status);
    Scene scene;
    assert_true(experiment_picture_draw(&scene, run, 0));
    assert_true(scene.height > 20);
    scene_clear(&scene);
    run_free(run);
    // An experiment without pictures.
    run = run_of(mismatch);
    check(experiment_pictures_make(run, &stopped, &status), &status);
    run_free(run);
    run = malloc(sizeof *run);
    assert_non_null(run);
    static const char *const refused[] = {
        "embedding --rule assets/rules/glyphs-shapes.safetensors --data moons --points 33",
        "filters --rule assets/rules/glyphs-shapes.safetensors --data moons"};
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        if (try_run(run, refused[i], &status))
            fail_msg("'%s' was taken", refused[i]);
        assert_int_equal(status.code, STATUS_USAGE);
    }
    free(run);
}

// Lines that are none, or not whole, are as if they were not there.
static void test_bad_lines(void **state) {
    (void)state;
    const char *path = in_folder(temporary_folder(), "bad.jsonl");
    ExperimentRun *run = run_of(mismatch);
    Status status;
    int found;
    measure(run, path);
    char *line = NULL;
    size_t capacity = 0, length = 0;
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    assert_true(getline(&line, &capacity, file) > 0);
    fclose(file);
    length = strlen(line);
    run_free(run);
    for (size_t cut = 0; cut < length - 2; cut += 41) {
        file = fopen(path, "w");
        assert_non_null(file);
        fprintf(file, "%.*s\n[1]\n{\"key\":7}\n{}\n\n", (int)cut, line);
        fclose(file);
        run = run_of(mismatch);
        check(experiment_items_read(run, path, &found, &status), &status);
        assert_int_equal(found, 0);
        run_free(run);
    }
    // Too few values.
    char *values = strstr(line, "\"values\":[");
    assert_non_null(values);
    file = fopen(path, "w");
    assert_non_null(file);
    fprintf(file, "%.*s\"values\":[1,2]}\n", (int)(values - line), line);
    fclose(file);
    run = run_of(mismatch);
    check(experiment_items_read(run, path, &found, &status), &status);
    assert_int_equal(found, 0);
    run_free(run);
    free(line);
}

// ---- telling ----

// As if measured: seed 0 of the encoder's lot only, NaN at its second mark.
static void fill(ExperimentRun *run) {
    const int item = experiment_item(run, 0, 0);
    TransferScore *score = experiment_score(run, item);
    *score = (TransferScore){.marks = 5};
    for (int mark = 0; mark < score->marks; mark++)
        score->mark[mark] =
            (TransferMark){.step = mark + 1, .loss = 10 - mark, .accuracy = {0.125 * mark, 0.25}};
    score->mark[1].accuracy[0] = NAN;
    run->done[item] = true;
}

static void test_tables(void **state) {
    (void)state;
    ExperimentRun *run = run_of(mismatch);
    char *text = NULL;
    size_t size;
    fill(run);
    FILE *stream = open_memstream(&text, &size);
    assert_non_null(stream);
    experiment_print_tables(run, stream);
    fclose(stream);
    assert_non_null(strstr(text, "NOT WHOLE: 1 of 4 measurements"));
    assert_non_null(strstr(text, "glyphs-held-out?size=6: loss"));
    assert_non_null(strstr(text, "\n5                             6.000 +- - "));
    assert_non_null(strstr(text, "\n5                             0.500 +- - "));
    assert_non_null(strstr(text, "\n2                               NaN +- - "));
    free(text);
    run_free(run);
}

static void test_json(void **state) {
    (void)state;
    ExperimentRun *run = run_of(mismatch);
    fill(run);
    char *text = printed_json(run);
    cJSON *object = cJSON_Parse(text);
    assert_string_equal(cJSON_GetObjectItem(object, "experiment")->valuestring, "mismatch");
    const cJSON *panels = cJSON_GetObjectItem(object, "panels");
    assert_int_equal(cJSON_GetArraySize(panels), 2);
    const cJSON *values = cJSON_GetObjectItem(cJSON_GetArrayItem(panels, 1), "values");
    const cJSON *value = cJSON_GetArrayItem(values, 0);
    assert_string_equal(cJSON_GetObjectItem(value, "method")->valuestring, "vae");
    assert_string_equal(cJSON_GetObjectItem(value, "base_model")->valuestring, "36-7-32 relu");
    assert_true(cJSON_GetObjectItem(value, "seeds")->valuedouble == 1);
    assert_true(cJSON_GetObjectItem(value, "inner_steps")->valuedouble == 1);
    assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(value, "results")), CLASSIFIERS);
    cJSON_Delete(object);
    cJSON_free(text);
    run_free(run);
}

// The best mark is the one of the greatest mean, whatever lies beside it.
static void test_best_mark(void **state) {
    (void)state;
    ExperimentRun *run = run_of("mismatch --data glyphs-held-out?size=6 --vae-steps 5 --seeds 1");
    fill(run);
    experiment_score(run, 0)->mark[1].accuracy[0] = 0.75;
    run->entry_count = 1;
    run->entry[0] = (ExperimentEntry){.panel = 1, .lot = 0, .mark = MARK_BEST};
    char *text = printed_json(run);
    assert_non_null(strstr(text, "\"accuracy_mean\":\t0.75"));
    assert_non_null(strstr(text, "\"inner_steps\":\t2"));
    cJSON_free(text);
    run_free(run);
}

static void test_figure(void **state) {
    (void)state;
    ExperimentRun *run = run_of(mismatch);
    const char *path = in_folder(temporary_folder(), "figure.png");
    Status status;
    check(experiment_draw(run, path, 1, THEME_LIGHT, &status), &status); // nothing measured
    fill(run);
    run->panel[1].x_name = NULL; // and bars
    check(experiment_draw(run, path, 1, THEME_DARK, &status), &status);
    run_free(run);
}

static int start(void **state) {
    (void)state;
    Status status;
    return blas_init(&status) && signals_init(&status) ? 0 : -1;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_titles),
        cmocka_unit_test(test_every_experiment_is_whole),
        cmocka_unit_test(test_a_plan),
        cmocka_unit_test(test_permutation),
        cmocka_unit_test(test_hidden_layers_and_points),
        cmocka_unit_test(test_refused_command_lines),
        cmocka_unit_test(test_items_are_kept_and_found),
        cmocka_unit_test(test_items_of_tasks),
        cmocka_unit_test(test_looks_and_pictures),
        cmocka_unit_test(test_bad_lines),
        cmocka_unit_test(test_tables),
        cmocka_unit_test(test_json),
        cmocka_unit_test(test_best_mark),
        cmocka_unit_test(test_figure),
    };
    return cmocka_run_group_tests(tests, start, NULL);
}
