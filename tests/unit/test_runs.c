// The list of runs under a folder: found, named, filtered, compared; and its rows.
#include "app/run_filter.h"
#include "app/run_list.h"
#include "app/run_table.h"
#include "app/settings_diff.h"
#include "engine/history.h"
#include "tests/unit/check.h"
#include "tests/unit/temporary_folder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

// A finished run of `steps` outer steps with one evaluation at the end; its loss is 1 / step.
static void make_run(const char *folder, double rate, const char *source, int steps) {
    RunDirectory run;
    Settings settings;
    Status status;
    char text[512];
    settings_default(&settings);
    settings.outer_rate = rate;
    snprintf(settings.source, sizeof settings.source, "%s", source);
    check(run_directory_create(&run, folder, "small", &status) &&
              run_directory_write_config(&run, &settings, &status),
          &status);
    for (int step = 1; step <= steps; step++) {
        snprintf(text, sizeof text,
                 "{\"kind\":\"outer\",\"outer_step\":%d,\"seconds\":%d,\"meta_loss\":%.17g}", step,
                 step, 1.0 / step);
        check(run_directory_metric(&run, text, &status), &status);
    }
    snprintf(text, sizeof text,
             "{\"kind\":\"evaluation\",\"outer_step\":%d,\"data\":\"toy\",\"accuracy_0\":0.25,"
             "\"accuracy_2\":0.3,\"accuracy_4\":0.4,\"accuracy_8\":0.5,\"raw_pixels\":0.75}",
             steps);
    check(run_directory_metric(&run, text, &status) &&
              run_directory_set_state(&run, "finished", "", steps, &status),
          &status);
    run_directory_close(&run);
}

static RunList list;

static const char *name_of(int i) {
    return run_list_name(&list, list.readers[i]);
}

static void test_found_and_found_again(void **state) {
    (void)state;
    const char *folder = temporary_folder();
    bool changed;
    Status status;
    make_run(in_folder(folder, "b"), 1e-3, "glyphs", 2);
    make_run(in_folder(folder, "a"), 1e-3, "glyphs", 2);
    assert_int_equal(mkdir(in_folder(folder, "deep"), 0700), 0);
    make_run(in_folder(folder, "deep/c"), 1e-3, "glyphs", 2);
    assert_int_equal(symlink(in_folder(folder, "a"), in_folder(folder, "latest")), 0);
    run_list_init(&list, in_folder(folder, "/")); // blank ends are no part of names
    check(run_list_scan(&list, &changed, &status), &status);
    assert_true(changed);
    assert_int_equal(list.count, 3);
    assert_string_equal(name_of(0), "a");
    assert_string_equal(name_of(1), "b");
    assert_string_equal(name_of(2), "deep/c");
    assert_true(run_list_look(&list));
    run_list_look(&list); // settles the last evaluation
    assert_false(run_list_look(&list));
    const RunReader *kept = list.readers[1];
    check(run_list_scan(&list, &changed, &status), &status);
    assert_false(changed);

    // One goes, one comes; what was read of the others stays.
    assert_int_equal(rename(in_folder(folder, "a"), in_folder(folder, "z")), 0);
    check(run_list_scan(&list, &changed, &status), &status);
    assert_true(changed);
    assert_int_equal(list.count, 3);
    assert_string_equal(name_of(0), "b");
    assert_string_equal(name_of(2), "z");
    assert_ptr_equal(list.readers[0], kept);
    run_list_clear(&list);

    // A run itself is a list of one.
    run_list_init(&list, in_folder(folder, "b"));
    check(run_list_scan(&list, &changed, &status), &status);
    assert_int_equal(list.count, 1);
    assert_string_equal(name_of(0), in_folder(folder, "b"));
    run_list_clear(&list);

    run_list_init(&list, in_folder(folder, "nowhere"));
    assert_false(run_list_scan(&list, &changed, &status));
    assert_non_null(strstr(status.text, "nowhere"));
    run_list_clear(&list);
}

// Only the end of a long file is read for the list, all of it when somebody wants the curves.
static void test_tail(void **state) {
    (void)state;
    const char *folder = temporary_folder();
    bool changed;
    Status status;
    enum { STEPS = 2000 };
    make_run(in_folder(folder, "long"), 1e-3, "glyphs", STEPS);
    run_list_init(&list, folder);
    check(run_list_scan(&list, &changed, &status), &status);
    RunReader *reader = list.readers[0];
    run_list_look(&list);
    const size_t seen = history_outer_count(reader->metrics.curves.history);
    assert_true(seen > 10 && seen < STEPS / 2);
    assert_true(run_last_outer(reader)->meta_loss == 1.0 / STEPS);
    assert_true(run_last_accuracy(reader) == 0.5);
    metrics_file_set_tail(&reader->metrics, 0);
    assert_true(run_list_look(&list));
    assert_int_equal(history_outer_count(reader->metrics.curves.history), STEPS);
    assert_int_equal(history_outer(reader->metrics.curves.history, 0)->outer_step, 1);
    run_list_clear(&list);
}

// The evaluation lies far before the end: the list reads further back until it has it.
static void test_tail_reaches_the_evaluation(void **state) {
    (void)state;
    const char *folder = temporary_folder();
    bool changed;
    Status status;
    RunDirectory run;
    long superseded;
    make_run(in_folder(folder, "run"), 1e-3, "glyphs", 2);
    check(run_directory_open(&run, in_folder(folder, "run"), &status) &&
              run_directory_resume_metrics(&run, 2, 2, &superseded, &status),
          &status);
    assert_int_equal(superseded, 0);
    for (int step = 3; step < 1000; step++) {
        char text[128];
        snprintf(text, sizeof text,
                 "{\"kind\":\"outer\",\"outer_step\":%d,\"seconds\":%d,\"meta_loss\":1}", step,
                 step);
        check(run_directory_metric(&run, text, &status), &status);
    }
    run_directory_close(&run);
    run_list_init(&list, folder);
    check(run_list_scan(&list, &changed, &status), &status);
    run_list_look(&list);
    assert_true(run_last_accuracy(list.readers[0]) == 0.5);
    assert_int_equal(run_last_outer(list.readers[0])->outer_step, 999);
    run_list_clear(&list);
}

static int passing(const char *text) {
    RunFilter filter;
    Status status;
    int bits = 0;
    check(run_filter_parse(&filter, text, &status), &status);
    for (int i = 0; i < list.count; i++)
        bits |= run_filter_passes(&filter, name_of(i), list.readers[i]) << i;
    return bits;
}

static void refused(const char *text, const char *part) {
    RunFilter filter = {.count = 7};
    Status status;
    assert_false(run_filter_parse(&filter, text, &status));
    assert_int_equal(status.code, STATUS_USAGE);
    if (!strstr(status.text, part))
        fail_msg("'%s' does not say '%s'", status.text, part);
    assert_int_equal(filter.count, 7); // left as it was
}

static void test_filter(void **state) {
    (void)state;
    const char *folder = temporary_folder();
    bool changed;
    Status status;
    make_run(in_folder(folder, "Alpha"), 1e-3, "glyphs", 2);
    make_run(in_folder(folder, "beta"), 2e-3, "fashion", 4);
    make_run(in_folder(folder, "gamma"), 4e-3, "glyphs", 10);
    run_list_init(&list, folder);
    check(run_list_scan(&list, &changed, &status), &status);
    run_list_look(&list);
    assert_int_equal(passing(""), 7);
    assert_int_equal(passing("alpha"), 1);
    assert_int_equal(passing("TA"), 2);
    assert_int_equal(passing("finished small"), 7);
    assert_int_equal(passing("killed"), 0);
    assert_int_equal(passing("outer.rate=0.002"), 2);
    assert_int_equal(passing("outer.rate!=2e-3"), 5);
    assert_int_equal(passing("outer.rate>0.001 outer.rate<=0.004"), 6);
    assert_int_equal(passing("outer.rate<0.001"), 0);
    assert_int_equal(passing("source=glyphs"), 5);
    assert_int_equal(passing("task.source!=glyphs"), 2);
    assert_int_equal(passing("loss<0.3"), 6);
    assert_int_equal(passing("loss>=0.5"), 1);
    assert_int_equal(passing("step>2 source=glyphs"), 4);
    assert_int_equal(passing("accuracy==0.5"), 7);
    assert_int_equal(passing("accuracy>0.5"), 0);
    refused("outer.rat<1", "outer.rate");
    refused("loss<much", "number");
    refused("source<glyphs", "text");
    refused("a b c d e f g h i j k l m n o p q", "at most 16");
    run_list_clear(&list);
}

static void test_rows(void **state) {
    (void)state;
    const char *folder = temporary_folder();
    bool changed;
    Status status;
    RunRows rows;
    Table table;
    make_run(in_folder(folder, "one"), 0.25, "glyphs", 4);
    run_list_init(&list, folder);
    check(run_list_scan(&list, &changed, &status), &status);
    run_list_look(&list);
    assert_true(run_rows_init(&rows, 1));
    run_rows_add(&rows, name_of(0), "a*", list.readers[0]);
    run_rows_add(&rows, name_of(0), "", list.readers[0]); // no room: left out
    run_rows_table(&rows, "title", "", &table);
    assert_int_equal(table.row_count, 1);
    static const char *const expected[] = {"a*", "one", "finished", "4", "0.2500", "0.500"};
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++)
        assert_string_equal(table.entries[i], expected[i]);
    assert_string_equal(table.entries[8], "small");
    assert_non_null(strstr(table.entries[9], "outer.rate=0.25"));
    run_rows_clear(&rows);
    run_list_clear(&list);
}

static void test_diff(void **state) {
    (void)state;
    Settings a;
    Settings b;
    SettingDiff *diffs = calloc(SETTINGS_DIFFS, sizeof *diffs);
    char line[64];
    assert_non_null(diffs);
    settings_default(&a);
    settings_default(&b);
    assert_int_equal(settings_diff(&a, &b, diffs), 0);
    b.outer_rate = 0.125;
    b.seed = 9;
    b.minutes = 3;
    assert_int_equal(settings_diff(&a, &b, diffs), 3);
    bool found = false;
    for (int i = 0; i < 3; i++)
        found |= strcmp(diffs[i].name, "outer.rate") == 0 && strcmp(diffs[i].b, "0.125") == 0;
    assert_true(found);
    settings_changes(&a, &b, line, sizeof line);
    assert_string_equal(line, "outer.rate=0.125 run.seed=9");
    char narrow[8];
    settings_changes(&a, &b, narrow, sizeof narrow);
    assert_string_equal(narrow, "outer.r");
    free(diffs);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_found_and_found_again),
        cmocka_unit_test(test_tail),
        cmocka_unit_test(test_tail_reaches_the_evaluation),
        cmocka_unit_test(test_filter),
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_diff),
    };
    return cmocka_run_group_tests_name("runs", tests, NULL, NULL);
}
