// Tensors on disk: the safetensors format (github.com/huggingface/safetensors), read strictly.
//
//     u64 little-endian   length of the header: at most 100,000,000 and at most file - 8
//     header              UTF-8 JSON, starts with '{', may end in spaces:
//                         {"__metadata__": {"key": "text" ...},
//                          "name": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]} ...}
//     data                offsets count from here; the ranges cover it with no hole and no overlap
//
// Anything else is refused with the file, the place, what was expected and what was found.  Values
// may be NaN: whoever minds asks for finite ones.
#ifndef ENGINE_FILES_SAFETENSORS_H
#define ENGINE_FILES_SAFETENSORS_H

#include "engine/real.h"
#include "engine/status.h"

#include <stdint.h>

typedef enum {
    DTYPE_F32,
    DTYPE_F64,
    DTYPE_I64,
    DTYPE_U64,
    DTYPE_I32,
    DTYPE_U8,
    DTYPE_OTHER, // known to the format, of no use to us (F16, BOOL ...)
} Dtype;

enum { TENSOR_RANK = 8, SAFETENSORS_TENSORS = 65536 };

typedef struct {
    const char *name; // belongs to the file
    Dtype dtype;
    const char *dtype_name;
    int rank;
    uint64_t shape[TENSOR_RANK];
    uint64_t count;            // product of the shape
    const unsigned char *data; // little-endian, belongs to the file; any alignment
    uint64_t size;             // bytes
    uint64_t offset;           // of data, from the start of the file
} Tensor;

typedef struct Safetensors Safetensors;

// The whole file; errors are STATUS_BAD_DATA.
bool safetensors_read(Safetensors **file, const char *path, Status *status);
// The same from memory, which is copied; name stands for the path in errors.
bool safetensors_parse(Safetensors **file, const char *name, const void *data, size_t size,
                       Status *status);
void safetensors_free(Safetensors *file);

const char *safetensors_path(const Safetensors *file);
int safetensors_count(const Safetensors *file);
const Tensor *safetensors_tensor(const Safetensors *file, int index);      // sorted by name
const Tensor *safetensors_find(const Safetensors *file, const char *name); // or NULL
int safetensors_metadata_count(const Safetensors *file);
const char *safetensors_metadata_key(const Safetensors *file, int index);
const char *safetensors_metadata(const Safetensors *file, const char *key); // or NULL

// Copies a tensor that must have exactly this shape; F32 and F64 are converted.  finite: a NaN or
// infinity is an error that names its index.
bool safetensors_copy_real(const Safetensors *file, const char *name, int rank, const int *shape,
                           bool finite, real *values, Status *status);
bool safetensors_copy_double(const Safetensors *file, const char *name, int rank, const int *shape,
                             bool finite, double *values, Status *status);
// Copies count integers of exactly that type, whatever the shape.
bool safetensors_copy_i64(const Safetensors *file, const char *name, uint64_t count,
                          int64_t *values, Status *status);
bool safetensors_copy_u64(const Safetensors *file, const char *name, uint64_t count,
                          uint64_t *values, Status *status);

// ---- writing ----

typedef struct SafetensorsWriter SafetensorsWriter;

SafetensorsWriter *safetensors_writer_new(void); // NULL without memory
void safetensors_writer_free(SafetensorsWriter *writer);

// data is copied.
bool safetensors_add(SafetensorsWriter *writer, const char *name, Dtype dtype, int rank,
                     const uint64_t *shape, const void *data, Status *status);
bool safetensors_add_real(SafetensorsWriter *writer, const char *name, int rank, const int *shape,
                          const real *values, Status *status);
bool safetensors_add_metadata(SafetensorsWriter *writer, const char *key, const char *value,
                              Status *status);

// Atomically; tensors and metadata sorted by name, the header padded with spaces to a multiple of
// 8, so equal contents are equal bytes.
bool safetensors_write(const SafetensorsWriter *writer, const char *path, Status *status);

#endif
