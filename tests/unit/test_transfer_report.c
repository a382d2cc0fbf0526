// What `transfer` takes from the command line and how it tells its results: tables, JSON, the line
// of progress.
#include "tests/unit/command_words.h"
#include "tests/unit/one_blas_thread.h"

#include "app/background.h"
#include "app/signals.h"
#include "app/transfer_report.h"
#include "engine/number.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const TransferDefaults defaults = {.data = "glyphs-held-out?size=8",
                                          .methods = "pixels",
                                          .shots = "1,3",
                                          .seeds = "2",
                                          .tests = "30"};

// Inputs of a command line such as "transfer --methods pixels".
static bool inputs_of(TransferInputs *inputs, const char *line, Status *status) {
    char text[COMMAND_LINE];
    Options options;
    const bool done = parse_command_line(&options, line, text, status) &&
                      transfer_inputs_init(inputs, &options, &defaults, status);
    options_clear(&options);
    return done;
}

static void test_inputs(void **state) {
    (void)state;
    TransferInputs *inputs = malloc(sizeof *inputs);
    Status status;
    assert_non_null(inputs);
    if (!inputs_of(
            inputs,
            "transfer --same-problem --methods vae,random --shots 2 --layers 7,9 --activation tanh "
            "--vae-steps 12 --seeds 3 --threads 5 --data glyphs-held-out?size=6",
            &status))
        fail_msg("%s", status.text);
    const TransferPlan *plan = &inputs->plan;
    assert_int_equal(plan->method_count, 2);
    assert_string_equal(plan->method[0]->name, "vae");
    assert_int_equal(plan->shot_count, 1);
    assert_int_equal(plan->shots[0], 2);
    assert_int_equal(plan->seeds, 3);
    assert_true(plan->same_problem);
    assert_int_equal(plan->tests, 30);
    assert_int_equal(plan->threads, 5);
    assert_int_equal(plan->learning.shape.layers, 3);
    assert_int_equal(plan->learning.shape.sizes[2], 9);
    assert_int_equal(plan->learning.shape.activation, ACTIVATION_TANH);
    assert_int_equal(plan->learning.vae_steps, 12);
    assert_int_equal(plan->datasets[0].height, 6);
    transfer_inputs_clear(inputs);
    free(inputs);
}

static void test_refused_inputs(void **state) {
    (void)state;
    static const char *const lines[] = {"transfer --methods rule", "transfer --methods pixel",
                                        "transfer --shots 0",      "transfer --shots 1,,x",
                                        "transfer --data nothing", "transfer --vae-steps -1"};
    TransferInputs *inputs = malloc(sizeof *inputs);
    assert_non_null(inputs);
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        Status status;
        if (inputs_of(inputs, lines[i], &status))
            fail_msg("'%s' was taken", lines[i]);
        assert_int_equal(status.code, STATUS_USAGE);
    }
    free(inputs);
}

// ---- a result ----

enum { SEEDS = 2, SHOTS = 2, METHODS = 2 };

// Pixels measured once, vae at two marks of which the first is better.
static void fill(TransferScore *score) {
    for (int i = 0; i < METHODS * SHOTS * SEEDS; i++) {
        const bool vae = i >= SHOTS * SEEDS;
        score[i] = (TransferScore){.marks = vae ? 2 : 1, .seconds = 1.5};
        for (int mark = 0; mark < score[i].marks; mark++)
            for (int kind = 0; kind < CLASSIFIERS; kind++)
                score[i].mark[mark] =
                    (TransferMark){.step = vae ? 10 * (mark + 1) : 0,
                                   .accuracy = {0.5 - 0.25 * mark + 0.125 * (i % SEEDS), 0.75}};
    }
}

static void result_init(Transfer *transfer, TransferInputs *inputs, TransferScore *score) {
    Status status;
    if (!inputs_of(inputs, "transfer --methods pixels,vae --layers 8", &status))
        fail_msg("%s", status.text);
    fill(score);
    *transfer = (Transfer){.plan = inputs->plan, .score = score};
}

static double number_at(const cJSON *object, const char *name) {
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, name);
    assert_true(cJSON_IsNumber(item));
    return item->valuedouble;
}

static void test_json(void **state) {
    (void)state;
    TransferInputs *inputs = malloc(sizeof *inputs);
    TransferScore *score = calloc(METHODS * SHOTS * SEEDS, sizeof *score);
    Transfer transfer;
    assert_true(inputs && score);
    result_init(&transfer, inputs, score);
    cJSON *made = transfer_json(&transfer, inputs);
    char *text = cJSON_Print(made);
    cJSON *object = cJSON_Parse(text);
    const cJSON *dataset = cJSON_GetObjectItemCaseSensitive(object, "glyphs-held-out?size=8");
    const cJSON *pixels = cJSON_GetObjectItemCaseSensitive(dataset, "pixels");
    assert_true(number_at(pixels, "accuracy_mean") == 0.5625);
    assert_true(fabs(number_at(pixels, "accuracy_stderr") - 0.0625) < 1e-15);
    assert_true(number_at(pixels, "seeds") == SEEDS);
    assert_true(number_at(pixels, "few_shot_per_class") == 3);
    assert_true(number_at(pixels, "inner_steps") == 0);
    assert_true(number_at(pixels, "seconds") == 1.5);
    const cJSON *vae = cJSON_GetObjectItemCaseSensitive(dataset, "vae");
    const cJSON *best = cJSON_GetObjectItemCaseSensitive(dataset, "vae_best");
    assert_true(number_at(vae, "inner_steps") == 20);
    assert_true(number_at(best, "inner_steps") == 10);
    assert_true(number_at(vae, "accuracy_mean") == 0.3125);
    assert_true(number_at(best, "accuracy_mean") == 0.5625);
    assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItemCaseSensitive(vae, "results")),
                     SHOTS * CLASSIFIERS);
    cJSON_Delete(object);
    cJSON_free(text);
    cJSON_Delete(made);
    free(score);
    transfer_inputs_clear(inputs);
    free(inputs);
}

static void test_tables(void **state) {
    (void)state;
    TransferInputs *inputs = malloc(sizeof *inputs);
    TransferScore *score = calloc(METHODS * SHOTS * SEEDS, sizeof *score);
    Transfer transfer;
    char *text = NULL;
    size_t size;
    FILE *stream = open_memstream(&text, &size);
    assert_true(inputs && score && stream);
    result_init(&transfer, inputs, score);
    transfer_print_tables(&transfer, inputs, stream);
    fclose(stream);
    assert_non_null(strstr(text, "base model 64-8-32 relu, rule none"));
    assert_non_null(strstr(text, "mean of 2 seeds"));
    assert_non_null(strstr(text, "\nvae                 0.312 +- 0.062"));
    assert_non_null(strstr(text, "\nvae_best            0.562 +- 0.062"));
    assert_non_null(strstr(text, "\nlogistic "));
    free(text);
    free(score);
    transfer_inputs_clear(inputs);
    free(inputs);
}

// ---- in the background ----

static void test_line_of_progress(void **state) {
    (void)state;
    char line[BACKGROUND_LINE];
    background_line(line, "transfer", 4, 10, 8);
    assert_string_equal(line, "transfer [############..................] 40 %, 0:00:12 left");
    background_line(line, "transfer", 0, 10, 8);
    assert_non_null(strstr(line, " 0 %, - left"));
    background_line(line, "transfer", 10, 10, 8);
    assert_non_null(strstr(line, "[##############################] 100 %, 0:00:00 left"));
}

static bool fail_at_once(void *context, Status *status) {
    return status_fail(status, STATUS_FAILURE, "%s", (const char *)context);
}

static void test_background_tells_the_result(void **state) {
    (void)state;
    Status status;
    atomic_bool stop = false;
    atomic_int done = 0;
    char reason[] = "no luck";
    const Background background = {.name = "test",
                                   .run = fail_at_once,
                                   .context = reason,
                                   .stop = &stop,
                                   .done = &done,
                                   .items = 1};
    assert_true(signals_init(&status));
    assert_false(background_run(&background, &status));
    assert_string_equal(status.text, "no luck");
    assert_false(stop);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_inputs),
        cmocka_unit_test(test_refused_inputs),
        cmocka_unit_test(test_json),
        cmocka_unit_test(test_tables),
        cmocka_unit_test(test_line_of_progress),
        cmocka_unit_test(test_background_tells_the_result),
    };
    return cmocka_run_group_tests(tests, one_blas_thread, NULL);
}
