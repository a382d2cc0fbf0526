// Writing safetensors, and copying tensors of a file that was read: every type comes back as it
// was, and only as what it is.
#include "engine/files/safetensors.h"
#include "tests/unit/temporary_folder.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

// ---- copying ----

// A file with these tensors, written and read again.
static Safetensors *round_trip(SafetensorsWriter *writer, const char *path) {
    Safetensors *file;
    Status status;
    if (!safetensors_write(writer, path, &status) || !safetensors_read(&file, path, &status))
        fail_msg("%s", status.text);
    return file;
}

static void add(SafetensorsWriter *writer, const char *name, Dtype dtype, uint64_t count,
                const void *values) {
    Status status;
    if (!safetensors_add(writer, name, dtype, 1, &count, values, &status))
        fail_msg("%s", status.text);
}

static const double wide_values[4] = {1.0 / 3, -0.0, 1e300, 5e-324};
static const float narrow_values[3] = {1.0f / 3, 1e-45f, -3e38f};
static const int64_t signed_values[2] = {INT64_MIN, INT64_MAX};
static const uint64_t unsigned_values[2] = {0, UINT64_MAX};
static const int32_t short_values[2] = {INT32_MIN, 7};
static const uint8_t byte_values[3] = {0, 200, 255};

static Safetensors *file_of_all_types(void) {
    SafetensorsWriter *writer = safetensors_writer_new();
    assert_non_null(writer);
    add(writer, "u8", DTYPE_U8, 3, byte_values);
    add(writer, "f64", DTYPE_F64, 4, wide_values);
    add(writer, "f32", DTYPE_F32, 3, narrow_values);
    add(writer, "i64", DTYPE_I64, 2, signed_values);
    add(writer, "u64", DTYPE_U64, 2, unsigned_values);
    add(writer, "i32", DTYPE_I32, 2, short_values);
    Safetensors *file = round_trip(writer, in_folder(temporary_folder(), "all.safetensors"));
    safetensors_writer_free(writer);
    return file;
}

static void copies_every_type_exactly(void **state) {
    (void)state;
    Safetensors *file = file_of_all_types();
    Status status;
    double wide[4];
    real reals[4];
    int64_t integers[3];
    uint64_t naturals[3];
    uint8_t bytes[3];
    assert_true(safetensors_copy_double(file, "f64", 1, &(int){4}, true, wide, &status));
    assert_memory_equal(wide, wide_values, sizeof wide_values);
    assert_true(safetensors_copy_double(file, "f32", 1, &(int){3}, true, wide, &status));
    assert_true(safetensors_copy_real(file, "f32", 1, &(int){3}, true, reals, &status));
    for (int i = 0; i < 3; i++) {
        assert_true(wide[i] == (double)narrow_values[i]);
        assert_true(reals[i] == (real)narrow_values[i]);
    }
    assert_true(safetensors_copy_i64(file, "i64", 2, integers, &status));
    assert_memory_equal(integers, signed_values, sizeof signed_values);
    assert_true(safetensors_copy_i64(file, "i32", 2, integers, &status));
    assert_true(integers[0] == INT32_MIN && integers[1] == 7);
    assert_true(safetensors_copy_i64(file, "u8", 3, integers, &status));
    assert_true(integers[1] == 200 && integers[2] == 255);
    assert_true(safetensors_copy_u64(file, "u64", 2, naturals, &status));
    assert_memory_equal(naturals, unsigned_values, sizeof unsigned_values);
    assert_true(safetensors_copy_u64(file, "u8", 3, naturals, &status));
    assert_true(naturals[1] == 200 && naturals[2] == 255);
    assert_true(safetensors_copy_bytes(file, "u8", 3, bytes, &status));
    assert_memory_equal(bytes, byte_values, sizeof byte_values);
    safetensors_free(file);
}

static void expect_sentence(const Status *status, const char *first, const char *second) {
    assert_int_equal(status->code, STATUS_BAD_DATA);
    if (!strstr(status->text, "all.safetensors: tensor '") || !strstr(status->text, first) ||
        !strstr(status->text, second))
        fail_msg("expected '%s' and '%s' in: %s", first, second, status->text);
}

static void copies_only_what_was_asked_for(void **state) {
    (void)state;
    Safetensors *file = file_of_all_types();
    Status status;
    double wide[4];
    real reals[4];
    int64_t integers[3];
    uint64_t naturals[3];
    uint8_t bytes[3];
    assert_false(safetensors_copy_real(file, "f65", 1, &(int){4}, false, reals, &status));
    expect_sentence(&status, "'f65'", "none");
    assert_false(safetensors_copy_double(file, "f64", 1, &(int){5}, false, wide, &status));
    expect_sentence(&status, "[5]", "found [4]");
    assert_false(safetensors_copy_double(file, "f64", 2, (int[]){2, 2}, false, wide, &status));
    expect_sentence(&status, "[2, 2]", "found [4]");
    assert_false(safetensors_copy_double(file, "f64", 0, NULL, false, wide, &status));
    expect_sentence(&status, "[]", "found [4]");
    assert_false(safetensors_copy_double(file, "i64", 1, &(int){2}, false, wide, &status));
    expect_sentence(&status, "F64", "found I64");
    assert_false(safetensors_copy_i64(file, "u64", 2, integers, &status));
    expect_sentence(&status, "I64", "found U64");
    assert_false(safetensors_copy_i64(file, "i64", 3, integers, &status));
    expect_sentence(&status, "3 numbers", "found 2");
    assert_false(safetensors_copy_u64(file, "i64", 2, naturals, &status));
    expect_sentence(&status, "U64", "found I64");
    assert_false(safetensors_copy_bytes(file, "i64", 2, bytes, &status));
    expect_sentence(&status, "U8", "found I64");
    safetensors_free(file);
}

static void names_what_is_not_finite(void **state) {
    (void)state;
    const double values[3] = {1, -INFINITY, NAN};
    SafetensorsWriter *writer = safetensors_writer_new();
    Status status;
    double copied[3];
    real reals[4];
    add(writer, "x", DTYPE_F64, 3, values);
    Safetensors *file = round_trip(writer, in_folder(temporary_folder(), "all.safetensors"));
    assert_true(safetensors_copy_double(file, "x", 1, &(int){3}, false, copied, &status));
    assert_true(isnan(copied[2]));
    assert_false(safetensors_copy_double(file, "x", 1, &(int){3}, true, copied, &status));
    expect_sentence(&status, "'x'", "index 1");
    assert_false(safetensors_copy_real(file, "x", 1, &(int){3}, true, reals, &status));
    expect_sentence(&status, "'x'", "index 1");
    assert_false(safetensors_check_finite(file, &status));
    expect_sentence(&status, "'x'", "-inf");
    safetensors_free(file);
    safetensors_writer_free(writer);

    file = file_of_all_types();
    assert_true(safetensors_check_finite(file, &status));
    // 1e300 is finite, but not as a float.
    const bool fits = safetensors_copy_real(file, "f64", 1, &(int){4}, true, reals, &status);
    assert_int_equal(fits, REAL_IS_DOUBLE);
    if (!fits)
        expect_sentence(&status, "index 2", "1e+300");
    safetensors_free(file);
}

// ---- writing ----

static void writes_the_same_bytes_in_any_order(void **state) {
    (void)state;
    const char *folder = temporary_folder();
    const char *const expected =
        "{\"__metadata__\":{\"a\":\"\\u0001\\\"\\\\\",\"b\":\"\xef\xbf\xbd\"},"
        "\"f\":{\"dtype\":\"F32\",\"shape\":[3],\"data_offsets\":[0,12]},"
        "\"n\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[12,12]},"
        "\"u\":{\"dtype\":\"U8\",\"shape\":[3],\"data_offsets\":[12,15]}}";
    const size_t padded = (strlen(expected) + 7) / 8 * 8;
    for (int order = 0; order < 2; order++) {
        SafetensorsWriter *writer = safetensors_writer_new();
        Status status;
        const char *path = in_folder(folder, "ordered");
        assert_true(safetensors_add_metadata(writer, order ? "a" : "b", order ? "\1\"\\" : "\xff",
                                             &status));
        assert_true(safetensors_add_metadata(writer, order ? "b" : "a", order ? "\xff" : "\1\"\\",
                                             &status));
        if (order)
            add(writer, "u", DTYPE_U8, 3, byte_values);
        add(writer, "f", DTYPE_F32, 3, narrow_values);
        add(writer, "n", DTYPE_U8, 0, NULL);
        if (!order)
            add(writer, "u", DTYPE_U8, 3, byte_values);
        assert_true(safetensors_write(writer, path, &status));
        safetensors_writer_free(writer);

        uint8_t bytes[512];
        FILE *stream = fopen(path, "rb");
        const size_t size = fread(bytes, 1, sizeof bytes, stream);
        fclose(stream);
        assert_int_equal(size, 8 + padded + 15);
        assert_memory_equal(bytes, &(uint64_t){padded}, 8);
        assert_memory_equal(bytes + 8, expected, strlen(expected));
        for (size_t i = 8 + strlen(expected); i < 8 + padded; i++)
            assert_int_equal(bytes[i], ' ');
        assert_memory_equal(bytes + 8 + padded, narrow_values, 12);
        assert_memory_equal(bytes + 8 + padded + 12, byte_values, 3);
    }
}

static void writes_reals_in_the_precision_of_the_build(void **state) {
    (void)state;
    const real values[6] = {1, 2, 3, 4, 5, (real)(1.0 / 3)};
    real copied[6];
    Status status;
    SafetensorsWriter *writer = safetensors_writer_new();
    assert_true(safetensors_add_real(writer, "w", 2, (const int[]){3, 2}, values, &status));
    assert_true(safetensors_add_real(writer, "s", 0, NULL, values, &status));
    Safetensors *file = round_trip(writer, in_folder(temporary_folder(), "reals"));
    assert_int_equal(safetensors_find(file, "w")->dtype, REAL_IS_DOUBLE ? DTYPE_F64 : DTYPE_F32);
    assert_true(safetensors_copy_real(file, "w", 2, (const int[]){3, 2}, true, copied, &status));
    assert_memory_equal(copied, values, sizeof values);
    assert_true(safetensors_copy_real(file, "s", 0, NULL, true, copied, &status));
    safetensors_free(file);
    safetensors_writer_free(writer);
}

static void refuses_to_write_what_it_would_not_read(void **state) {
    (void)state;
    static const char *const names[] = {"__metadata__", "a\nb", "\xff", "\x7f"};
    const char *path = in_folder(temporary_folder(), "never");
    const uint64_t shape[9] = {1, 1, 1, 1, 1, 1, 1, 1, 1}, huge[2] = {1ull << 40, 1ull << 40};
    SafetensorsWriter *writer = safetensors_writer_new();
    Status status;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        assert_false(safetensors_add(writer, names[i], DTYPE_U8, 0, NULL, byte_values, &status));
    assert_false(safetensors_add(writer, "nine", DTYPE_U8, 9, shape, byte_values, &status));
    assert_false(safetensors_add(writer, "huge", DTYPE_U8, 2, huge, byte_values, &status));
    add(writer, "x", DTYPE_U8, 1, byte_values);
    add(writer, "x", DTYPE_U8, 1, byte_values);
    assert_false(safetensors_write(writer, path, &status));
    assert_non_null(strstr(status.text, "'x'"));
    safetensors_writer_free(writer);

    writer = safetensors_writer_new();
    assert_true(safetensors_add_metadata(writer, "k", "1", &status));
    assert_true(safetensors_add_metadata(writer, "k", "2", &status));
    assert_false(safetensors_write(writer, path, &status));
    assert_non_null(strstr(status.text, "'k'"));
    safetensors_writer_free(writer);
    assert_int_not_equal(access(path, F_OK), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(copies_every_type_exactly),
        cmocka_unit_test(copies_only_what_was_asked_for),
        cmocka_unit_test(names_what_is_not_finite),
        cmocka_unit_test(writes_the_same_bytes_in_any_order),
        cmocka_unit_test(writes_reals_in_the_precision_of_the_build),
        cmocka_unit_test(refuses_to_write_what_it_would_not_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
