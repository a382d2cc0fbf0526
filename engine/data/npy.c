#include "engine/data/npy.h"

#include "engine/data/class_list.h"
#include "engine/data/value_table.h"
#include "engine/files/shown_text.h"
#include "engine/files/whole_file.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_DIMENSIONS = 4, WORD = 32, MOST_HEADER = 1 << 16 };

typedef enum { TYPE_U1, TYPE_I4, TYPE_I8, TYPE_F4, TYPE_F8, TYPES } Type;

static const struct {
    const char *name; // behind the byte order
    int size;
} types[TYPES] = {{"u1", 1}, {"i4", 4}, {"i8", 8}, {"f4", 4}, {"f8", 8}};

typedef struct {
    const char *path;
    const unsigned char *file;
    size_t size;  // of the file
    size_t start; // of the values
    Type type;
    int dimensions;
    int shape[MOST_DIMENSIONS];
    size_t count; // of values
} Array;

// ---- the header ----

typedef struct {
    const char *path;
    const unsigned char *file;
    size_t next, end; // bytes of the file
    Status *status;
} Reader;

static bool fail_at(const Reader *reader, size_t at, const char *expected, const char *found) {
    char shown[SHOWN_TEXT];
    return status_fail(reader->status, STATUS_BAD_DATA, "%s: byte %zu: expected %s, found %s",
                       reader->path, at, expected, shown_text(found, shown));
}

// The next byte of the header that is no blank, 0 at the end.
static char peek(Reader *reader) {
    while (reader->next < reader->end &&
           (reader->file[reader->next] == ' ' || reader->file[reader->next] == '\n'))
        reader->next++;
    return reader->next < reader->end ? (char)reader->file[reader->next] : '\0';
}

static bool fail_here(Reader *reader, const char *expected) {
    const char next[2] = {peek(reader), '\0'};
    return fail_at(reader, reader->next, expected, *next ? next : "the end of the header");
}

static bool expect(Reader *reader, char byte) {
    const char expected[] = {'\'', byte, '\'', '\0'};
    if (peek(reader) != byte)
        return fail_here(reader, expected);
    reader->next++;
    return true;
}

// 'word' or "word".
static bool take_string(Reader *reader, char word[WORD]) {
    const char quote = peek(reader);
    if (quote != '\'' && quote != '"')
        return fail_here(reader, "a string");
    reader->next++;
    for (size_t length = 0; length + 1 < WORD && reader->next < reader->end; length++) {
        const char byte = (char)reader->file[reader->next++];
        word[length] = byte == quote ? '\0' : byte;
        if (byte == quote)
            return true;
    }
    return fail_at(reader, reader->next, "the end of a short string", "more");
}

static bool take_type(Reader *reader, Array *array) {
    const size_t at = reader->next;
    char word[WORD];
    if (peek(reader) == '[')
        return fail_here(reader, "one type of values, not a record");
    if (!take_string(reader, word))
        return false;
    for (int type = 0; type < TYPES; type++) {
        if (!*word || strcmp(word + 1, types[type].name) != 0)
            continue;
        array->type = (Type)type;
        if (*word == '<' || (types[type].size == 1 && (*word == '|' || *word == '>')))
            return true;
        if (*word == '>')
            return fail_at(reader, at, "little-endian values ('<')", word);
    }
    return fail_at(reader, at, "values of type <f4, <f8, |u1, <i4 or <i8", word);
}

static bool take_order(Reader *reader) {
    static const char c_order[] = "False", fortran[] = "True";
    peek(reader);
    const char *rest = (const char *)reader->file + reader->next;
    const size_t left = reader->end - reader->next;
    if (left >= sizeof fortran - 1 && memcmp(rest, fortran, sizeof fortran - 1) == 0)
        return fail_at(reader, reader->next, "C order ('fortran_order': False)", "True");
    if (left < sizeof c_order - 1 || memcmp(rest, c_order, sizeof c_order - 1) != 0)
        return fail_here(reader, "False");
    reader->next += sizeof c_order - 1;
    return true;
}

static bool take_size(Reader *reader, int *size) {
    int64_t number = 0;
    const size_t at = (peek(reader), reader->next);
    int digits = 0;
    for (; reader->next < reader->end && reader->file[reader->next] >= '0' &&
           reader->file[reader->next] <= '9' && digits < 11;
         digits++)
        number = 10 * number + (reader->file[reader->next++] - '0');
    if (digits == 0)
        return fail_here(reader, "a size");
    if (digits > 10 || number < 1 || number > INT_MAX)
        return fail_at(reader, at, "a size from 1 to 2147483647", "another");
    *size = (int)number;
    return true;
}

// "(3, 4)", "(3,)"
static bool take_shape(Reader *reader, Array *array) {
    if (!expect(reader, '('))
        return false;
    for (array->dimensions = 0; peek(reader) != ')';) {
        if (array->dimensions == MOST_DIMENSIONS)
            return fail_here(reader, "at most 4 dimensions");
        if (!take_size(reader, &array->shape[array->dimensions]))
            return false;
        array->dimensions++;
        if (peek(reader) != ')' && !expect(reader, ','))
            return false;
    }
    return expect(reader, ')') &&
           (array->dimensions > 0 || fail_here(reader, "at least 1 dimension before"));
}

static bool take_entry(Reader *reader, Array *array, bool seen[3]) {
    static const char *const keys[3] = {"descr", "fortran_order", "shape"};
    char word[WORD];
    const size_t at = (peek(reader), reader->next);
    int key = 0;
    if (!take_string(reader, word) || !expect(reader, ':'))
        return false;
    while (key < 3 && strcmp(word, keys[key]) != 0)
        key++;
    if (key == 3 || seen[key])
        return fail_at(reader, at, "the keys descr, fortran_order and shape, each once", word);
    seen[key] = true;
    peek(reader);
    return key == 0   ? take_type(reader, array)
           : key == 1 ? take_order(reader)
                      : take_shape(reader, array);
}

static bool take_dictionary(Reader *reader, Array *array) {
    bool seen[3] = {false, false, false};
    if (!expect(reader, '{'))
        return false;
    while (peek(reader) != '}')
        if (!take_entry(reader, array, seen) || (peek(reader) != '}' && !expect(reader, ',')))
            return false;
    if (!seen[0] || !seen[1] || !seen[2])
        return fail_here(reader, "the keys descr, fortran_order and shape before the end");
    reader->next++;
    return peek(reader) == '\0' || fail_here(reader, "blanks up to the end of the header");
}

// Magic, version, length; then reader stands on the header.
static bool take_beginning(Reader *reader, size_t size) {
    static const unsigned char magic[6] = {0x93, 'N', 'U', 'M', 'P', 'Y'};
    const unsigned char *file = reader->file;
    if (size < 10 || memcmp(file, magic, sizeof magic) != 0)
        return fail_at(reader, 0, "a .npy file (93 4E 55 4D 50 59)",
                       size < 10 ? "a shorter file" : "other bytes");
    const int major = file[6];
    if (major < 1 || major > 3 || file[7] != 0)
        return fail_at(reader, 6, "version 1.0, 2.0 or 3.0", "another");
    const size_t start = major == 1 ? 10 : 12;
    if (size < start)
        return fail_at(reader, size, "the length of the header", "the end of the file");
    size_t length = (size_t)file[8] | (size_t)file[9] << 8;
    if (major > 1)
        length |= (size_t)file[10] << 16 | (size_t)file[11] << 24;
    if (length > MOST_HEADER || length > size - start)
        return status_fail(reader->status, STATUS_BAD_DATA,
                           "%s: byte 8: expected a header of at most %zu bytes, found %zu",
                           reader->path,
                           size - start < MOST_HEADER ? size - start : (size_t)MOST_HEADER, length);
    reader->next = start;
    reader->end = start + length;
    return true;
}

static bool array_open(Array *array, const char *path, const void *data, size_t size,
                       Status *status) {
    Reader reader = {.path = path, .file = data, .status = status};
    *array = (Array){.path = path, .file = data, .size = size};
    if (!take_beginning(&reader, size) || !take_dictionary(&reader, array))
        return false;
    array->start = reader.end;
    size_t bytes = (size_t)types[array->type].size;
    bool fits = true;
    for (int i = 0; i < array->dimensions; i++)
        fits = fits && !__builtin_mul_overflow(bytes, (size_t)array->shape[i], &bytes);
    if (!fits)
        return status_fail(status, STATUS_BAD_DATA,
                           "%s: expected a shape whose values fit in memory, found a larger one",
                           path);
    if (bytes != size - array->start)
        return status_fail(status, STATUS_BAD_DATA,
                           "%s: byte %zu: expected %zu bytes of values as the shape says, found "
                           "%zu",
                           path, array->start, bytes, size - array->start);
    array->count = bytes / (size_t)types[array->type].size;
    return true;
}

// ---- values ----

static size_t byte_of(const Array *array, size_t i) {
    return array->start + i * (size_t)types[array->type].size;
}

static uint64_t bits_at(const Array *array, size_t i) {
    const unsigned char *bytes = array->file + byte_of(array, i);
    uint64_t bits = 0;
    for (int k = 0; k < types[array->type].size; k++)
        bits |= (uint64_t)bytes[k] << 8 * k;
    return bits;
}

static bool is_real(const Array *array) {
    return array->type == TYPE_F4 || array->type == TYPE_F8;
}

static int64_t whole_at(const Array *array, size_t i) {
    const uint64_t bits = bits_at(array, i);
    return array->type == TYPE_I4 ? (int32_t)(uint32_t)bits : (int64_t)bits;
}

static double number_at(const Array *array, size_t i) {
    const uint64_t bits = bits_at(array, i);
    const uint32_t low = (uint32_t)bits;
    double wide;
    float narrow;
    memcpy(&wide, &bits, sizeof wide);
    memcpy(&narrow, &low, sizeof narrow);
    return array->type == TYPE_F8   ? wide
           : array->type == TYPE_F4 ? (double)narrow
                                    : (double)whole_at(array, i);
}

static bool fail_value(const Array *array, size_t i, const char *expected, Status *status) {
    return status_fail(status, STATUS_BAD_DATA, "%s: byte %zu (value %zu): expected %s, found %g",
                       array->path, byte_of(array, i), i, expected, number_at(array, i));
}

// Floats where a byte cannot hold the different values.
static bool read_vectors(Dataset *dataset, const char *name, const Array *array, Status *status) {
    const int count = array->shape[0], features = array->shape[1];
    if (array->type == TYPE_U1) {
        if (!dataset_init_bytes(dataset, name, count, features, status))
            return false;
        memcpy(dataset->pixels, array->file + array->start, array->count);
        return true;
    }
    if (!dataset_init_floats(dataset, name, count, features, status))
        return false;
    for (size_t i = 0; i < array->count; i++) {
        dataset->values[i] = (float)number_at(array, i);
        if (!isfinite(dataset->values[i]))
            return fail_value(array, i, "a finite number that fits in 32 bits", status);
    }
    return dataset_pack(dataset, status);
}

static bool read_pixel(const Array *array, size_t i, uint8_t *pixel, Status *status) {
    const double number = number_at(array, i);
    if (is_real(array)) {
        if (!(number >= 0 && number <= 1))
            return fail_value(array, i, "images of real numbers from 0 to 1", status);
        *pixel = (uint8_t)lround(number * 255);
        return true;
    }
    if (number < 0 || number > 255)
        return fail_value(array, i, "images of whole numbers from 0 to 255", status);
    *pixel = (uint8_t)number;
    return true;
}

static bool read_images(Dataset *dataset, const char *name, const Array *array, Status *status) {
    const int channels = array->dimensions == 4 ? array->shape[3] : 1;
    if (channels != 1 && channels != 3)
        return status_fail(status, STATUS_BAD_DATA,
                           "%s: expected images [N, height, width, 1 or 3 channels], found %d "
                           "channels",
                           array->path, channels);
    if (!dataset_init(dataset, name, array->shape[0], array->shape[1], array->shape[2], channels,
                      status))
        return false;
    for (size_t i = 0; i < array->count; i++)
        if (!read_pixel(array, i, &dataset->pixels[i], status))
            return false;
    return true;
}

static bool read_examples(Dataset *dataset, const char *name, const Array *array, Status *status) {
    if (array->dimensions < 2)
        return status_fail(status, STATUS_BAD_DATA,
                           "%s: expected examples of shape [N, features], [N, height, width] or "
                           "[N, height, width, channels], found one dimension",
                           array->path);
    return array->dimensions == 2 ? read_vectors(dataset, name, array, status)
                                  : read_images(dataset, name, array, status);
}

// ---- labels ----

static bool check_labels(const Array *array, int count, Status *status) {
    if (is_real(array))
        return status_fail(status, STATUS_BAD_DATA,
                           "%s: expected labels that are whole numbers (u1, i4, i8), found %s",
                           array->path, types[array->type].name);
    if (array->dimensions > 2 || array->count != (size_t)array->shape[0])
        return status_fail(status, STATUS_BAD_DATA,
                           "%s: expected labels of shape [N] or [N, 1], found %d dimensions and "
                           "%zu values",
                           array->path, array->dimensions, array->count);
    return array->shape[0] == count ||
           status_fail(status, STATUS_BAD_DATA, "%s: expected %d labels, one per example, found %d",
                       array->path, count, array->shape[0]);
}

static bool read_labels(Dataset *dataset, const Array *array, Status *status) {
    ClassList classes;
    if (!check_labels(array, dataset->count, status))
        return false;
    int64_t *labels = calloc(array->count, sizeof *labels);
    for (size_t i = 0; labels && i < array->count; i++)
        labels[i] = whole_at(array, i);
    if (!labels || !class_list_init(&classes, labels, dataset->count)) {
        free(labels);
        return status_fail(status, STATUS_FAILURE, "%s: no memory for %d labels", array->path,
                           dataset->count);
    }
    for (int i = 0; i < dataset->count; i++)
        dataset->labels[i] = class_list_find(&classes, labels[i]);
    free(labels);
    const bool done = class_list_apply(&classes, dataset, status);
    class_list_clear(&classes);
    return done;
}

bool npy_parse(Dataset *dataset, const char *name, const char *path, const void *data, size_t size,
               const char *labels_path, const void *labels, size_t labels_size, Status *status) {
    Array examples, classes;
    memset(dataset, 0, sizeof *dataset);
    if (array_open(&examples, path, data, size, status) &&
        (!labels || array_open(&classes, labels_path, labels, labels_size, status)) &&
        read_examples(dataset, name, &examples, status) &&
        (labels ? read_labels(dataset, &classes, status) : dataset_index(dataset, 1, status)))
        return true;
    dataset_clear(dataset);
    return false;
}

bool npy_read(Dataset *dataset, const char *name, const char *path, const char *labels_path,
              Status *status) {
    unsigned char *data = NULL, *labels = NULL;
    size_t size = 0, labels_size = 0;
    memset(dataset, 0, sizeof *dataset);
    const bool done =
        whole_file_read(path, &data, &size, status) &&
        (!labels_path || whole_file_read(labels_path, &labels, &labels_size, status)) &&
        npy_parse(dataset, name, path, data, size, labels_path, labels, labels_size, status);
    free(data);
    free(labels);
    return done;
}
