#include "engine/files/atomic_file.h"
#include "engine/files/safetensors.h"

#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    char *name; // first, for the comparison
    Dtype dtype;
    int rank;
    uint64_t shape[TENSOR_RANK];
    unsigned char *data; // little-endian
    uint64_t size;
} Entry;

typedef struct {
    char *key; // first, for the comparison
    char *value;
} Text;

struct SafetensorsWriter {
    Entry *entry;
    Text *text;
    int entries, texts;
};

static const struct {
    const char *name;
    int size;
} written[] = {
    [DTYPE_F32] = {"F32", 4}, [DTYPE_F64] = {"F64", 8}, [DTYPE_I64] = {"I64", 8},
    [DTYPE_U64] = {"U64", 8}, [DTYPE_I32] = {"I32", 4}, [DTYPE_U8] = {"U8", 1},
};

SafetensorsWriter *safetensors_writer_new(void) {
    return calloc(1, sizeof(SafetensorsWriter));
}

void safetensors_writer_free(SafetensorsWriter *writer) {
    if (!writer)
        return;
    for (int i = 0; i < writer->entries; i++) {
        free(writer->entry[i].name);
        free(writer->entry[i].data);
    }
    for (int i = 0; i < writer->texts; i++) {
        free(writer->text[i].key);
        free(writer->text[i].value);
    }
    free(writer->entry);
    free(writer->text);
    free(writer);
}

static bool out_of_memory(Status *status) {
    return status_fail(status, STATUS_FAILURE, "out of memory for a safetensors file");
}

// Copies values of `size` bytes each, lowest byte first whatever the machine.
static void copy_little_endian(unsigned char *to, const unsigned char *from, uint64_t count,
                               int size) {
    const bool little = *(const unsigned char *)&(const int){1} == 1;
    for (uint64_t i = 0; i < count; i++, to += size, from += size)
        for (int b = 0; b < size; b++)
            to[b] = from[little ? b : size - 1 - b];
}

bool safetensors_add(SafetensorsWriter *writer, const char *name, Dtype dtype, int rank,
                     const uint64_t *shape, const void *data, Status *status) {
    Entry *grown = realloc(writer->entry, (size_t)(writer->entries + 1) * sizeof *grown);
    if (!grown)
        return out_of_memory(status);
    writer->entry = grown;
    Entry *entry = &grown[writer->entries];
    *entry = (Entry){.dtype = dtype, .rank = rank};
    uint64_t count = 1;
    for (int i = 0; i < rank; i++) {
        entry->shape[i] = shape[i];
        count *= shape[i];
    }
    entry->size = count * (uint64_t)written[dtype].size;
    entry->name = strdup(name);
    entry->data = malloc(entry->size + 1);
    if (!entry->name || !entry->data) {
        free(entry->name);
        free(entry->data);
        return out_of_memory(status);
    }
    copy_little_endian(entry->data, data, count, written[dtype].size);
    writer->entries++;
    return true;
}

bool safetensors_add_real(SafetensorsWriter *writer, const char *name, int rank, const int *shape,
                          const real *values, Status *status) {
    uint64_t wide[TENSOR_RANK];
    for (int i = 0; i < rank; i++)
        wide[i] = (uint64_t)shape[i];
    return safetensors_add(writer, name, REAL_IS_DOUBLE ? DTYPE_F64 : DTYPE_F32, rank, wide, values,
                           status);
}

bool safetensors_add_metadata(SafetensorsWriter *writer, const char *key, const char *value,
                              Status *status) {
    Text *grown = realloc(writer->text, (size_t)(writer->texts + 1) * sizeof *grown);
    if (!grown)
        return out_of_memory(status);
    writer->text = grown;
    Text *text = &grown[writer->texts];
    *text = (Text){.key = strdup(key), .value = strdup(value)};
    if (!text->key || !text->value) {
        free(text->key);
        free(text->value);
        return out_of_memory(status);
    }
    writer->texts++;
    return true;
}

static int compare_names(const void *a, const void *b) {
    const char *const *x = a, *const *y = b;
    return strcmp(*x, *y);
}

static bool add_item(cJSON *object, const char *key, cJSON *item) {
    if (item && cJSON_AddItemToObject(object, key, item))
        return true;
    cJSON_Delete(item);
    return false;
}

static cJSON *tensor_object(const Entry *entry, uint64_t begin) {
    cJSON *object = cJSON_CreateObject(), *shape = cJSON_CreateArray();
    const double range[2] = {(double)begin, (double)(begin + entry->size)};
    for (int i = 0; i < entry->rank; i++)
        cJSON_AddItemToArray(shape, cJSON_CreateNumber((double)entry->shape[i]));
    const bool done = add_item(object, "dtype", cJSON_CreateString(written[entry->dtype].name)) &&
                      add_item(object, "shape", shape) &&
                      add_item(object, "data_offsets", cJSON_CreateDoubleArray(range, 2));
    if (done)
        return object;
    cJSON_Delete(object);
    return NULL;
}

// The header's JSON; free() it.  NULL without memory.
static char *header_text(const SafetensorsWriter *writer) {
    cJSON *header = cJSON_CreateObject();
    bool done = header != NULL;
    if (done && writer->texts > 0) {
        cJSON *metadata = cJSON_CreateObject();
        for (int i = 0; done && i < writer->texts; i++)
            done = cJSON_AddStringToObject(metadata, writer->text[i].key, writer->text[i].value);
        done = add_item(header, "__metadata__", metadata) && done;
    }
    uint64_t at = 0;
    for (int i = 0; done && i < writer->entries; i++) {
        done = add_item(header, writer->entry[i].name, tensor_object(&writer->entry[i], at));
        at += writer->entry[i].size;
    }
    char *text = done ? cJSON_PrintUnformatted(header) : NULL;
    cJSON_Delete(header);
    return text;
}

static bool write_parts(const SafetensorsWriter *writer, const char *header, AtomicFile *file,
                        Status *status) {
    const size_t length = strlen(header);
    const uint64_t padded_length = (length + 7) / 8 * 8;
    unsigned char size[8];
    for (int i = 0; i < 8; i++)
        size[i] = (unsigned char)(padded_length >> (8 * i));
    if (!atomic_file_write(file, size, sizeof size, status) ||
        !atomic_file_write(file, header, length, status) ||
        !atomic_file_write(file, "       ", padded_length - length, status))
        return false;
    for (int i = 0; i < writer->entries; i++)
        if (!atomic_file_write(file, writer->entry[i].data, writer->entry[i].size, status))
            return false;
    return true;
}

bool safetensors_write(const SafetensorsWriter *writer, const char *path, Status *status) {
    qsort(writer->entry, (size_t)writer->entries, sizeof *writer->entry, compare_names);
    qsort(writer->text, (size_t)writer->texts, sizeof *writer->text, compare_names);
    char *header = header_text(writer);
    AtomicFile *file;
    if (!header)
        return out_of_memory(status);
    bool done = atomic_file_open(&file, path, status);
    if (done && !write_parts(writer, header, file, status)) {
        atomic_file_abandon(file);
        done = false;
    } else if (done)
        done = atomic_file_commit(file, status);
    cJSON_free(header);
    return done;
}
