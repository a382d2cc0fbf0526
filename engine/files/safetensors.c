#include "engine/files/safetensors.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const uint64_t header_most = 100000000;
static const double whole_most = 9007199254740992.0; // 2^53: cJSON keeps numbers as doubles

static const struct {
    const char *name;
    Dtype dtype;
    int size; // bytes
} dtypes[] = {
    {"F32", DTYPE_F32, 4},       {"F64", DTYPE_F64, 8},    {"I64", DTYPE_I64, 8},
    {"U64", DTYPE_U64, 8},       {"I32", DTYPE_I32, 4},    {"U8", DTYPE_U8, 1},
    {"BOOL", DTYPE_OTHER, 1},    {"I8", DTYPE_OTHER, 1},   {"F8_E5M2", DTYPE_OTHER, 1},
    {"F8_E4M3", DTYPE_OTHER, 1}, {"I16", DTYPE_OTHER, 2},  {"U16", DTYPE_OTHER, 2},
    {"F16", DTYPE_OTHER, 2},     {"BF16", DTYPE_OTHER, 2}, {"U32", DTYPE_OTHER, 4},
};
enum { DTYPES = sizeof dtypes / sizeof dtypes[0] };

typedef struct {
    const char *key, *value;
} Metadata;

struct Safetensors {
    char *path;
    unsigned char *bytes;
    uint64_t size, data_start;
    cJSON *header;  // owns names and texts
    Tensor *tensor; // [count] sorted by name
    int count;
    Metadata *metadata; // [metadata_count] sorted by key
    int metadata_count;
};

static bool bad(const Safetensors *file, Status *status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static bool bad(const Safetensors *file, Status *status, const char *format, ...) {
    char text[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    return status_fail(status, STATUS_BAD_DATA, "%s: %s", file->path, text);
}

// ---- the header's form ----

// Bytes of the UTF-8 character at text, or 0 if it is none.
static size_t character_length(const unsigned char *text, size_t left) {
    const unsigned char c = text[0];
    const size_t length = c < 0x80                ? 1
                          : c >= 0xc2 && c < 0xe0 ? 2
                          : c >= 0xe0 && c < 0xf0 ? 3
                          : c >= 0xf0 && c < 0xf5 ? 4
                                                  : 0;
    if (length == 0 || length > left)
        return 0;
    for (size_t i = 1; i < length; i++)
        if ((text[i] & 0xc0) != 0x80)
            return 0;
    const bool overlong = (c == 0xe0 && text[1] < 0xa0) || (c == 0xf0 && text[1] < 0x90);
    const bool surrogate = c == 0xed && text[1] >= 0xa0;
    const bool beyond = c == 0xf4 && text[1] >= 0x90;
    return overlong || surrogate || beyond ? 0 : length;
}

static bool check_utf8(const Safetensors *file, uint64_t length, Status *status) {
    for (uint64_t at = 8, step; at < 8 + length; at += step) {
        step = character_length(file->bytes + at, 8 + length - at);
        if (step == 0)
            return bad(file, status, "byte %" PRIu64 ": expected UTF-8 in the header, found 0x%02x",
                       at, file->bytes[at]);
        if (file->bytes[at] == 0)
            return bad(file, status, "byte %" PRIu64 ": expected JSON in the header, found byte 0",
                       at);
    }
    return true;
}

static bool parse_header(Safetensors *file, Status *status) {
    uint64_t length = 0;
    if (file->size < 8)
        return bad(file, status, "expected 8 bytes of header length, found a file of %" PRIu64,
                   file->size);
    for (int i = 7; i >= 0; i--)
        length = length << 8 | file->bytes[i];
    if (length > header_most || length > file->size - 8)
        return bad(file, status,
                   "byte 0: expected a header length of at most %" PRIu64 ", found %" PRIu64,
                   file->size - 8 < header_most ? file->size - 8 : header_most, length);
    if (length == 0 || file->bytes[8] != '{')
        return bad(file, status, "byte 8: expected '{' at the start of the header, found %s",
                   length == 0 ? "no header" : "another character");
    if (!check_utf8(file, length, status))
        return false;
    const char *text = (const char *)file->bytes + 8, *end = NULL;
    file->header = cJSON_ParseWithLengthOpts(text, length, &end, false);
    if (!file->header)
        return bad(file, status, "byte %" PRIu64 ": expected JSON, found something else",
                   8 + (uint64_t)((end ? end : cJSON_GetErrorPtr()) - text));
    for (const char *rest = end; rest < text + length; rest++)
        if (*rest != ' ')
            return bad(file, status,
                       "byte %" PRIu64 ": expected spaces after the header's JSON, found 0x%02x",
                       8 + (uint64_t)(rest - text), (unsigned char)*rest);
    file->data_start = 8 + length;
    return true;
}

// ---- what the header says ----

static int compare_names(const void *a, const void *b) {
    const char *const *x = a, *const *y = b;
    return strcmp(*x, *y);
}

// No key of this object twice: cJSON keeps both.
static bool check_keys(const Safetensors *file, const cJSON *object, const char *where,
                       Status *status) {
    const int count = cJSON_GetArraySize(object);
    const char **names = calloc((size_t)count + 1, sizeof *names);
    if (!names)
        return status_fail(status, STATUS_FAILURE, "%s: out of memory", file->path);
    int i = 0;
    for (const cJSON *item = object->child; item; item = item->next)
        names[i++] = item->string;
    qsort(names, (size_t)count, sizeof *names, compare_names);
    bool done = true;
    for (i = 1; done && i < count; i++)
        if (strcmp(names[i - 1], names[i]) == 0)
            done = bad(file, status, "%s: expected each key once, found '%.100s' twice", where,
                       names[i]);
    free(names);
    return done;
}

static bool whole_number(const cJSON *item, uint64_t *value) {
    if (!cJSON_IsNumber(item) || !(item->valuedouble >= 0) || item->valuedouble > whole_most ||
        floor(item->valuedouble) != item->valuedouble)
        return false;
    *value = (uint64_t)item->valuedouble;
    return true;
}

static bool read_metadata(Safetensors *file, const cJSON *object, Status *status) {
    if (!cJSON_IsObject(object))
        return bad(file, status, "__metadata__: expected an object, found something else");
    if (!check_keys(file, object, "__metadata__", status))
        return false;
    file->metadata = calloc((size_t)cJSON_GetArraySize(object) + 1, sizeof *file->metadata);
    if (!file->metadata)
        return status_fail(status, STATUS_FAILURE, "%s: out of memory", file->path);
    for (const cJSON *item = object->child; item; item = item->next) {
        if (!cJSON_IsString(item))
            return bad(file, status, "__metadata__: %.100s: expected a string, found another type",
                       item->string);
        file->metadata[file->metadata_count++] = (Metadata){item->string, item->valuestring};
    }
    qsort(file->metadata, (size_t)file->metadata_count, sizeof *file->metadata, compare_names);
    return true;
}

static bool read_dtype(const Safetensors *file, const cJSON *item, Tensor *tensor, int *size,
                       Status *status) {
    for (int i = 0; cJSON_IsString(item) && i < DTYPES; i++)
        if (strcmp(item->valuestring, dtypes[i].name) == 0) {
            tensor->dtype = dtypes[i].dtype;
            tensor->dtype_name = dtypes[i].name;
            *size = dtypes[i].size;
            return true;
        }
    return bad(file, status, "tensor '%.100s': expected a dtype such as F32, found %.40s",
               tensor->name, cJSON_IsString(item) ? item->valuestring : "no string");
}

// shape and count; bytes = count * size, overflow-checked.
static bool read_shape(const Safetensors *file, const cJSON *item, Tensor *tensor, int size,
                       uint64_t *bytes, Status *status) {
    if (!cJSON_IsArray(item) || cJSON_GetArraySize(item) > TENSOR_RANK)
        return bad(file, status, "tensor '%.100s': expected a shape of at most %d sizes, found %s",
                   tensor->name, TENSOR_RANK, cJSON_IsArray(item) ? "more" : "no list");
    tensor->count = 1;
    for (const cJSON *each = item->child; each; each = each->next) {
        uint64_t *length = &tensor->shape[tensor->rank++];
        if (!whole_number(each, length))
            return bad(file, status,
                       "tensor '%.100s': expected whole numbers up to 2^53 as its shape, found "
                       "something else",
                       tensor->name);
        if (__builtin_mul_overflow(tensor->count, *length, &tensor->count))
            return bad(file, status, "tensor '%.100s': the product of its shape overflows",
                       tensor->name);
    }
    if (__builtin_mul_overflow(tensor->count, (uint64_t)size, bytes))
        return bad(file, status, "tensor '%.100s': the size of its data overflows", tensor->name);
    return true;
}

static bool read_range(const Safetensors *file, const cJSON *item, Tensor *tensor, uint64_t bytes,
                       Status *status) {
    uint64_t begin, end;
    if (!cJSON_IsArray(item) || cJSON_GetArraySize(item) != 2 ||
        !whole_number(item->child, &begin) || !whole_number(item->child->next, &end) || begin > end)
        return bad(file, status,
                   "tensor '%.100s': expected data_offsets [begin, end], found "
                   "something else",
                   tensor->name);
    if (end > file->size - file->data_start)
        return bad(file, status,
                   "tensor '%.100s': its data end at byte %" PRIu64 " of %" PRIu64 " there are",
                   tensor->name, end, file->size - file->data_start);
    if (end - begin != bytes)
        return bad(file, status,
                   "tensor '%.100s': expected %" PRIu64 " bytes for its shape and dtype, found "
                   "%" PRIu64,
                   tensor->name, bytes, end - begin);
    tensor->size = bytes;
    tensor->offset = file->data_start + begin;
    tensor->data = file->bytes + tensor->offset;
    return true;
}

static bool read_tensor(Safetensors *file, const cJSON *object, Status *status) {
    Tensor *tensor = &file->tensor[file->count];
    char where[128];
    int size = 1;
    uint64_t bytes = 0;
    *tensor = (Tensor){.name = object->string};
    snprintf(where, sizeof where, "tensor '%.100s'", object->string);
    if (!cJSON_IsObject(object))
        return bad(file, status, "%s: expected an object, found something else", where);
    if (!check_keys(file, object, where, status))
        return false;
    if (cJSON_GetArraySize(object) != 3)
        return bad(file, status, "%s: expected dtype, shape and data_offsets, found %d fields",
                   where, cJSON_GetArraySize(object));
    file->count++;
    return read_dtype(file, cJSON_GetObjectItemCaseSensitive(object, "dtype"), tensor, &size,
                      status) &&
           read_shape(file, cJSON_GetObjectItemCaseSensitive(object, "shape"), tensor, size, &bytes,
                      status) &&
           read_range(file, cJSON_GetObjectItemCaseSensitive(object, "data_offsets"), tensor, bytes,
                      status);
}

static int compare_offsets(const void *a, const void *b) {
    const Tensor *x = a, *y = b;
    if (x->offset != y->offset)
        return x->offset < y->offset ? -1 : 1;
    return (x->size > y->size) - (x->size < y->size); // empty ones first
}

// The ranges follow each other from the start of the data to the end of the file.
static bool check_cover(Safetensors *file, Status *status) {
    qsort(file->tensor, (size_t)file->count, sizeof *file->tensor, compare_offsets);
    uint64_t next = file->data_start;
    for (int i = 0; i < file->count; i++) {
        const Tensor *tensor = &file->tensor[i];
        if (tensor->offset != next)
            return bad(file, status,
                       "tensor '%.100s': expected its data at byte %" PRIu64 ", found them at "
                       "%" PRIu64 " (%s)",
                       tensor->name, next, tensor->offset,
                       tensor->offset < next ? "an overlap" : "a hole");
        next += tensor->size;
    }
    if (next != file->size)
        return bad(file, status,
                   "byte %" PRIu64 ": expected the end of the file, found %" PRIu64
                   " bytes that belong to no tensor",
                   next, file->size - next);
    return true;
}

static bool read_header(Safetensors *file, Status *status) {
    if (!parse_header(file, status) || !check_keys(file, file->header, "header", status))
        return false;
    const int count = cJSON_GetArraySize(file->header);
    if (count > SAFETENSORS_TENSORS)
        return bad(file, status, "expected at most %d tensors, found %d", SAFETENSORS_TENSORS,
                   count);
    file->tensor = calloc((size_t)count + 1, sizeof *file->tensor);
    if (!file->tensor)
        return status_fail(status, STATUS_FAILURE, "%s: out of memory", file->path);
    for (const cJSON *item = file->header->child; item; item = item->next)
        if (strcmp(item->string, "__metadata__") == 0 ? !read_metadata(file, item, status)
                                                      : !read_tensor(file, item, status))
            return false;
    if (!check_cover(file, status))
        return false;
    qsort(file->tensor, (size_t)file->count, sizeof *file->tensor, compare_names);
    return true;
}

// ---- files ----

// Takes bytes over.
static bool adopt(Safetensors **made, const char *path, unsigned char *bytes, uint64_t size,
                  Status *status) {
    Safetensors *file = calloc(1, sizeof *file);
    *made = NULL;
    if (file)
        file->path = strdup(path);
    if (!file || !file->path) {
        free(bytes);
        free(file);
        return status_fail(status, STATUS_FAILURE, "%s: out of memory", path);
    }
    file->bytes = bytes;
    file->size = size;
    if (!read_header(file, status)) {
        safetensors_free(file);
        return false;
    }
    *made = file;
    return true;
}

bool safetensors_parse(Safetensors **file, const char *name, const void *data, size_t size,
                       Status *status) {
    unsigned char *bytes = malloc(size + 1);
    *file = NULL;
    if (!bytes)
        return status_fail(status, STATUS_FAILURE, "%s: out of memory", name);
    if (size > 0)
        memcpy(bytes, data, size);
    return adopt(file, name, bytes, size, status);
}

static unsigned char *read_all(const char *path, uint64_t *size, Status *status) {
    FILE *stream = fopen(path, "rb");
    struct stat about;
    unsigned char *bytes = NULL;
    if (!stream || fstat(fileno(stream), &about) != 0)
        status_fail(status, STATUS_BAD_DATA, "%s: %s", path, strerror(errno));
    else if (!S_ISREG(about.st_mode))
        status_fail(status, STATUS_BAD_DATA, "%s: expected a file, found something else", path);
    else if (!(bytes = malloc((size_t)about.st_size + 1)))
        status_fail(status, STATUS_FAILURE, "%s: out of memory for %lld bytes", path,
                    (long long)about.st_size);
    else {
        *size = fread(bytes, 1, (size_t)about.st_size, stream);
        if (ferror(stream)) {
            status_fail(status, STATUS_BAD_DATA, "%s: %s", path, strerror(errno));
            free(bytes);
            bytes = NULL;
        }
    }
    if (stream)
        fclose(stream);
    return bytes;
}

bool safetensors_read(Safetensors **file, const char *path, Status *status) {
    uint64_t size = 0;
    unsigned char *bytes = read_all(path, &size, status);
    *file = NULL;
    return bytes && adopt(file, path, bytes, size, status);
}

void safetensors_free(Safetensors *file) {
    if (!file)
        return;
    cJSON_Delete(file->header);
    free(file->tensor);
    free(file->metadata);
    free(file->bytes);
    free(file->path);
    free(file);
}

// ---- looking things up ----

const char *safetensors_path(const Safetensors *file) {
    return file->path;
}
int safetensors_count(const Safetensors *file) {
    return file->count;
}
const Tensor *safetensors_tensor(const Safetensors *file, int index) {
    return &file->tensor[index];
}
int safetensors_metadata_count(const Safetensors *file) {
    return file->metadata_count;
}
const char *safetensors_metadata_key(const Safetensors *file, int index) {
    return file->metadata[index].key;
}

// A Tensor starts with its name and a Metadata with its key, so one comparison serves both.
_Static_assert(offsetof(Tensor, name) == 0 && offsetof(Metadata, key) == 0, "names come first");

const Tensor *safetensors_find(const Safetensors *file, const char *name) {
    return bsearch(&name, file->tensor, (size_t)file->count, sizeof *file->tensor, compare_names);
}

const char *safetensors_metadata(const Safetensors *file, const char *key) {
    if (file->metadata_count == 0)
        return NULL;
    const Metadata *found = bsearch(&key, file->metadata, (size_t)file->metadata_count,
                                    sizeof *file->metadata, compare_names);
    return found ? found->value : NULL;
}

// ---- copying values ----

static uint64_t little_endian(const unsigned char *bytes, int size) {
    uint64_t value = 0;
    for (int i = size - 1; i >= 0; i--)
        value = value << 8 | bytes[i];
    return value;
}

static double number_at(const Tensor *tensor, uint64_t index) {
    if (tensor->dtype == DTYPE_F64) {
        const uint64_t bits = little_endian(tensor->data + index * 8, 8);
        double value;
        memcpy(&value, &bits, sizeof value);
        return value;
    }
    const uint32_t bits = (uint32_t)little_endian(tensor->data + index * 4, 4);
    float value;
    memcpy(&value, &bits, sizeof value);
    return (double)value;
}

static void shape_text(int rank, const uint64_t *shape, char *text, size_t size) {
    size_t used = (size_t)snprintf(text, size, "[");
    for (int i = 0; i < rank && used < size; i++)
        used += (size_t)snprintf(text + used, size - used, "%s%" PRIu64, i ? ", " : "", shape[i]);
    if (used < size)
        snprintf(text + used, size - used, "]");
}

// The tensor of numbers with exactly that shape, or NULL and why.
static const Tensor *find_shaped(const Safetensors *file, const char *name, int rank,
                                 const int *shape, Status *status) {
    const Tensor *tensor = safetensors_find(file, name);
    if (!tensor) {
        bad(file, status, "expected a tensor '%s', found none", name);
        return NULL;
    }
    uint64_t expected[TENSOR_RANK];
    bool same = tensor->rank == rank;
    for (int i = 0; i < rank; i++) {
        expected[i] = (uint64_t)shape[i];
        same = same && tensor->shape[i] == expected[i];
    }
    if (!same) {
        char wanted[160], found[160];
        shape_text(rank, expected, wanted, sizeof wanted);
        shape_text(tensor->rank, tensor->shape, found, sizeof found);
        bad(file, status, "tensor '%s': expected shape %s, found %s", name, wanted, found);
        return NULL;
    }
    if (tensor->dtype != DTYPE_F32 && tensor->dtype != DTYPE_F64) {
        bad(file, status, "tensor '%s': expected F32 or F64, found %s", name, tensor->dtype_name);
        return NULL;
    }
    return tensor;
}

static bool check_number(const Safetensors *file, const Tensor *tensor, uint64_t index,
                         double value, Status *status) {
    if (isfinite(value))
        return true;
    return bad(file, status, "tensor '%s': expected finite values, found %s at index %" PRIu64,
               tensor->name, isnan(value) ? "NaN" : "an infinity", index);
}

bool safetensors_copy_double(const Safetensors *file, const char *name, int rank, const int *shape,
                             bool finite, double *values, Status *status) {
    const Tensor *tensor = find_shaped(file, name, rank, shape, status);
    for (uint64_t i = 0; tensor && i < tensor->count; i++) {
        values[i] = number_at(tensor, i);
        if (finite && !check_number(file, tensor, i, values[i], status))
            return false;
    }
    return tensor != NULL;
}

bool safetensors_copy_real(const Safetensors *file, const char *name, int rank, const int *shape,
                           bool finite, real *values, Status *status) {
    const Tensor *tensor = find_shaped(file, name, rank, shape, status);
    for (uint64_t i = 0; tensor && i < tensor->count; i++) {
        values[i] = (real)number_at(tensor, i);
        // A float64 may be too large for float32: what arrives counts.
        if (finite && !check_number(file, tensor, i, (double)values[i], status))
            return false;
    }
    return tensor != NULL;
}

static const Tensor *find_counted(const Safetensors *file, const char *name, Dtype dtype,
                                  uint64_t count, Status *status) {
    const Tensor *tensor = safetensors_find(file, name);
    if (tensor && tensor->dtype == dtype && tensor->count == count)
        return tensor;
    if (!tensor)
        bad(file, status, "expected a tensor '%s', found none", name);
    else
        bad(file, status, "tensor '%s': expected %" PRIu64 " values of %s, found %" PRIu64 " of %s",
            name, count, dtype == DTYPE_I64 ? "I64" : "U64", tensor->count, tensor->dtype_name);
    return NULL;
}

bool safetensors_copy_u64(const Safetensors *file, const char *name, uint64_t count,
                          uint64_t *values, Status *status) {
    const Tensor *tensor = find_counted(file, name, DTYPE_U64, count, status);
    for (uint64_t i = 0; tensor && i < count; i++)
        values[i] = little_endian(tensor->data + i * 8, 8);
    return tensor != NULL;
}

bool safetensors_copy_i64(const Safetensors *file, const char *name, uint64_t count,
                          int64_t *values, Status *status) {
    const Tensor *tensor = find_counted(file, name, DTYPE_I64, count, status);
    for (uint64_t i = 0; tensor && i < count; i++)
        values[i] = (int64_t)little_endian(tensor->data + i * 8, 8);
    return tensor != NULL;
}
