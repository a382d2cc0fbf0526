// Safetensors from anything: what is accepted must keep what safetensors.h promises.
#include "engine/files/safetensors.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void insist(bool promised) {
    if (!promised)
        abort();
}

// Copies a tensor under its own shape and under another one.
static void copy(const Safetensors *file, const Tensor *tensor) {
    Status status;
    int shape[SAFETENSORS_RANK + 1] = {0};
    bool fits = true;
    for (int i = 0; i < tensor->rank; i++) {
        shape[i] = (int)tensor->shape[i];
        fits = fits && tensor->shape[i] < 1u << 30;
    }
    // Tensors without elements take no room, whatever they announce.
    void *values = malloc(tensor->count * sizeof(double) + 1);
    insist(values != NULL);
    const bool is_float = tensor->dtype == DTYPE_F32 || tensor->dtype == DTYPE_F64;
    if (fits) {
        insist(is_float == safetensors_copy_real(file, tensor->name, tensor->rank, shape, false,
                                                 values, &status));
        insist(is_float == safetensors_copy_double(file, tensor->name, tensor->rank, shape, false,
                                                   values, &status));
        safetensors_copy_double(file, tensor->name, tensor->rank, shape, true, values, &status);
    }
    insist(!safetensors_copy_real(file, tensor->name, tensor->rank + 1, shape, false, values,
                                  &status));
    safetensors_copy_i64(file, tensor->name, tensor->count, values, &status);
    safetensors_copy_u64(file, tensor->name, tensor->count, values, &status);
    safetensors_copy_bytes(file, tensor->name, tensor->count, values, &status);
    free(values);
}

static void check(const Safetensors *file, size_t size) {
    Status status;
    uint64_t bytes = 0;
    for (size_t i = 0; i < safetensors_count(file); i++) {
        const Tensor *tensor = safetensors_tensor(file, i);
        insist(safetensors_find(file, tensor->name) == tensor);
        insist(i == 0 || strcmp(safetensors_tensor(file, i - 1)->name, tensor->name) < 0);
        insist(tensor->end - tensor->begin == tensor->count * dtype_size(tensor->dtype));
        bytes += tensor->end - tensor->begin;
        copy(file, tensor);
    }
    insist(bytes <= size);
    for (size_t i = 0; i < safetensors_metadata_count(file); i++) {
        const char *key, *text;
        safetensors_metadata_entry(file, i, &key, &text);
        insist(safetensors_metadata(file, key) == text);
    }
    safetensors_check_finite(file, &status);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    Safetensors *file;
    Status status;
    status_clear(&status);
    if (safetensors_parse(&file, "fuzz", data, size, &status)) {
        check(file, size);
        safetensors_free(file);
    } else
        insist(!file && status.code == STATUS_BAD_DATA && strncmp(status.text, "fuzz: ", 6) == 0);
    return 0;
}
