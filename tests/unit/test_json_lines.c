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
    assert_file(path, "{\"outer_step\":1}\n{\"outer_step\":2}\n{\"outer_step\":3}\n");
}

static bool append_in_room(JsonLines *lines, const char *json, rlim_t room, bool sync) {
    struct rlimit before;
    Status status = {.text = ""};
    getrlimit(RLIMIT_FSIZE, &before);
    const struct rlimit full = {.rlim_cur = room, .rlim_max = before.rlim_max};
    setrlimit(RLIMIT_FSIZE, &full);
    const bool done =
        sync ? json_lines_sync(lines, &status) : json_lines_append(lines, json, &status);
    setrlimit(RLIMIT_FSIZE, &before);
    assert_true(done || strstr(status.text, lines->path));
    return done;
}

// A disk that stays full for long: nothing is lost, and until the lines are there no sync succeeds,
// so no checkpoint goes ahead of its metrics.
static void test_lines_wait_for_room(void **state) {
    (void)state;
    enum { LINES = 500 };
    const char *path = in_folder(temporary_folder(), "metrics.jsonl");
    JsonLines lines;
    Status status;
    char expected[LINES * 24], json[24];
    size_t length = 0;
    signal(SIGXFSZ, SIG_IGN);
    assert_true(json_lines_open(&lines, path, &status));
    for (int i = 0; i < LINES; i++) {
        snprintf(json, sizeof json, "{\"outer_step\":%d}", i);
        length += (size_t)snprintf(expected + length, sizeof expected - length, "%s\n", json);
        // Room for some lines and the half of one, then now and then a little more.
        append_in_room(&lines, json, (rlim_t)(1000 + i / 100 * 333), false);
    }
    assert_false(append_in_room(&lines, "", 2500, true));
    char *text = read_file(path);
    const size_t there = strlen(text);
    assert_true(there > 0 && there <= 2500 && text[there - 1] == '\n');
    assert_memory_equal(text, expected, there);
    free(text);
    assert_true(json_lines_sync(&lines, &status));
    assert_file(path, expected);
    assert_false(append_in_room(&lines, "{\"outer_step\":500}", length, false));
    json_lines_close(&lines); // tries once more
    snprintf(expected + length, sizeof expected - length, "{\"outer_step\":500}\n");
    assert_file(path, expected);
    signal(SIGXFSZ, SIG_DFL);
}

static bool cut(const char *path, const char *superseded, double last, long ties, long *moved) {
    const JsonLinesCut what = {.key = "outer_step", .last = last, .ties = ties};
    Status status;
    return json_lines_cut(path, superseded, &what, moved, &status);
}

static void test_cut(void **state) {
    (void)state;
    const char *folder = temporary_folder();
    const char *path = in_folder(folder, "metrics.jsonl");
    const char *superseded = in_folder(folder, "superseded.jsonl");
    write_file(path, "{\"outer_step\":1,\"loss\":\"NaN\"}\n{\"outer_step\":2}\n{\"evaluation\":1,"
                     "\"outer_step\":2}\n{\"outer_step\":3}\n{\"outer_step\":4}\n{\"outer_st");
    long moved;
    assert_true(cut(path, superseded, 2, 9, &moved));
    assert_int_equal(moved, 2);
    assert_file(path, "{\"outer_step\":1,\"loss\":\"NaN\"}\n{\"outer_step\":2}\n{\"evaluation\":1,"
                      "\"outer_step\":2}\n");
    assert_file(superseded, "{\"outer_step\":3}\n{\"outer_step\":4}\n");

    // Again: nothing to do, nothing lost; then further back: added at the end.
    assert_true(cut(path, superseded, 2, 9, &moved));
    assert_int_equal(moved, 0);
    assert_true(cut(path, superseded, 1, 9, &moved));
    assert_int_equal(moved, 2);
    assert_file(path, "{\"outer_step\":1,\"loss\":\"NaN\"}\n");
    assert_file(superseded, "{\"outer_step\":3}\n{\"outer_step\":4}\n{\"outer_step\":2}\n"
                            "{\"evaluation\":1,\"outer_step\":2}\n");
}

// An evaluation that came after the checkpoint belongs to the same outer step: it is taken again.
static void test_cut_counts_the_lines_of_the_last_step(void **state) {
    (void)state;
    const char *folder = temporary_folder();
    const char *path = in_folder(folder, "metrics.jsonl");
    const char *superseded = in_folder(folder, "superseded.jsonl");
    const char *one = "{\"outer_step\":1}\n{\"e\":1,\"outer_step\":1}\n",
               *step = "{\"outer_step\":2}\n", *first = "{\"e\":2,\"outer_step\":2}\n",
               *second = "{\"e\":3,\"outer_step\":2}\n";
    for (long ties = 0; ties <= 4; ties++) {
        char text[256], rest[256];
        long moved;
        snprintf(text, sizeof text, "%s%s%s%s", one, step, first, second);
        write_file(path, text);
        write_file(superseded, "");
        assert_true(cut(path, superseded, 2, ties, &moved));
        assert_int_equal(moved, ties < 3 ? 3 - ties : 0);
        snprintf(text, sizeof text, "%s%s%s%s", one, ties > 0 ? step : "", ties > 1 ? first : "",
                 ties > 2 ? second : "");
        snprintf(rest, sizeof rest, "%s%s%s", ties > 0 ? "" : step, ties > 1 ? "" : first,
                 ties > 2 ? "" : second);
        assert_file(path, text);
        assert_file(superseded, rest);
    }
}

// At whatever byte the disk is full: the cut fails and says so, both files are as before.
static void test_cut_on_a_full_disk(void **state) {
    (void)state;
    const char *folder = temporary_folder();
    const char *path = in_folder(folder, "metrics.jsonl");
    const char *superseded = in_folder(folder, "superseded.jsonl");
    char text[1024] = "";
    for (int i = 0; i < 20; i++)
        snprintf(text + strlen(text), sizeof text - strlen(text), "{\"outer_step\":%d}\n", i);
    struct rlimit before;
    getrlimit(RLIMIT_FSIZE, &before);
    signal(SIGXFSZ, SIG_IGN);
    for (rlim_t room = 0; room < 200; room += 7) {
        const struct rlimit full = {.rlim_cur = room, .rlim_max = before.rlim_max};
        write_file(path, text);
        write_file(superseded, "{\"outer_step\":99}\n{\"torn"); // by a crash
        long moved;
        setrlimit(RLIMIT_FSIZE, &full);
        const bool done = cut(path, superseded, 9, 1, &moved);
        setrlimit(RLIMIT_FSIZE, &before);
        assert_false(done);
        assert_file(path, text);
        assert_file(superseded, "{\"outer_step\":99}\n");
    }
    signal(SIGXFSZ, SIG_DFL);
}

static void test_cut_moves_what_is_no_metric(void **state) {
    (void)state;
    const char *folder = temporary_folder();
    const char *path = in_folder(folder, "metrics.jsonl");
    const char *superseded = in_folder(folder, "superseded.jsonl");
    write_file(path,
               "{\"outer_step\":1}\nnonsense\n{\"outer_step\":\"1\"}\n[]\n{\"outer_step\":2}\n");
    long moved;
    assert_true(cut(path, superseded, 10, 9, &moved));
    assert_int_equal(moved, 3);
    assert_file(path, "{\"outer_step\":1}\n{\"outer_step\":2}\n");
    assert_file(superseded, "nonsense\n{\"outer_step\":\"1\"}\n[]\n");
}

static void test_cut_of_a_missing_file(void **state) {
    (void)state;
    const char *folder = temporary_folder();
    long moved = -1;
    assert_true(cut(in_folder(folder, "none"), in_folder(folder, "superseded"), 2, 9, &moved));
    assert_int_equal(moved, 0);
    assert_null(read_file(in_folder(folder, "superseded")));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_appends_whole_lines),
        cmocka_unit_test(test_torn_line_is_cut_away),
        cmocka_unit_test(test_long_torn_line),
        cmocka_unit_test(test_half_a_line_is_taken_back),
        cmocka_unit_test(test_lines_wait_for_room),
        cmocka_unit_test(test_cut),
        cmocka_unit_test(test_cut_counts_the_lines_of_the_last_step),
        cmocka_unit_test(test_cut_on_a_full_disk),
        cmocka_unit_test(test_cut_moves_what_is_no_metric),
        cmocka_unit_test(test_cut_of_a_missing_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
