// .npy arrays: what numpy writes is read, and each rule of npy.h is broken once.
#include "engine/data/npy.h"

#include "tests/unit/temporary_folder.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { ROOM = 1 << 17 };

typedef struct {
    unsigned char byte[ROOM];
    size_t size;
} Bytes;

static void put(Bytes *bytes, const void *data, size_t size) {
    assert_true(bytes->size + size <= ROOM);
    memcpy(bytes->byte + bytes->size, data, size);
    bytes->size += size;
}

// A file of a version, a header and values, as NEP 1 describes it.
static void file_of(Bytes *bytes, int major, const char *header, const void *values, size_t size) {
    const size_t length = strlen(header);
    const unsigned char beginning[12] = {0x93,
                                         'N',
                                         'U',
                                         'M',
                                         'P',
                                         'Y',
                                         (unsigned char)major,
                                         0,
                                         (unsigned char)length,
                                         (unsigned char)(length >> 8),
                                         (unsigned char)(length >> 16),
                                         (unsigned char)(length >> 24)};
    bytes->size = 0;
    put(bytes, beginning, major == 1 ? 10 : 12);
    put(bytes, header, length);
    put(bytes, values, size);
}

static bool parse(Dataset *dataset, const Bytes *data, const Bytes *labels, Status *status) {
    // Copies of exactly the size, so that AddressSanitizer sees a byte too far.
    unsigned char *bytes = malloc(data->size + !data->size), *label_bytes = NULL;
    memcpy(bytes, data->byte, data->size);
    if (labels) {
        label_bytes = malloc(labels->size + !labels->size);
        memcpy(label_bytes, labels->byte, labels->size);
    }
    const bool done = npy_parse(dataset, "test", "x.npy", bytes, data->size, "y.npy", label_bytes,
                                labels ? labels->size : 0, status);
    free(bytes);
    free(label_bytes);
    return done;
}

static Dataset parsed(const Bytes *data, const Bytes *labels) {
    Dataset dataset;
    Status status;
    if (!parse(&dataset, data, labels, &status))
        fail_msg("%s", status.text);
    return dataset;
}

static void expect_refusal(const Bytes *data, const Bytes *labels, const char *part) {
    Dataset dataset;
    Status status;
    status_clear(&status);
    if (parse(&dataset, data, labels, &status))
        fail_msg("taken, but it should have been refused: %s", part);
    assert_int_equal(status.code, STATUS_BAD_DATA);
    if (!strstr(status.text, part) || strncmp(status.text, labels ? "y.npy: " : "x.npy: ", 7) != 0)
        fail_msg("'%s' should begin with the file and name '%s'", status.text, part);
    assert_null(dataset.pixels);
    assert_null(dataset.values);
    assert_null(dataset.labels);
}

static void refuse_header(const char *header, size_t size, const char *part) {
    static const unsigned char values[4096];
    static Bytes bytes;
    file_of(&bytes, 1, header, values, size);
    expect_refusal(&bytes, NULL, part);
}

// ---- what is right ----

static void headers_of_all_versions_are_read(void **state) {
    (void)state;
    static const char *const headers[] = {
        "{'descr': '|u1', 'fortran_order': False, 'shape': (2, 3), }          \n",
        "{'shape': (2,3), \"descr\": '<u1', 'fortran_order': False}",
        "{ 'fortran_order' : False , 'descr' : '>u1' , 'shape' : ( 2 , 3 ,) }\n",
    };
    static const unsigned char values[6] = {0, 51, 255, 1, 2, 3};
    static Bytes bytes;
    for (int major = 1; major <= 3; major++)
        for (size_t i = 0; i < 3; i++) {
            file_of(&bytes, major, headers[i], values, sizeof values);
            Dataset dataset = parsed(&bytes, NULL);
            assert_true(dataset.vectors);
            assert_int_equal(dataset.count, 2);
            assert_int_equal(dataset.width, 3);
            assert_int_equal(dataset.classes, 1);
            assert_true(dataset_value(&dataset, 0, 1) == 0.2F);
            assert_memory_equal(dataset.pixels, values, sizeof values);
            dataset_clear(&dataset);
        }
}

static void every_type_is_read(void **state) {
    (void)state;
    static const int32_t i4[4] = {0, -5, 70000, INT32_MAX};
    static const int64_t i8[4] = {0, -5, 70000, INT64_C(1) << 40};
    static const float f4[4] = {0, -5.5F, 7e4F, 1e-30F};
    static const double f8[4] = {0, -5.5, 7e4, 1e-30};
    const struct {
        const char *type;
        const void *values;
        size_t size;
        double expected[4];
    } cases[] = {
        {"<i4", i4, sizeof i4, {0, -5, 70000, INT32_MAX}},
        {"<i8", i8, sizeof i8, {0, -5, 70000, 1099511627776}},
        {"<f4", f4, sizeof f4, {0, -5.5, 7e4, 1e-30}},
        {"<f8", f8, sizeof f8, {0, -5.5, 7e4, 1e-30}},
    };
    static Bytes bytes;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char header[128];
        snprintf(header, sizeof header,
                 "{'descr': '%s', 'fortran_order': False, 'shape': (2, 2), }\n", cases[i].type);
        file_of(&bytes, 1, header, cases[i].values, cases[i].size);
        Dataset dataset = parsed(&bytes, NULL);
        assert_non_null(dataset.table); // four values fit in a byte
        for (int k = 0; k < 4; k++)
            assert_true(dataset_value(&dataset, k / 2, k % 2) == (float)cases[i].expected[k]);
        dataset_clear(&dataset);
    }
}

static void many_values_stay_floats(void **state) {
    (void)state;
    static float values[600];
    static Bytes bytes;
    for (int i = 0; i < 600; i++)
        values[i] = sqrtf((float)i);
    file_of(&bytes, 2, "{'descr': '<f4', 'fortran_order': False, 'shape': (200, 3), }", values,
            sizeof values);
    Dataset dataset = parsed(&bytes, NULL);
    assert_null(dataset.pixels);
    assert_memory_equal(dataset.values, values, sizeof values);
    dataset_clear(&dataset);
}

static void images_are_bytes(void **state) {
    (void)state;
    static const unsigned char u1[12] = {0, 1, 2, 3, 4, 5, 250, 251, 252, 253, 254, 255};
    static const int32_t i4[12] = {0, 1, 2, 3, 4, 5, 250, 251, 252, 253, 254, 255};
    static float f4[12];
    static Bytes bytes;
    for (int i = 0; i < 12; i++)
        f4[i] = (float)u1[i] / 255;
    const struct {
        const char *header;
        const void *values;
        size_t size;
        int channels;
    } cases[] = {
        {"{'descr': '|u1', 'fortran_order': False, 'shape': (2, 2, 3), }", u1, sizeof u1, 1},
        {"{'descr': '<i4', 'fortran_order': False, 'shape': (2, 2, 3, 1), }", i4, sizeof i4, 1},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (2, 2, 1, 3), }", f4, sizeof f4, 3},
    };
    for (size_t i = 0; i < 3; i++) {
        file_of(&bytes, 1, cases[i].header, cases[i].values, cases[i].size);
        Dataset dataset = parsed(&bytes, NULL);
        assert_false(dataset.vectors);
        assert_int_equal(dataset.count, 2);
        assert_int_equal(dataset.channels, cases[i].channels);
        assert_memory_equal(dataset.pixels, u1, sizeof u1);
        dataset_clear(&dataset);
    }
}

static void labels_become_classes(void **state) {
    (void)state;
    static const int64_t labels[3] = {7, -1, 7};
    static const unsigned char values[3] = {1, 2, 3}, bytes_of_labels[3] = {9, 9, 4};
    static Bytes data, classes;
    file_of(&data, 1, "{'descr': '|u1', 'fortran_order': False, 'shape': (3, 1), }", values, 3);
    static const char *const shapes[] = {"(3,)", "(3, 1)"};
    for (int i = 0; i < 2; i++) {
        char header[128];
        snprintf(header, sizeof header, "{'descr': '<i8', 'fortran_order': False, 'shape': %s, }",
                 shapes[i]);
        file_of(&classes, 1, header, labels, sizeof labels);
        Dataset dataset = parsed(&data, &classes);
        assert_int_equal(dataset.classes, 2);
        assert_string_equal(dataset.class_names[0], "-1");
        assert_int_equal(dataset.labels[0], 1);
        assert_int_equal(dataset.labels[1], 0);
        dataset_clear(&dataset);
    }
    file_of(&classes, 1, "{'descr': '|u1', 'fortran_order': False, 'shape': (3,), }",
            bytes_of_labels, 3);
    Dataset dataset = parsed(&data, &classes);
    assert_string_equal(dataset.class_names[1], "9");
    dataset_clear(&dataset);
}

// ---- what is wrong ----

static void hostile_headers_are_refused(void **state) {
    (void)state;
    refuse_header("", 6, "byte 10: expected '{', found the end of the header");
    refuse_header("{}", 6, "the keys descr, fortran_order and shape");
    refuse_header("{'descr': '<f4', 'fortran_order': False, }", 6, "the keys descr");
    refuse_header("{'descr': '<f4', 'fortran_order': True, 'shape': (1, 1), }", 4,
                  "expected C order");
    refuse_header("{'descr': '<f4', 'fortran_order': Flase, 'shape': (1, 1), }", 4,
                  "expected False, found F");
    refuse_header("{'descr': '>f4', 'fortran_order': False, 'shape': (1, 1), }", 4,
                  "expected little-endian values ('<'), found >f4");
    refuse_header("{'descr': '<c8', 'fortran_order': False, 'shape': (1, 1), }", 8, "found <c8");
    refuse_header("{'descr': '|O', 'fortran_order': False, 'shape': (1, 1), }", 8, "found |O");
    refuse_header("{'descr': '', 'fortran_order': False, 'shape': (1, 1), }", 8,
                  "expected values of type");
    refuse_header("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1, 1), }", 4,
                  "not a record");
    refuse_header("{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (1, 1), }", 4,
                  "each once, found descr");
    refuse_header("{'descr': '<f4', 'other': 3, 'fortran_order': False, 'shape': (1, 1), }", 4,
                  "each once, found other");
    refuse_header("{'descr': '<f4' 'fortran_order': False, 'shape': (1, 1), }", 4,
                  "expected ',', found '");
    refuse_header("{'descr' '<f4', 'fortran_order': False, 'shape': (1, 1), }", 4, "expected ':'");
    refuse_header("{'descr': '<f4', 'fortran_order': False, 'shape': (1, 1), } x", 4,
                  "blanks up to the end of the header, found x");
    refuse_header("{'descr': '<f4", 4, "expected the end of a short string");
    refuse_header("{'descr': 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa', }", 4,
                  "expected the end of a short string");
    refuse_header("{'descr': '<f4', 'fortran_order': False, 'shape': (), }", 4,
                  "at least 1 dimension");
    refuse_header("{'descr': '<f4', 'fortran_order': False, 'shape': (1, 1, 1, 1, 1), }", 4,
                  "at most 4 dimensions");
    refuse_header("{'descr': '<f4', 'fortran_order': False, 'shape': (0, 1), }", 4,
                  "a size from 1 to 2147483647");
    refuse_header("{'descr': '<f4', 'fortran_order': False, 'shape': (-1, 1), }", 4,
                  "expected a size, found -");
    refuse_header("{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999, 1), }", 4,
                  "a size from 1 to 2147483647");
    refuse_header("{'descr': '<f4', 'fortran_order': False, 'shape': (1 1), }", 4, "expected ','");
    refuse_header("{'descr': '<f4', 'fortran_order': False, 'shape': 1, }", 4, "expected '('");
    refuse_header("{'descr': '<f4', 'fortran_order': False, 'shape': (1", 4,
                  "expected ',', found the end of the header");
    refuse_header("{'descr': '<f8', 'fortran_order': False, 'shape': (2147483647, 2147483647, "
                  "2147483647, 3), }",
                  4, "values fit in memory");
    refuse_header("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 2), }", 15,
                  "expected 16 bytes of values as the shape says, found 15");
    refuse_header("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 2), }", 17,
                  "expected 16 bytes of values as the shape says, found 17");
    refuse_header("{'descr': '<f4', 'fortran_order': False, 'shape': (4,), }", 16,
                  "expected examples of shape");
    refuse_header("{'descr': '|u1', 'fortran_order': False, 'shape': (1, 2, 2, 2), }", 8,
                  "1 or 3 channels], found 2 channels");
}

static void hostile_beginnings_are_refused(void **state) {
    (void)state;
    static Bytes bytes;
    file_of(&bytes, 1, "{'descr': '|u1', 'fortran_order': False, 'shape': (1, 1), }", "x", 1);
    const size_t whole = bytes.size;
    for (size_t size = 0; size < whole; size++) { // cut off anywhere
        bytes.size = size;
        expect_refusal(&bytes, NULL, "byte ");
    }
    bytes.size = whole;
    bytes.byte[5] = 'X';
    expect_refusal(&bytes, NULL, "byte 0: expected a .npy file");
    bytes.byte[5] = 'Y';
    bytes.byte[6] = 4;
    expect_refusal(&bytes, NULL, "byte 6: expected version");
    bytes.byte[6] = 1;
    bytes.byte[7] = 1;
    expect_refusal(&bytes, NULL, "byte 6: expected version");
    bytes.byte[7] = 0;
    bytes.byte[9] = 1; // a header longer than the file
    expect_refusal(&bytes, NULL, "byte 8: expected a header of at most");
    bytes.byte[6] = 2;
    memset(bytes.byte + 8, 0xff, 4);
    expect_refusal(&bytes, NULL, "found 4294967295");
}

static void hostile_values_are_refused(void **state) {
    (void)state;
    static Bytes bytes;
    const float nan[2] = {0, NAN}, large[2] = {0, 1.5F}, negative[2] = {-0.1F, 0};
    const double huge[2] = {0, 1e300};
    const int32_t over[2] = {0, 256}, under[2] = {-1, 0};
    static const char vectors[] = "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 2), }",
                      wide[] = "{'descr': '<f8', 'fortran_order': False, 'shape': (1, 2), }",
                      images[] = "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 1, 2), }",
                      whole[] = "{'descr': '<i4', 'fortran_order': False, 'shape': (1, 1, 2), }";
    file_of(&bytes, 1, vectors, nan, sizeof nan);
    expect_refusal(&bytes, NULL,
                   "(value 1): expected a finite number that fits in 32 bits, found nan");
    file_of(&bytes, 1, wide, huge, sizeof huge);
    expect_refusal(&bytes, NULL,
                   "(value 1): expected a finite number that fits in 32 bits, found 1e+300");
    file_of(&bytes, 1, images, nan, sizeof nan);
    expect_refusal(&bytes, NULL,
                   "(value 1): expected images of real numbers from 0 to 1, found nan");
    file_of(&bytes, 1, images, large, sizeof large);
    expect_refusal(&bytes, NULL,
                   "(value 1): expected images of real numbers from 0 to 1, found 1.5");
    file_of(&bytes, 1, images, negative, sizeof negative);
    expect_refusal(&bytes, NULL, "(value 0): expected images of real numbers from 0 to 1");
    file_of(&bytes, 1, whole, over, sizeof over);
    expect_refusal(&bytes, NULL,
                   "(value 1): expected images of whole numbers from 0 to 255, found 256");
    file_of(&bytes, 1, whole, under, sizeof under);
    expect_refusal(&bytes, NULL,
                   "(value 0): expected images of whole numbers from 0 to 255, found -1");
}

static void hostile_labels_are_refused(void **state) {
    (void)state;
    static const unsigned char values[64];
    static Bytes data, labels;
    file_of(&data, 1, "{'descr': '|u1', 'fortran_order': False, 'shape': (3, 1), }", values, 3);
    file_of(&labels, 1, "{'descr': '<f4', 'fortran_order': False, 'shape': (3,), }", values, 12);
    expect_refusal(&data, &labels, "expected labels that are whole numbers (u1, i4, i8), found f4");
    file_of(&labels, 1, "{'descr': '<i4', 'fortran_order': False, 'shape': (2,), }", values, 8);
    expect_refusal(&data, &labels, "expected 3 labels, one per example, found 2");
    file_of(&labels, 1, "{'descr': '<i4', 'fortran_order': False, 'shape': (3, 2), }", values, 24);
    expect_refusal(&data, &labels, "expected labels of shape [N] or [N, 1]");
    file_of(&labels, 1, "{'descr': '<i4', 'fortran_order': False, 'shape': (3, 1, 1), }", values,
            12);
    expect_refusal(&data, &labels, "expected labels of shape [N] or [N, 1]");
    labels.size = 0;
    expect_refusal(&data, &labels, "a shorter file");
}

static void files_are_read(void **state) {
    (void)state;
    const char *folder = temporary_folder();
    static Bytes bytes;
    Dataset dataset;
    Status status;
    file_of(&bytes, 1, "{'descr': '|u1', 'fortran_order': False, 'shape': (2, 1), }", "ab", 2);
    FILE *stream = fopen(in_folder(folder, "x.npy"), "wbe");
    assert_non_null(stream);
    assert_int_equal(fwrite(bytes.byte, 1, bytes.size, stream), bytes.size);
    fclose(stream);
    assert_true(npy_read(&dataset, "test", in_folder(folder, "x.npy"), NULL, &status));
    assert_int_equal(dataset.count, 2);
    dataset_clear(&dataset);
    assert_false(
        npy_read(&dataset, "test", in_folder(folder, "x.npy"), in_folder(folder, "none"), &status));
    assert_non_null(strstr(status.text, "none"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(headers_of_all_versions_are_read),
        cmocka_unit_test(every_type_is_read),
        cmocka_unit_test(many_values_stay_floats),
        cmocka_unit_test(images_are_bytes),
        cmocka_unit_test(labels_become_classes),
        cmocka_unit_test(hostile_headers_are_refused),
        cmocka_unit_test(hostile_beginnings_are_refused),
        cmocka_unit_test(hostile_values_are_refused),
        cmocka_unit_test(hostile_labels_are_refused),
        cmocka_unit_test(files_are_read),
    };
    return cmocka_run_group_tests_name("npy", tests, NULL, NULL);
}
