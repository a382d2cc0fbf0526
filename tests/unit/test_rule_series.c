// The rules that a run keeps of its past: which outer steps, how many, and what a resume cuts.
#include "app/rule_series.h"
#include "tests/unit/temporary_folder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

static void test_two_of_each_doubling(void **state) {
    (void)state;
    static const long first[] = {0, 1, 2, 3, 4, 6, 8, 11, 16, 23, 32, 45, 64, 91, 128, 181, 256};
    size_t found = 0;
    for (long step = 0; step <= 256; step++) {
        if (!rule_series_holds(step))
            continue;
        assert_true(found < sizeof first / sizeof first[0]);
        assert_int_equal(step, first[found]);
        found++;
    }
    assert_int_equal(found, sizeof first / sizeof first[0]);
    // Never far apart, never many.
    long last = 256;
    int count = 0;
    for (long step = 257; step <= 2000000; step++) {
        if (!rule_series_holds(step))
            continue;
        assert_true((double)step / (double)last > 1.4 && (double)step / (double)last < 1.43);
        last = step;
        count++;
    }
    assert_int_equal(count, 25);
    assert_false(rule_series_holds(-1));
    assert_true(rule_series_holds(1L << 40));
    assert_false(rule_series_holds((1L << 40) + 1));
}

static void test_a_resume_cuts_what_came_later(void **state) {
    (void)state;
    RunDirectory run;
    Status status;
    char path[PATH_MAX];
    long outer_steps[STEP_FILES_LISTED];
    if (!run_directory_create(&run, temporary_folder(), "test", &status))
        fail_msg("%s", status.text);
    for (long step = 0; step <= 64; step++) {
        if (!rule_series_holds(step))
            continue;
        assert_true(rule_series_path(&run, step, path, &status));
        write_file(path, "rule");
    }
    assert_int_equal(step_files_list(&run, rule_series_folder, outer_steps), 13);
    assert_int_equal(outer_steps[0], 64);
    assert_int_equal(outer_steps[12], 0);
    assert_true(run_directory_file(&run, "rules/notes", path, &status));
    write_file(path, "not ours");
    rule_series_cut(&run, 23);
    assert_int_equal(step_files_list(&run, rule_series_folder, outer_steps), 10);
    assert_int_equal(outer_steps[0], 23);
    char *text = read_file(path);
    assert_string_equal(text, "not ours");
    free(text);
    run_directory_close(&run);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_two_of_each_doubling),
        cmocka_unit_test(test_a_resume_cuts_what_came_later),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
