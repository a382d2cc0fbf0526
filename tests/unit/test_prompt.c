// The command line: which commands there are, what they say, how they are completed; the prompt
// that draws them.
#include "app/prompt.h"
#include "app/prompt_commands.h"
#include "app/screens.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <curses.h>
#include <stdlib.h>
#include <string.h>

static Workbench workbench;
static Settings settings;

// A Train screen without a training.
static int set_up(void **state) {
    (void)state;
    settings_default(&settings);
    memset(&workbench, 0, sizeof workbench);
    workbench.plan.settings = &settings;
    workbench.rows = 24;
    workbench.columns = 80;
    workbench.kind = &screen_train;
    workbench.mode = MODE_TRAIN;
    workbench.state = screen_train.open(&workbench);
    assert_non_null(workbench.state);
    setenv("XDG_STATE_HOME", "relative", 1);
    setenv("HOME", "relative", 1); // no history on the disk
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    screen_train.close(workbench.state);
    return 0;
}

static void expect_said(const char *line, const char *part) {
    workbench.message[0] = '\0';
    prompt_run(&workbench, line);
    if (!strstr(workbench.message, part))
        fail_msg("':%s' said '%s', expected '%s'", line, workbench.message, part);
}

static void the_table_is_complete(void **state) {
    (void)state;
    size_t count;
    const PromptCommand *table = prompt_commands(&count);
    for (size_t i = 0; i < count; i++) {
        assert_non_null(table[i].run);
        assert_true(*table[i].name && *table[i].help);
        assert_ptr_equal(prompt_command(table[i].name), &table[i]);
        if (table[i].alias)
            assert_ptr_equal(prompt_command(table[i].alias), &table[i]);
    }
    assert_null(prompt_command(""));
    assert_null(prompt_command("qu"));
}

static void commands_act(void **state) {
    (void)state;
    prompt_run(&workbench, "q");
    assert_true(workbench.quit);
    workbench.quit = false;
    prompt_run(&workbench, "  quit  ");
    assert_true(workbench.quit);
    prompt_run(&workbench, "help");
    assert_int_equal(workbench.wanted, MODE_HELP);
    prompt_run(&workbench, "screen train");
    assert_int_equal(workbench.wanted, MODE_TRAIN);
    for (int i = 0; i < 5; i++) {
        static const char *const of_a_training[] = {"w", "pause", "resume", "evaluate",
                                                    "set outer.rate=0.5"};
        expect_said(of_a_training[i], "nothing is trained here");
    }
    expect_said("export loss /nowhere/x.png", "there is nothing to show yet");
    expect_said("export loss", "nothing to show yet");
}

static void what_is_wrong_is_told(void **state) {
    (void)state;
    expect_said("", "");
    expect_said("wrote", "there is no command 'wrote'; the nearest is 'write'");
    expect_said("%&/", "there is no command '%&/'; :help lists them");
    expect_said("pause now", ":pause takes no argument, found 'now'");
    expect_said("set", ":set needs section.key");
    expect_said("set outer.rate = 5", "without blanks");
    expect_said("set outer.rite", "the nearest is outer.rate");
    expect_said("set outer.rate", "outer.rate=0.001  (learning rate of Adam)");
    expect_said("set rule.hidden", "fixed while training goes on");
    expect_said("screen trian", "there is no screen 'trian'; the nearest is Train");
    expect_said("filter loss<1", "the screen Train has nothing to filter");
    expect_said("watch /nowhere", "/nowhere");
    expect_said("export nothing x.png", "no panel 'nothing'");
}

static void expect_completions(const char *line, size_t from, const char *expected) {
    Completions completions;
    char found[COMPLETIONS * (COMPLETION_TEXT + 1)] = "";
    assert_int_equal(prompt_complete(&workbench, line, &completions), from);
    for (int i = 0; i < completions.count; i++) {
        strcat(found, i ? " " : "");
        strcat(found, completions.words[i]);
    }
    if (strcmp(found, expected) != 0)
        fail_msg("'%s' is completed by '%s', expected '%s'", line, found, expected);
}

static void words_are_completed(void **state) {
    (void)state;
    expect_completions("", 0,
                       "quit write set pause resume evaluate export screen filter watch help");
    expect_completions("e", 0, "evaluate export");
    expect_completions("ev", 0, "evaluate");
    expect_completions("  ev", 2, "evaluate");
    expect_completions("x", 0, "");
    expect_completions("set ", 4,
                       "inner.horizon_min= inner.horizon_max= inner.truncation_min= "
                       "inner.truncation_max= outer.rate=");
    expect_completions("set outer.r", 4, "outer.rate=");
    expect_completions("set outer.rate=", 4, "outer.rate=0.001");
    expect_completions("set outer.rate=0.5", 4, "");
    expect_completions("set outer.rate= x", 16, "");
    expect_completions("export ", 7,
                       "loss transfer gradient rate histogram weights filters workers");
    expect_completions("export  lo", 8, "loss");
    expect_completions("export loss ", 12, "");
    expect_completions("screen t", 7, "train");
    expect_completions("pause ", 6, "");
}

// -- The prompt
// ------------------------------------------------------------------------------------

static void press(Prompt *prompt, const char *text) {
    for (; *text; text++)
        prompt_press(prompt, &workbench, (unsigned char)*text);
}

static void tab_goes_round(void **state) {
    (void)state;
    Prompt prompt;
    prompt_init(&prompt);
    prompt_open(&prompt);
    press(&prompt, "e\t"); // nothing in common but the e
    assert_string_equal(prompt.editor.text, "e");
    press(&prompt, "\t");
    assert_string_equal(prompt.editor.text, "evaluate");
    press(&prompt, "\t");
    assert_string_equal(prompt.editor.text, "export");
    press(&prompt, "\t");
    assert_string_equal(prompt.editor.text, "evaluate");
    prompt_press(&prompt, &workbench, KEY_BTAB);
    assert_string_equal(prompt.editor.text, "export");
    press(&prompt, " lo\t");
    assert_string_equal(prompt.editor.text, "export loss ");
    press(&prompt, "\x15set inner.h\t");
    assert_string_equal(prompt.editor.text, "set inner.horizon_m");
    press(&prompt, "\x15set out\t");
    assert_string_equal(prompt.editor.text, "set outer.rate="); // without a blank
    press(&prompt, "\t");
    assert_string_equal(prompt.editor.text, "set outer.rate=0.001 ");
    press(&prompt, "\x1b");
    assert_false(prompt.open);
    prompt_clear(&prompt);
}

static void what_was_entered_comes_back(void **state) {
    (void)state;
    Prompt prompt;
    prompt_init(&prompt);
    prompt_open(&prompt);
    press(&prompt, "screen train\r");
    assert_false(prompt.open);
    assert_int_equal(workbench.wanted, MODE_TRAIN);
    prompt_open(&prompt);
    assert_string_equal(prompt.editor.text, "");
    prompt_press(&prompt, &workbench, KEY_UP);
    assert_string_equal(prompt.editor.text, "screen train");
    prompt_clear(&prompt);
}

static void expect_row(const CellGrid *grid, int row, const char *expected) {
    char text[1024];
    cells_row_text(grid, row, text, sizeof text);
    assert_string_equal(text, expected);
}

static void it_is_drawn_at_any_width(void **state) {
    (void)state;
    const CellStyle style = {SYMBOLS_ASCII, COLOURS_MONO, THEME_DARK};
    Prompt prompt;
    CellGrid grid;
    prompt_init(&prompt);
    prompt_open(&prompt);
    press(&prompt, "set inner.");
    assert_true(cells_init(&grid, 24, 80));
    prompt_draw(&prompt, &grid, &style);
    expect_row(&grid, 23, ":set inner.");
    expect_row(&grid, 22,
               ":set section.key[=value]  change a live setting from the next outer step on, or");
    press(&prompt, "\t\t");
    prompt_draw(&prompt, &grid, &style);
    expect_row(&grid, 23, ":set inner.horizon_min=");
    expect_row(&grid, 22,
               "inner.horizon_min=  inner.horizon_max=  inner.truncation_min=  inner.truncation_");
    press(&prompt, "\t\t\t"); // the last fitting word is moved into view
    prompt_draw(&prompt, &grid, &style);
    char text[1024];
    cells_row_text(&grid, 22, text, sizeof text);
    assert_non_null(strstr(text, "inner.truncation_max="));
    cells_clear(&grid);
    // A long line shows the part around the cursor.
    press(&prompt, "\x15");
    for (int i = 0; i < 200; i++)
        press(&prompt, i % 10 ? "." : "x");
    for (int columns = 1; columns < 300; columns++) {
        assert_true(cells_init(&grid, 2, columns));
        prompt_draw(&prompt, &grid, &style);
        const Cell *last = cells_at(&grid, 1, columns > 201 ? 201 : columns - 1);
        assert_true(columns < 2 || (last->attributes & CELL_REVERSED));
        cells_clear(&grid);
    }
    prompt_clear(&prompt);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_table_is_complete, set_up, tear_down),
        cmocka_unit_test_setup_teardown(commands_act, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_wrong_is_told, set_up, tear_down),
        cmocka_unit_test_setup_teardown(words_are_completed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(tab_goes_round, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_was_entered_comes_back, set_up, tear_down),
        cmocka_unit_test_setup_teardown(it_is_drawn_at_any_width, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
