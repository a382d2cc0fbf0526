// metrics.jsonl read back: what the engine wrote comes back as the engine's own curves, in whatever
// pieces it arrives.
#include "app/metric_curves.h"
#include "tests/unit/small_training.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void feed(MetricCurves *curves, const char *text, size_t piece) {
    Status status;
    status_clear(&status);
    const size_t length = strlen(text);
    for (size_t at = 0; at < length; at += piece) {
        const size_t count = length - at < piece ? length - at : piece;
        if (!metric_curves_feed(curves, text + at, count, &status))
            fail_msg("%s", status.text);
    }
}

static void begin(MetricCurves *curves) {
    Status status;
    if (!metric_curves_init(curves, &status))
        fail_msg("%s", status.text);
}

static void read_text(MetricCurves *curves, const char *text) {
    begin(curves);
    feed(curves, text, 7);
}

// A training with two held-out sets, and what it wrote.
typedef struct {
    SmallTraining small;
    Dataset held_out[2];
    MetaTraining *training;
} Written;

static void write_metrics(Written *written) {
    small_training_init(&written->small);
    small_dataset(&written->held_out[0], "first", 3, 12, 0.2, 2);
    small_dataset(&written->held_out[1], "second", 3, 12, 0.2, 3);
    written->small.inputs.held_out = written->held_out;
    written->small.inputs.held_out_count = 2;
    written->training = small_training_new(&written->small);
    for (int i = 0; i < 5; i++) {
        small_training_evaluate(written->training);
        small_training_steps(written->training, 3);
    }
    small_training_evaluate(written->training);
}

static void forget(Written *written) {
    meta_training_free(written->training);
    dataset_clear(&written->held_out[0]);
    dataset_clear(&written->held_out[1]);
    small_training_clear(&written->small);
}

static void test_reads_what_the_engine_wrote(void **state) {
    (void)state;
    Written written;
    write_metrics(&written);
    const size_t pieces[] = {1, 13, 100000};
    for (size_t p = 0; p < sizeof pieces / sizeof pieces[0]; p++) {
        MetricCurves curves;
        begin(&curves);
        feed(&curves, written.small.metrics.text, pieces[p]);
        // The last evaluation may still get another set.
        assert_int_equal(history_evaluation_count(curves.history), 5);
        assert_true(metric_curves_settle(&curves));
        assert_false(metric_curves_settle(&curves));
        assert_int_equal(curves.bad_lines, 0);
        assert_int_equal(curves.superseded, 0);
        assert_int_equal(curves.lines, 15 + (2 + 1) * 6); // two sets and the weights
        assert_int_equal(curves.outer_step, 15);
        assert_same_curves(curves.history, written.training->history);
        assert_int_equal(history_weight_count(curves.history), 6);
        assert_int_equal(curves.set_count, 2);
        assert_string_equal(curves.sets[0], "first");
        assert_string_equal(curves.sets[1], "second");
        for (int set = 0; set < 2; set++)
            assert_true(curves.raw_pixel_accuracy[set] ==
                        written.training->raw_pixel_accuracy[set]);
        const int marks[SNAPSHOT_MARKS] = {0, 1, 2, 5};
        assert_memory_equal(curves.marks, marks, sizeof marks);
        metric_curves_clear(&curves);
    }
    forget(&written);
}

#define OUTER(step, loss) "{\"kind\":\"outer\",\"outer_step\":" #step ",\"meta_loss\":" #loss "}\n"
#define EVALUATION(step, data, accuracy)                                                           \
    "{\"kind\":\"evaluation\",\"outer_step\":" #step ",\"data\":\"" data "\",\"accuracy_0\":0.5,"  \
    "\"accuracy_1\":0.5,\"accuracy_2\":0.5,\"accuracy_4\":" #accuracy "}\n"

static void assert_steps(const MetricCurves *curves, size_t count, const long *steps) {
    assert_int_equal(history_outer_count(curves->history), count);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(history_outer(curves->history, i)->outer_step, steps[i]);
}

static void test_torn_line_waits(void **state) {
    (void)state;
    MetricCurves curves;
    read_text(&curves, OUTER(1, 0.5) "{\"kind\":\"outer\",\"outer_step\":2,\"meta_l");
    assert_steps(&curves, 1, (long[]){1});
    assert_int_equal(curves.bad_lines, 0);
    feed(&curves, "oss\":0.25}\n", 3);
    assert_steps(&curves, 2, (long[]){1, 2});
    assert_true(history_outer(curves.history, 1)->meta_loss == 0.25);
    metric_curves_clear(&curves);
}

static void test_not_finite(void **state) {
    (void)state;
    MetricCurves curves;
    read_text(&curves, OUTER(1, "NaN") OUTER(2, "Infinity") OUTER(3, "-Infinity") OUTER(4, "x")
                           OUTER(5, null) "{\"kind\":\"outer\",\"outer_step\":6,\"dropped\":3}\n");
    assert_steps(&curves, 6, (long[]){1, 2, 3, 4, 5, 6});
    assert_true(isnan(history_outer(curves.history, 0)->meta_loss));
    assert_true(history_outer(curves.history, 1)->meta_loss == INFINITY);
    assert_true(history_outer(curves.history, 2)->meta_loss == -INFINITY);
    for (size_t i = 3; i < 6; i++)
        assert_true(isnan(history_outer(curves.history, i)->meta_loss));
    assert_int_equal(curves.dropped, 3);
    metric_curves_clear(&curves);
}

static void test_bad_lines_are_counted(void **state) {
    (void)state;
    MetricCurves curves;
    char *big = malloc(METRIC_LINE + 200);
    assert_non_null(big);
    snprintf(big, 100, "{\"kind\":\"outer\",\"outer_step\":2,\"x\":\"");
    const size_t start = strlen(big);
    memset(big + start, 'x', METRIC_LINE);
    strcpy(big + start + METRIC_LINE, "\"}\n");
    begin(&curves);
    feed(&curves, OUTER(1, 1), 7);
    feed(&curves, "\nnothing\n[1]\n{\"kind\":\"outer\"}\n{\"kind\":\"other\",\"outer_step\":2}\n",
         7);
    feed(&curves, OUTER(-2, 1) OUTER(1.5, 1) OUTER(1e300, 1) OUTER(0, 1), 7);
    feed(&curves, "{\"kind\":\"evaluation\",\"outer_step\":1,\"data\":\"a\",\"accuracy_0\":1}\n",
         7);
    assert_int_equal(curves.bad_lines, 10);
    feed(&curves, big, 1000);
    feed(&curves, big, METRIC_LINE + 200);
    assert_int_equal(curves.bad_lines, 12);
    feed(&curves, OUTER(2, 1), 100);
    assert_int_equal(curves.bad_lines, 12);
    assert_steps(&curves, 2, (long[]){1, 2});
    free(big);
    metric_curves_clear(&curves);
}

static void test_too_many_sets(void **state) {
    (void)state;
    MetricCurves curves;
    read_text(&curves, EVALUATION(0, "a", 1) EVALUATION(0, "b", 1) EVALUATION(0, "c", 1)
                           EVALUATION(0, "d", 1) EVALUATION(0, "e", 1));
    assert_int_equal(curves.set_count, SNAPSHOT_HELD_OUT);
    assert_int_equal(curves.bad_lines, 1);
    assert_true(metric_curves_settle(&curves));
    assert_int_equal(history_evaluation(curves.history, 0)->set_count, SNAPSHOT_HELD_OUT);
    metric_curves_clear(&curves);
}

// Two evaluations of one outer step (the user asked for the second) are two points.
static void test_evaluations_of_one_step(void **state) {
    (void)state;
    MetricCurves curves;
    read_text(&curves, EVALUATION(0, "a", 0.25) EVALUATION(0, "b", 0.5) EVALUATION(0, "a", 0.75));
    metric_curves_settle(&curves);
    assert_int_equal(history_evaluation_count(curves.history), 2);
    const EvaluationPoint *first = history_evaluation(curves.history, 0);
    const EvaluationPoint *second = history_evaluation(curves.history, 1);
    assert_true(first->accuracy_mean[0][3] == 0.25 && first->accuracy_mean[1][3] == 0.5);
    assert_true(second->accuracy_mean[0][3] == 0.75 && second->set_count == 1);
    metric_curves_clear(&curves);
}

// Where the steps go back, a resume has made what came after obsolete; who holds the old points
// keeps them.
static void test_resume_supersedes(void **state) {
    (void)state;
    MetricCurves curves;
    read_text(&curves, EVALUATION(0, "a", 0.1) OUTER(1, 1) OUTER(2, 2) EVALUATION(2, "a", 0.2)
                           OUTER(3, 3) OUTER(4, 4) EVALUATION(4, "a", 0.4));
    metric_curves_settle(&curves);
    const History *old = history_hold(curves.history);
    feed(&curves, OUTER(3, 30), 7);
    assert_true(curves.history != old);
    assert_steps(&curves, 3, (long[]){1, 2, 3});
    assert_true(history_outer(curves.history, 2)->meta_loss == 30);
    assert_int_equal(history_evaluation_count(curves.history), 2);
    assert_int_equal(curves.superseded, 3);
    assert_int_equal(curves.outer_step, 3);
    assert_int_equal(history_outer_count(old), 4);
    assert_true(history_outer(old, 3)->meta_loss == 4);
    history_let_go(old);

    // An evaluation may be the first that tells.
    feed(&curves, EVALUATION(2, "a", 0.3), 7);
    metric_curves_settle(&curves);
    assert_steps(&curves, 2, (long[]){1, 2});
    assert_int_equal(history_evaluation_count(curves.history), 3);
    assert_int_equal(curves.superseded, 4);
    assert_int_equal(curves.outer_step, 2);

    // Or the only kind there is.
    feed(&curves, EVALUATION(7, "a", 0.7) EVALUATION(1, "a", 0.1), 7);
    metric_curves_settle(&curves);
    assert_steps(&curves, 1, (long[]){1});
    assert_int_equal(history_evaluation_count(curves.history), 2);
    assert_int_equal(history_evaluation(curves.history, 1)->outer_step, 1);
    metric_curves_clear(&curves);
}

#define WEIGHTS(step, groups)                                                                      \
    "{\"kind\":\"weights\",\"outer_step\":" #step ",\"groups\":{" groups "}}\n"

// Rows have the columns of the first one's names; what a line does not tell is unknown.
static void test_percentiles_of_weights(void **state) {
    (void)state;
    MetricCurves curves;
    read_text(&curves,
              WEIGHTS(0, "\"theta top\":[1,2,3,4,5,6,7,8,9,0],\"b\":[0,0,0,0,0,0,0,0,0,0]")
                  OUTER(1, 1) OUTER(2, 2)
                      WEIGHTS(2, "\"c\":[],\"theta top\":[\"-Infinity\",-2,\"NaN\",null],\"b\":7"));
    const WeightNames *names = history_weight_names(curves.history);
    assert_int_equal(names->count, 2);
    assert_string_equal(names->names[0], "theta top");
    assert_string_equal(names->names[1], "b");
    assert_int_equal(history_weight_count(curves.history), 2);
    const double *first = history_weights(curves.history, 0);
    for (int k = 0; k < SNAPSHOT_PERCENTILES; k++)
        assert_true(first[1 + k] == k + 1);
    const double *second = history_weights(curves.history, 1);
    assert_true(first[0] == 0 && second[0] == 2);
    assert_true(second[1] == -INFINITY && second[2] == -2 && isnan(second[3]) && isnan(second[4]));
    assert_true(isnan(second[SNAPSHOT_PERCENTILES]) && second[1 + SNAPSHOT_PERCENTILES] == 0);
    for (int k = 0; k < SNAPSHOT_PERCENTILES; k++)
        assert_true(isnan(second[1 + WEIGHT_COLUMNS + k]));
    assert_int_equal(curves.bad_lines, 0);

    feed(&curves, WEIGHTS(3, "") WEIGHTS(-1, "\"b\":[1]") WEIGHTS(0.5, "\"b\":[1]"), 9);
    feed(&curves, "{\"kind\":\"weights\",\"outer_step\":3,\"groups\":[1]}\n", 9);
    assert_int_equal(curves.bad_lines, 4);
    assert_int_equal(history_weight_count(curves.history), 2);

    // A resume from before the second, and then a row is the first that tells of one.
    feed(&curves, OUTER(2, 20), 9);
    assert_int_equal(history_weight_count(curves.history), 1);
    assert_int_equal(curves.superseded, 2);
    feed(&curves, WEIGHTS(1, "\"b\":[1]"), 9);
    assert_steps(&curves, 1, (long[]){1});
    assert_int_equal(history_weight_count(curves.history), 2);
    assert_true(history_weights(curves.history, 1)[1 + WEIGHT_COLUMNS] == 1);
    metric_curves_clear(&curves);
}

static void test_too_many_names(void **state) {
    (void)state;
    MetricCurves curves;
    char line[4096] = "{\"kind\":\"weights\",\"outer_step\":1,\"groups\":{";
    for (int i = 0; i < SNAPSHOT_HISTOGRAMS + 5; i++)
        snprintf(line + strlen(line), sizeof line - strlen(line), "%s\"%d\":[%d]", i ? "," : "", i,
                 i);
    strcat(line, "}}\n");
    read_text(&curves, line);
    const WeightNames *names = history_weight_names(curves.history);
    assert_int_equal(names->count, SNAPSHOT_HISTOGRAMS);
    assert_true(
        history_weights(curves.history, 0)[1 + (SNAPSHOT_HISTOGRAMS - 1) * WEIGHT_COLUMNS] ==
        SNAPSHOT_HISTOGRAMS - 1);
    metric_curves_clear(&curves);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reads_what_the_engine_wrote),
        cmocka_unit_test(test_torn_line_waits),
        cmocka_unit_test(test_not_finite),
        cmocka_unit_test(test_bad_lines_are_counted),
        cmocka_unit_test(test_too_many_sets),
        cmocka_unit_test(test_evaluations_of_one_step),
        cmocka_unit_test(test_resume_supersedes),
        cmocka_unit_test(test_percentiles_of_weights),
        cmocka_unit_test(test_too_many_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
