// LIBSVM text: sparse rows become dense vectors, and each rule of libsvm.h is broken once.
#include "engine/data/libsvm.h"

#include "tests/unit/comma_locale.h"
#include "tests/unit/temporary_folder.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const LibsvmOptions usual = {.index_base = 1};

static bool parse(Dataset *dataset, const char *training, const char *test,
                  const LibsvmOptions *options, Status *status) {
    // Copies of exactly the size, so that AddressSanitizer sees a byte too far.
    const size_t size = strlen(training), test_size = test ? strlen(test) : 0;
    char *bytes = malloc(size + !size), *test_bytes = test ? malloc(test_size + !test_size) : NULL;
    memcpy(bytes, training, size);
    if (test)
        memcpy(test_bytes, test, test_size);
    const bool done = libsvm_parse(dataset, "test", "train.txt", bytes, size, "test.txt",
                                   test_bytes, test_size, options, status);
    free(bytes);
    free(test_bytes);
    return done;
}

static Dataset parsed(const char *training, const char *test, const LibsvmOptions *options) {
    Dataset dataset;
    Status status;
    if (!parse(&dataset, training, test, options, &status))
        fail_msg("%s", status.text);
    return dataset;
}

static void expect_refusal(const char *training, const char *test, const LibsvmOptions *options,
                           const char *part) {
    Dataset dataset;
    Status status;
    status_clear(&status);
    if (parse(&dataset, training, test, options, &status))
        fail_msg("'%s' was taken", training);
    assert_int_equal(status.code, STATUS_BAD_DATA);
    if (!strstr(status.text, part))
        fail_msg("'%s' should name '%s'", status.text, part);
    assert_null(dataset.pixels);
    assert_null(dataset.values);
    assert_null(dataset.labels);
}

static void expect_row(const Dataset *dataset, int row, int count, const float *values) {
    assert_int_equal(dataset->width, count);
    for (int i = 0; i < count; i++)
        if (dataset_value(dataset, row, i) != values[i])
            fail_msg("row %d, feature %d: found %g, expected %g", row, i,
                     (double)dataset_value(dataset, row, i), (double)values[i]);
}

static void sparse_rows_become_dense(void **state) {
    (void)state;
    Dataset dataset = parsed("+1 1:2 3:0.5\n"
                             "# a comment\n"
                             "\n"
                             "-1\t2:-1.25e1 \t 4:7   # another\r\n"
                             "  1   \n"
                             "3 4:1",
                             NULL, &usual);
    assert_true(dataset.vectors);
    assert_int_equal(dataset.count, 4);
    assert_int_equal(dataset.classes, 3); // -1, 1, 3
    assert_string_equal(dataset.class_names[0], "-1");
    assert_string_equal(dataset.class_names[2], "3");
    assert_int_equal(dataset.labels[0], 1);
    assert_int_equal(dataset.labels[1], 0);
    assert_int_equal(dataset.labels[3], 2);
    expect_row(&dataset, 0, 4, (const float[]){2, 0, 0.5F, 0});
    expect_row(&dataset, 1, 4, (const float[]){0, -12.5F, 0, 7});
    expect_row(&dataset, 2, 4, (const float[]){0, 0, 0, 0});
    expect_row(&dataset, 3, 4, (const float[]){0, 0, 0, 1});
    assert_non_null(dataset.table); // few values: bytes
    dataset_clear(&dataset);
}

static void indices_may_count_from_0(void **state) {
    (void)state;
    const LibsvmOptions from_0 = {.index_base = 0};
    Dataset dataset = parsed("0 0:1 2:3\n", NULL, &from_0);
    expect_row(&dataset, 0, 3, (const float[]){1, 0, 3});
    dataset_clear(&dataset);
    expect_refusal("0 1:1\n0 0:1 2:3\n", NULL, &usual,
                   "train.txt: line 2: expected an index from 1 on");
    expect_refusal("0 1:1\n0 0:1 2:3\n", NULL, &usual, "index-base=0");
}

static void values_are_transformed(void **state) {
    (void)state;
    const LibsvmOptions logarithm = {.index_base = 1, .value = LIBSVM_LOG_TF},
                        binary = {.index_base = 1, .value = LIBSVM_BINARY};
    Dataset dataset = parsed("0 1:3 2:0.5\n", NULL, &logarithm);
    expect_row(&dataset, 0, 2, (const float[]){log1pf(3), log1pf(0.5F)});
    dataset_clear(&dataset);
    dataset = parsed("0 1:3 2:0 3:-2\n", NULL, &binary);
    expect_row(&dataset, 0, 3, (const float[]){1, 0, 1});
    dataset_clear(&dataset);
    expect_refusal("0 1:1\n0 1:-2", NULL, &logarithm, "line 2: expected values of at least 0");
}

// The words with the greatest sums in the training file, in the order of their indices.
static void the_most_frequent_words_are_kept(void **state) {
    (void)state;
    static const char training[] = "0 1:1 2:5 3:1\n1 1:1 3:2 5:4\n";
    LibsvmOptions options = {.index_base = 1, .words = 3};
    Dataset dataset = parsed(training, NULL, &options); // sums 2 5 3 0 4
    expect_row(&dataset, 0, 3, (const float[]){5, 1, 0});
    expect_row(&dataset, 1, 3, (const float[]){0, 2, 4});
    dataset_clear(&dataset);
    // A test file has other words and other sums, and that changes nothing.
    dataset = parsed(training, "1 1:100 2:1 5:9 77:3\n", &options);
    assert_int_equal(dataset.count, 1);
    assert_int_equal(dataset.classes, 2);
    assert_int_equal(dataset.labels[0], 1);
    expect_row(&dataset, 0, 3, (const float[]){1, 0, 9});
    dataset_clear(&dataset);
    options.words = 100; // more than there are
    dataset = parsed(training, NULL, &options);
    assert_int_equal(dataset.width, 5);
    dataset_clear(&dataset);
}

static void the_training_file_decides_about_dimensions(void **state) {
    (void)state;
    Dataset dataset = parsed("0 5:1\n1 1:1\n", "0 2:4\n", &usual);
    expect_row(&dataset, 0, 5, (const float[]){0, 4, 0, 0, 0});
    dataset_clear(&dataset);
    expect_refusal(
        "0 5:1\n1 1:1\n", "0 1:1\n0 6:4\n", &usual,
        "test.txt: line 2: expected an index of at most 5, the largest of train.txt, found 6");
    const LibsvmOptions seven = {.index_base = 1, .features = 7};
    dataset = parsed("0 5:1\n1 1:1\n", "0 6:4\n", &seven);
    assert_int_equal(dataset.width, 7);
    dataset_clear(&dataset);
    expect_refusal("0 5:1\n1 8:1\n", NULL, &seven, "line 2: expected an index of at most 7");
    expect_refusal("0 5:1\n1 1:1\n", "2 1:4\n", &usual,
                   "test.txt: line 1: expected a label of the training file, found 2");
}

// 300 values are too many for bytes; as floats they are the same.
static void many_values_become_floats(void **state) {
    (void)state;
    char text[8192];
    size_t used = 0;
    for (int i = 0; i < 300; i++)
        used +=
            (size_t)snprintf(text + used, sizeof text - used, "%d %d:%d.25\n", i % 2, i % 3 + 1, i);
    Dataset dataset = parsed(text, NULL, &usual);
    assert_null(dataset.pixels);
    assert_null(dataset.table);
    for (int i = 0; i < 300; i++)
        assert_true(dataset_value(&dataset, i, i % 3) == (float)i + 0.25F);
    dataset_clear(&dataset);
}

static void numbers_are_read_as_strtod_does(void **state) {
    (void)state;
    static const char *const texts[] = {"0.1",
                                        "123456789.123456",
                                        "1e-3",
                                        "-0.000001",
                                        "999999999999999",
                                        "12345678901234567890",
                                        "3.4e38",
                                        "1E5",
                                        "+2",
                                        ".5"};
    for (int comma = 0; comma < 2; comma++) {
        for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
            char line[96];
            snprintf(line, sizeof line, "0 1:%s\n", texts[i]);
            Dataset dataset = parsed(line, NULL, &usual);
            const float found = dataset_value(&dataset, 0, 0);
            dataset_clear(&dataset);
            if (comma)
                comma_locale_end();
            if (found != (float)strtod(texts[i], NULL))
                fail_msg("%s was read as %.9g", texts[i], (double)found);
            if (comma)
                assert_true(comma_locale_begin());
        }
        if (!comma && !comma_locale_begin())
            return;
    }
    comma_locale_end();
}

static void hostile_files_are_refused(void **state) {
    (void)state;
    static const struct {
        const char *text, *part;
    } cases[] = {
        {"", "line 1: expected examples"},
        {"\n\n# nothing\n", "found no example"},
        {"1\n2\n", "found none with one"},
        {"1 1:1\nx 1:1\n", "line 2: expected a label that is a whole number, found 'x'"},
        {"1.5 1:1\n", "whole number, found '1.5'"},
        {"99999999999999999999 1:1\n", "whole number"},
        {"1 1\n", "expected index:value, found '1'"},
        {"1 :1\n", "as index, found ''"},
        {"1 a:1\n", "as index, found 'a'"},
        {"1 -1:1\n", "as index, found '-1'"},
        {"1 1.5:1\n", "as index, found '1.5'"},
        {"1 qid:3 1:1\n", "as index, found 'qid'"},
        {"1 16777217:1\n", "as index, found '16777217'"},
        {"1 99999999999999999999:1\n", "as index"},
        {"1 1:1 1:2\n", "expected an index above the one before it, 1, found '1'"},
        {"1 1:1 3:1 2:2\n", "expected an index above the one before it, 3, found '2'"},
        {"1 1:\n", "expected a finite number as value, found ''"},
        {"1 1:1:1\n", "finite number"},
        {"1 1: 1\n", "finite number"},
        {"1 1:nan\n", "finite number as value, found 'nan'"},
        {"1 1:inf\n", "finite number"},
        {"1 1:1e39\n", "finite number as value, found '1e39'"},
        {"1 1:1,5\n", "finite number as value, found '1,5'"},
        {"1 1:0x10000000000000000000000000000000000000000000000000000000000000001\n", "finite"},
        {"1 1:1 \x1b[31m:1\n", "found '?[31m'"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        expect_refusal(cases[i].text, NULL, &usual, cases[i].part);
    expect_refusal("0 1:1\n", "", &usual, "test.txt: line 1: expected examples");
}

// A few bytes that would be gigabytes when dense.
static void huge_dense_sets_are_refused(void **state) {
    (void)state;
    char text[2048];
    size_t used = 0;
    for (int i = 0; i < 70; i++)
        used += (size_t)snprintf(text + used, sizeof text - used, "%d 16777216:%d\n", i % 2, i);
    expect_refusal(text, NULL, &usual, "words=N");
    const LibsvmOptions two = {.index_base = 1, .words = 2};
    Dataset dataset = parsed(text, NULL, &two);
    assert_int_equal(dataset.width, 2);
    dataset_clear(&dataset);
}

static void a_nul_is_no_blank(void **state) {
    (void)state;
    static const char text[] = "1 1:1\0 2:2\n";
    Dataset dataset;
    Status status;
    assert_false(libsvm_parse(&dataset, "test", "train.txt", text, sizeof text - 1, NULL, NULL, 0,
                              &usual, &status));
    assert_int_equal(status.code, STATUS_BAD_DATA);
}

static void files_are_read(void **state) {
    (void)state;
    const char *folder = temporary_folder();
    const char *training = in_folder(folder, "train"), *test = in_folder(folder, "test");
    Dataset dataset;
    Status status;
    write_file(training, "0 1:1\n1 2:1\n");
    write_file(test, "1 1:5\n");
    assert_true(libsvm_read(&dataset, "test", training, NULL, &usual, &status));
    assert_int_equal(dataset.count, 2);
    dataset_clear(&dataset);
    assert_true(libsvm_read(&dataset, "test", training, test, &usual, &status));
    assert_int_equal(dataset.count, 1);
    dataset_clear(&dataset);
    assert_false(libsvm_read(&dataset, "test", in_folder(folder, "none"), NULL, &usual, &status));
    assert_non_null(strstr(status.text, "none"));
    assert_false(libsvm_read(&dataset, "test", training, folder, &usual, &status));
    assert_non_null(strstr(status.text, "directory"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sparse_rows_become_dense),
        cmocka_unit_test(indices_may_count_from_0),
        cmocka_unit_test(values_are_transformed),
        cmocka_unit_test(the_most_frequent_words_are_kept),
        cmocka_unit_test(the_training_file_decides_about_dimensions),
        cmocka_unit_test(many_values_become_floats),
        cmocka_unit_test(numbers_are_read_as_strtod_does),
        cmocka_unit_test(hostile_files_are_refused),
        cmocka_unit_test(huge_dense_sets_are_refused),
        cmocka_unit_test(a_nul_is_no_blank),
        cmocka_unit_test(files_are_read),
    };
    return cmocka_run_group_tests_name("libsvm", tests, NULL, NULL);
}
