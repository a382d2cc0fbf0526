// metrics.jsonl: lines are whole, a torn last line is cut away, a resume moves what it makes
// obsolete.
#include "app/json_lines.h"
#include "tests/unit/temporary_folder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

static void assert_file(const char *path, const char *expected) {
    char *text = read_file(path);
    assert_non_null(text);
    assert_string_equal(text, expected);
    free(text);
}

static void test_appends_whole_lines(void **state) {
    (void)state;
    const char *path = in_folder(temporary_folder(), "metrics.jsonl");
    JsonLines lines;
    Status status;
    assert_true(json_lines_open(&lines, path, &status));
    assert_true(json_lines_append(&lines, "{\"outer_step\":1}", &status));
    assert_true(json_lines_append(&lines, "{\"outer_step\":2}", &status));
    assert_true(json_lines_sync(&lines, &status));
    json_lines_close(&lines);
    assert_file(path, "{\"outer_step\":1}\n{\"outer_step\":2}\n");
}

// A run killed at any byte opens again: for every cut of the file, what is left are its whole
// lines.
static void test_torn_line_is_cut_away(void **state) {
    (void)state;
    const char *whole = "{\"outer_step\":1}\n{\"outer_step\":2}\n{\"outer_step\":3}\n";
    const char *path = in_folder(temporary_folder(), "metrics.jsonl");
    for (size_t length = 0; length <= strlen(whole); length++) {
        char torn[128];
        snprintf(torn, sizeof torn, "%.*s", (int)length, whole);
        write_file(path, torn);
        JsonLines lines;
        Status status;
        assert_true(json_lines_open(&lines, path, &status));
        assert_true(json_lines_append(&lines, "{}", &status));
        json_lines_close(&lines);
        char expected[160];
        const char *last_break = strrchr(torn, '\n');
        snprintf(expected, sizeof expected, "%.*s{}\n",
                 (int)(last_break ? last_break - torn + 1 : 0), torn);
        assert_file(path, expected);
    }
}

static void test_long_torn_line(void **state) {
    (void)state;
    // Longer than the block in which the end is searched.
    const char *path = in_folder(temporary_folder(), "metrics.jsonl");
    char text[20000];
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    memcpy(text, "{}\n", 3);
    write_file(path, text);
    JsonLines lines;
    Status status;
    assert_true(json_lines_open(&lines, path, &status));
    json_lines_close(&lines);
    assert_file(path, "{}\n");
}

// The disk (here: a limit on the file's size) takes only half a line.
static void test_half_a_line_is_taken_back(void **state) {
    (void)state;
    const char *path = in_folder(temporary_folder(), "metrics.jsonl");
    JsonLines lines;
    Status status;
    assert_true(json_lines_open(&lines, path, &status));
    assert_true(json_lines_append(&lines, "{\"outer_step\":1}", &status));
    struct rlimit before;
    getrlimit(RLIMIT_FSIZE, &before);
    const struct rlimit small = {.rlim_cur = 25, .rlim_max = before.rlim_max};
    signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &small);
    status_clear(&status);
    const bool appended = json_lines_append(&lines, "{\"outer_step\":2}", &status);
    setrlimit(RLIMIT_FSIZE, &before);
    signal(SIGXFSZ, SIG_DFL);
    assert_false(appended);
    assert_int_equal(status.code, STATUS_FAILURE);
    assert_non_null(strstr(status.text, path));
    assert_file(path, "{\"outer_step\":1}\n");
    // When there is room again, it goes on.
    assert_true(json_lines_append(&lines, "{\"outer_step\":3}", &status));
    json_lines_close(&lines);
    assert_file(path, "{\"outer_step\":1}\n{\"outer_step\":3}\n");
}

static void test_cut(void **state) {
    (void)state;
    const char *folder = temporary_folder();
    const char *path = in_folder(folder, "metrics.jsonl");
    const char *superseded = in_folder(folder, "superseded.jsonl");
    write_file(path, "{\"outer_step\":1,\"loss\":\"NaN\"}\n{\"outer_step\":2}\n{\"evaluation\":1,"
                     "\"outer_step\":2}\n{\"outer_step\":3}\n{\"outer_step\":4}\n{\"outer_st");
    long moved;
    Status status;
    assert_true(json_lines_cut(path, superseded, "outer_step", 2, &moved, &status));
    assert_int_equal(moved, 2);
    assert_file(path, "{\"outer_step\":1,\"loss\":\"NaN\"}\n{\"outer_step\":2}\n{\"evaluation\":1,"
                      "\"outer_step\":2}\n");
    assert_file(superseded, "{\"outer_step\":3}\n{\"outer_step\":4}\n");

    // Again: nothing to do, nothing lost; then further back: added at the end.
    assert_true(json_lines_cut(path, superseded, "outer_step", 2, &moved, &status));
    assert_int_equal(moved, 0);
    assert_true(json_lines_cut(path, superseded, "outer_step", 1, &moved, &status));
    assert_int_equal(moved, 2);
    assert_file(path, "{\"outer_step\":1,\"loss\":\"NaN\"}\n");
    assert_file(superseded, "{\"outer_step\":3}\n{\"outer_step\":4}\n{\"outer_step\":2}\n"
                            "{\"evaluation\":1,\"outer_step\":2}\n");
}

static void test_cut_moves_what_is_no_metric(void **state) {
    (void)state;
    const char *folder = temporary_folder();
    const char *path = in_folder(folder, "metrics.jsonl");
    const char *superseded = in_folder(folder, "superseded.jsonl");
    write_file(path,
               "{\"outer_step\":1}\nnonsense\n{\"outer_step\":\"1\"}\n[]\n{\"outer_step\":2}\n");
    long moved;
    Status status;
    assert_true(json_lines_cut(path, superseded, "outer_step", 10, &moved, &status));
    assert_int_equal(moved, 3);
    assert_file(path, "{\"outer_step\":1}\n{\"outer_step\":2}\n");
    assert_file(superseded, "nonsense\n{\"outer_step\":\"1\"}\n[]\n");
}

static void test_cut_of_a_missing_file(void **state) {
    (void)state;
    const char *folder = temporary_folder();
    long moved = -1;
    Status status;
    assert_true(json_lines_cut(in_folder(folder, "none"), in_folder(folder, "superseded"),
                               "outer_step", 2, &moved, &status));
    assert_int_equal(moved, 0);
    assert_null(read_file(in_folder(folder, "superseded")));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_appends_whole_lines),
        cmocka_unit_test(test_torn_line_is_cut_away),
        cmocka_unit_test(test_long_torn_line),
        cmocka_unit_test(test_half_a_line_is_taken_back),
        cmocka_unit_test(test_cut),
        cmocka_unit_test(test_cut_moves_what_is_no_metric),
        cmocka_unit_test(test_cut_of_a_missing_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
