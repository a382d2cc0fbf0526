// SPECs of data sets: the grammar, its errors with the nearest word, lists and mixtures; and what
// opening one makes of kinds that need no files.
#include "engine/data/open.h"

#include "tests/unit/temporary_folder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

static DataSpec parsed(const char *text) {
    DataSpec spec;
    Status status;
    if (!data_spec_parse(&spec, text, &status))
        fail_msg("'%s': %s", text, status.text);
    return spec;
}

// The error names both parts.
static void expect_refusal(const char *text, const char *part, const char *other) {
    DataSpec spec;
    Status status;
    if (data_spec_parse(&spec, text, &status))
        fail_msg("'%s' was taken", text);
    assert_int_equal(status.code, STATUS_USAGE);
    if (!strstr(status.text, part) || !strstr(status.text, other))
        fail_msg("'%s': '%s' should name '%s' and '%s'", text, status.text, part, other);
}

// ---- grammar ----

static void a_kind_alone_has_the_defaults(void **state) {
    (void)state;
    const DataSpec spec = parsed("fashion");
    assert_int_equal(spec.id, DATA_FASHION);
    assert_string_equal(spec.name, "fashion");
    assert_string_equal(spec.path[0], "");
    assert_int_equal(spec.options.size, 0);
    assert_int_equal(spec.options.seed, 1);
    assert_int_equal(spec.options.permute, -1);
    assert_int_equal(data_spec_part(&spec), PART_UNSAID);
    assert_string_equal(parsed("fashion?").name, "fashion");
}

static void every_option_arrives(void **state) {
    (void)state;
    const DataSpec spec = parsed("idx:/a/b:labels?size=14&grey&classes=0-4,7&split=0.25&seed=9&"
                                 "part=held-out&permute=0");
    assert_int_equal(spec.id, DATA_IDX);
    assert_string_equal(spec.path[0], "/a/b");
    assert_string_equal(spec.path[1], "labels");
    assert_int_equal(spec.options.size, 14);
    assert_true(spec.options.grey);
    assert_false(spec.options.colour);
    assert_string_equal(spec.options.classes, "0-4,7");
    assert_true(spec.options.split == 0.25);
    assert_int_equal(spec.options.seed, 9);
    assert_int_equal(spec.options.permute, 0);
    assert_int_equal(data_spec_part(&spec), PART_TEST);
    const DataSpec train = parsed("fashion?part=train&colour"), test = parsed("fashion?part=test");
    assert_int_equal(data_spec_part(&train), PART_TRAIN);
    assert_true(train.options.colour);
    assert_int_equal(data_spec_part(&test), PART_TEST);
}

static void paths_are_decoded_and_shown_short(void **state) {
    (void)state;
    const DataSpec spec = parsed("idx:/x%3ay/a%3Fb%2Cc%25d?size=8");
    assert_string_equal(spec.path[0], "/x:y/a?b,c%d");
    assert_string_equal(spec.name, "idx:a?b,c%d?size=8");
    expect_refusal("idx:a%4", "%25", "idx:a%4");
    expect_refusal("idx:a%zz", "%25", "hexadecimal");
    expect_refusal("idx:a%00b", "%25", "hexadecimal");
}

static void what_is_wrong_is_named(void **state) {
    (void)state;
    expect_refusal("fashon", "'fashon'", "nearest is fashion");
    expect_refusal("xyzzyplugh", "'xyzzyplugh'", "glyphs, glyphs-held-out, fashion");
    expect_refusal("", "''", "there are");
    expect_refusal("fashion?sise=3", "'sise'", "nearest is size");
    expect_refusal("fashion?qqqqq=3", "'qqqqq'", "there are: size");
    expect_refusal("fashion?split=0.5", "'split'", "it has: size");
    expect_refusal("fashion?size", "size: expected N", "fashion?size");
    expect_refusal("fashion?size=", "size", "from 1 to 1024");
    expect_refusal("fashion?size=0", "size", "found '0'");
    expect_refusal("fashion?size=1e3", "size", "found '1e3'");
    expect_refusal("fashion?size=99999999999999999999", "size", "from 1 to 1024");
    expect_refusal("fashion?grey=1", "grey", "no value");
    expect_refusal("fashion?part=trian", "part", "train|test|held-out");
    expect_refusal("fashion?classes=", "classes", "characters");
    expect_refusal("fashion?permute=2", "permute", "from 0 to 1");
    expect_refusal("fashion?grey&colour", "grey", "colour");
    expect_refusal("fashion?grey&&size=3", "''", "there are");
    expect_refusal("idx:a?split=nan", "split", "from 0.001 to 0.999");
    expect_refusal("idx:a?part=test", "part=test", "split=SHARE");
    expect_refusal("idx", "idx:IMAGES[:LABELS]", "expected");
    expect_refusal("idx:", "idx:IMAGES[:LABELS]", "expected");
    expect_refusal("idx:a:b:c", "idx:IMAGES[:LABELS]", "expected");
    expect_refusal("idx:a::", "idx:IMAGES[:LABELS]", "expected");
    expect_refusal("fashion:a", "fashion alone", "expected");
    expect_refusal("fashion?\x1b[31m=1", "?[31m", "unknown option");
}

static void too_long_is_refused(void **state) {
    (void)state;
    enum { LONG = 8192 };
    char *text = malloc(LONG);
    memset(text, 'a', LONG);
    memcpy(text, "idx:", 4);
    text[LONG - 1] = '\0';
    DataSpec spec;
    Status status;
    assert_false(data_spec_parse(&spec, text, &status));
    assert_int_equal(status.code, STATUS_USAGE);
    text[1500] = '\0'; // a long path is as good as a short one
    assert_true(data_spec_parse(&spec, text, &status));
    assert_string_equal(spec.path[0], text + 4);
    memcpy(text, "fashion?classes=", 16);
    assert_false(data_spec_parse(&spec, text, &status));
    assert_non_null(strstr(status.text, "characters"));
    free(text);
}

// ---- lists and mixtures ----

static void expect_list(const char *list, const char *const *specs, int count) {
    char spec[DATA_SPEC_TEXT];
    const char *rest = list;
    for (int i = 0; i < count; i++) {
        if (!data_spec_next(&rest, spec, sizeof spec))
            fail_msg("'%s' ends after %d", list, i);
        assert_string_equal(spec, specs[i]);
    }
    assert_false(data_spec_next(&rest, spec, sizeof spec));
}

static void commas_divide_where_a_kind_follows(void **state) {
    (void)state;
    expect_list("fashion", (const char *const[]){"fashion"}, 1);
    expect_list("", NULL, 0);
    expect_list(" , ,", NULL, 0);
    expect_list("fashion, mnist ,glyphs", (const char *const[]){"fashion", "mnist", "glyphs"}, 3);
    expect_list(
        "fashion?classes=0-4,7,mnist?classes=1,2&size=3,glyphs",
        (const char *const[]){"fashion?classes=0-4,7", "mnist?classes=1,2&size=3", "glyphs"}, 3);
    expect_list("idx:/a,b:c,d,fashion", (const char *const[]){"idx:/a,b:c,d", "fashion"}, 2);
    expect_list("fashion?classes=Bag,Coat,idx:x?size=3",
                (const char *const[]){"fashion?classes=Bag,Coat", "idx:x?size=3"}, 2);
    // Not a kind, but nothing that a comma could belong to: so that the error names it.
    expect_list("fashion,mnits", (const char *const[]){"fashion", "mnits"}, 2);
    expect_list("fashion?size=3,mnits", (const char *const[]){"fashion?size=3", "mnits"}, 2);
}

static void mixtures_have_weights(void **state) {
    (void)state;
    double weight;
    Status status;
    char plain[] = "glyphs", half[] = "fashion?size=14:0.5", path[] = "idx:a:b",
         zero[] = "glyphs:0", minus[] = "glyphs:-1", last[] = "idx:./0.5:2";
    assert_true(data_spec_weight(plain, &weight, &status));
    assert_true(weight == 1);
    assert_true(data_spec_weight(half, &weight, &status));
    assert_true(weight == 0.5);
    assert_string_equal(half, "fashion?size=14");
    assert_true(data_spec_weight(path, &weight, &status));
    assert_true(weight == 1);
    assert_string_equal(path, "idx:a:b");
    assert_true(data_spec_weight(last, &weight, &status));
    assert_true(weight == 2);
    assert_string_equal(last, "idx:./0.5");
    assert_false(data_spec_weight(zero, &weight, &status));
    assert_int_equal(status.code, STATUS_USAGE);
    assert_false(data_spec_weight(minus, &weight, &status));
}

// ---- opening ----

static Dataset opened(const char *text, DataPart usual) {
    const DataPlaces nowhere = {0};
    const DataSpec spec = parsed(text);
    Dataset dataset;
    Status status;
    if (!data_open(&dataset, &spec, &nowhere, usual, &status))
        fail_msg("'%s': %s", text, status.text);
    return dataset;
}

static void built_in_glyphs_open_with_options(void **state) {
    (void)state;
    Dataset training = opened("glyphs", PART_TEST),
            held_out = opened("glyphs?part=test", PART_TRAIN),
            same = opened("glyphs-held-out", PART_TRAIN),
            changed = opened("glyphs-held-out?size=10&colour&classes=3-5,7&permute=1", PART_TRAIN);
    assert_string_equal(training.name, "glyphs"); // and not its held-out part
    assert_true(training.count > held_out.count);
    assert_int_equal(held_out.count, same.count);
    assert_memory_equal(held_out.pixels, same.pixels, dataset_bytes(&same));
    assert_int_equal(changed.classes, 4);
    assert_int_equal(changed.height, 10);
    assert_int_equal(changed.channels, 3);
    assert_int_equal(changed.permute, PERMUTE_ALWAYS);
    assert_string_equal(changed.class_names[3], same.class_names[7]);
    assert_string_equal(changed.name, "glyphs-held-out?size=10&colour&classes=3-5,7&permute=1");
    assert_int_equal(same.permute, PERMUTE_AS_SET);
    dataset_clear(&training);
    dataset_clear(&held_out);
    dataset_clear(&same);
    dataset_clear(&changed);
}

// Both sides of a split make up the whole, whoever asks for a side.
static void a_split_has_two_sides(void **state) {
    (void)state;
    Dataset whole = opened("glyphs-held-out", PART_TEST),
            usual = opened("glyphs-held-out?split=0.2", PART_TEST),
            said = opened("glyphs-held-out?split=0.2&part=held-out", PART_TRAIN),
            rest = opened("glyphs-held-out?split=0.2", PART_TRAIN);
    assert_int_equal(usual.count, said.count);
    assert_memory_equal(usual.pixels, said.pixels, dataset_bytes(&said));
    assert_int_equal(said.count + rest.count, whole.count);
    assert_true(said.count * 4 < whole.count && said.count * 6 > whole.count);
    dataset_clear(&whole);
    dataset_clear(&usual);
    dataset_clear(&said);
    dataset_clear(&rest);
}

static void expect_failure(const char *text, const DataPlaces *places, StatusCode code,
                           const char *part) {
    const DataSpec spec = parsed(text);
    Dataset dataset;
    Status status;
    status_clear(&status);
    assert_false(data_open(&dataset, &spec, places, PART_TRAIN, &status));
    assert_int_equal(status.code, code);
    if (!strstr(status.text, part))
        fail_msg("'%s': '%s' should name '%s'", text, status.text, part);
    assert_null(dataset.pixels);
    assert_null(dataset.labels);
}

static void what_does_not_fit_the_data_is_refused(void **state) {
    (void)state;
    const DataPlaces nowhere = {0};
    expect_failure("glyphs?classes=900", &nowhere, STATUS_USAGE, "'900'");
    expect_failure("glyphs?classes=5-3", &nowhere, STATUS_USAGE, "'5-3'");
    expect_failure("glyphs?classes=1,,2", &nowhere, STATUS_USAGE, "''");
    expect_failure("glyphs?classes=-1", &nowhere, STATUS_USAGE, "'-1'");
    expect_failure("idx:/nonexistent/x", &nowhere, STATUS_BAD_DATA, "/nonexistent/x");
}

static void missing_files_name_the_places(void **state) {
    (void)state;
    const char *folder = temporary_folder();
    const DataPlaces places = {.folder = &folder, .count = 1};
    const DataSpec spec = parsed("mnist"), built_in = parsed("glyphs");
    assert_false(data_found(&spec, &places, PART_TRAIN));
    assert_true(data_found(&built_in, &places, PART_TRAIN));
    expect_failure("mnist", &places, STATUS_BAD_DATA, folder);
    expect_failure("mnist", &places, STATUS_BAD_DATA, "train-images-idx3-ubyte");
    expect_failure("mnist?part=test", &places, STATUS_BAD_DATA, "t10k-images-idx3-ubyte");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_kind_alone_has_the_defaults),
        cmocka_unit_test(every_option_arrives),
        cmocka_unit_test(paths_are_decoded_and_shown_short),
        cmocka_unit_test(what_is_wrong_is_named),
        cmocka_unit_test(too_long_is_refused),
        cmocka_unit_test(commas_divide_where_a_kind_follows),
        cmocka_unit_test(mixtures_have_weights),
        cmocka_unit_test(built_in_glyphs_open_with_options),
        cmocka_unit_test(a_split_has_two_sides),
        cmocka_unit_test(what_does_not_fit_the_data_is_refused),
        cmocka_unit_test(missing_files_name_the_places),
    };
    return cmocka_run_group_tests_name("data_spec", tests, NULL, NULL);
}
