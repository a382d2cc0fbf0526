// Reading safetensors: each rule of the format against a file that breaks it, and the
// specification's golden files.
#include "engine/files/safetensors.h"
#include "tests/unit/temporary_folder.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

// The bytes of a file: length, header, `data` bytes counting up.  The caller frees.
static uint8_t *make_file(const char *header, size_t header_size, size_t data, size_t *size) {
    const uint64_t length = header_size;
    *size = 8 + header_size + data;
    uint8_t *bytes = malloc(*size);
    assert_non_null(bytes);
    memcpy(bytes, &length, 8);
    memcpy(bytes + 8, header, header_size);
    for (size_t i = 0; i < data; i++)
        bytes[8 + header_size + i] = (uint8_t)i;
    return bytes;
}

static Safetensors *parse(const uint8_t *bytes, size_t size) {
    Safetensors *file;
    Status status;
    if (!safetensors_parse(&file, "test", bytes, size, &status))
        fail_msg("%s", status.text);
    return file;
}

// It is refused as bad data, and the sentence contains both texts.
static void expect_refused(const uint8_t *bytes, size_t size, const char *where, const char *what) {
    Safetensors *file;
    Status status = {0};
    if (safetensors_parse(&file, "hostile.file", bytes, size, &status))
        fail_msg("accepted; expected: %s", what);
    assert_null(file);
    assert_int_equal(status.code, STATUS_BAD_DATA);
    if (strncmp(status.text, "hostile.file: ", 14) != 0 || !strstr(status.text, where) ||
        !strstr(status.text, what) || strchr(status.text, '\n') || strchr(status.text, '\033'))
        fail_msg("expected '%s' and '%s' in: %s", where, what, status.text);
}

typedef struct {
    const char *header;
    size_t data; // bytes behind the header
    const char *where, *what;
} Hostile;

static void expect_all_refused(const Hostile *hostile, size_t count) {
    for (size_t i = 0; i < count; i++) {
        size_t size;
        uint8_t *bytes =
            make_file(hostile[i].header, strlen(hostile[i].header), hostile[i].data, &size);
        expect_refused(bytes, size, hostile[i].where, hostile[i].what);
        free(bytes);
    }
}
#define EXPECT_ALL_REFUSED(list) expect_all_refused(list, sizeof(list) / sizeof(list)[0])

#define TENSOR(name, dtype, shape, range)                                                          \
    "\"" name "\":{\"dtype\":\"" dtype "\",\"shape\":" shape ",\"data_offsets\":" range "}"

// ---- what is read ----

static void reads_what_the_format_allows(void **state) {
    (void)state;
    static const char text[] =
        "{\"__metadata__\":{\"who\":\"\\u00e9\\n\",\"empty\":\"\"},\n\t" TENSOR(
            "b", "U8", "[4]", "[8,12]") "," TENSOR("a", "F32", "[2,1]", "[0,8]") "," //
        TENSOR("none", "F64", "[0,9007199254740992]", "[8,8]") ","                   //
        TENSOR("scalar", "I8", "[]", "[12,13]") "}   ";
    size_t size;
    uint8_t *bytes = make_file(text, strlen(text), 13, &size);
    Safetensors *file = parse(bytes, size);
    assert_string_equal(safetensors_path(file), "test");
    assert_int_equal(safetensors_count(file), 4);
    assert_string_equal(safetensors_tensor(file, 0)->name, "a");
    assert_string_equal(safetensors_tensor(file, 3)->name, "scalar");
    const Tensor *tensor = safetensors_find(file, "a");
    assert_int_equal(tensor->dtype, DTYPE_F32);
    assert_int_equal(tensor->rank, 2);
    assert_int_equal(tensor->shape[0], 2);
    assert_int_equal(tensor->shape[1], 1);
    assert_int_equal(tensor->count, 2);
    assert_int_equal(safetensors_find(file, "none")->count, 0);
    assert_int_equal(safetensors_find(file, "scalar")->count, 1);
    assert_null(safetensors_find(file, "c"));
    assert_int_equal(safetensors_metadata_count(file), 2);
    assert_string_equal(safetensors_metadata(file, "who"), "\xc3\xa9\n");
    assert_string_equal(safetensors_metadata(file, "empty"), "");
    assert_null(safetensors_metadata(file, "Who"));
    const char *key, *value;
    safetensors_metadata_entry(file, 0, &key, &value);
    assert_string_equal(key, "empty");
    assert_string_equal(value, "");
    safetensors_free(file);
    free(bytes);
}

static void reads_an_empty_file_of_tensors(void **state) {
    (void)state;
    size_t size;
    uint8_t *bytes = make_file("{}", 2, 0, &size);
    Safetensors *file = parse(bytes, size);
    assert_int_equal(safetensors_count(file), 0);
    assert_null(safetensors_find(file, "a"));
    safetensors_free(file);
    free(bytes);
}

static void names_its_dtypes(void **state) {
    (void)state;
    for (int i = 0; i < DTYPE_COUNT; i++) {
        char header[128];
        size_t size;
        const size_t length =
            (size_t)snprintf(header, sizeof header,
                             "{\"x\":{\"dtype\":\"%s\",\"shape\":[3],\"data_offsets\":[0,%zu]}}",
                             dtype_name((Dtype)i), 3 * dtype_size((Dtype)i));
        uint8_t *bytes = make_file(header, length, 3 * dtype_size((Dtype)i), &size);
        Safetensors *file = parse(bytes, size);
        assert_int_equal(safetensors_tensor(file, 0)->dtype, i);
        safetensors_free(file);
        free(bytes);
    }
}

// ---- what is refused ----

static void refuses_a_wrong_length(void **state) {
    (void)state;
    size_t size;
    uint8_t *bytes = make_file("{}", 2, 0, &size);
    for (size_t cut = 0; cut < 8; cut++)
        expect_refused(bytes, cut, "offset 0", "8 bytes");
    bytes[0] = 3;
    expect_refused(bytes, size, "offset 0", "at most 2 bytes");
    memset(bytes, 0xff, 8);
    expect_refused(bytes, size, "offset 0", "18446744073709551615");
    free(bytes);
}

// The limit is the format's, also where the file would be long enough.
static void refuses_a_header_above_the_limit(void **state) {
    (void)state;
    const uint64_t limit = 100000000;
    uint8_t *bytes = calloc(1, limit + 9); // pages that nobody touches cost nothing
    assert_non_null(bytes);
    memcpy(bytes, &(uint64_t){limit + 1}, 8);
    expect_refused(bytes, limit + 9, "offset 0", "the format's limit");
    memcpy(bytes, &limit, 8);
    expect_refused(bytes, limit + 8, "offset 8", "'{'");
    free(bytes);
}

static void refuses_what_is_no_json_object(void **state) {
    (void)state;
    static const Hostile hostile[] = {
        {"", 0, "offset 8", "'{'"},
        {" {}", 0, "offset 8", "'{'"},
        {"[]", 0, "offset 8", "'{'"},
        {"\xef\xbb\xbf{}", 0, "offset 8", "'{'"},
        {"{", 0, "offset ", "JSON"},
        {"{}{}", 0, "offset 10", "only spaces"},
        {"{}\n", 0, "offset 10", "only spaces"},
        {"{}  x", 0, "offset 12", "only spaces"},
        {"{\"a\":}", 0, "offset ", "JSON"},
        {"{\"a\" {}}", 0, "offset ", "JSON"},
        {"{\"a\":{},}", 0, "offset ", "JSON"},
        {"{\v}", 0, "offset 9", "JSON"},
        {"{\"a", 0, "offset 11", "'\"'"},
        {"{\"a\\", 0, "offset ", "'\"'"},
        {"{\"\\q\":{}}", 0, "offset ", "JSON"},
        {"{\"\\ud800\":{}}", 0, "offset ", "JSON"},
        {"{]", 0, "offset ", "JSON"},
    };
    EXPECT_ALL_REFUSED(hostile);
}

static void refuses_bytes_that_are_no_text(void **state) {
    (void)state;
    static const Hostile hostile[] = {
        {"{\"\xff\":{}}", 0, "offset 10", "UTF-8"},
        {"{\"\xc0\x80\":{}}", 0, "offset 10", "UTF-8"},         // overlong
        {"{\"\xed\xa0\x80\":{}}", 0, "offset 10", "UTF-8"},     // surrogate
        {"{\"\xf4\x90\x80\x80\":{}}", 0, "offset 10", "UTF-8"}, // beyond U+10FFFF
        {"{\"a\xc3\":{}}", 0, "offset 11", "UTF-8"},            // cut off
        {"{\"a\nb\":{}}", 0, "offset 11", "control character"},
        {"{\"a\\u0000b\":{}}", 0, "offset 11", "U+0000"},
        {"{\"a\\nb\":{}}", 0, "tensor 'a?b'", "control character"},
        {"{\"a\\u001b\":{}}", 0, "tensor 'a?'", "control character"},
    };
    EXPECT_ALL_REFUSED(hostile);
    size_t size;
    uint8_t *bytes = make_file("{\0}", 3, 0, &size);
    expect_refused(bytes, size, "offset 9", "JSON");
    free(bytes);
}

static void refuses_numbers_that_a_double_rounds(void **state) {
    (void)state;
    static const char *const numbers[] = {"-1",
                                          "1.0",
                                          "1e0",
                                          "1.5",
                                          "01",
                                          "1E9",
                                          "-0.0",
                                          "+1",
                                          "9007199254740993",
                                          "18446744073709551616"};
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        char header[160];
        size_t size;
        const size_t length = (size_t)snprintf(
            header, sizeof header,
            "{\"x\":{\"dtype\":\"U8\",\"shape\":[%s],\"data_offsets\":[0,1]}}", numbers[i]);
        uint8_t *bytes = make_file(header, length, 1, &size);
        expect_refused(bytes, size, "offset ", *numbers[i] == '+' ? "JSON" : "whole number");
        free(bytes);
    }
}

static void refuses_keys_given_twice(void **state) {
    (void)state;
    static const Hostile hostile[] = {
        {"{" TENSOR("x", "U8", "[0]", "[0,0]") "," TENSOR("x", "U8", "[0]", "[0,0]") "}", 0,
         "tensor 'x'", "again"},
        {"{" TENSOR("x", "U8", "[1]", "[0,1]") "," TENSOR("\\u0078", "U8", "[1]", "[1,2]") "}", 2,
         "tensor 'x'", "again"},
        {"{\"x\":{\"dtype\":\"U8\",\"dtype\":\"U8\",\"shape\":[],\"data_offsets\":[0,1]}}", 1,
         "tensor 'x'", "'dtype' again"},
        {"{\"x\":{\"dtype\":\"U8\",\"shape\":[],\"shape\":[],\"data_offsets\":[0,1]}}", 1,
         "tensor 'x'", "'shape' again"},
        {"{\"__metadata__\":{},\"__metadata__\":{}}", 0, "__metadata__", "again"},
        {"{\"__metadata__\":{\"k\":\"1\",\"l\":\"\",\"k\":\"1\"}}", 0, "metadata 'k'", "again"},
    };
    EXPECT_ALL_REFUSED(hostile);
}

static void refuses_entries_of_another_form(void **state) {
    (void)state;
    static const Hostile hostile[] = {
        {"{\"x\":[]}", 0, "tensor 'x'", "object"},
        {"{\"x\":{}}", 0, "tensor 'x'", "dtype"},
        {"{\"x\":{\"shape\":[],\"data_offsets\":[0,1]}}", 1, "tensor 'x'", "dtype"},
        {"{\"x\":{\"dtype\":\"U8\",\"data_offsets\":[0,1]}}", 1, "tensor 'x'", "shape"},
        {"{\"x\":{\"dtype\":\"U8\",\"shape\":[]}}", 1, "tensor 'x'", "data_offsets"},
        {"{\"x\":{\"Dtype\":\"U8\",\"shape\":[],\"data_offsets\":[0,1]}}", 1, "tensor 'x'",
         "'Dtype'"},
        {"{\"x\":{\"dtype\":\"U8\",\"shape\":[],\"data_offsets\":[0,1],\"more\":0}}", 1,
         "tensor 'x'", "'more'"},
        {"{\"x\":{\"dtype\":8,\"shape\":[],\"data_offsets\":[0,1]}}", 1, "tensor 'x'", "text"},
        {"{" TENSOR("x", "F80", "[1]", "[0,10]") "}", 10, "tensor 'x'", "'F80'"},
        {"{" TENSOR("x", "f32", "[1]", "[0,4]") "}", 4, "tensor 'x'", "'f32'"},
        {"{" TENSOR("x", "U8", "1", "[0,1]") "}", 1, "tensor 'x'", "array"},
        {"{" TENSOR("x", "U8", "{}", "[0,1]") "}", 1, "tensor 'x'", "array"},
        {"{" TENSOR("x", "U8", "[\"1\"]", "[0,1]") "}", 1, "tensor 'x'", "numbers"},
        {"{" TENSOR("x", "U8", "[null]", "[0,1]") "}", 1, "tensor 'x'", "numbers"},
        {"{" TENSOR("x", "U8", "[1,1,1,1,1,1,1,1,1]", "[0,1]") "}", 1, "tensor 'x'", "at most 8"},
        {"{" TENSOR("x", "U8", "[1]", "[0]") "}", 1, "tensor 'x'", "fewer"},
        {"{" TENSOR("x", "U8", "[1]", "[0,1,1]") "}", 1, "tensor 'x'", "at most 2"},
        {"{" TENSOR("x", "U8", "[1]", "[1,0]") "}", 1, "tensor 'x'", "end before the begin"},
        {"{\"__metadata__\":[]}", 0, "__metadata__", "object"},
        {"{\"__metadata__\":{\"k\":1}}", 0, "metadata 'k'", "text"},
        {"{\"__metadata__\":{\"k\":null}}", 0, "metadata 'k'", "text"},
        {"{\"__metadata__\":{\"k\":{}}}", 0, "metadata 'k'", "text"},
        {"{\"x\":{\"dtype\":[[[1]]]}}", 0, "offset ", "levels"},
    };
    EXPECT_ALL_REFUSED(hostile);
}

static void refuses_shapes_that_differ_from_their_range(void **state) {
    (void)state;
    static const Hostile hostile[] = {
        {"{" TENSOR("x", "F32", "[2]", "[0,4]") "}", 4, "tensor 'x'", "8 bytes"},
        {"{" TENSOR("x", "F32", "[]", "[0,8]") "}", 8, "tensor 'x'", "4 bytes"},
        {"{" TENSOR("x", "U8", "[0]", "[0,1]") "}", 1, "tensor 'x'", "0 bytes"},
        // 2^52 * 2^12 is 2^64, which is 0 if it wraps around.
        {"{" TENSOR("x", "U8", "[4503599627370496,4096]", "[0,0]") "}", 0, "tensor 'x'", "2^64"},
        // 2^61 elements are countable, their bytes are not.
        {"{" TENSOR("x", "F64", "[2251799813685248,1024]", "[0,0]") "}", 0, "tensor 'x'", "2^64"},
    };
    EXPECT_ALL_REFUSED(hostile);
}

static void refuses_ranges_that_do_not_cover_the_data(void **state) {
    (void)state;
    static const Hostile hostile[] = {
        {"{" TENSOR("x", "U8", "[2]", "[1,3]") "}", 3, "tensor 'x'", "a hole"},
        {"{" TENSOR("x", "U8", "[2]", "[0,2]") "," TENSOR("y", "U8", "[2]", "[3,5]") "}", 5,
         "tensor 'y'", "a hole"},
        {"{" TENSOR("x", "U8", "[2]", "[0,2]") "," TENSOR("y", "U8", "[2]", "[1,3]") "}", 3,
         "tensor 'y'", "an overlap"},
        {"{" TENSOR("x", "U8", "[2]", "[0,2]") "," TENSOR("y", "U8", "[2]", "[0,2]") "}", 2,
         "tensor ", "an overlap"},
        {"{" TENSOR("x", "U8", "[2]", "[0,2]") "," TENSOR("y", "U8", "[0]", "[1,1]") "}", 2,
         "tensor 'y'", "an overlap"},
        {"{" TENSOR("x", "U8", "[2]", "[0,2]") "}", 3, "expected 2 bytes", "found 3"},
        {"{" TENSOR("x", "U8", "[2]", "[0,2]") "}", 1, "expected 2 bytes", "found 1"},
        {"{}", 1, "expected 0 bytes", "found 1"},
    };
    EXPECT_ALL_REFUSED(hostile);
}

// {"t0":ENTRY,"t1":ENTRY,...}; the caller frees.
static char *repeat(const char *opening, const char *format, int count, const char *closing) {
    char *text = NULL;
    size_t size;
    FILE *stream = open_memstream(&text, &size);
    assert_non_null(stream);
    fputs(opening, stream);
    for (int i = 0; i < count; i++) {
        fputs(i > 0 ? "," : "", stream);
        fprintf(stream, format, i); // NOLINT: our own formats
    }
    fputs(closing, stream);
    assert_int_equal(fclose(stream), 0);
    return text;
}

static void refuses_too_many_tensors_and_values(void **state) {
    (void)state;
    static const char entry[] = "\"t%d\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]}";
    size_t size;
    char *header = repeat("{", entry, SAFETENSORS_TENSORS, "}");
    uint8_t *bytes = make_file(header, strlen(header), 0, &size);
    Safetensors *file = parse(bytes, size);
    assert_int_equal(safetensors_count(file), SAFETENSORS_TENSORS);
    safetensors_free(file);
    free(bytes);
    free(header);

    header = repeat("{", entry, SAFETENSORS_TENSORS + 1, "}");
    bytes = make_file(header, strlen(header), 0, &size);
    expect_refused(bytes, size, "65536", "65537");
    free(bytes);
    free(header);

    header = repeat("{\"x\":{\"shape\":[", "%.0d0", 16 * SAFETENSORS_TENSORS, "]}}");
    bytes = make_file(header, strlen(header), 0, &size);
    expect_refused(bytes, size, "offset ", "fewer values");
    free(bytes);
    free(header);
}

static void refuses_what_is_no_file(void **state) {
    (void)state;
    const char *folder = temporary_folder();
    const char *const paths[] = {in_folder(folder, "absent"), folder, "/dev/null"};
    for (size_t i = 0; i < 3; i++) {
        Safetensors *file;
        Status status = {0};
        assert_false(safetensors_read(&file, paths[i], &status));
        assert_null(file);
        assert_int_equal(status.code, STATUS_BAD_DATA);
        assert_non_null(strstr(status.text, paths[i]));
        assert_true(i > 0 || strstr(status.text, "No such file"));
    }
}

// A file cut off at any byte is refused, and no byte of the header can be broken unnoticed to the
// point of a crash (what is accepted must still be copied without a sanitizer's complaint).
static void survives_cuts_and_broken_bytes(void **state) {
    (void)state;
    static const char text[] = "{\"__metadata__\":{\"k\":\"v\"}," TENSOR(
        "a", "F32", "[2,1]", "[0,8]") "," TENSOR("b", "I64", "[1]", "[8,16]") "} ";
    size_t size;
    uint8_t *bytes = make_file(text, strlen(text), 16, &size);
    Safetensors *file;
    Status status;
    for (size_t cut = 0; cut < size; cut++)
        assert_false(safetensors_parse(&file, "cut", bytes, cut, &status));
    for (size_t at = 0; at < size - 16; at++)
        for (int bit = 0; bit < 8; bit++) {
            bytes[at] ^= (uint8_t)(1 << bit);
            if (safetensors_parse(&file, "broken", bytes, size, &status)) {
                double values[2];
                safetensors_copy_double(file, "a", 2, (const int[]){2, 1}, false, values, &status);
                safetensors_free(file);
            } else
                assert_int_equal(status.code, STATUS_BAD_DATA);
            bytes[at] ^= (uint8_t)(1 << bit);
        }
    free(bytes);
}

// ---- the specification's files ----

static void reads_the_golden_files(void **state) {
    (void)state;
    char folder[256];
    const char *shared = getenv("RULESMITH_SHARED");
    snprintf(folder, sizeof folder, "%s/golden", shared ? shared : "../shared");
    DIR *listing = opendir(folder);
    if (!listing) {
        print_message("skipped: %s is not there (set RULESMITH_SHARED)\n", folder);
        skip();
    }
    int files = 0;
    for (struct dirent *entry; (entry = readdir(listing));) {
        char path[600];
        Safetensors *file;
        Status status;
        if (!strstr(entry->d_name, ".safetensors"))
            continue;
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        if (!safetensors_read(&file, path, &status) || !safetensors_check_finite(file, &status))
            fail_msg("%s", status.text);
        assert_true(safetensors_count(file) >= 6);
        assert_non_null(safetensors_metadata(file, "activation"));
        assert_int_equal(safetensors_tensor(file, 0)->dtype, DTYPE_F64);
        safetensors_free(file);
        files++;
    }
    closedir(listing);
    assert_true(files >= 12);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_what_the_format_allows),
        cmocka_unit_test(reads_an_empty_file_of_tensors),
        cmocka_unit_test(names_its_dtypes),
        cmocka_unit_test(refuses_a_wrong_length),
        cmocka_unit_test(refuses_a_header_above_the_limit),
        cmocka_unit_test(refuses_what_is_no_json_object),
        cmocka_unit_test(refuses_bytes_that_are_no_text),
        cmocka_unit_test(refuses_numbers_that_a_double_rounds),
        cmocka_unit_test(refuses_keys_given_twice),
        cmocka_unit_test(refuses_entries_of_another_form),
        cmocka_unit_test(refuses_shapes_that_differ_from_their_range),
        cmocka_unit_test(refuses_ranges_that_do_not_cover_the_data),
        cmocka_unit_test(refuses_too_many_tensors_and_values),
        cmocka_unit_test(refuses_what_is_no_file),
        cmocka_unit_test(survives_cuts_and_broken_bytes),
        cmocka_unit_test(reads_the_golden_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
