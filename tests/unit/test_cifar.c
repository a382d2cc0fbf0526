// CIFAR files: planes become pixels, files follow each other, and each rule of cifar.h is broken
// once.
#include "engine/data/cifar.h"

#include "tests/unit/temporary_folder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

enum { PIXELS = 3072, RECORDS = 4 };

// Byte i of the pixels of a record.
static unsigned char pixel_byte(int record, int i) {
    return (unsigned char)(31 * record + 7 * i + i / 1024);
}

// Records whose labels are first, first + 1 ... (CIFAR-100: coarse labels are a fifth of them).
static unsigned char *records_of(CifarLabels labels, int first, int count, size_t *size) {
    const int label_bytes = labels == CIFAR_10 ? 1 : 2;
    *size = (size_t)count * (size_t)(label_bytes + PIXELS);
    unsigned char *bytes = malloc(*size ? *size : 1), *next = bytes;
    for (int record = 0; record < count; record++) {
        const int label = first + record;
        if (labels != CIFAR_10)
            *next++ = (unsigned char)(label / 5);
        *next++ = (unsigned char)label;
        for (int i = 0; i < PIXELS; i++)
            *next++ = pixel_byte(label, i);
    }
    return bytes;
}

static void expect_pixels(const Dataset *dataset, int example, int record) {
    const uint8_t *pixels = dataset_example(dataset, example);
    for (int i = 0; i < 1024; i++)
        for (int channel = 0; channel < 3; channel++)
            assert_int_equal(pixels[3 * i + channel], pixel_byte(record, 1024 * channel + i));
}

static void planes_become_pixels(void **state) {
    (void)state;
    static const int classes[CIFAR_LABELS] = {10, 100, 20};
    for (CifarLabels labels = CIFAR_10; labels < CIFAR_LABELS; labels++) {
        Dataset dataset;
        Status status;
        size_t size;
        unsigned char *bytes = records_of(labels, 3, RECORDS, &size);
        if (!cifar_parse(&dataset, "test", "file", bytes, size, labels, &status))
            fail_msg("%s", status.text);
        assert_int_equal(dataset.count, RECORDS);
        assert_int_equal(dataset.height, 32);
        assert_int_equal(dataset.width, 32);
        assert_int_equal(dataset.channels, 3);
        assert_int_equal(dataset.classes, classes[labels]);
        for (int i = 0; i < RECORDS; i++) {
            assert_int_equal(dataset.labels[i], labels == CIFAR_100_COARSE ? (3 + i) / 5 : 3 + i);
            expect_pixels(&dataset, i, 3 + i);
        }
        free(bytes);
        dataset_clear(&dataset);
    }
}

static void expect_refusal(const unsigned char *bytes, size_t size, CifarLabels labels,
                           const char *part) {
    Dataset dataset;
    Status status;
    status_clear(&status);
    assert_false(cifar_parse(&dataset, "test", "file", bytes, size, labels, &status));
    assert_int_equal(status.code, STATUS_BAD_DATA);
    if (!strstr(status.text, part) || strncmp(status.text, "file: byte ", 11) != 0)
        fail_msg("'%s' should begin with the place and name '%s'", status.text, part);
    assert_null(dataset.pixels);
    assert_null(dataset.labels);
}

static void hostile_files_are_refused(void **state) {
    (void)state;
    size_t size;
    unsigned char *bytes = records_of(CIFAR_10, 0, RECORDS, &size);
    expect_refusal(bytes, 0, CIFAR_10, "byte 0: expected records of 3073 bytes");
    expect_refusal(bytes, 1, CIFAR_10,
                   "byte 0: expected records of 3073 bytes up to the end, found 1");
    expect_refusal(bytes, size - 1, CIFAR_10,
                   "byte 9219: expected records of 3073 bytes up to the end, found 3072");
    expect_refusal(bytes, size, CIFAR_100_FINE, "expected records of 3074 bytes");
    bytes[2 * 3073] = 10;
    expect_refusal(bytes, size, CIFAR_10,
                   "byte 6146 (record 2): expected a label from 0 to 9, found 10");
    free(bytes);
    bytes = records_of(CIFAR_100_FINE, 0, RECORDS, &size);
    bytes[3074 + 1] = 100;
    expect_refusal(bytes, size, CIFAR_100_FINE,
                   "byte 3075 (record 1): expected a label from 0 to 99, found 100");
    bytes[3074] = 20;
    expect_refusal(bytes, size, CIFAR_100_COARSE,
                   "byte 3074 (record 1): expected a label from 0 to 19, found 20");
    free(bytes);
}

// ---- folders ----

static void write_records(const char *path, CifarLabels labels, int first, int count) {
    size_t size;
    unsigned char *bytes = records_of(labels, first, count, &size);
    FILE *stream = fopen(path, "wbe");
    assert_non_null(stream);
    assert_int_equal(fwrite(bytes, 1, size, stream), size);
    assert_int_equal(fclose(stream), 0);
    free(bytes);
}

static const char names[] = "a\nb\r\nc\nd\ne\nf\ng\nh\ni\nj\n\n";

static void files_follow_each_other(void **state) {
    (void)state;
    const char *folder = temporary_folder();
    Dataset dataset;
    Status status;
    write_records(in_folder(folder, "data_batch_4.bin"), CIFAR_10, 5, 2); // 3 is missing
    write_records(in_folder(folder, "data_batch_1.bin"), CIFAR_10, 0, 1);
    write_records(in_folder(folder, "data_batch_2.bin"), CIFAR_10, 2, 3);
    write_records(in_folder(folder, "test_batch.bin"), CIFAR_10, 9, 1);
    if (!cifar_read(&dataset, "test", folder, CIFAR_10, false, &status))
        fail_msg("%s", status.text);
    static const int expected[6] = {0, 2, 3, 4, 5, 6};
    assert_int_equal(dataset.count, 6);
    for (int i = 0; i < 6; i++) {
        assert_int_equal(dataset.labels[i], expected[i]);
        expect_pixels(&dataset, i, expected[i]);
    }
    assert_null(dataset.class_names); // no file of names
    dataset_clear(&dataset);
    write_file(in_folder(folder, "batches.meta.txt"), names);
    assert_true(cifar_read(&dataset, "test", folder, CIFAR_10, true, &status));
    assert_int_equal(dataset.count, 1);
    assert_int_equal(dataset.labels[0], 9);
    assert_string_equal(dataset.class_names[1], "b");
    assert_string_equal(dataset.class_names[9], "j");
    dataset_clear(&dataset);
    // A name that is too long is cut between characters: 59 bytes and dots, not 63 or 60.
    write_file(
        in_folder(folder, "batches.meta.txt"),
        "a\nb\nc\nd\ne\nf\ng\nh\n"
        "0123456789012345678901234567890123456789012345678901234567\xc3\xa4\xc3\xa4\xc3\xa4\n"
        "01234567890123456789012345678901234567890123456789012345678\xc3\xa4\xc3\xa4\xc3\xa4");
    assert_true(cifar_read(&dataset, "test", folder, CIFAR_10, true, &status));
    assert_string_equal(dataset.class_names[8],
                        "0123456789012345678901234567890123456789012345678901234567\xc3\xa4...");
    assert_string_equal(dataset.class_names[9],
                        "01234567890123456789012345678901234567890123456789012345678...");
    dataset_clear(&dataset);
}

static void expect_folder_refusal(const char *folder, bool test_part, const char *part) {
    Dataset dataset;
    Status status;
    status_clear(&status);
    assert_false(cifar_read(&dataset, "test", folder, CIFAR_10, test_part, &status));
    assert_int_equal(status.code, STATUS_BAD_DATA);
    if (!strstr(status.text, part))
        fail_msg("'%s' should name '%s'", status.text, part);
    assert_null(dataset.pixels);
}

static void hostile_folders_are_refused(void **state) {
    (void)state;
    const char *folder = temporary_folder();
    expect_folder_refusal("/nonexistent", false, "/nonexistent/data_batch_1.bin");
    expect_folder_refusal(folder, true,
                          "test_batch.bin: expected a file of records, found: No such");
    write_records(in_folder(folder, "data_batch_1.bin"), CIFAR_10, 0, 2);
    write_file(in_folder(folder, "data_batch_2.bin"), "");
    expect_folder_refusal(folder, false, "data_batch_2.bin: byte 0: expected records");
    write_file(in_folder(folder, "data_batch_2.bin"), "x");
    expect_folder_refusal(folder, false, "data_batch_2.bin: byte 0: expected records");
    assert_int_equal(unlink(in_folder(folder, "data_batch_2.bin")), 0);
    write_file(in_folder(folder, "batches.meta.txt"), "a\nb\n");
    expect_folder_refusal(folder, false,
                          "batches.meta.txt: line 3: expected the names of 10 classes, found 2");
    write_file(in_folder(folder, "batches.meta.txt"), "0\n1\n2\n3\n4\n5\n6\n7\n8\n9\n\nten\n");
    expect_folder_refusal(
        folder, false, "batches.meta.txt: line 12: expected the end after 10 names, found 'ten'");
    // A folder in the place of a file is not read as one.
    assert_int_equal(mkdir(in_folder(folder, "test_batch.bin"), 0700), 0);
    expect_folder_refusal(folder, true, "test_batch.bin");
}

static void folders_are_found_in_order(void **state) {
    (void)state;
    const char *first = temporary_folder(), *second = temporary_folder();
    const char *const folders[2] = {first, second};
    char found[512];
    assert_false(cifar_find(CIFAR_10, false, folders, 2, found, sizeof found));
    assert_int_equal(mkdir(in_folder(second, "cifar-10-batches-bin"), 0700), 0);
    write_records(in_folder(second, "cifar-10-batches-bin/data_batch_5.bin"), CIFAR_10, 0, 1);
    assert_true(cifar_find(CIFAR_10, false, folders, 2, found, sizeof found));
    assert_non_null(strstr(found, "cifar-10-batches-bin"));
    assert_false(cifar_find(CIFAR_10, true, folders, 2, found, sizeof found));
    assert_false(cifar_find(CIFAR_100_FINE, false, folders, 2, found, sizeof found));
    write_records(in_folder(first, "data_batch_1.bin"), CIFAR_10, 0, 1);
    assert_true(cifar_find(CIFAR_10, false, folders, 2, found, sizeof found));
    assert_int_equal(strncmp(found, first, strlen(first)), 0);
    assert_false(cifar_find(CIFAR_10, false, folders, 2, found, 8)); // no room for the path
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(planes_become_pixels),       cmocka_unit_test(hostile_files_are_refused),
        cmocka_unit_test(files_follow_each_other),    cmocka_unit_test(hostile_folders_are_refused),
        cmocka_unit_test(folders_are_found_in_order),
    };
    return cmocka_run_group_tests_name("cifar", tests, NULL, NULL);
}
