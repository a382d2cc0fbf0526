// The key table: nothing twice, nothing without a doer, nothing without help.
#include "app/keys.h"
#include "app/screen.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <curses.h>
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
        assert_true(screen_handles(table[i].action));
        assert_true(table[i].keys[0] != 0);
        assert_true(table[i].modes != 0);
        assert_true(strlen(table[i].name) > 0);
        assert_true(strlen(table[i].help) > 0);
    }
}

static void test_every_action_has_a_key(void **state) {
    (void)state;
    size_t count;
    const KeyEntry *table = keys_table(&count);
    for (int action = 0; action < ACTION_COUNT; action++) {
        int entries = 0;
        for (size_t i = 0; i < count; i++)
            entries += table[i].action == (Action)action;
        assert_int_equal(entries, 1);
    }
    assert_false(screen_handles(ACTION_COUNT));
}

static void test_help_lists_every_entry(void **state) {
    (void)state;
    size_t count;
    char lines[KEY_LINES][KEY_LINE];
    const KeyEntry *table = keys_table(&count);
    assert_int_equal(keys_help(lines), count);
    for (size_t i = 0; i < count; i++) {
        char *tab = strchr(lines[i], '\t');
        assert_non_null(tab);
        *tab = '\0';
        assert_string_equal(lines[i], table[i].name);
        assert_string_equal(tab + 1, table[i].help);
    }
}

static void test_modes(void **state) {
    (void)state;
    assert_int_equal(keys_find(' ', MODE_TRAIN)->action, ACTION_PAUSE);
    assert_int_equal(keys_find('q', MODE_TRAIN)->action, ACTION_QUIT);
    assert_null(keys_find('~', MODE_TRAIN));
    // Below the smallest window only what leaves, helps or redraws.
    for (int key = 1; key < KEY_MAX; key++) {
        const KeyEntry *entry = keys_find(key, MODE_SMALL);
        if (entry)
            assert_true(entry->action == ACTION_QUIT || entry->action == ACTION_HELP ||
                        entry->action == ACTION_BACK || entry->action == ACTION_REDRAW);
    }
    assert_int_equal(keys_find('q', MODE_SMALL)->action, ACTION_QUIT);
    assert_int_equal(keys_find(KEY_F(1), MODE_SMALL)->action, ACTION_HELP);
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
        cmocka_unit_test(test_every_action_has_a_key),
        cmocka_unit_test(test_help_lists_every_entry),
        cmocka_unit_test(test_modes),
        cmocka_unit_test(test_key_bar),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
