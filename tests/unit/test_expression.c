// Expressions: what they mean, which are conditions, and what errors say.
#include "engine/expression.h"

#include "tests/unit/comma_locale.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static Expression *parsed(const char *text) {
    Expression *expression;
    Status status;
    if (!expression_parse(&expression, text, &status))
        fail_msg("%s: %s", text, status.text);
    assert_string_equal(expression_text(expression), text);
    return expression;
}

// Of names a = 2, b = -3, c = NaN; others are not known.
static bool evaluated(const char *text, double *result) {
    Expression *expression = parsed(text);
    double values[EXPRESSION_NAMES];
    bool known[EXPRESSION_NAMES];
    for (int i = 0; i < expression_name_count(expression); i++) {
        const char *name = expression_name(expression, i);
        known[i] = strchr("abc", name[0]) && !name[1];
        values[i] = name[0] == 'a' ? 2 : name[0] == 'b' ? -3 : NAN;
    }
    const bool found = expression_evaluate(expression, values, known, result);
    expression_free(expression);
    return found;
}

static void assert_value(const char *text, double expected) {
    double result;
    if (!evaluated(text, &result))
        fail_msg("%s is not known", text);
    if (!(result == expected || fabs(result - expected) <= 1e-12 ||
          (isnan(expected) && isnan(result))))
        fail_msg("%s: expected %g, found %g", text, expected, result);
}

static void test_values(void **state) {
    (void)state;
    assert_value("1", 1);
    assert_value("  .5e1 ", 5);
    assert_value("1+2*3", 7);
    assert_value("(1+2)*3", 9);
    assert_value("10-4-3", 3);
    assert_value("24/4/2", 3);
    assert_value("17%5*2", 4);
    assert_value("-a*-b", -6);
    assert_value("- -a", 2);
    assert_value("a<2", 0);
    assert_value("a<=2", 1);
    assert_value("a>b", 1);
    assert_value("a>=2.5", 0);
    assert_value("a==2", 1);
    assert_value("a!=2", 0);
    assert_value("1/0", INFINITY);
    assert_value("1<2&&2<1", 0);
    assert_value("1<2||2<1&&0", 1);
    assert_value("(1<2||2<1)&&0", 0);
    assert_value("!a", 0);
    assert_value("!0", 1);
    assert_value("!(a<b)", 1);
    assert_value("1+1==2", 1);
    // NaN compares with nothing and is not true.
    assert_value("c<1", 0);
    assert_value("c>1", 0);
    assert_value("c==c", 0);
    assert_value("c!=c", 1);
    assert_value("c||0", 0);
    assert_value("c+1", NAN);
}

static void test_what_is_not_known(void **state) {
    (void)state;
    double result;
    assert_false(evaluated("x", &result));
    assert_true(isnan(result));
    assert_false(evaluated("x+1>2", &result));
    assert_false(evaluated("!x", &result));
    // One side may decide.
    assert_value("x&&0", 0);
    assert_value("0&&x", 0);
    assert_value("x||1", 1);
    assert_false(evaluated("x||0", &result));
    assert_false(evaluated("1&&x", &result));
}

static void test_names(void **state) {
    (void)state;
    Expression *expression = parsed("layer2.0_order.norm>a && a<layer2.0_order.norm+b_1");
    assert_int_equal(expression_name_count(expression), 3);
    assert_string_equal(expression_name(expression, 0), "layer2.0_order.norm");
    assert_string_equal(expression_name(expression, 1), "a");
    assert_string_equal(expression_name(expression, 2), "b_1");
    expression_free(expression);
}

static void test_conditions(void **state) {
    (void)state;
    static const char *const conditions[] = {"a<1", "a==b", "!a", "a&&b", "a||1", "nan", "(a>1)"};
    static const char *const numbers[] = {"a", "1", "a+1", "-a", "a*(b<1)", "nan+1"};
    for (size_t i = 0; i < sizeof conditions / sizeof conditions[0]; i++) {
        Expression *expression = parsed(conditions[i]);
        assert_true(expression_is_condition(expression));
        expression_free(expression);
    }
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        Expression *expression = parsed(numbers[i]);
        assert_false(expression_is_condition(expression));
        expression_free(expression);
    }
}

static void assert_refused(const char *text, const char *error) {
    Expression *expression;
    Status status;
    status_clear(&status);
    assert_false(expression_parse(&expression, text, &status));
    assert_null(expression);
    assert_int_equal(status.code, STATUS_USAGE);
    assert_string_equal(status.text, error);
}

static void test_errors(void **state) {
    (void)state;
    assert_refused("", "position 1: expected a number, a name or '(', found the end");
    assert_refused("loss>", "position 6: expected a number, a name or '(', found the end");
    assert_refused("loss>>2", "position 6: expected a number, a name or '(', found '>'");
    assert_refused("loss 2", "position 6: expected an operator or the end, found '2'");
    assert_refused("loss=2", "position 5: expected an operator or the end, found '='");
    assert_refused("1<2<3", "position 4: expected an operator or the end, found '<'");
    assert_refused("(1+2", "position 5: expected ')' or an operator, found the end");
    assert_refused("1+2)", "position 4: expected an operator or the end, found ')'");
    assert_refused("a & b", "position 3: expected an operator or the end, found '&'");
    assert_refused("1e999", "position 1: expected a finite number, found '1'");
    assert_refused("a\x01", "position 2: expected an operator or the end, found the byte 0x01");
    assert_refused("\xc3\xa4>1", "position 1: expected a number, a name or '(', found the byte "
                                 "0xc3");
}

// As long, deep and wide as the header allows, and one more.
static void test_limits(void **state) {
    (void)state;
    char text[2 * EXPRESSION_TEXT], error[128];
    memset(text, '(', EXPRESSION_DEPTH);
    snprintf(text + EXPRESSION_DEPTH - 1, 2, "1");
    memset(text + EXPRESSION_DEPTH, ')', EXPRESSION_DEPTH - 1);
    text[2 * EXPRESSION_DEPTH - 1] = '\0';
    expression_free(parsed(text));
    memset(text, '-', EXPRESSION_DEPTH);
    text[EXPRESSION_DEPTH] = '\0';
    snprintf(error, sizeof error,
             "position %d: expected fewer brackets and signs in one another, found the end",
             EXPRESSION_DEPTH + 1);
    assert_refused(text, error);

    memset(text, 'x', sizeof text);
    text[EXPRESSION_NAME] = '\0';
    assert_refused(text, "position 1: expected a shorter name, found 'x'");
    text[EXPRESSION_NAME - 1] = '\0';
    expression_free(parsed(text));

    text[0] = '\0';
    for (int i = 0; i <= EXPRESSION_NAMES; i++)
        snprintf(text + strlen(text), 16, "%sx%d", i > 0 ? "+" : "", i);
    snprintf(error, sizeof error, "position %zu: expected fewer different names, found 'x'",
             strlen(text) - 2);
    assert_refused(text, error);

    text[0] = '\0';
    for (int i = 0; i < EXPRESSION_NODES / 2; i++)
        strcat(text, i > 0 ? "+1" : "1");
    expression_free(parsed(text));
    strcat(text, "+1");
    assert_refused(text, "position 130: expected a shorter expression, found the end");

    memset(text, ' ', EXPRESSION_TEXT);
    text[EXPRESSION_TEXT] = '\0';
    assert_refused(text, "expected at most 255 bytes, found 256");
}

static void test_decimal_point_in_any_locale(void **state) {
    (void)state;
    if (!comma_locale_begin())
        skip();
    assert_value("0.5+1.25", 1.75);
    comma_locale_end();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_what_is_not_known),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_conditions),
        cmocka_unit_test(test_errors),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_decimal_point_in_any_locale),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
