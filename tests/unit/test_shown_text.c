// Text that an error may quote, and what counts as UTF-8.
#include "engine/files/shown_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

// Every character has exactly one form, and nothing else is one: compared with an encoder.
static void utf8_is_what_an_encoder_writes(void **state) {
    (void)state;
    for (unsigned character = 0; character <= 0x10ffff; character++) {
        unsigned char text[4] = {(unsigned char)character};
        size_t size = 1;
        if (character >= 0x80) {
            size = character < 0x800 ? 2 : character < 0x10000 ? 3 : 4;
            const unsigned lead[] = {0, 0, 0xc0, 0xe0, 0xf0};
            unsigned rest = character;
            for (size_t i = size - 1; i > 0; i--, rest >>= 6)
                text[i] = (unsigned char)(0x80 | (rest & 0x3f));
            text[0] = (unsigned char)(lead[size] | rest);
        }
        const bool surrogate = character >= 0xd800 && character <= 0xdfff;
        assert_int_equal(utf8_length(text, 4), surrogate ? 0 : size);
        assert_int_equal(utf8_length(text, size - 1), 0); // cut off
    }
    static const char *const wrong[] = {"\x80",
                                        "\xbf",
                                        "\xc0\x80",
                                        "\xc1\xbf",
                                        "\xe0\x9f\xbf",
                                        "\xf0\x8f\xbf\xbf",
                                        "\xf4\x90\x80\x80",
                                        "\xf8\x88\x80\x80",
                                        "\xff",
                                        "\xc3(",
                                        "\xe2\x82("};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_int_equal(utf8_length((const unsigned char *)wrong[i], strlen(wrong[i])), 0);
}

static void what_moves_a_cursor_is_replaced(void **state) {
    (void)state;
    char shown[SHOWN_TEXT];
    assert_string_equal(shown_text("", shown), "");
    assert_string_equal(shown_text("a \xc3\xa9\xe2\x82\xac'", shown), "a \xc3\xa9\xe2\x82\xac'");
    assert_string_equal(shown_text("\033[2J\r\n\t\x7f", shown), "?[2J????");
    assert_string_equal(shown_text("\xc2\x9b"
                                   "1m\xff\xc3",
                                   shown),
                        "?1m??"); // U+009B is ESC [
    assert_string_equal(shown_text("\xc2\xa0", shown), "\xc2\xa0");
}

static void long_text_is_cut_between_characters(void **state) {
    (void)state;
    char text[400], shown[SHOWN_TEXT];
    for (size_t before = 0; before < 4; before++) {
        memset(text, 'a', sizeof text);
        for (size_t i = before; i + 3 < sizeof text; i += 3)
            memcpy(text + i, "\xe2\x82\xac", 3);
        text[399] = '\0';
        shown_text(text, shown);
        const size_t length = strlen(shown);
        assert_true(length < SHOWN_TEXT && length > SHOWN_TEXT - 8);
        assert_string_equal(shown + length - 3, "...");
        assert_int_equal((length - 3 - before) % 3, 0);
    }
    memset(text, 'a', sizeof text);
    text[SHOWN_TEXT - 4] = '\0';
    assert_string_equal(shown_text(text, shown), text); // as long as fits
    // Into any room.
    for (size_t size = 4; size < 12; size++) {
        shown_text_cut("\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac", shown, size);
        const size_t length = strlen(shown);
        assert_true(length < size && length % 3 == 0);
        assert_string_equal(shown + length - 3, "...");
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(utf8_is_what_an_encoder_writes),
        cmocka_unit_test(what_moves_a_cursor_is_replaced),
        cmocka_unit_test(long_text_is_cut_between_characters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
