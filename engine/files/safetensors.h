// Named tensors on disk, in the safetensors format (github.com/huggingface/safetensors):
//
//     bytes 0 .. 7     N, length of the header, little-endian
//     bytes 8 .. 8+N   header: a JSON object in UTF-8 that starts with '{' and may end in spaces,
//                          {"__metadata__": {"key": "text", ...},
//                           "layer1.W": {"dtype": "F32", "shape": [9, 7], "data_offsets": [0,
//                           252]},
//                           ...}
//     the rest         data; offsets count from its start, [begin, end) of each tensor, row-major
//     and
//                      little-endian
//
// What is refused, each with an error that names the file, the offset in it or the tensor, what was
// expected and what was found (STATUS_BAD_DATA): N above 100,000,000 or beyond the file; a header
// that is no such object; a key given twice, at any level; numbers that are not whole or above
// 2^53; a dtype that the format does not have; a shape whose bytes overflow or differ from its
// range; ranges that leave a hole, overlap, or do not end with the file; metadata that are not
// texts; more than SAFETENSORS_TENSORS tensors or SAFETENSORS_RANK axes.  Tensors without elements
// and without axes are allowed, and so are NaN and infinities: who wants finite numbers says so
// when copying.
//
// Memory while reading: the file, and at most 150 MB for the values of a hostile header.
#ifndef ENGINE_FILES_SAFETENSORS_H
#define ENGINE_FILES_SAFETENSORS_H

#include "engine/real.h"
#include "engine/status.h"

#include <stdint.h>

enum { SAFETENSORS_TENSORS = 65536, SAFETENSORS_RANK = 8 };

typedef enum {
    DTYPE_BOOL,
    DTYPE_U8,
    DTYPE_I8,
    DTYPE_F8_E5M2,
    DTYPE_F8_E4M3,
    DTYPE_I16,
    DTYPE_U16,
    DTYPE_F16,
    DTYPE_BF16,
    DTYPE_I32,
    DTYPE_U32,
    DTYPE_F32,
    DTYPE_F64,
    DTYPE_I64,
    DTYPE_U64,
    DTYPE_COUNT
} Dtype;

const char *dtype_name(Dtype dtype); // "F32"
size_t dtype_size(Dtype dtype);      // bytes of an element

typedef struct {
    const char *name; // belongs to the file
    Dtype dtype;
    int rank;
    uint64_t shape[SAFETENSORS_RANK];
    uint64_t count;      // elements: the product of shape, 1 if rank is 0
    uint64_t begin, end; // range in the data; end - begin = count * dtype_size
} Tensor;

// ---- reading ----

typedef struct Safetensors Safetensors;

bool safetensors_read(Safetensors **file, const char *path, Status *status);

// The same from memory, which is borrowed and must outlive the file; name is used in errors.
bool safetensors_parse(Safetensors **file, const char *name, const void *bytes, size_t size,
                       Status *status);
void safetensors_free(Safetensors *file); // NULL is allowed

const char *safetensors_path(const Safetensors *file);

// Tensors in the byte order of their names.
size_t safetensors_count(const Safetensors *file);
const Tensor *safetensors_tensor(const Safetensors *file, size_t index);
const Tensor *safetensors_find(const Safetensors *file, const char *name); // or NULL

// The metadata text of that key, or NULL; and entry by entry in the byte order of the keys.
const char *safetensors_metadata(const Safetensors *file, const char *key);
size_t safetensors_metadata_count(const Safetensors *file);
void safetensors_metadata_entry(const Safetensors *file, size_t index, const char **key,
                                const char **text);

// Copies the elements of an F32 or F64 tensor of exactly this rank and shape.  finite: a NaN or an
// infinity (after the conversion to real) is an error that names tensor and index.
bool safetensors_copy_real(const Safetensors *file, const char *name, int rank, const int *shape,
                           bool finite, real *values, Status *status);
bool safetensors_copy_double(const Safetensors *file, const char *name, int rank, const int *shape,
                             bool finite, double *values, Status *status);

// Copies count whole numbers, whatever the shape: _i64 from I64, I32 or U8, _u64 from U64 or U8,
// _bytes from U8.
bool safetensors_copy_i64(const Safetensors *file, const char *name, uint64_t count,
                          int64_t *values, Status *status);
bool safetensors_copy_u64(const Safetensors *file, const char *name, uint64_t count,
                          uint64_t *values, Status *status);
bool safetensors_copy_bytes(const Safetensors *file, const char *name, uint64_t count,
                            uint8_t *values, Status *status);

// Whether every element of every F32 and F64 tensor is finite.
bool safetensors_check_finite(const Safetensors *file, Status *status);

// ---- writing ----

typedef struct SafetensorsWriter SafetensorsWriter;

SafetensorsWriter *safetensors_writer_new(void); // NULL: out of memory
void safetensors_writer_free(SafetensorsWriter *writer);

// Adds a tensor; name, shape and elements are copied.  A name that a reader would refuse is an
// error.
bool safetensors_add(SafetensorsWriter *writer, const char *name, Dtype dtype, int rank,
                     const uint64_t *shape, const void *values, Status *status);
// The same as F32 or F64, as the engine was built.
bool safetensors_add_real(SafetensorsWriter *writer, const char *name, int rank, const int *shape,
                          const real *values, Status *status);

// What is no UTF-8 in the text (a cut file name, say) becomes U+FFFD.
bool safetensors_add_metadata(SafetensorsWriter *writer, const char *key, const char *text,
                              Status *status);

// Writes everything added so far, replacing the file atomically (atomic_file.h).  The bytes depend
// only on names, values and metadata, not on the order of adding: tensors and keys are sorted, and
// spaces after the header bring the data to a multiple of 8 bytes.  A name added twice is an error.
bool safetensors_write(SafetensorsWriter *writer, const char *path, Status *status);

#endif
