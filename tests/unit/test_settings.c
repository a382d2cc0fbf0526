// Settings: the table against itself, each rule of values and of INI files broken once, presets,
// and files that read back to the same bytes whatever the locale.
#include "engine/assets.h"
#include "engine/settings.h"
#include "tests/unit/check.h"
#include "tests/unit/comma_locale.h"
#include "tests/unit/settings_text.h"
#include "tests/unit/temporary_folder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

// ---- the table ----

static void every_setting_has_a_place_of_its_own(void **state) {
    (void)state;
    static const size_t sizes[] = {[SETTING_INT] = sizeof(int),
                                   [SETTING_INT64] = sizeof(int64_t),
                                   [SETTING_REAL] = sizeof(double),
                                   [SETTING_TEXT] = SETTINGS_TEXT};
    unsigned char owner[sizeof(Settings)] = {0};
    size_t count, covered = 0;
    const SettingEntry *table = settings_table(&count);
    for (size_t i = 0; i < count; i++) {
        assert_ptr_equal(settings_find(table[i].section, table[i].key), &table[i]);
        assert_true(*table[i].help && *table[i].fallback);
        assert_true(table[i].type == SETTING_TEXT || table[i].low < table[i].high);
        for (size_t k = 0; k < sizes[table[i].type]; k++) {
            assert_int_equal(owner[table[i].offset + k], 0);
            owner[table[i].offset + k] = 1;
            covered++;
        }
    }
    // What is left over is padding before an int64_t or a double.
    assert_true(sizeof(Settings) - covered < 8 * 8);
    assert_null(settings_find("rule", "rate"));
}

static void defaults_are_in_range_and_agree(void **state) {
    (void)state;
    size_t count;
    const SettingEntry *table = settings_table(&count);
    Settings settings, again;
    Status status;
    settings_default(&settings);
    again = settings;
    for (size_t i = 0; i < count; i++)
        if (!settings_set(&again, table[i].section, table[i].key, table[i].fallback, "default",
                          &status))
            fail_msg("%s", status.text);
    assert_memory_equal(&settings, &again, sizeof settings);
    assert_true(settings_check(&settings, &status));
    assert_int_equal(settings.hidden, 16);
    assert_int_equal(settings.seed, 1);
    assert_true(settings.inner_rate == 0.02 && settings.epsilon == 1e-8);
    assert_string_equal(settings.non_finite, "skip");
}

// ---- values ----

static void limits_of_a_range_belong_to_it(void **state) {
    (void)state;
    size_t count;
    const SettingEntry *table = settings_table(&count);
    for (size_t i = 0; i < count; i++) {
        const double limits[2] = {table[i].low, table[i].high};
        for (int k = 0; k < 2 && table[i].type != SETTING_TEXT; k++) {
            Settings settings;
            Status status = {0};
            char value[64];
            settings_default(&settings);
            snprintf(value, sizeof value, table[i].type == SETTING_REAL ? "%.17g" : "%.0f",
                     limits[k]);
            assert_true(
                settings_set(&settings, table[i].section, table[i].key, value, "test", &status));
            const double beyond = k ? limits[k] * 1.5 + 1 : limits[k] - 1;
            snprintf(value, sizeof value, table[i].type == SETTING_REAL ? "%.17g" : "%.0f", beyond);
            assert_false(
                settings_set(&settings, table[i].section, table[i].key, value, "test", &status));
            expect_text(&status, STATUS_USAGE, value);
            expect_text(&status, STATUS_USAGE, table[i].key);
        }
    }
}

static void what_is_no_number_is_refused(void **state) {
    (void)state;
    static const struct {
        const char *assignment, *part;
    } wrong[] = {
        {"rule.hidden=", "expected a whole number from 1 to 1024, found ''"},
        {"rule.hidden=16x", "'16x'"},
        {"rule.hidden=0x10", "'0x10'"},
        {"rule.hidden=1.5", "'1.5'"},
        {"rule.hidden=1e2", "'1e2'"},
        {"rule.hidden=99999999999999999999", "'99999999999999999999'"},
        {"rule.hidden=4294967312", "'4294967312'"}, // 16 if it wrapped
        {"run.seed=9007199254740993", "'9007199254740993'"},
        {"run.seed=-1", "'-1'"},
        {"inner.rate=", "expected a number from 0 to 1, found ''"},
        {"inner.rate=nan", "'nan'"},
        {"inner.rate=-nan", "'-nan'"},
        {"inner.rate=inf", "'inf'"},
        {"inner.rate=1e999", "'1e999'"},
        {"inner.rate=0,02", "'0,02'"},
        {"inner.rate=0.02 0.03", "'0.02 0.03'"},
        {"inner.rate=.", "'.'"},
        {"outer.non_finite=ski", "skip|halve-lr|stop"},
        {"outer.non_finite=skip|stop", "skip|halve-lr|stop"},
        {"outer.non_finite=", "skip|halve-lr|stop"},
        {"rule.hidden=\033[2J", "'?[2J'"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        Settings settings, before;
        Status status = {0};
        settings_default(&settings);
        before = settings;
        if (settings_assign(&settings, wrong[i].assignment, "--set", &status))
            fail_msg("accepted: %s", wrong[i].assignment);
        expect_text(&status, STATUS_USAGE, wrong[i].part);
        expect_text(&status, STATUS_USAGE, "--set: ");
        assert_memory_equal(&settings, &before, sizeof settings);
    }
}

static void texts_that_a_file_would_change_are_refused(void **state) {
    (void)state;
    static const char *const wrong[] = {" a", "a ", "a\tb", "a ;b", ";a", "a\nb", "\x7f", "a\\"};
    static const char *const right[] = {"",   "a;b", "a b",      "a=b:c",
                                        "#a", "[a]", "\xc3\xa9", "\"a\""};
    Settings settings;
    Status status;
    settings_default(&settings);
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_false(settings_set(&settings, "evaluate", "data", wrong[i], "test", &status));
        expect_text(&status, STATUS_USAGE, "evaluate.data");
    }
    for (size_t i = 0; i < sizeof right / sizeof right[0]; i++)
        if (!settings_set(&settings, "evaluate", "data", right[i], "test", &status))
            fail_msg("%s", status.text);
    char value[SETTINGS_TEXT_MOST + 2];
    memset(value, 'x', sizeof value);
    value[SETTINGS_TEXT_MOST + 1] = '\0';
    assert_false(settings_set(&settings, "evaluate", "data", value, "test", &status));
    value[SETTINGS_TEXT_MOST] = '\0';
    assert_true(settings_set(&settings, "evaluate", "data", value, "test", &status));
}

static void unknown_names_tell_the_nearest(void **state) {
    (void)state;
    static const struct {
        const char *assignment, *part;
    } wrong[] = {
        {"rule.hiden=1", "'rule.hiden'; the nearest is rule.hidden"},
        {"rul.hidden=1", "the nearest is rule.hidden"},
        {"outer.ratee=1", "the nearest is outer.rate"},
        {"inner.horizon_mix=1", "the nearest is inner.horizon_m"},
        {"task.classes-max=1", "the nearest is task.classes_max"},
        {"run.checkpoint=1", "the nearest is run.checkpoint_seconds"},
        {"run.min=1", "the nearest is run.minutes"},
        {"train.seed=1", "the nearest is run.seed"},
        {"Rule.hidden=1", "the nearest is rule.hidden"},
        {"hidden=1", "section.key=value"},
        {"rule.hidden", "section.key=value"},
        {"rule=1.5", "section.key=value"},
        {"", "section.key=value"},
        {"a.\033=1", "'a.?'"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        Settings settings;
        Status status = {0};
        settings_default(&settings);
        assert_false(settings_assign(&settings, wrong[i].assignment, "--set", &status));
        expect_text(&status, STATUS_USAGE, wrong[i].part);
    }
    char longest[300];
    Settings settings;
    Status status;
    memset(longest, 'k', sizeof longest - 1);
    memcpy(longest + 3, ".", 1);
    memcpy(longest + 290, "=1", 2);
    longest[sizeof longest - 1] = '\0';
    assert_false(settings_assign(&settings, longest, "--set", &status));
}

// ---- files ----

static void files_are_read(void **state) {
    (void)state;
    Settings settings;
    Status status;
    if (!settings_from(&settings,
                       "\xef\xbb\xbf; a comment\n# another\n\n[rule] ; why not\r\nhidden = 24\r\n"
                       "   \t\n  error_channels=12 ; inline\n\ttop_hidden : 8\n[inner]\n[outer]\n"
                       "rate=2.5e-3\n[evaluate]\ndata = a;b, c\n[rule]\nembedding = 7",
                       &status))
        fail_msg("%s", status.text);
    assert_int_equal(settings.hidden, 24);
    assert_int_equal(settings.error_channels, 12);
    assert_int_equal(settings.top_hidden, 8);
    assert_int_equal(settings.embedding, 7);
    assert_true(settings.outer_rate == 2.5e-3);
    assert_string_equal(settings.evaluate_data, "a;b, c");
    assert_true(settings_from(&settings, "", &status));
}

static void the_first_wrong_line_is_named(void **state) {
    (void)state;
    static const RefusedText wrong[] = {
        {"[rule]\nhiden = 16\nhidden = x\n", "my.ini:2: there is no setting 'rule.hiden'"},
        {"[rule]\nhidden = 16\n\nhidden = 16\n", "my.ini:4: rule.hidden is given a second time"},
        {"[rule]\nhidden = 16\n[inner]\n[rule]\nhidden=16", "my.ini:5: rule.hidden is given a se"},
        {"[rule]\nhidden = 0\n", "my.ini:2: rule.hidden: expected a whole number from 1"},
        {"[rule]\nhidden =\n", "my.ini:2: rule.hidden: expected a whole number"},
        {"[rule]\nhidden\nhiden = 3\n", "my.ini:2: expected [section], key = value or a comment"},
        {"[rule]\nhidden ; = 16\n", "my.ini:2: expected [section], key = value"},
        {"[rule\nhidden = 16\n", "my.ini:1: expected ']'"},
        {"[rule ; ]\n", "my.ini:1: expected ']'"},
        {"[rule] hidden = 99\n", "my.ini:1: expected nothing after [section]"},
        {"hidden = 16\n", "my.ini:1: there is no setting '.hidden'"},
        {"[rule]\n= 16\n", "my.ini:2: there is no setting 'rule.'"},
        // inih takes an indented line for more of the value before.
        {"[rule]\nhidden = 16\n  hidden = 17\n", "my.ini:3: rule.hidden is given a second time"},
        {"[rule]\nhidden = 16\n  17\n", "my.ini:3: expected [section], key = value"},
        {"[rule]\n\x1b[1m\n", "found '?[1m'"},
        {"\xef\xbb\xbf\xef\xbb\xbf[rule]\n", "my.ini:1: expected no second byte order mark"},
    };
    expect_texts_refused(wrong, sizeof wrong / sizeof wrong[0]);
    Settings settings;
    Status status;
    settings_default(&settings);
    assert_false(settings_read_text(&settings, "my.ini", "[rule]\nhidden = 1\0006\n", 19, &status));
    expect_text(&status, STATUS_BAD_DATA, "my.ini:2: expected text, found 'a byte 0'");
}

// inih cuts lines at 200 bytes: what is behind would be a line of its own.
static void long_lines_are_refused_not_cut(void **state) {
    (void)state;
    for (int length = 150; length < 1000; length++) {
        char text[1100];
        Settings settings;
        Status status = {0};
        const int used =
            snprintf(text, sizeof text, "[rule]\n;%*s\nhidden = 20\n", length - 1, "x");
        const bool done = settings_from(&settings, text, &status);
        assert_int_equal(done, length < 200);
        assert_int_equal(settings.hidden, done ? 20 : 16);
        if (!done)
            expect_text(&status, STATUS_BAD_DATA,
                        "my.ini:2: expected lines of less than 200 bytes");
        // The same without a line end, and as a value.
        text[used - 13] = '\0';
        assert_int_equal(settings_from(&settings, text, &status), length < 200);
    }
}

static void paths_are_named(void **state) {
    (void)state;
    const char *folder = temporary_folder(), *absent = in_folder(folder, "absent.ini");
    const char *huge = in_folder(folder, "huge.ini"), *good = in_folder(folder, "good.ini");
    Settings settings, before;
    Status status;
    settings_default(&settings);
    before = settings;
    assert_false(settings_read(&settings, absent, &status));
    expect_text(&status, STATUS_BAD_DATA, absent);
    expect_text(&status, STATUS_BAD_DATA, "No such file or directory");
    assert_false(settings_read(&settings, folder, &status));
    expect_text(&status, STATUS_BAD_DATA, "Is a directory");
    char *text = malloc((1 << 20) + 1);
    memset(text, '\n', 1 << 20);
    text[1 << 20] = '\0';
    write_file(huge, text);
    assert_false(settings_read(&settings, huge, &status));
    expect_text(&status, STATUS_BAD_DATA, "1 MiB");
    text[(1 << 20) - 1] = '\0';
    write_file(huge, text);
    assert_true(settings_read(&settings, huge, &status));
    free(text);
    assert_memory_equal(&settings, &before, sizeof settings);
    write_file(good, "[run]\nseed = 9\n");
    assert_true(settings_read_preset(&settings, good, &status));
    assert_int_equal(settings.seed, 9);
}

// ---- presets ----

static void every_preset_is_read(void **state) {
    (void)state;
    int presets = 0;
    for (size_t i = 0; i < embedded_asset_count; i++) {
        const char *asset = embedded_assets[i].name;
        char name[64];
        Settings settings;
        Status status;
        if (strncmp(asset, "presets/", 8) != 0)
            continue;
        snprintf(name, sizeof name, "%.*s", (int)strlen(asset) - 12, asset + 8);
        settings_default(&settings);
        if (!settings_read_preset(&settings, name, &status) || !settings_check(&settings, &status))
            fail_msg("%s", status.text);
        presets++;
    }
    assert_true(presets >= 4);
}

// interface.md and issue 2 name these sizes; `bench` measures them.
static void presets_have_their_sizes(void **state) {
    (void)state;
    Settings settings;
    Status status;
    settings_default(&settings);
    assert_true(settings_read_preset(&settings, "paper", &status));
    assert_int_equal(settings.hidden, 64);
    assert_int_equal(settings.error_channels, 32);
    assert_int_equal(settings.readout_rank, 4);
    assert_int_equal(settings.top_hidden, 64);
    assert_int_equal(settings.embedding, 32);
    assert_int_equal(settings.batch, 128);
    assert_string_equal(settings.evaluate_layers, "128,128,128,128");
    settings_default(&settings);
    assert_true(settings_read_preset(&settings, "small", &status));
    assert_int_equal(settings.hidden, 16);
    assert_int_equal(settings.error_channels, 8);
    assert_int_equal(settings.top_hidden, 16);
    assert_int_equal(settings.batch, 48);
    assert_string_equal(settings.evaluate_layers, "64,64");
    settings_default(&settings);
    assert_true(settings_read_preset(&settings, "reference", &status));
    assert_true(settings.inner_rate == 1e-4);
    assert_int_equal(settings.evaluate_steps, 3000);
}

static void unknown_presets_tell_the_known(void **state) {
    (void)state;
    static const char *const known[] = {"default", "glyphs-cifar10", "paper", "reference", "small"};
    Settings settings;
    Status status;
    settings_default(&settings);
    assert_false(settings_read_preset(&settings, "smal", &status));
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        expect_text(&status, STATUS_USAGE, known[i]);
    expect_text(&status, STATUS_USAGE, "'smal'");
    assert_false(settings_read_preset(&settings, "", &status));
    assert_false(settings_read_preset(&settings, "smal.ini", &status));
    expect_text(&status, STATUS_BAD_DATA, "smal.ini: No such file");
}

// Later ones change what they name and nothing else; a wrong one leaves all as it was.
static void presets_lie_over_each_other(void **state) {
    (void)state;
    Settings both, alone;
    Status status;
    settings_default(&both);
    settings_default(&alone);
    assert_true(settings_read_preset(&alone, "small", &status));
    assert_true(settings_read_preset(&both, "small,glyphs-cifar10", &status));
    assert_string_equal(both.source, "glyphs:0.5,cifar10?grey:0.5");
    assert_int_equal(both.image_size, 16);
    assert_int_equal(both.hidden, alone.hidden);
    assert_int_equal(both.workers, alone.workers);
    assert_true(settings_read_preset(&both, "glyphs", &status));
    assert_string_equal(both.source, "glyphs");
    assert_int_equal(both.image_size, 14);
    const Settings before = both;
    assert_false(settings_read_preset(&both, "paper,smal", &status));
    expect_text(&status, STATUS_USAGE, "'smal'");
    assert_false(settings_read_preset(&both, "paper,", &status));
    assert_memory_equal(&both, &before, sizeof both);
}

// ---- checks and writing ----

static void checks_what_no_single_value_can_tell(void **state) {
    (void)state;
    static const char *const wrong[] = {"task.classes_min=20",      "task.activation=elu,wavy",
                                        "task.activation=",         "task.activation=elu,elu",
                                        "task.hidden_layers_min=4", "task.width_min=97",
                                        "inner.horizon_min=51",     "inner.truncation_min=8",
                                        "task.shift=14.5"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        Settings settings;
        Status status;
        settings_default(&settings);
        assert_true(settings_check(&settings, &status));
        assert_true(settings_assign(&settings, wrong[i], "--set", &status));
        assert_false(settings_check(&settings, &status));
        char key[32];
        snprintf(key, sizeof key, "%.*s", (int)strcspn(wrong[i], "="), wrong[i]);
        expect_text(&status, STATUS_USAGE, key);
    }
}

static void set(Settings *settings, const char *assignment) {
    Status status;
    if (!settings_assign(settings, assignment, "--set", &status))
        fail_msg("%s", status.text);
}

static void what_is_written_reads_back_exactly(void **state) {
    (void)state;
    Settings settings;
    char longest[SETTINGS_TEXT_MOST + 32] = "evaluate.data=";
    settings_default(&settings);
    expect_round_trip(&settings);
    set(&settings, "inner.rate=0.1234567890123456789");
    set(&settings, "outer.beta2=0.99999899999999997");
    set(&settings, "outer.epsilon=1e-30");
    set(&settings, "run.seed=9007199254740992");
    set(&settings, "run.minutes=1e9");
    set(&settings, "outer.non_finite=halve-lr");
    memset(longest + strlen(longest), 'y', SETTINGS_TEXT_MOST);
    set(&settings, longest);
    expect_round_trip(&settings);
}

static void files_do_not_depend_on_the_locale(void **state) {
    (void)state;
    Settings settings;
    settings_default(&settings);
    set(&settings, "inner.rate=0.5");
    char *before = settings_written(&settings);
    if (!comma_locale_begin()) {
        print_message("skipped: no locale with a decimal comma\n");
        free(before);
        skip();
    }
    char number[16];
    snprintf(number, sizeof number, "%.1f", 0.5);
    assert_string_equal(number, "0,5"); // it is in force
    char *during = settings_written(&settings);
    expect_round_trip(&settings);
    set(&settings, "inner.rate=0.25");
    Status status;
    const bool comma = settings_assign(&settings, "inner.rate=0,75", "--set", &status);
    const bool range = settings_assign(&settings, "inner.rate=1.5", "--set", &status);
    comma_locale_end();
    assert_string_equal(before, during);
    assert_true(settings.inner_rate == 0.25);
    assert_false(comma);
    assert_false(range);
    free(before);
    free(during);
}

static void a_failing_stream_is_noticed(void **state) {
    (void)state;
    Settings settings;
    settings_default(&settings);
    FILE *stream = fopen("/dev/full", "w");
    if (!stream)
        skip();
    assert_false(settings_write(&settings, stream));
    fclose(stream);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_setting_has_a_place_of_its_own),
        cmocka_unit_test(defaults_are_in_range_and_agree),
        cmocka_unit_test(limits_of_a_range_belong_to_it),
        cmocka_unit_test(what_is_no_number_is_refused),
        cmocka_unit_test(texts_that_a_file_would_change_are_refused),
        cmocka_unit_test(unknown_names_tell_the_nearest),
        cmocka_unit_test(files_are_read),
        cmocka_unit_test(the_first_wrong_line_is_named),
        cmocka_unit_test(long_lines_are_refused_not_cut),
        cmocka_unit_test(paths_are_named),
        cmocka_unit_test(every_preset_is_read),
        cmocka_unit_test(presets_have_their_sizes),
        cmocka_unit_test(unknown_presets_tell_the_known),
        cmocka_unit_test(presets_lie_over_each_other),
        cmocka_unit_test(checks_what_no_single_value_can_tell),
        cmocka_unit_test(what_is_written_reads_back_exactly),
        cmocka_unit_test(files_do_not_depend_on_the_locale),
        cmocka_unit_test(a_failing_stream_is_noticed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
