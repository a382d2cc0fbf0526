// Numbers as JSON text: they read back as the same bits, in any locale, and what is not finite is a
// string.
#include "engine/number.h"
#include "engine/random.h"
#include "tests/unit/comma_locale.h"

#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const double numbers[] = {0.0,
                                 -0.0,
                                 1,
                                 -1,
                                 0.1,
                                 1.0 / 3,
                                 2.5e-7,
                                 1e15,
                                 123456789012345678,
                                 9007199254740993,
                                 1e21,
                                 -1e-300,
                                 DBL_MAX,
                                 -DBL_MAX,
                                 DBL_MIN,
                                 DBL_TRUE_MIN,
                                 0.1 + 0.2};
enum { NUMBERS = sizeof numbers / sizeof numbers[0], RANDOM = 2000 };

// JSON's grammar: -? int frac? exp?
static void assert_json_number(const char *text) {
    const char *at = text + (*text == '-');
    assert_true(*at >= '0' && *at <= '9');
    assert_false(at[0] == '0' && at[1] >= '0' && at[1] <= '9');
    at += strspn(at, "0123456789");
    if (*at == '.') {
        assert_true(strspn(at + 1, "0123456789") > 0);
        at += 1 + strspn(at + 1, "0123456789");
    }
    if (*at == 'e') {
        at += 1 + (at[1] == '+' || at[1] == '-');
        assert_true(strspn(at, "0123456789") > 0);
        at += strspn(at, "0123456789");
    }
    if (*at)
        fail_msg("'%s' is no number of JSON", text);
}

// Any bit pattern that is a finite number.
static double random_number(Random *random) {
    for (;;) {
        const uint64_t bits = random_bits(random);
        double number;
        memcpy(&number, &bits, sizeof number);
        if (isfinite(number))
            return number;
    }
}

static void check_number(double number) {
    char text[NUMBER_TEXT];
    assert_ptr_equal(number_text(number, text), text);
    assert_true(strlen(text) < NUMBER_TEXT);
    assert_json_number(text);
}

static void numbers_are_json(void **state) {
    (void)state;
    Random random = random_seeded(1, 1);
    for (int i = 0; i < NUMBERS; i++)
        check_number(numbers[i]);
    for (int i = 0; i < RANDOM; i++)
        check_number(random_number(&random));
}

static void check_reading_back(double number) {
    char text[NUMBER_TEXT];
    const double back = strtod(number_text(number, text), NULL);
    assert_memory_equal(&back, &number, sizeof back);
}

static void numbers_read_back_as_the_same_bits(void **state) {
    (void)state;
    Random random = random_seeded(2, 1);
    for (int i = 0; i < NUMBERS; i++)
        check_reading_back(numbers[i]);
    for (int i = 0; i < RANDOM; i++)
        check_reading_back(random_number(&random));
}

static void round_numbers_are_short(void **state) {
    (void)state;
    char text[NUMBER_TEXT];
    assert_string_equal(number_text(0.1, text), "0.1");
    assert_string_equal(number_text(-2, text), "-2");
    assert_string_equal(number_text(0.0003, text), "0.0003");
    assert_string_equal(number_text(0, text), "0");
}

static void what_is_not_finite_is_a_string(void **state) {
    (void)state;
    char text[NUMBER_TEXT];
    assert_string_equal(number_text((double)NAN, text), "\"NaN\"");
    assert_string_equal(number_text(-(double)NAN, text), "\"NaN\"");
    assert_string_equal(number_text((double)INFINITY, text), "\"Infinity\"");
    assert_string_equal(number_text(-(double)INFINITY, text), "\"-Infinity\"");
}

static void a_text_that_is_not_one_number_is_refused(void **state) {
    (void)state;
    static const char *const refused[] = {"",    "x", "1x", "1 ",    "1,5", "nan",
                                          "inf", "-", "1e", "1e999", ".",   "1 2"};
    double value;
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++)
        assert_false(number_read(refused[i], &value));
    assert_true(number_read("-2.5e-3", &value) && value == -2.5e-3);
}

// The texts are those of the C locale.
static void a_decimal_comma_changes_nothing(void **state) {
    (void)state;
    static char plain[NUMBERS + RANDOM][NUMBER_TEXT];
    Random random = random_seeded(3, 1);
    for (int i = 0; i < NUMBERS + RANDOM; i++)
        number_text(i < NUMBERS ? numbers[i] : random_number(&random), plain[i]);
    if (!comma_locale_begin()) {
        print_message("no locale with a decimal comma here\n");
        skip();
    }
    char text[NUMBER_TEXT];
    snprintf(text, sizeof text, "%g", 0.5);
    assert_string_equal(text, "0,5"); // so the locale is in force
    random = random_seeded(3, 1);
    for (int i = 0; i < NUMBERS + RANDOM; i++)
        assert_string_equal(number_text(i < NUMBERS ? numbers[i] : random_number(&random), text),
                            plain[i]);
    assert_string_equal(number_text((double)NAN, text), "\"NaN\"");
    double value;
    assert_true(number_read("0.5", &value) && value == 0.5);
    assert_false(number_read("0,5", &value));
    comma_locale_end();
}

static void texts_are_read_as_a_whole(void **state) {
    (void)state;
    double number;
    int64_t whole;
    assert_true(number_read("-1.5e3", &number));
    assert_true(number == -1500);
    assert_true(number_read_whole("-9007199254740993", &whole));
    assert_true(whole == -9007199254740993);
    static const char *const wrong[] = {"", "x", "1x", "1 ", "1,5", "nan", "inf", "1e999"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        assert_false(number_read(wrong[i], &number));
        assert_false(number_read_whole(wrong[i], &whole));
    }
    assert_false(number_read_whole("9223372036854775808", &whole));
    assert_false(number_read_whole("1.0", &whole));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_json),
        cmocka_unit_test(numbers_read_back_as_the_same_bits),
        cmocka_unit_test(round_numbers_are_short),
        cmocka_unit_test(what_is_not_finite_is_a_string),
        cmocka_unit_test(a_text_that_is_not_one_number_is_refused),
        cmocka_unit_test(a_decimal_comma_changes_nothing),
        cmocka_unit_test(texts_are_read_as_a_whole),
    };
    return cmocka_run_group_tests_name("number", tests, NULL, NULL);
}
