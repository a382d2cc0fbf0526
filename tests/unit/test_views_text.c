// Widths of UTF-8, and numbers as the screen and the pictures print them.
#include "views/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <locale.h>
#include <math.h>
#include <string.h>

static void test_decoding_survives_anything(void **state) {
    (void)state;
    static const struct {
        const char *text;
        const char *shown; // after decoding and encoding
    } cases[] = {
        {"plain", "plain"},
        {"3 \xc2\xb1 1", "3 \xc2\xb1 1"},
        {"\xe4\xb8\xad", "\xe4\xb8\xad"},
        {"\x1b[31mred", "?[31mred"}, // an escape sequence
        {"a\x7f\x01"
         "b\n",
         "a??b?"}, // control characters
        {"\xc2\x9b"
         "2J",
         "?2J"},                   // the 8-bit CSI in UTF-8
        {"\xff\xfe", "??"},        // no first bytes
        {"\xe4\xb8", "??"},        // cut short
        {"\xc0\xaf", "??"},        // over-long
        {"\xe0\x80\xaf", "???"},   // over-long
        {"\xed\xa0\x80", "?"},     // a surrogate
        {"\xf4\x90\x80\x80", "?"}, // beyond Unicode
        {"e\xcc\x81", "e?"},       // a combining accent has no cell of its own
        {"\xe2\x80\xae"
         "abc",
         "?abc"}, // right-to-left override
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char out[64] = "";
        const char *at = cases[i].text;
        while (*at != '\0') {
            char utf8[5];
            text_encode(text_decode(&at), utf8);
            strcat(out, utf8);
        }
        assert_string_equal(out, cases[i].shown);
    }
}

static void test_every_character_survives_a_round_trip(void **state) {
    (void)state;
    int shown = 0;
    for (uint32_t character = 0x20; character <= 0x10ffff; character++) {
        char utf8[5];
        text_encode(character, utf8);
        const char *at = utf8;
        uint32_t back = text_decode(&at);
        assert_true(back == character || back == '?');
        assert_int_equal(*at, '\0');
        shown += back == character;
    }
    assert_true(shown > 1000000);
}

static void test_widths(void **state) {
    (void)state;
    assert_int_equal(text_width("abc"), 3);
    assert_int_equal(text_width("\xc2\xb1\xe2\x80\xa6"), 2);
    assert_int_equal(text_width("\xe4\xb8\xad\xe6\x96\x87"), 4);
}

static void test_fit(void **state) {
    (void)state;
    char out[32];
    text_fit(out, sizeof out, "abcdef", 6);
    assert_string_equal(out, "abcdef");
    text_fit(out, sizeof out, "abcdef", 4);
    assert_string_equal(out, "abc\xe2\x80\xa6");
    text_fit(out, sizeof out, "abcdef", 1);
    assert_string_equal(out, "\xe2\x80\xa6");
    text_fit(out, sizeof out, "abcdef", 0);
    assert_string_equal(out, "");
    text_fit(out, sizeof out, "abcdef", -3);
    assert_string_equal(out, "");
    text_fit(out, sizeof out, "\xe4\xb8\xad\xe6\x96\x87", 3); // a wide character needs two
    assert_string_equal(out, "\xe4\xb8\xad\xe2\x80\xa6");
    text_fit(out, 5, "abcdefghij", 10); // a small buffer never overflows
    assert_true(strlen(out) < 5);
    for (int columns = 0; columns < 12; columns++) {
        text_fit(out, sizeof out,
                 "x\xe4\xb8\xad"
                 "y\xe6\x96\x87z",
                 columns);
        assert_true(text_width(out) <= columns);
    }
}

static void test_numbers(void **state) {
    (void)state;
    char out[48];
    assert_string_equal(format_fixed(out, sizeof out, 0.125, 3), "0.125");
    assert_string_equal(format_fixed(out, sizeof out, -12, 1), "-12.0");
    assert_string_equal(format_fixed(out, sizeof out, -0.0001, 2), "0.00");
    assert_string_equal(format_fixed(out, sizeof out, 0.9996, 3), "1.000");
    assert_string_equal(format_fixed(out, sizeof out, NAN, 3), "NaN");
    assert_string_equal(format_fixed(out, sizeof out, INFINITY, 3), "+Inf");
    assert_string_equal(format_fixed(out, sizeof out, -INFINITY, 3), "-Inf");
    assert_string_equal(format_fixed(out, sizeof out, 1e18, 3), "1e18");
    assert_string_equal(format_number(out, sizeof out, 0, 3), "0");
    assert_string_equal(format_number(out, sizeof out, 0.0125, 3), "0.0125");
    assert_string_equal(format_number(out, sizeof out, 1250, 3), "1250");
    assert_string_equal(format_number(out, sizeof out, 1.5, 3), "1.5");
    assert_string_equal(format_number(out, sizeof out, 1.25e-7, 3), "1.25e-7");
    assert_string_equal(format_number(out, sizeof out, -2.5e9, 3), "-2.5e9");
    assert_string_equal(format_number(out, sizeof out, 9.9999e9, 3), "1e10");
    assert_string_equal(format_number(out, sizeof out, 5e-324, 2), "4.9e-324");
    assert_string_equal(format_number(out, sizeof out, 1.7e308, 2), "1.7e308");
    assert_string_equal(format_count(out, sizeof out, 0), "0");
    assert_string_equal(format_count(out, sizeof out, 999), "999");
    assert_string_equal(format_count(out, sizeof out, 1234567), "1,234,567");
    assert_string_equal(format_count(out, sizeof out, -1000), "-1,000");
    assert_string_equal(format_duration(out, sizeof out, 3723.9), "1:02:03");
    assert_string_equal(format_duration(out, sizeof out, 2 * 86400 + 11045), "2 d 03:04:05");
    assert_string_equal(format_duration(out, sizeof out, NAN), "-");
    assert_string_equal(format_fixed(out, 4, 12.345, 3), "12."); // cut, not overflown
}

// Whatever locale the environment sets; with a decimal comma this shows that none gets through.
static void test_decimal_point_whatever_the_locale(void **state) {
    (void)state;
    static const char *const names[] = {"", "de_DE.UTF-8", "de_DE", "fr_FR.UTF-8", "C"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char out[32];
        setlocale(LC_ALL, names[i]);
        assert_string_equal(format_fixed(out, sizeof out, 1.5, 2), "1.50");
        assert_string_equal(format_number(out, sizeof out, 1.25e-9, 3), "1.25e-9");
    }
    setlocale(LC_ALL, "C");
}

static void test_break(void **state) {
    (void)state;
    assert_int_equal(text_break("one two three", 20), 13);
    assert_int_equal(text_break("one two three", 13), 13);
    assert_int_equal(text_break("one two three", 12), 7);
    assert_int_equal(text_break("one two three", 7), 7);
    assert_int_equal(text_break("one two three", 6), 3);
    assert_int_equal(text_break("three", 2), 2);
    assert_int_equal(text_break("\xe4\xb8\xad\xe4\xb8\xad", 3), 3); // two cells each
    assert_int_equal(text_break("\xe4\xb8\xad", 1), 3);             // at least one
    assert_int_equal(text_break("", 5), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_decoding_survives_anything),
        cmocka_unit_test(test_every_character_survives_a_round_trip),
        cmocka_unit_test(test_widths),
        cmocka_unit_test(test_fit),
        cmocka_unit_test(test_break),
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_decimal_point_whatever_the_locale),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
