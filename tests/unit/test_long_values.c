// Values of settings that take more than one line of a file.
#include "engine/random.h"
#include "engine/settings.h"
#include "tests/unit/check.h"
#include "tests/unit/settings_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void a_backslash_goes_on_in_the_next_line(void **state) {
    (void)state;
    static const struct {
        const char *text, *value;
    } right[] = {
        {"[evaluate]\ndata = a,\\\n    b,\\\r\n\tc\nshots = 7\n", "a,b,c"},
        {"[evaluate]\ndata = a\\\nb=c ; a comment\nshots = 7\n", "ab=c"},
        {"[evaluate]\ndata = \\\n[a];b\nshots = 7\n", "[a];b"},
        {"[evaluate]\ndata = a \\\n  b\\c\n; \\\n[run] ; \\\n[evaluate]\nshots = 7", "a b\\c"},
    };
    for (size_t i = 0; i < sizeof right / sizeof right[0]; i++) {
        Settings settings;
        Status status;
        if (!settings_from(&settings, right[i].text, &status))
            fail_msg("%s", status.text);
        assert_string_equal(settings.evaluate_data, right[i].value);
        assert_int_equal(settings.evaluate_shots, 7);
    }
}

static void what_must_go_on_and_does_not_is_named(void **state) {
    (void)state;
    static const RefusedText wrong[] = {
        {"[evaluate]\ndata = a,\\", "my.ini:2: expected more of the value after '\\', found ''"},
        {"[evaluate]\ndata = a,\\\n", "my.ini:2: expected more of the value after '\\', found ''"},
        {"[evaluate]\ndata = a,\\\n\nshots = 7\n", "my.ini:3: expected more of the value"},
        {"[evaluate]\ndata = a,\\\n  ; b\n", "my.ini:3: expected more of the value"},
        {"[evaluate]\ndata = a,\\\n  # b\n", "my.ini:3: expected more of the value"},
        {"[evaluate]\ndata = a,\\\n  b\n  c\n", "my.ini:4: expected [section], key = value"},
        {"[evaluate]\n= a\\\n  b\n", "my.ini:2: there is no setting 'evaluate.'"},
        {"[evaluate]\ndatum = a\\\n  b\n", "my.ini:2: there is no setting 'evaluate.datum'"},
        {"[evaluate]\nshots = 1\\\n0x\n", "my.ini:3: evaluate.shots: expected a whole number"},
        {"[evaluate]\ndata = a\\\nb\ndata = c\n", "my.ini:4: evaluate.data is given a second time"},
    };
    expect_texts_refused(wrong, sizeof wrong / sizeof wrong[0]);
}

// A line that goes on loses a byte to the space that inih wants in front; nothing is cut.
static void long_lines_are_refused_not_cut(void **state) {
    (void)state;
    for (int length = 190; length < 210; length++) {
        char text[300];
        Settings settings;
        Status status = {0};
        snprintf(text, sizeof text, "[evaluate]\ndata = x\\\n%0*d\n", length, 7);
        assert_int_equal(settings_from(&settings, text, &status), length < 199);
        if (length < 199)
            assert_int_equal(strlen(settings.evaluate_data), length + 1);
        else
            expect_text(&status, STATUS_BAD_DATA, "my.ini:3: expected lines of less than ");
    }
}

static void a_value_without_end_is_refused(void **state) {
    (void)state;
    char text[40 * 200] = "[evaluate]\ndata = x\\\n";
    Settings settings;
    Status status = {0};
    for (int i = 0; i < 30; i++)
        sprintf(text + strlen(text), "%0180d\\\n", i);
    assert_false(settings_from(&settings, text, &status));
    expect_text(&status, STATUS_BAD_DATA, "my.ini:9: expected a shorter value");
}

// Random texts of all lengths, of what is hard to divide and of mixtures.
static void what_is_written_reads_back_exactly(void **state) {
    (void)state;
    static const char *const alphabets[] = {"ab,;#[]=: \\", "ab,?=/:", "  ;#a", "x"};
    Random random = random_seeded(1, 0);
    int accepted = 0, divided = 0;
    for (int length = 1; length <= SETTINGS_TEXT_MOST; length++) {
        const char *alphabet = alphabets[length % 4];
        char value[SETTINGS_TEXT] = "";
        Settings settings;
        Status status;
        for (int i = 0; i < length; i++)
            value[i] = alphabet[random_below(&random, (int)strlen(alphabet))];
        settings_default(&settings);
        if (!settings_set(&settings, "evaluate", "data", value, "test", &status))
            continue;
        expect_round_trip(&settings);
        char *text = settings_written(&settings);
        accepted++;
        divided += strstr(text, "\\\n    ") != NULL;
        free(text);
    }
    assert_true(accepted > 500);
    assert_true(divided > 400);
}

static void mixtures_are_divided_at_commas(void **state) {
    (void)state;
    char value[SETTINGS_TEXT] = "silhouettes?seed=1:0.5";
    while (strlen(value) < 400)
        strcat(value, ",silhouettes?seed=1:0.5");
    for (const char *text = value; *text; text += settings_piece(text)) {
        const size_t piece = settings_piece(text);
        assert_true(piece > 100 || text[piece] == '\0');
        assert_true(text[piece] == '\0' || text[piece - 1] == ',');
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_backslash_goes_on_in_the_next_line),
        cmocka_unit_test(what_must_go_on_and_does_not_is_named),
        cmocka_unit_test(long_lines_are_refused_not_cut),
        cmocka_unit_test(a_value_without_end_is_refused),
        cmocka_unit_test(what_is_written_reads_back_exactly),
        cmocka_unit_test(mixtures_are_divided_at_commas),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
