// The command line: the tables are complete, words are taken as told, wrong ones are named.
#include "app/commands.h"
#include "app/options.h"
#include "engine/transfer/method.h"
#include "engine/words.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WORDS = 16 };

// Splits "rulesmith train --x" at blanks into fresh words, as a shell would, and parses them.
static char line_words[256];
static bool parse(Options *options, const char *line, Status *status) {
    char *words[WORDS + 1] = {NULL};
    int count = 0;
    snprintf(line_words, sizeof line_words, "rulesmith %s", line);
    for (char *word = strtok(line_words, " "); word && count < WORDS; word = strtok(NULL, " "))
        words[count++] = word;
    status_clear(status);
    return options_parse(options, count, words, status);
}

static void test_default_is_train(void **state) {
    (void)state;
    Options options;
    Status status;
    assert_true(parse(&options, "", &status));
    assert_string_equal(options.command->name, "train");
    assert_false(options.headless);
    assert_null(options.preset);
    options_clear(&options);
    assert_true(parse(&options, "--headless --preset=paper --run here", &status));
    assert_string_equal(options.command->name, "train");
    assert_true(options.headless);
    assert_string_equal(options.preset, "paper");
    assert_string_equal(options.run, "here");
    options_clear(&options);
}

static void test_assignments_keep_their_order(void **state) {
    (void)state;
    Options options;
    Status status;
    assert_true(
        parse(&options, "train --seed 7 --set run.seed=8 --set=outer.clip=2 --seed 9", &status));
    assert_int_equal(options.assignment_count, 4);
    assert_string_equal(options.assignments[0].setting, "run.seed");
    assert_string_equal(options.assignments[0].value, "7");
    assert_null(options.assignments[1].setting);
    assert_string_equal(options.assignments[1].value, "run.seed=8");
    Settings settings;
    options.preset = NULL;
    if (!effective_settings(&options, "small", &settings, NULL, &status))
        fail_msg("%s", status.text);
    assert_int_equal(settings.seed, 9);
    assert_true(settings.clip == 2);
    options_clear(&options);
}

// The options that name entries of other tables name all of them.
static void test_lists_in_help(void **state) {
    (void)state;
    size_t options, methods;
    const OptionEntry *option = options_table(&options);
    const Method *method = methods_table(&methods);
    for (size_t i = 0; i < options; i++) {
        for (size_t m = 0; m < methods && strcmp(option[i].name, "methods") == 0; m++)
            assert_non_null(strstr(option[i].help, method[m].name));
    }
    for (int a = 0; a < ACTIVATION_COUNT; a++)
        assert_true(word_in_list(activation_name((Activation)a), ACTIVATION_NAMES, '|'));
}

static void test_operands(void **state) {
    (void)state;
    Options options;
    Status status;
    assert_true(parse(&options, "verify some.safetensors", &status));
    assert_string_equal(options.operand, "some.safetensors");
    options_clear(&options);
    assert_true(parse(&options, "data fashion?size=14 --json", &status));
    assert_string_equal(options.operand, "fashion?size=14");
    options_clear(&options);
    assert_true(parse(&options, "data", &status)); // its operand may be left out
    assert_null(options.operand);
    options_clear(&options);
    assert_true(parse(&options, "verify -- --odd", &status));
    assert_string_equal(options.operand, "--odd");
    options_clear(&options);
}

static void assert_refused(const char *line, const char *word, const char *hint) {
    Options options;
    Status status;
    if (parse(&options, line, &status))
        fail_msg("'%s' was taken", line);
    options_clear(&options);
    assert_int_equal(status.code, STATUS_USAGE);
    if (!strstr(status.text, word) || !strstr(status.text, hint))
        fail_msg("'%s': '%s' should name '%s' and '%s'", line, status.text, word, hint);
}

static void test_wrong_words_are_named(void **state) {
    (void)state;
    assert_refused("trian", "trian", "'train'");
    assert_refused("xyzzyplugh", "xyzzyplugh", "--help");
    assert_refused("train --headles2", "--headles2", "'--headless'");
    assert_refused("train --preset", "--preset", "argument");
    assert_refused("train --headless=yes", "--headless", "no argument");
    assert_refused("train --quux", "--quux", "--help");
    assert_refused("train extra", "extra", "too much");
    assert_refused("--seed 1 verify x", "verify", "first");
    assert_refused("verify", "verify", "FILE");
    assert_refused("export", "export", "filters|");
    assert_refused("export curtains", "curtains", "|curves|");
    assert_refused("verify a b", "'b'", "too much");
    assert_refused("data a b", "'b'", "too much");
    assert_refused("verify --headless x", "headless", "train");
    assert_refused("train --color=mauve", "mauve", "auto|always|never");
    assert_refused("train --resume a --run b", "--resume", "--run");
    assert_refused("train -x", "-x", "train");
}

static void test_help_and_version_come_first(void **state) {
    (void)state;
    Options options;
    Status status;
    assert_true(parse(&options, "verify --help", &status));
    assert_true(options.help);
    assert_string_equal(options.command->name, "verify");
    options_clear(&options);
    assert_true(parse(&options, "-h", &status));
    assert_true(options.help);
    options_clear(&options);
    assert_true(parse(&options, "train --version", &status));
    assert_true(options.version);
    options_clear(&options);
}

static char *help_of(const CommandEntry *command) {
    char *text = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&text, &size);
    options_print_help(stream, command);
    fclose(stream);
    return text;
}

static void test_help_tells_all(void **state) {
    (void)state;
    size_t command_count;
    size_t option_count;
    const CommandEntry *commands = options_commands(&command_count);
    const OptionEntry *table = options_table(&option_count);
    char *whole = help_of(NULL);
    for (size_t c = 0; c < command_count; c++) {
        assert_non_null(strstr(whole, commands[c].name));
        char *text = help_of(&commands[c]);
        for (size_t i = 0; i < option_count; i++) {
            char name[64];
            snprintf(name, sizeof name, "--%s ", table[i].name);
            assert_int_equal(strstr(text, name) != NULL, options_applies(&table[i], &commands[c]));
        }
        free(text);
    }
    free(whole);
}

// Names are told once, every option belongs to commands that exist, settings exist.
static void test_tables_are_consistent(void **state) {
    (void)state;
    size_t command_count;
    size_t option_count;
    size_t setting_count;
    const CommandEntry *commands = options_commands(&command_count);
    const OptionEntry *table = options_table(&option_count);
    const SettingEntry *settings = settings_table(&setting_count);
    for (size_t i = 0; i < option_count; i++) {
        for (size_t j = 0; j < i; j++) {
            assert_string_not_equal(table[i].name, table[j].name);
            assert_false(table[i].letter && table[i].letter == table[j].letter);
        }
        assert_true(strlen(table[i].help) > 0);
        assert_int_equal(table[i].argument == NULL, table[i].type == OPTION_FLAG);
        assert_int_equal(table[i].choices != NULL, table[i].type == OPTION_CHOICE);
        bool applies = false;
        for (size_t c = 0; c < command_count; c++)
            applies |= options_applies(&table[i], &commands[c]);
        assert_true(applies);
        bool known = table[i].type != OPTION_SETTING;
        for (size_t s = 0; s < setting_count; s++) {
            char name[96];
            snprintf(name, sizeof name, "%s.%s", settings[s].section, settings[s].key);
            known |= table[i].setting && strcmp(table[i].setting, name) == 0;
        }
        assert_true(known);
    }
    for (size_t c = 0; c < command_count; c++) {
        assert_non_null(commands[c].run);
        assert_true(strlen(commands[c].help) > 0);
        assert_true(*commands[c].operand || !commands[c].choices);
    }
}

static void test_bad_settings_name_their_option(void **state) {
    (void)state;
    Options options;
    Settings settings;
    Status status;
    assert_true(parse(&options, "train --threads many", &status));
    assert_false(effective_settings(&options, "small", &settings, NULL, &status));
    assert_int_equal(status.code, STATUS_USAGE);
    assert_non_null(strstr(status.text, "--threads"));
    options_clear(&options);
    assert_true(parse(&options, "train --preset no-such", &status));
    assert_false(effective_settings(&options, "small", &settings, NULL, &status));
    assert_int_equal(status.code, STATUS_USAGE);
    assert_non_null(strstr(status.text, "no-such"));
    assert_non_null(strstr(status.text, "small"));
    options_clear(&options);
}

static void test_distance_of_words(void **state) {
    (void)state;
    assert_int_equal(word_distance("", ""), 0);
    assert_int_equal(word_distance("train", "train"), 0);
    assert_int_equal(word_distance("trian", "train"), 1);
    assert_int_equal(word_distance("", "abc"), 3);
    assert_int_equal(word_distance("kitten", "sitting"), 3);
    const char *nearest = NULL;
    word_nearest("benhc", "bench", &nearest);
    word_nearest("benhc", "export", &nearest);
    assert_string_equal(nearest, "bench");
    nearest = NULL; // broken off: nearer than a word of its length
    word_nearest("exper", "export", &nearest);
    word_nearest("exper", "experiment", &nearest);
    assert_string_equal(nearest, "experiment");
    nearest = NULL;
    word_nearest("zzz", "abc", &nearest);
    assert_null(nearest);
}

static void test_colour(void **state) {
    (void)state;
    Options options;
    Status status;
    FILE *file = tmpfile();
    unsetenv("NO_COLOR");
    assert_true(parse(&options, "", &status));
    assert_false(options_color(&options, file));
    options_clear(&options);
    setenv("NO_COLOR", "1", 1);
    assert_true(parse(&options, "--color=always", &status));
    assert_true(options_color(&options, file));
    options_clear(&options);
    fclose(file);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_default_is_train),
        cmocka_unit_test(test_assignments_keep_their_order),
        cmocka_unit_test(test_lists_in_help),
        cmocka_unit_test(test_operands),
        cmocka_unit_test(test_wrong_words_are_named),
        cmocka_unit_test(test_help_and_version_come_first),
        cmocka_unit_test(test_help_tells_all),
        cmocka_unit_test(test_tables_are_consistent),
        cmocka_unit_test(test_bad_settings_name_their_option),
        cmocka_unit_test(test_distance_of_words),
        cmocka_unit_test(test_colour),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
