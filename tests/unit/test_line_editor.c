// The line that a user types, its history, and the file that keeps it.
#include "app/line_editor.h"
#include "app/line_history.h"
#include "app/state_folder.h"
#include "tests/unit/temporary_folder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <curses.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static LineHistory empty;

static LineEvent type(LineEditor *editor, const char *text) {
    LineEvent event = LINE_EDITED;
    for (; *text; text++)
        event = line_editor_press(editor, (unsigned char)*text);
    return event;
}

static void expect(const LineEditor *editor, const char *text, size_t cursor) {
    assert_string_equal(editor->text, text);
    assert_int_equal(editor->length, strlen(text));
    assert_int_equal(editor->cursor, cursor);
}

static void edits_in_the_middle(void **state) {
    (void)state;
    LineEditor editor;
    line_editor_begin(&editor, &empty);
    assert_int_equal(type(&editor, "set outer.rate=1"), LINE_EDITED);
    expect(&editor, "set outer.rate=1", 16);
    line_editor_press(&editor, KEY_LEFT);
    line_editor_press(&editor, 'x');
    expect(&editor, "set outer.rate=x1", 16);
    line_editor_press(&editor, 127);
    expect(&editor, "set outer.rate=1", 15);
    line_editor_press(&editor, KEY_DC);
    expect(&editor, "set outer.rate=", 15);
    line_editor_press(&editor, 'W' & 0x1f); // words end at points and signs
    expect(&editor, "set outer.", 10);
    line_editor_press(&editor, KEY_HOME);
    line_editor_press(&editor, KEY_LEFT); // stays
    expect(&editor, "set outer.", 0);
    line_editor_press(&editor, 'K' & 0x1f);
    expect(&editor, "", 0);
    type(&editor, "abc");
    line_editor_press(&editor, 'A' & 0x1f);
    line_editor_press(&editor, KEY_RIGHT);
    line_editor_press(&editor, 'U' & 0x1f);
    expect(&editor, "bc", 0);
    line_editor_press(&editor, KEY_END);
    line_editor_press(&editor, KEY_RIGHT); // stays
    expect(&editor, "bc", 2);
}

static void characters_are_erased_whole(void **state) {
    (void)state;
    LineEditor editor;
    line_editor_begin(&editor, &empty);
    type(&editor, "a\xc3\xa4\xe2\x82\xac"); // a, a umlaut, euro
    line_editor_press(&editor, KEY_BACKSPACE);
    expect(&editor, "a\xc3\xa4", 3);
    line_editor_press(&editor, KEY_LEFT);
    expect(&editor, "a\xc3\xa4", 1);
    line_editor_press(&editor, KEY_DC);
    expect(&editor, "a", 1);
}

static void events(void **state) {
    (void)state;
    LineEditor editor;
    line_editor_begin(&editor, &empty);
    assert_int_equal(line_editor_press(&editor, '\t'), LINE_COMPLETED);
    assert_int_equal(line_editor_press(&editor, KEY_BTAB), LINE_COMPLETED_BACK);
    assert_int_equal(line_editor_press(&editor, '\r'), LINE_ENTERED);
    assert_int_equal(line_editor_press(&editor, 27), LINE_LEFT);
    assert_int_equal(line_editor_press(&editor, KEY_BACKSPACE), LINE_LEFT); // nothing to erase
    assert_int_equal(line_editor_press(&editor, KEY_F(5)), LINE_EDITED);
    assert_int_equal(line_editor_press(&editor, 1), LINE_EDITED);
    expect(&editor, "", 0);
}

static void a_full_line_takes_no_more(void **state) {
    (void)state;
    LineEditor editor;
    line_editor_begin(&editor, &empty);
    for (int i = 0; i < 3 * LINE_TEXT; i++)
        line_editor_press(&editor, 'x');
    assert_int_equal(editor.length, LINE_TEXT - 1);
    line_editor_replace(&editor, editor.length - 1, "xx");
    assert_int_equal(editor.length, LINE_TEXT - 1);
    line_editor_replace(&editor, 0, "short");
    expect(&editor, "short", 5);
}

static void replaces_the_word_before_the_cursor(void **state) {
    (void)state;
    LineEditor editor;
    line_editor_begin(&editor, &empty);
    type(&editor, "exp  rest");
    for (int i = 0; i < 6; i++)
        line_editor_press(&editor, KEY_LEFT);
    line_editor_replace(&editor, 0, "export");
    expect(&editor, "export  rest", 6);
}

static void goes_through_the_history(void **state) {
    (void)state;
    LineHistory history = {0};
    LineEditor editor;
    line_history_add(&history, "one");
    line_history_add(&history, "two");
    line_history_add(&history, "one"); // moves to the end
    line_history_add(&history, "");
    line_history_add(&history, "bell\a");
    assert_int_equal(history.count, 2);
    line_editor_begin(&editor, &history);
    type(&editor, "own");
    line_editor_press(&editor, KEY_UP);
    expect(&editor, "one", 3);
    line_editor_press(&editor, KEY_UP);
    expect(&editor, "two", 3);
    line_editor_press(&editor, KEY_UP); // the oldest stays
    expect(&editor, "two", 3);
    line_editor_press(&editor, KEY_DOWN);
    line_editor_press(&editor, KEY_DOWN);
    expect(&editor, "own", 3);
    line_editor_press(&editor, KEY_DOWN);
    expect(&editor, "own", 3);
    line_history_clear(&history);
}

static void any_keys_keep_it_whole(void **state) {
    (void)state;
    LineHistory history = {0};
    line_history_add(&history, "set inner.horizon_max=50");
    line_history_add(&history, "\xe2\x82\xac");
    LineEditor editor;
    line_editor_begin(&editor, &history);
    unsigned random = 5;
    for (int i = 0; i < 200000; i++) {
        random = random * 1103515245u + 12345u;
        const int key = (int)(random >> 16) % 600;
        const LineEvent event = line_editor_press(&editor, key);
        if (event == LINE_COMPLETED)
            line_editor_replace(&editor, editor.cursor / 2, "word");
        assert_true(editor.length < LINE_TEXT && editor.cursor <= editor.length);
        assert_int_equal(strlen(editor.text), editor.length);
    }
    line_history_clear(&history);
}

static void every_key_is_told(void **state) {
    (void)state;
    size_t count;
    const LineKey *table = line_editor_keys(&count);
    for (size_t i = 0; i < count; i++) {
        assert_true(table[i].keys[0] && table[i].press && *table[i].name && *table[i].help);
        for (size_t other = 0; other < i; other++) {
            for (int k = 0; k < LINE_KEYS_OF_ACTION && table[i].keys[k]; k++) {
                for (int l = 0; l < LINE_KEYS_OF_ACTION && table[other].keys[l]; l++)
                    assert_true(table[i].keys[k] != table[other].keys[l]);
            }
        }
    }
}

// -- The file
// --------------------------------------------------------------------------------------

static void the_history_is_kept(void **state) {
    (void)state;
    const char *folder = temporary_folder();
    char path[PATH_MAX];
    LineHistory history;
    struct stat information;
    setenv("XDG_STATE_HOME", folder, 1);
    line_history_init(&history, "commands");
    assert_int_equal(history.count, 0);
    line_history_add(&history, "set outer.rate=0.01");
    line_history_add(&history, "evaluate");
    line_history_clear(&history);
    assert_true(state_folder_file("commands", path));
    assert_string_equal(path, in_folder(folder, "rulesmith/commands"));
    assert_int_equal(stat(in_folder(folder, "rulesmith"), &information), 0);
    assert_int_equal(information.st_mode & 0777, 0700);
    line_history_init(&history, "commands");
    assert_int_equal(history.count, 2);
    assert_string_equal(history.lines[0], "set outer.rate=0.01");
    assert_string_equal(history.lines[1], "evaluate");
    line_history_clear(&history);
}

// What others have put there: endless lines, NUL, no end; more than is kept.
static void a_strange_file_does_no_harm(void **state) {
    (void)state;
    const char *folder = temporary_folder();
    char path[PATH_MAX];
    LineHistory history;
    setenv("XDG_STATE_HOME", folder, 1);
    assert_true(state_folder_file("commands", path));
    FILE *stream = fopen(path, "w");
    assert_non_null(stream);
    for (int i = 0; i < 10000; i++)
        fputc('x', stream);
    fputs("\nab", stream);
    fputc('\0', stream);
    fputs("cd\n\x1b[2J\n", stream);
    for (int i = 0; i < 3 * HISTORY_LINES; i++)
        fprintf(stream, "line %d\n", i);
    fputs("torn", stream);
    fclose(stream);
    line_history_init(&history, "commands");
    assert_int_equal(history.count, HISTORY_LINES);
    assert_string_equal(history.lines[HISTORY_LINES - 1], "torn");
    for (int i = 0; i < history.count; i++)
        assert_null(strchr(history.lines[i], '\x1b'));
    line_history_clear(&history);
    // It has been shortened to what is kept.
    assert_int_equal(stat(path, &(struct stat){0}), 0);
    struct stat information;
    stat(path, &information);
    assert_true(information.st_size < HISTORY_LINES * 12);
    line_history_init(&history, "commands");
    assert_int_equal(history.count, HISTORY_LINES);
    line_history_clear(&history);
}

static void without_a_place_it_lives_in_memory(void **state) {
    (void)state;
    LineHistory history;
    char path[PATH_MAX];
    setenv("XDG_STATE_HOME", "relative", 1);
    setenv("HOME", "/dev/null/nobody", 1);
    assert_false(state_folder_file("commands", path));
    line_history_init(&history, "commands");
    line_history_add(&history, "pause");
    assert_int_equal(history.count, 1);
    line_history_clear(&history);
    // A relative XDG_STATE_HOME is as good as none.
    const char *folder = temporary_folder();
    setenv("HOME", folder, 1);
    assert_true(state_folder_file("commands", path));
    assert_string_equal(path, in_folder(folder, ".local/state/rulesmith/commands"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(edits_in_the_middle),
        cmocka_unit_test(characters_are_erased_whole),
        cmocka_unit_test(events),
        cmocka_unit_test(a_full_line_takes_no_more),
        cmocka_unit_test(replaces_the_word_before_the_cursor),
        cmocka_unit_test(goes_through_the_history),
        cmocka_unit_test(any_keys_keep_it_whole),
        cmocka_unit_test(every_key_is_told),
        cmocka_unit_test(the_history_is_kept),
        cmocka_unit_test(a_strange_file_does_no_harm),
        cmocka_unit_test(without_a_place_it_lives_in_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
