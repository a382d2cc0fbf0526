// The probe: answers are those of the same job done here, a later question takes the place of an
// earlier one, and it ends at once whatever it does.
#include "app/probe.h"

#include "app/data_sources.h"
#include "app/feature_job.h"
#include "app/rule_series.h"
#include "engine/rule_file.h"
#include "tests/unit/random_rule.h"
#include "tests/unit/temporary_folder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

static const RuleSizes sizes = {4, 3, 2, 4, 6}; // H, D, R, T, E

typedef struct {
    RunDirectory run;
    Settings settings;
    Probe *probe;
} Case;

static void write_rule(const RunDirectory *run, long outer_step) {
    RandomRule rule;
    char path[PATH_MAX];
    char text[32];
    Status status;
    random_rule_init(&rule, sizes, (uint64_t)outer_step + 1);
    snprintf(text, sizeof text, "%ld", outer_step);
    const RuleNote note = {"outer_step", text};
    assert_true(rule_series_path(run, outer_step, path, &status));
    if (!rule_file_write(&rule.layout, rule.theta, &note, 1, path, &status))
        fail_msg("%s", status.text);
    random_rule_clear(&rule);
}

// A run of two kept rules, of the outer steps 1 and 4.
static void case_init(Case *made) {
    static int number;
    char name[32];
    Status status;
    snprintf(name, sizeof name, "run%d", number++);
    if (!run_directory_create(&made->run, in_folder(temporary_folder(), name), "test", &status))
        fail_msg("%s", status.text);
    write_rule(&made->run, 1);
    write_rule(&made->run, 4);
    settings_default(&made->settings);
    made->settings.image_size = 8;
    made->settings.batch = 32;
    made->settings.embedding = sizes.E;
    strcpy(made->settings.evaluate_data, "glyphs-held-out");
    strcpy(made->settings.evaluate_layers, "8");
    made->settings.evaluate_steps = 4;
    made->settings.evaluate_shots = 2;
    made->settings.evaluate_examples = 20;
    const ProbePlan plan = {.run = &made->run, .settings = &made->settings};
    if (!probe_new(&made->probe, &plan, &status))
        fail_msg("%s", status.text);
}

static void case_clear(Case *made) {
    probe_free(made->probe);
    run_directory_close(&made->run);
}

static void wait_for_answer(Probe *probe, ProbeAnswer *answer) {
    const struct timespec moment = {.tv_nsec = 2000000};
    for (int i = 0; i < 30000; i++) { // a minute
        if (probe_take(probe, answer))
            return;
        assert_true(probe_is_busy(probe));
        nanosleep(&moment, NULL);
    }
    fail_msg("no answer");
}

static void test_answers_like_the_job(void **state) {
    (void)state;
    Case made;
    DataSources data;
    Status status;
    ProbeAnswer answer;
    Features *expected;
    case_init(&made);
    assert_false(probe_is_busy(made.probe));
    assert_false(probe_take(made.probe, &answer));
    probe_ask(made.probe, &(ProbeQuestion){.subject = PROBE_FEATURES});
    wait_for_answer(made.probe, &answer);
    assert_int_equal(answer.status.code, STATUS_OK);
    assert_false(probe_is_busy(made.probe));
    assert_false(probe_take(made.probe, &answer)); // once
    assert_true(data_sources_held_out(&data, &made.settings, NULL, &status));
    const FeatureJob job = {
        .settings = &made.settings, .dataset = &data.held_out[0], .run = &made.run};
    if (!feature_job_compute(&job, &expected, &status))
        fail_msg("%s", status.text);
    assert_int_equal(expected->outer_step, 4);
    assert_int_equal(answer.features->outer_step, 4);
    const size_t count = (size_t)expected->shape.sizes[0] * (size_t)expected->shape.sizes[1];
    assert_memory_equal(answer.features->weight[FEATURES_W][FEATURES_NOW],
                        expected->weight[FEATURES_W][FEATURES_NOW], count * sizeof(float));
    features_free(expected);
    features_free(answer.features);
    data_sources_clear(&data);
    case_clear(&made);
}

static void test_frames_come_one_by_one(void **state) {
    (void)state;
    Case made;
    ProbeAnswer answer;
    static const long expected[] = {1, 4};
    case_init(&made);
    long after = -1;
    for (int i = 0; i < 2; i++) {
        probe_ask(made.probe, &(ProbeQuestion){.subject = PROBE_FRAME, .after = after});
        wait_for_answer(made.probe, &answer);
        assert_non_null(answer.features);
        after = answer.features->outer_step;
        assert_int_equal(after, expected[i]);
        features_free(answer.features);
    }
    probe_ask(made.probe, &(ProbeQuestion){.subject = PROBE_FRAME, .after = after});
    wait_for_answer(made.probe, &answer);
    assert_null(answer.features);
    assert_int_equal(answer.status.code, STATUS_OK);
    case_clear(&made);
}

static void test_later_questions_replace_earlier_ones(void **state) {
    (void)state;
    Case made;
    ProbeAnswer answer;
    case_init(&made);
    made.settings.evaluate_steps = 100000; // nobody waits for that
    for (int i = 0; i < 20; i++)
        probe_ask(made.probe, &(ProbeQuestion){.subject = PROBE_FRAME, .after = i % 2});
    ProbeQuestion last = {.subject = PROBE_FEATURES};
    strcpy(last.data, "nonsense");
    probe_ask(made.probe, &last);
    wait_for_answer(made.probe, &answer);
    assert_string_equal(answer.question.data, "nonsense");
    assert_null(answer.features);
    assert_int_equal(answer.status.code, STATUS_USAGE);
    assert_non_null(strstr(answer.status.text, "nonsense"));
    // It ends in the middle of an inner loop.
    probe_ask(made.probe, &(ProbeQuestion){.subject = PROBE_FEATURES});
    case_clear(&made);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_answers_like_the_job),
        cmocka_unit_test(test_frames_come_one_by_one),
        cmocka_unit_test(test_later_questions_replace_earlier_ones),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
