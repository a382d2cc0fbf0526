// The key table: nothing twice, nothing without a doer, nothing without help.
#include "app/front.h"
#include "app/keys.h"
#include "app/screens.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <curses.h>
#include <stdio.h>
#include <string.h>

static void test_no_key_twice(void **state) {
    (void)state;
    size_t count;
    const KeyEntry *table = keys_table(&count);
    for (unsigned mode = MODE_TRAIN; mode <= MODE_SMALL; mode <<= 1) {
        for (int key = 1; key < KEY_MAX; key++) {
            int found = 0;
            for (size_t i = 0; i < count; i++) {
                for (int k = 0; k < KEYS_OF_ACTION && table[i].keys[k]; k++)
                    found += (table[i].modes & mode) && table[i].keys[k] == key;
            }
            if (found > 1)
                fail_msg("key %d (%s) has %d entries in mode %u", key, keyname(key), found, mode);
        }
    }
}

static void test_every_entry_is_complete(void **state) {
    (void)state;
    size_t count;
    const KeyEntry *table = keys_table(&count);
    for (size_t i = 0; i < count; i++) {
        assert_true(table[i].keys[0] != 0);
        assert_true(table[i].modes != 0);
        assert_true(strlen(table[i].name) > 0);
        assert_true(strlen(table[i].help) > 0);
    }
}

// The screens with their modes, and the help.
static const ScreenKind *kind_of(unsigned mode) {
    return mode == MODE_HELP ? &screen_help : screens_find((Mode)mode);
}

static void test_every_key_has_a_handler(void **state) {
    (void)state;
    size_t count;
    const KeyEntry *table = keys_table(&count);
    for (unsigned mode = MODE_TRAIN; mode <= MODE_SMALL; mode <<= 1) {
        const ScreenKind *kind = kind_of(mode);
        for (size_t i = 0; i < count; i++) {
            // A screen that does not exist yet may have keys already.
            if (!(table[i].modes & mode) || (!kind && mode != MODE_SMALL))
                continue;
            const int doers =
                front_handles(table[i].action) + (kind && kind->handlers[table[i].action] != NULL);
            if (doers != 1)
                fail_msg("%d handlers for %s in mode %u, expected 1", doers, table[i].name, mode);
        }
    }
}

static bool has_entry(Action action, unsigned modes) {
    size_t count;
    const KeyEntry *table = keys_table(&count);
    for (size_t i = 0; i < count; i++) {
        if (table[i].action == action && (table[i].modes & modes))
            return true;
    }
    return false;
}

static void test_every_handler_has_a_key(void **state) {
    (void)state;
    for (int action = 0; action < ACTION_COUNT; action++) {
        if (front_handles((Action)action) && !has_entry((Action)action, ~0U))
            fail_msg("no key for action %d of the workbench", action);
        for (unsigned mode = MODE_TRAIN; mode <= MODE_HELP; mode <<= 1) {
            const ScreenKind *kind = kind_of(mode);
            if (kind && kind->handlers[action] && !has_entry((Action)action, mode))
                fail_msg("no key for action %d of the screen %s", action, kind->name);
        }
    }
    assert_false(front_handles(ACTION_COUNT));
}

static void test_screens_are_complete(void **state) {
    (void)state;
    int last = 0;
    assert_non_null(screens[0]);
    for (int i = 0; screens[i]; i++) {
        const ScreenKind *kind = screens[i];
        assert_true(kind->number > last && kind->number <= SCREENS);
        last = kind->number;
        assert_true((kind->mode & MODE_SCREENS) != 0);
        assert_non_null(kind->name);
        assert_non_null(kind->subject);
        assert_true(kind->open && kind->close && kind->draw);
        assert_int_equal(!kind->panels, !kind->export_panel);
        assert_ptr_equal(screens_find(kind->mode), kind);
        assert_ptr_equal(screens_find_number(kind->number), kind);
        assert_ptr_equal(screens_next(screens_next(kind, 1), -1), kind);
    }
    assert_null(screens_find(MODE_HELP));
    assert_null(screens_find_number(0));
    // Round and round.
    const ScreenKind *kind = screens[0];
    for (int i = 0; screens[i]; i++)
        kind = screens_next(kind, 1);
    assert_ptr_equal(kind, screens[0]);
}

static bool help_has(Mode mode, const char *line) {
    char lines[KEY_LINES][KEY_LINE];
    const size_t count = keys_help(mode, lines);
    for (size_t i = 0; i < count; i++) {
        if (strcmp(lines[i], line) == 0)
            return true;
    }
    return false;
}

// The help of a screen has its keys and no others.
static void test_help_is_the_table(void **state) {
    (void)state;
    size_t count;
    const KeyEntry *table = keys_table(&count);
    for (int k = 0; screens[k]; k++) {
        char lines[KEY_LINES][KEY_LINE];
        size_t shown = 0;
        for (size_t i = 0; i < count; i++) {
            char line[KEY_LINE];
            const bool here = table[i].modes & (unsigned)screens[k]->mode;
            snprintf(line, sizeof line, "%s\t%s", table[i].name, table[i].help);
            assert_int_equal(help_has(screens[k]->mode, line), here);
            shown += here;
        }
        assert_int_equal(keys_help(screens[k]->mode, lines), shown + 2);
        assert_true(shown + 2 < KEY_LINES);
        assert_true(help_has(screens[k]->mode, "On every screen"));
    }
}

static void test_modes(void **state) {
    (void)state;
    assert_int_equal(keys_find(' ', MODE_TRAIN)->action, ACTION_PAUSE);
    assert_int_equal(keys_find('q', MODE_TRAIN)->action, ACTION_QUIT);
    assert_int_equal(keys_find('1', MODE_TRAIN)->action, ACTION_SCREEN);
    assert_int_equal(keys_find('\t', MODE_STEP)->action, ACTION_NEXT_SCREEN);
    assert_null(keys_find('~', MODE_TRAIN));
    // Below the smallest window only what leaves, helps or redraws.
    for (int key = 1; key < KEY_MAX; key++) {
        const KeyEntry *entry = keys_find(key, MODE_SMALL);
        if (entry)
            assert_true(entry->action == ACTION_QUIT || entry->action == ACTION_HELP ||
                        entry->action == ACTION_REDRAW);
    }
    assert_int_equal(keys_find('q', MODE_SMALL)->action, ACTION_QUIT);
    assert_int_equal(keys_find(KEY_F(1), MODE_SMALL)->action, ACTION_HELP);
}

// On the Step screen the letters of gdb's single-key mode and digits mean what they mean there.
static void test_step_screen_keeps_gdb_letters(void **state) {
    (void)state;
    size_t count;
    const KeyEntry *table = keys_table(&count);
    for (size_t i = 0; i < count; i++) {
        const bool shared = (table[i].modes & MODE_STEP) && (table[i].modes & ~MODE_STEP);
        for (int k = 0; shared && k < KEYS_OF_ACTION && table[i].keys[k]; k++) {
            const int key = table[i].keys[k];
            if (key < 128 && strchr("snoicfudwvSNOICFUDWV0123456789", key))
                fail_msg("%s is shared with the Step screen", table[i].name);
        }
    }
}

static void test_key_bar(void **state) {
    (void)state;
    char lines[KEY_LINES][KEY_LINE];
    const size_t count = keys_bar(MODE_TRAIN, lines);
    assert_true(count >= 5);
    assert_string_equal(lines[0], "q F10\tquit");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_key_twice),
        cmocka_unit_test(test_every_entry_is_complete),
        cmocka_unit_test(test_every_key_has_a_handler),
        cmocka_unit_test(test_every_handler_has_a_key),
        cmocka_unit_test(test_screens_are_complete),
        cmocka_unit_test(test_help_is_the_table),
        cmocka_unit_test(test_modes),
        cmocka_unit_test(test_step_screen_keeps_gdb_letters),
        cmocka_unit_test(test_key_bar),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
