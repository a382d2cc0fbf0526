#include "engine/files/safetensors_header.h"

#include "engine/files/shown_text.h"

#include <stdio.h>
#include <string.h>

static const struct {
    char name[8];
    size_t size;
} dtypes[DTYPE_COUNT] = {
    [DTYPE_BOOL] = {"BOOL", 1},       [DTYPE_U8] = {"U8", 1},           [DTYPE_I8] = {"I8", 1},
    [DTYPE_F8_E5M2] = {"F8_E5M2", 1}, [DTYPE_F8_E4M3] = {"F8_E4M3", 1}, [DTYPE_I16] = {"I16", 2},
    [DTYPE_U16] = {"U16", 2},         [DTYPE_F16] = {"F16", 2},         [DTYPE_BF16] = {"BF16", 2},
    [DTYPE_I32] = {"I32", 4},         [DTYPE_U32] = {"U32", 4},         [DTYPE_F32] = {"F32", 4},
    [DTYPE_F64] = {"F64", 8},         [DTYPE_I64] = {"I64", 8},         [DTYPE_U64] = {"U64", 8},
};

const char *dtype_name(Dtype dtype) {
    return dtypes[dtype].name;
}

size_t dtype_size(Dtype dtype) {
    return dtypes[dtype].size;
}

bool safetensors_elements(Dtype dtype, int rank, const uint64_t *shape, uint64_t *count) {
    uint64_t bytes = dtype_size(dtype);
    for (int i = 0; i < rank; i++)
        if (__builtin_mul_overflow(bytes, shape[i], &bytes))
            return false;
    *count = bytes / dtype_size(dtype);
    return true;
}

bool safetensors_name_allowed(const char *name) {
    const unsigned char *next = (const unsigned char *)name;
    for (size_t left = strlen(name), length; left > 0; next += length, left -= length) {
        length = utf8_length(next, left);
        if (length == 0 || *next < 0x20 || *next == 0x7f)
            return false;
    }
    return true;
}

// ---- the text, before cJSON sees it ----
//
// cJSON is lenient: it takes any byte below 33 for a space, keeps what is no UTF-8, ends a string
// at \u0000, rounds numbers to doubles, and makes 64 bytes of two.  So the text is looked through
// first.

typedef struct {
    const unsigned char *text;
    size_t size, position;
    Status *status;
} Scan;

static bool scan_fail(const Scan *scan, size_t position, const char *expected) {
    const unsigned long long offset = SAFETENSORS_HEADER_START + (unsigned long long)position;
    char found[32] = "the end of the header";
    if (position < scan->size)
        snprintf(found, sizeof found,
                 scan->text[position] > 0x20 && scan->text[position] < 0x7f ? "'%c'"
                                                                            : "byte 0x%02x",
                 scan->text[position]);
    return status_fail(scan->status, STATUS_BAD_DATA, "offset %llu: expected %s, found %s", offset,
                       expected, found);
}

static bool scan_string(Scan *scan) {
    const unsigned char *text = scan->text;
    size_t i = scan->position + 1;
    while (i < scan->size && text[i] != '"') {
        const size_t length = utf8_length(text + i, scan->size - i);
        if (length == 0)
            return scan_fail(scan, i, "UTF-8");
        if (text[i] < 0x20)
            return scan_fail(scan, i, "no control character in a string");
        if (text[i] == '\\' && scan->size - i > 6 && memcmp(text + i, "\\u0000", 6) == 0)
            return scan_fail(scan, i, "no character U+0000");
        i += text[i] == '\\' ? 2 : length;
    }
    scan->position = i + 1;
    return i < scan->size || scan_fail(scan, scan->size, "'\"' at the end of a string");
}

static bool scan_number(Scan *scan) {
    const uint64_t most = 1ull << 53; // beyond, a double rounds
    const char *expected = "a whole number from 0 to 2^53";
    const size_t start = scan->position;
    uint64_t number = 0;
    size_t i = start;
    for (; i < scan->size && scan->text[i] >= '0' && scan->text[i] <= '9'; i++) {
        number = number * 10 + (scan->text[i] - '0');
        if (number > most || (i > start && scan->text[start] == '0'))
            return scan_fail(scan, start, expected);
    }
    if (i == start || (i < scan->size && strchr("+-.eE", scan->text[i])))
        return scan_fail(scan, i, expected);
    scan->position = i;
    return true;
}

static bool scan_spaces_to_end(Scan *scan) {
    for (size_t i = scan->position; i < scan->size; i++)
        if (scan->text[i] != ' ')
            return scan_fail(scan, i, "only spaces after the header's '}'");
    scan->position = scan->size;
    return true;
}

static bool scan_header(Scan *scan) {
    enum { DEPTH = 3, VALUES = 16 * SAFETENSORS_TENSORS };
    int depth = 0, values = 0;
    if (scan->size == 0 || scan->text[0] != '{')
        return scan_fail(scan, 0, "'{'");
    while (scan->position < scan->size) {
        const unsigned char byte = scan->text[scan->position];
        if (byte == '"' || byte == '-' || (byte >= '0' && byte <= '9')) {
            if (!(byte == '"' ? scan_string(scan) : scan_number(scan)))
                return false;
            continue;
        }
        if (byte == '{' || byte == '[') {
            if (++depth > DEPTH)
                return scan_fail(scan, scan->position, "at most 3 levels of brackets");
        } else if ((byte < 0x20 && !(byte && strchr("\t\n\r", byte))) || byte >= 0x7f)
            return scan_fail(scan, scan->position, "JSON");
        if ((byte == '{' || byte == '[' || byte == ',') && ++values > VALUES)
            return scan_fail(scan, scan->position,
                             "fewer values than 16 for each of 65536 tensors");
        scan->position++;
        if ((byte == '}' || byte == ']') && --depth <= 0)
            return scan_spaces_to_end(scan);
    }
    return true;
}

bool safetensors_header_parse(cJSON **tree, const char *text, size_t size, Status *status) {
    Scan scan = {.text = (const unsigned char *)text, .size = size, .status = status};
    if (!scan_header(&scan))
        return false;
    const char *end = text;
    *tree = cJSON_ParseWithLengthOpts(text, size, &end, false);
    if (*tree && cJSON_IsObject(*tree))
        return true;
    cJSON_Delete(*tree);
    *tree = NULL;
    return scan_fail(&scan, (size_t)(end - text), "JSON");
}

// ---- one tensor ----

static bool read_dtype(Tensor *tensor, const cJSON *item, Status *status) {
    char shown[SHOWN_TEXT];
    if (!cJSON_IsString(item))
        return status_fail(status, STATUS_BAD_DATA,
                           "expected a text as dtype, found something else");
    for (int i = 0; i < DTYPE_COUNT; i++)
        if (strcmp(item->valuestring, dtypes[i].name) == 0) {
            tensor->dtype = (Dtype)i;
            return true;
        }
    return status_fail(status, STATUS_BAD_DATA, "expected a dtype such as F32 or F64, found '%s'",
                       shown_text(item->valuestring, shown));
}

// At most `most` whole numbers (that they are whole, the scan has seen).
static bool read_numbers(uint64_t *numbers, int most, int *count, const char *what,
                         const cJSON *item, Status *status) {
    *count = 0;
    if (!cJSON_IsArray(item))
        return status_fail(status, STATUS_BAD_DATA, "expected an array as %s, found something else",
                           what);
    for (const cJSON *each = item->child; each; each = each->next) {
        if (!cJSON_IsNumber(each))
            return status_fail(status, STATUS_BAD_DATA,
                               "expected only numbers in %s, found something else", what);
        if (*count == most)
            return status_fail(status, STATUS_BAD_DATA,
                               "expected at most %d numbers in %s, found more", most, what);
        numbers[(*count)++] = (uint64_t)each->valuedouble;
    }
    return true;
}

static bool read_range(Tensor *tensor, const cJSON *item, Status *status) {
    uint64_t range[2];
    int count;
    if (!read_numbers(range, 2, &count, "data_offsets", item, status))
        return false;
    if (count != 2 || range[0] > range[1])
        return status_fail(status, STATUS_BAD_DATA,
                           "expected begin and end as data_offsets, found %s",
                           count != 2 ? "fewer numbers" : "an end before the begin");
    tensor->begin = range[0];
    tensor->end = range[1];
    return true;
}

static bool check_size(Tensor *tensor, Status *status) {
    if (!safetensors_elements(tensor->dtype, tensor->rank, tensor->shape, &tensor->count))
        return status_fail(status, STATUS_BAD_DATA,
                           "expected a shape of less than 2^64 bytes, found a greater one");
    const uint64_t bytes = tensor->count * dtype_size(tensor->dtype);
    if (tensor->end - tensor->begin == bytes)
        return true;
    return status_fail(
        status, STATUS_BAD_DATA,
        "expected data_offsets that span %llu bytes as dtype and shape say, found %llu",
        (unsigned long long)bytes, (unsigned long long)(tensor->end - tensor->begin));
}

bool safetensors_header_tensor(Tensor *tensor, const cJSON *entry, Status *status) {
    enum { KEYS = 3 };
    static const char *const keys[KEYS] = {"dtype", "shape", "data_offsets"};
    const cJSON *found[KEYS] = {NULL};
    char shown[SHOWN_TEXT];
    if (!cJSON_IsObject(entry))
        return status_fail(status, STATUS_BAD_DATA, "expected an object, found something else");
    for (const cJSON *item = entry->child; item; item = item->next) {
        int key = 0;
        while (key < KEYS && strcmp(item->string, keys[key]) != 0)
            key++;
        if (key == KEYS || found[key])
            return status_fail(status, STATUS_BAD_DATA,
                               "expected dtype, shape and data_offsets once each, found '%s'%s",
                               shown_text(item->string, shown), key < KEYS ? " again" : "");
        found[key] = item;
    }
    for (int key = 0; key < KEYS; key++)
        if (!found[key])
            return status_fail(status, STATUS_BAD_DATA, "expected a %s, found none", keys[key]);
    return read_dtype(tensor, found[0], status) &&
           read_numbers(tensor->shape, SAFETENSORS_RANK, &tensor->rank, "shape", found[1],
                        status) &&
           read_range(tensor, found[2], status) && check_size(tensor, status);
}
