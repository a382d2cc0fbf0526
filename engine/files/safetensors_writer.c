#include "engine/files/atomic_file.h"
#include "engine/files/safetensors_header.h"
#include "engine/files/shown_text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    char *name;
    Tensor tensor; // its name is not used
    void *values;  // copies, as is the name
} AddedTensor;

typedef struct {
    char *key, *text;
} AddedText;

struct SafetensorsWriter {
    AddedTensor *tensor;
    size_t count, room;
    AddedText *metadata;
    size_t metadata_count, metadata_room;
};

SafetensorsWriter *safetensors_writer_new(void) {
    return calloc(1, sizeof(SafetensorsWriter));
}

void safetensors_writer_free(SafetensorsWriter *writer) {
    if (!writer)
        return;
    for (size_t i = 0; i < writer->count; i++) {
        free(writer->tensor[i].name);
        free(writer->tensor[i].values);
    }
    for (size_t i = 0; i < writer->metadata_count; i++) {
        free(writer->metadata[i].key);
        free(writer->metadata[i].text);
    }
    free(writer->tensor);
    free(writer->metadata);
    free(writer);
}

// Room for one more element of the array at *elements.
static bool make_room(void **elements, size_t element, size_t count, size_t *room) {
    if (count < *room)
        return true;
    const size_t more = *room ? 2 * *room : 64;
    void *longer = reallocarray(*elements, more, element);
    if (!longer)
        return false;
    *elements = longer;
    *room = more;
    return true;
}

// ---- adding ----

static bool check_name(const SafetensorsWriter *writer, const char *name, Status *status) {
    char shown[SHOWN_TEXT];
    if (writer->count == SAFETENSORS_TENSORS)
        return status_fail(status, STATUS_FAILURE, "expected at most %d tensors, found more",
                           SAFETENSORS_TENSORS);
    if (safetensors_name_allowed(name) && strcmp(name, SAFETENSORS_METADATA) != 0)
        return true;
    return status_fail(status, STATUS_FAILURE, "tensor '%s': this name is not allowed",
                       shown_text(name, shown));
}

bool safetensors_add(SafetensorsWriter *writer, const char *name, Dtype dtype, int rank,
                     const uint64_t *shape, const void *values, Status *status) {
    Tensor tensor = {.dtype = dtype, .rank = rank};
    if (!check_name(writer, name, status))
        return false;
    if (rank < 0 || rank > SAFETENSORS_RANK ||
        !safetensors_elements(dtype, rank, shape, &tensor.count))
        return status_fail(status, STATUS_FAILURE, "tensor '%s': its shape cannot be stored", name);
    if (rank > 0)
        memcpy(tensor.shape, shape, (size_t)rank * sizeof *shape);
    const size_t size = tensor.count * dtype_size(dtype);
    AddedTensor added = {.name = strdup(name), .tensor = tensor, .values = malloc(size + 1)};
    void *list = writer->tensor;
    if (!added.name || !added.values ||
        !make_room(&list, sizeof added, writer->count, &writer->room)) {
        free(added.name);
        free(added.values);
        return status_fail(status, STATUS_FAILURE, "tensor '%s': no memory for %zu bytes", name,
                           size);
    }
    if (size > 0)
        memcpy(added.values, values, size);
    writer->tensor = list;
    writer->tensor[writer->count++] = added;
    return true;
}

bool safetensors_add_real(SafetensorsWriter *writer, const char *name, int rank, const int *shape,
                          const real *values, Status *status) {
    uint64_t wide[SAFETENSORS_RANK] = {0};
    for (int i = 0; i < rank && i < SAFETENSORS_RANK; i++)
        wide[i] = (uint64_t)shape[i];
    return safetensors_add(writer, name, REAL_IS_DOUBLE ? DTYPE_F64 : DTYPE_F32, rank, wide, values,
                           status);
}

// A copy in which U+FFFD stands for every byte that is no UTF-8.
static char *valid_copy(const char *text) {
    static const char replacement[] = "\xef\xbf\xbd";
    size_t left = strlen(text), used = 0;
    const char *next = text;
    char *copy = reallocarray(NULL, left + 1, strlen(replacement));
    while (copy && left > 0) {
        const size_t length = utf8_length((const unsigned char *)next, left);
        const size_t step = length > 0 ? length : 1, size = length > 0 ? length : 3;
        memcpy(copy + used, length > 0 ? next : replacement, size);
        used += size;
        next += step;
        left -= step;
    }
    if (copy)
        copy[used] = '\0';
    return copy;
}

bool safetensors_add_metadata(SafetensorsWriter *writer, const char *key, const char *text,
                              Status *status) {
    AddedText added = {.key = valid_copy(key), .text = valid_copy(text)};
    void *list = writer->metadata;
    if (!added.key || !added.text ||
        !make_room(&list, sizeof added, writer->metadata_count, &writer->metadata_room)) {
        free(added.key);
        free(added.text);
        return status_fail(status, STATUS_FAILURE, "metadata '%s': no memory", key);
    }
    writer->metadata = list;
    writer->metadata[writer->metadata_count++] = added;
    return true;
}

// ---- writing ----

static int compare_tensors(const void *a, const void *b) {
    return strcmp(((const AddedTensor *)a)->name, ((const AddedTensor *)b)->name);
}

static int compare_texts(const void *a, const void *b) {
    return strcmp(((const AddedText *)a)->key, ((const AddedText *)b)->key);
}

// Sorts both lists, finds what is there twice, and lays the tensors out one after another.
static bool lay_out(SafetensorsWriter *writer, Status *status) {
    uint64_t end = 0;
    char shown[SHOWN_TEXT];
    if (writer->count > 0)
        qsort(writer->tensor, writer->count, sizeof *writer->tensor, compare_tensors);
    if (writer->metadata_count > 0)
        qsort(writer->metadata, writer->metadata_count, sizeof *writer->metadata, compare_texts);
    for (size_t i = 1; i < writer->metadata_count; i++)
        if (compare_texts(&writer->metadata[i - 1], &writer->metadata[i]) == 0)
            return status_fail(status, STATUS_FAILURE, "metadata '%s' was added twice",
                               shown_text(writer->metadata[i].key, shown));
    for (size_t i = 0; i < writer->count; i++) {
        Tensor *tensor = &writer->tensor[i].tensor;
        if (i > 0 && compare_tensors(&writer->tensor[i - 1], &writer->tensor[i]) == 0)
            return status_fail(status, STATUS_FAILURE, "tensor '%s' was added twice",
                               writer->tensor[i].name);
        tensor->begin = end;
        tensor->end = end += tensor->count * dtype_size(tensor->dtype);
    }
    return true;
}

static void print_text(FILE *stream, const char *text) {
    fputc('"', stream);
    for (; *text; text++) {
        const unsigned char byte = (unsigned char)*text;
        if (byte == '"' || byte == '\\')
            fprintf(stream, "\\%c", byte);
        else if (byte < 0x20)
            fprintf(stream, "\\u%04x", byte);
        else
            fputc(byte, stream);
    }
    fputc('"', stream);
}

static void print_tensor(FILE *stream, const AddedTensor *added) {
    const Tensor *tensor = &added->tensor;
    print_text(stream, added->name);
    fprintf(stream, ":{\"dtype\":\"%s\",\"shape\":[", dtype_name(tensor->dtype));
    for (int i = 0; i < tensor->rank; i++)
        fprintf(stream, "%s%llu", i > 0 ? "," : "", (unsigned long long)tensor->shape[i]);
    fprintf(stream, "],\"data_offsets\":[%llu,%llu]}", (unsigned long long)tensor->begin,
            (unsigned long long)tensor->end);
}

static void print_header(FILE *stream, const SafetensorsWriter *writer) {
    fputc('{', stream);
    if (writer->metadata_count > 0) {
        fputs("\"" SAFETENSORS_METADATA "\":{", stream);
        for (size_t i = 0; i < writer->metadata_count; i++) {
            fputs(i > 0 ? "," : "", stream);
            print_text(stream, writer->metadata[i].key);
            fputc(':', stream);
            print_text(stream, writer->metadata[i].text);
        }
        fputs(writer->count > 0 ? "}," : "}", stream);
    }
    for (size_t i = 0; i < writer->count; i++) {
        fputs(i > 0 ? "," : "", stream);
        print_tensor(stream, &writer->tensor[i]);
    }
    fputc('}', stream);
    while (ftell(stream) % 8 != 0)
        fputc(' ', stream);
}

// *header is owned by the caller.
static bool make_header(const SafetensorsWriter *writer, char **header, size_t *size,
                        Status *status) {
    *header = NULL;
    FILE *stream = open_memstream(header, size);
    bool done = stream != NULL;
    if (stream) {
        print_header(stream, writer);
        done = !ferror(stream);
        done = fclose(stream) == 0 && done;
    }
    if (!done)
        return status_fail(status, STATUS_FAILURE, "no memory for the header");
    return *size <= SAFETENSORS_HEADER_MOST ||
           status_fail(status, STATUS_FAILURE, "the header is longer than %d bytes",
                       SAFETENSORS_HEADER_MOST);
}

static bool write_bytes(const SafetensorsWriter *writer, const char *header, size_t size,
                        const char *path, Status *status) {
    AtomicFile file;
    const uint64_t length = size;
    if (!atomic_file_open(&file, path, status))
        return false;
    bool good =
        atomic_file_write(&file, &length, sizeof length) && atomic_file_write(&file, header, size);
    for (size_t i = 0; good && i < writer->count; i++) {
        const AddedTensor *added = &writer->tensor[i];
        good = atomic_file_write(&file, added->values, added->tensor.end - added->tensor.begin);
    }
    return atomic_file_commit(&file, status); // tells of the first write that failed
}

bool safetensors_write(SafetensorsWriter *writer, const char *path, Status *status) {
    char *header = NULL;
    size_t size = 0;
    bool done = lay_out(writer, status) && make_header(writer, &header, &size, status);
    if (!done)
        status_prefix(status, "%s", path);
    done = done && write_bytes(writer, header, size, path, status);
    free(header);
    return done;
}
