#include "engine/files/safetensors.h"

#include "engine/files/safetensors_header.h"
#include "engine/files/shown_text.h"
#include "engine/files/whole_file.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "safetensors files are little-endian; this machine needs conversions that nobody has written"
#endif

typedef struct {
    const char *key, *text;
} Metadata;

struct Safetensors {
    char *path;
    uint8_t *owned; // the file's bytes if we have read them
    const uint8_t *data;
    uint64_t data_size;
    cJSON *header;  // keeps the names and texts below
    Tensor *tensor; // [count], sorted by name
    size_t count;
    Metadata *metadata; // [metadata_count], sorted by key
    size_t metadata_count;
};

void safetensors_free(Safetensors *file) {
    if (!file)
        return;
    cJSON_Delete(file->header);
    free(file->path);
    free(file->owned);
    free(file->tensor);
    free(file->metadata);
    free(file);
}

// ---- from the header's tree to the tables ----

static int compare_names(const void *a, const void *b) {
    return strcmp(((const Tensor *)a)->name, ((const Tensor *)b)->name);
}

static int compare_keys(const void *a, const void *b) {
    return strcmp(((const Metadata *)a)->key, ((const Metadata *)b)->key);
}

// Tensors without elements come first where several begin.
static int compare_ranges(const void *a, const void *b) {
    const Tensor *x = a, *y = b;
    if (x->begin != y->begin)
        return x->begin < y->begin ? -1 : 1;
    return (x->end > y->end) - (x->end < y->end);
}

static bool tensor_fail(const Tensor *tensor, Status *status) {
    char shown[SHOWN_TEXT];
    return status_prefix(status, "tensor '%s'", shown_text(tensor->name, shown));
}

static bool is_metadata(const cJSON *item) {
    return strcmp(item->string, SAFETENSORS_METADATA) == 0;
}

static bool read_metadata(Safetensors *file, const cJSON *object, Status *status) {
    char shown[SHOWN_TEXT];
    size_t count = 0;
    if (file->metadata)
        return status_fail(status, STATUS_BAD_DATA,
                           "expected " SAFETENSORS_METADATA " once, found it again");
    if (!cJSON_IsObject(object))
        return status_fail(status, STATUS_BAD_DATA,
                           "expected an object as " SAFETENSORS_METADATA ", found something else");
    for (const cJSON *item = object->child; item; item = item->next)
        count++;
    file->metadata = calloc(count + 1, sizeof *file->metadata);
    if (!file->metadata)
        return status_fail(status, STATUS_FAILURE, "no memory for %zu metadata", count);
    for (const cJSON *item = object->child; item; item = item->next) {
        if (!cJSON_IsString(item))
            return status_fail(status, STATUS_BAD_DATA,
                               "metadata '%s': expected a text, found something else",
                               shown_text(item->string, shown));
        file->metadata[file->metadata_count++] = (Metadata){item->string, item->valuestring};
    }
    qsort(file->metadata, count, sizeof *file->metadata, compare_keys);
    for (size_t i = 1; i < count; i++)
        if (strcmp(file->metadata[i - 1].key, file->metadata[i].key) == 0)
            return status_fail(status, STATUS_BAD_DATA,
                               "metadata '%s': expected every key once, found it again",
                               shown_text(file->metadata[i].key, shown));
    return true;
}

static bool read_entries(Safetensors *file, Status *status) {
    size_t count = 0;
    for (const cJSON *item = file->header->child; item; item = item->next)
        count += !is_metadata(item);
    if (count > SAFETENSORS_TENSORS)
        return status_fail(status, STATUS_BAD_DATA, "expected at most %d tensors, found %zu",
                           SAFETENSORS_TENSORS, count);
    file->tensor = calloc(count + 1, sizeof *file->tensor);
    if (!file->tensor)
        return status_fail(status, STATUS_FAILURE, "no memory for a table of %zu tensors", count);
    for (const cJSON *item = file->header->child; item; item = item->next) {
        if (is_metadata(item)) {
            if (!read_metadata(file, item, status))
                return false;
            continue;
        }
        Tensor *tensor = &file->tensor[file->count++];
        tensor->name = item->string;
        if (!safetensors_name_allowed(tensor->name)) {
            status_fail(status, STATUS_BAD_DATA, "expected a name without control characters");
            return tensor_fail(tensor, status);
        }
        if (!safetensors_header_tensor(tensor, item, status))
            return tensor_fail(tensor, status);
    }
    return true;
}

// The ranges must follow one another from the first byte of the data to the last.
static bool check_cover(Safetensors *file, Status *status) {
    uint64_t end = 0;
    qsort(file->tensor, file->count, sizeof *file->tensor, compare_ranges);
    for (size_t i = 0; i < file->count; i++) {
        const Tensor *tensor = &file->tensor[i];
        if (tensor->begin != end) {
            status_fail(status, STATUS_BAD_DATA,
                        "expected data from %llu on, where the tensor before ends, found %llu (%s)",
                        (unsigned long long)end, (unsigned long long)tensor->begin,
                        tensor->begin > end ? "a hole" : "an overlap");
            return tensor_fail(tensor, status);
        }
        end = tensor->end;
    }
    if (end == file->data_size)
        return true;
    return status_fail(
        status, STATUS_BAD_DATA,
        "expected %llu bytes of data after the header as its tensors say, found %llu",
        (unsigned long long)end, (unsigned long long)file->data_size);
}

static bool sort_names(Safetensors *file, Status *status) {
    qsort(file->tensor, file->count, sizeof *file->tensor, compare_names);
    for (size_t i = 1; i < file->count; i++)
        if (strcmp(file->tensor[i - 1].name, file->tensor[i].name) == 0) {
            status_fail(status, STATUS_BAD_DATA, "expected every name once, found it again");
            return tensor_fail(&file->tensor[i], status);
        }
    return true;
}

static bool parse(Safetensors *file, const uint8_t *bytes, size_t size, Status *status) {
    uint64_t length;
    if (size < SAFETENSORS_HEADER_START)
        return status_fail(status, STATUS_BAD_DATA,
                           "offset 0: expected 8 bytes with the header's length, found %zu", size);
    memcpy(&length, bytes, sizeof length);
    if (length > SAFETENSORS_HEADER_MOST || length > size - SAFETENSORS_HEADER_START)
        return status_fail(
            status, STATUS_BAD_DATA,
            "offset 0: expected a header of at most %llu bytes (%s), found a length of %llu",
            length > SAFETENSORS_HEADER_MOST ? (unsigned long long)SAFETENSORS_HEADER_MOST
                                             : (unsigned long long)size - SAFETENSORS_HEADER_START,
            length > SAFETENSORS_HEADER_MOST ? "the format's limit" : "the rest of the file",
            (unsigned long long)length);
    file->data = bytes + SAFETENSORS_HEADER_START + length;
    file->data_size = size - SAFETENSORS_HEADER_START - length;
    return safetensors_header_parse(&file->header, (const char *)bytes + SAFETENSORS_HEADER_START,
                                    (size_t)length, status) &&
           read_entries(file, status) && check_cover(file, status) && sort_names(file, status);
}

bool safetensors_parse(Safetensors **file, const char *name, const void *bytes, size_t size,
                       Status *status) {
    *file = calloc(1, sizeof **file);
    if (*file)
        (*file)->path = strdup(name);
    bool done = *file && (*file)->path;
    if (!done)
        status_fail(status, STATUS_FAILURE, "no memory");
    if (done && parse(*file, bytes, size, status))
        return true;
    safetensors_free(*file);
    *file = NULL;
    status_prefix(status, "%s", name);
    return false;
}

bool safetensors_read(Safetensors **file, const char *path, Status *status) {
    unsigned char *bytes;
    size_t size;
    *file = NULL;
    if (!whole_file_read(path, &bytes, &size, status))
        return false;
    if (!safetensors_parse(file, path, bytes, size, status)) {
        free(bytes);
        return false;
    }
    (*file)->owned = bytes;
    return true;
}

// ---- looking things up ----

const char *safetensors_path(const Safetensors *file) {
    return file->path;
}

size_t safetensors_count(const Safetensors *file) {
    return file->count;
}

const Tensor *safetensors_tensor(const Safetensors *file, size_t index) {
    return &file->tensor[index];
}

const Tensor *safetensors_find(const Safetensors *file, const char *name) {
    const Tensor wanted = {.name = name};
    return bsearch(&wanted, file->tensor, file->count, sizeof *file->tensor, compare_names);
}

size_t safetensors_metadata_count(const Safetensors *file) {
    return file->metadata_count;
}

void safetensors_metadata_entry(const Safetensors *file, size_t index, const char **key,
                                const char **text) {
    *key = file->metadata[index].key;
    *text = file->metadata[index].text;
}

const char *safetensors_metadata(const Safetensors *file, const char *key) {
    for (size_t i = 0; i < file->metadata_count; i++)
        if (strcmp(file->metadata[i].key, key) == 0)
            return file->metadata[i].text;
    return NULL;
}

// ---- copying elements ----

static bool fail_in(const Safetensors *file, const Tensor *tensor, Status *status) {
    tensor_fail(tensor, status);
    return status_prefix(status, "%s", file->path);
}

static const Tensor *find_or_fail(const Safetensors *file, const char *name, Status *status) {
    const Tensor *tensor = safetensors_find(file, name);
    if (!tensor) {
        status_fail(status, STATUS_BAD_DATA, "expected it in the file, found none of that name");
        fail_in(file, &(Tensor){.name = name}, status);
    }
    return tensor;
}

static void append_size(char *text, size_t room, uint64_t size) {
    const size_t used = strlen(text);
    snprintf(text + used, room - used, "%s%llu", used > 0 ? ", " : "", (unsigned long long)size);
}

static bool check_shape(const Tensor *tensor, int rank, const int *shape, Status *status) {
    enum { DIGITS = 24 };
    char expected[SAFETENSORS_RANK * DIGITS] = "", found[SAFETENSORS_RANK * DIGITS] = "";
    bool same = tensor->rank == rank;
    for (int i = 0; same && i < rank; i++)
        same = shape[i] >= 0 && tensor->shape[i] == (uint64_t)shape[i];
    if (same)
        return true;
    for (int i = 0; i < rank && i < SAFETENSORS_RANK; i++)
        append_size(expected, sizeof expected, (uint64_t)shape[i]);
    for (int i = 0; i < tensor->rank; i++)
        append_size(found, sizeof found, tensor->shape[i]);
    return status_fail(status, STATUS_BAD_DATA, "expected the shape [%s], found [%s]", expected,
                       found);
}

static bool is_float(const Tensor *tensor) {
    return tensor->dtype == DTYPE_F32 || tensor->dtype == DTYPE_F64;
}

static const Tensor *find_floats(const Safetensors *file, const char *name, int rank,
                                 const int *shape, Status *status) {
    const Tensor *tensor = find_or_fail(file, name, status);
    if (!tensor)
        return NULL;
    bool good = is_float(tensor);
    if (!good)
        status_fail(status, STATUS_BAD_DATA, "expected F32 or F64, found %s",
                    dtype_name(tensor->dtype));
    good = good && check_shape(tensor, rank, shape, status);
    if (!good)
        fail_in(file, tensor, status);
    return good ? tensor : NULL;
}

// Element i of an F32 or F64 tensor.  Nothing says that the data are aligned.
static double float_at(const Safetensors *file, const Tensor *tensor, uint64_t i) {
    const uint8_t *at = file->data + tensor->begin + i * dtype_size(tensor->dtype);
    float narrow;
    double wide;
    if (tensor->dtype == DTYPE_F64) {
        memcpy(&wide, at, sizeof wide);
        return wide;
    }
    memcpy(&narrow, at, sizeof narrow);
    return (double)narrow;
}

static bool fail_finite(const Safetensors *file, const Tensor *tensor, uint64_t i, const char *type,
                        Status *status) {
    status_fail(status, STATUS_BAD_DATA, "index %llu: expected a finite %s, found %g",
                (unsigned long long)i, type, float_at(file, tensor, i));
    return fail_in(file, tensor, status);
}

bool safetensors_copy_double(const Safetensors *file, const char *name, int rank, const int *shape,
                             bool finite, double *values, Status *status) {
    const Tensor *tensor = find_floats(file, name, rank, shape, status);
    for (uint64_t i = 0; tensor && i < tensor->count; i++) {
        values[i] = float_at(file, tensor, i);
        if (finite && !isfinite(values[i]))
            return fail_finite(file, tensor, i, "number", status);
    }
    return tensor;
}

bool safetensors_copy_real(const Safetensors *file, const char *name, int rank, const int *shape,
                           bool finite, real *values, Status *status) {
    const Tensor *tensor = find_floats(file, name, rank, shape, status);
    for (uint64_t i = 0; tensor && i < tensor->count; i++) {
        values[i] = (real)float_at(file, tensor, i);
        if (finite && !isfinite(values[i]))
            return fail_finite(file, tensor, i, REAL_NAME, status);
    }
    return tensor;
}

bool safetensors_check_finite(const Safetensors *file, Status *status) {
    for (size_t k = 0; k < file->count; k++) {
        const Tensor *tensor = &file->tensor[k];
        for (uint64_t i = 0; is_float(tensor) && i < tensor->count; i++)
            if (!isfinite(float_at(file, tensor, i)))
                return fail_finite(file, tensor, i, "number", status);
    }
    return true;
}

// A tensor of count elements in one of the types (DTYPE_COUNT in a place not needed).
static const Tensor *find_integers(const Safetensors *file, const char *name, uint64_t count,
                                   const Dtype allowed[3], Status *status) {
    const Tensor *tensor = find_or_fail(file, name, status);
    if (!tensor)
        return NULL;
    const bool right =
        tensor->dtype == allowed[0] || tensor->dtype == allowed[1] || tensor->dtype == allowed[2];
    if (right && tensor->count == count)
        return tensor;
    if (!right)
        status_fail(status, STATUS_BAD_DATA, "expected %s, found %s", dtype_name(allowed[0]),
                    dtype_name(tensor->dtype));
    else
        status_fail(status, STATUS_BAD_DATA, "expected %llu numbers, found %llu",
                    (unsigned long long)count, (unsigned long long)tensor->count);
    fail_in(file, tensor, status);
    return NULL;
}

bool safetensors_copy_i64(const Safetensors *file, const char *name, uint64_t count,
                          int64_t *values, Status *status) {
    static const Dtype allowed[3] = {DTYPE_I64, DTYPE_I32, DTYPE_U8};
    const Tensor *tensor = find_integers(file, name, count, allowed, status);
    for (uint64_t i = 0; tensor && i < count; i++) {
        const uint8_t *at = file->data + tensor->begin + i * dtype_size(tensor->dtype);
        int32_t narrow = *at;
        if (tensor->dtype == DTYPE_I32)
            memcpy(&narrow, at, sizeof narrow);
        values[i] = narrow;
        if (tensor->dtype == DTYPE_I64)
            memcpy(&values[i], at, sizeof values[i]);
    }
    return tensor;
}

bool safetensors_copy_u64(const Safetensors *file, const char *name, uint64_t count,
                          uint64_t *values, Status *status) {
    static const Dtype allowed[3] = {DTYPE_U64, DTYPE_U8, DTYPE_COUNT};
    const Tensor *tensor = find_integers(file, name, count, allowed, status);
    for (uint64_t i = 0; tensor && i < count; i++) {
        const uint8_t *at = file->data + tensor->begin + i * dtype_size(tensor->dtype);
        values[i] = *at;
        if (tensor->dtype == DTYPE_U64)
            memcpy(&values[i], at, sizeof values[i]);
    }
    return tensor;
}

bool safetensors_copy_bytes(const Safetensors *file, const char *name, uint64_t count,
                            uint8_t *values, Status *status) {
    static const Dtype allowed[3] = {DTYPE_U8, DTYPE_COUNT, DTYPE_COUNT};
    const Tensor *tensor = find_integers(file, name, count, allowed, status);
    if (tensor && count > 0)
        memcpy(values, file->data + tensor->begin, count);
    return tensor;
}
