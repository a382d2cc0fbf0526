// The workbench without its terminal: keys go to the screen that is shown, to the help over it, to
// the prompt, or nowhere in a window that is too small.
#include "app/front.h"
#include "tests/unit/grid_text.h"
#include "views/layout.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <curses.h>

static Front front; // too large for a stack
static Settings settings;

static int begin(void **state) {
    (void)state;
    settings_default(&settings);
    const ScreenPlan plan = {.settings = &settings, .first = MODE_FEATURES, .runs_folder = "none"};
    setenv("XDG_STATE_HOME", "relative", 1); // no history on the disk
    front_init(&front, &plan);
    front.workbench.rows = 24;
    front.workbench.columns = 80;
    return front_begin(&front) ? 0 : -1;
}

static int end(void **state) {
    (void)state;
    front_clear(&front);
    return 0;
}

static void type(const char *keys) {
    for (; *keys; keys++)
        front_press(&front, *keys);
}

static void assert_drawn(const char *text) {
    CellGrid grid;
    assert_true(cells_init(&grid, front.workbench.rows, front.workbench.columns));
    front_draw(&front, &grid);
    char *drawn = grid_text(&grid);
    if (!strstr(drawn, text))
        fail_msg("expected '%s' in\n%s", text, drawn);
    free(drawn);
    cells_clear(&grid);
}

static void test_keys_choose_the_screen(void **state) {
    (void)state;
    assert_int_equal(front.workbench.mode, MODE_FEATURES);
    type("4");
    assert_int_equal(front.workbench.mode, MODE_EMBEDDING);
    const void *embedding = front.workbench.state;
    type("\t");
    assert_int_equal(front.workbench.mode, MODE_RUNS);
    front_press(&front, KEY_BTAB);
    assert_ptr_equal(front.workbench.state, embedding); // which is kept
    type(":screen nothing\r");
    assert_int_equal(front.workbench.mode, MODE_EMBEDDING);
    assert_non_null(strstr(front.workbench.message, "there is no screen 'nothing'"));
    type(":screen train\r");
    assert_int_equal(front.workbench.mode, MODE_TRAIN);
}

static void test_a_long_message_takes_more_rows(void **state) {
    (void)state;
    char path[200];
    memset(path, 'p', sizeof path - 1);
    path[sizeof path - 1] = '\0';
    workbench_say(&front.workbench, "%s is the first part, and this is the very last", path);
    char row[81];
    snprintf(row, sizeof row, "%.80s", path);
    assert_drawn(row);
    assert_drawn("ppp is the first part, and this is the very");
    assert_drawn("\nlast");
    type("4"); // the next key takes it away
    assert_drawn("? F1 help");
}

static void test_an_endless_message_is_cut(void **state) {
    (void)state;
    workbench_say(&front.workbench, "%0*d the end", WORKBENCH_MESSAGE - 10, 7);
    assert_drawn("000000\n0000000"); // more rows than one
    assert_drawn("000~");            // and not all
}

// What is typed means the help while it is seen, and the screen under it afterwards.
static void test_help_lies_over_the_screen(void **state) {
    (void)state;
    type("4?");
    assert_drawn("On every screen");
    type("/highlight the next\r");
    assert_drawn("highlight the next class");
    type("x"); // a key of the screen, not of the help
    assert_string_equal(front.workbench.message, "");
    type("?x");
    assert_non_null(strstr(front.workbench.message, "components"));
    type("?5");
    assert_true(front.help);
    type("\x1b");
    assert_false(front.help);
    assert_int_equal(front.workbench.mode, MODE_EMBEDDING);
}

static void test_a_small_window_takes_few_keys(void **state) {
    (void)state;
    type(":scr");
    front.workbench.rows = LAYOUT_ROWS - 1;
    front_press(&front, KEY_RESIZE);
    assert_true(front.all);
    assert_drawn("needs 48x12, has 80x11");
    assert_false(front.all);
    assert_false(front.prompt.open);
    type("4:");
    assert_int_equal(front.workbench.mode, MODE_FEATURES);
    assert_false(front.prompt.open);
    assert_false(front_at_end(&front));
    type("q");
    assert_true(front_at_end(&front));
}

static void test_quit_by_command(void **state) {
    (void)state;
    type(":q\r");
    assert_true(front.quitting);
    assert_true(front_at_end(&front)); // nothing is trained here
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_keys_choose_the_screen, begin, end),
        cmocka_unit_test_setup_teardown(test_a_long_message_takes_more_rows, begin, end),
        cmocka_unit_test_setup_teardown(test_an_endless_message_is_cut, begin, end),
        cmocka_unit_test_setup_teardown(test_help_lies_over_the_screen, begin, end),
        cmocka_unit_test_setup_teardown(test_a_small_window_takes_few_keys, begin, end),
        cmocka_unit_test_setup_teardown(test_quit_by_command, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
