// The header of a safetensors file as a tree, and the text it comes from; inside of engine/files.
#ifndef ENGINE_FILES_SAFETENSORS_HEADER_H
#define ENGINE_FILES_SAFETENSORS_HEADER_H

#include "engine/files/safetensors.h"

#include <cjson/cJSON.h>

enum { SAFETENSORS_HEADER_START = 8, SAFETENSORS_HEADER_MOST = 100000000 };

#define SAFETENSORS_METADATA "__metadata__"

// Parses the text of a header.  Beyond what cJSON does, the text must be UTF-8 without control
// characters and U+0000, its numbers whole and at most 2^53, its nesting and number of values what
// a header can need.  Errors name the offset in the file.  The tree is freed with cJSON_Delete.
bool safetensors_header_parse(cJSON **tree, const char *text, size_t size, Status *status);

// The dtype, shape and range that one entry of the tree tells, checked against each other.
bool safetensors_header_tensor(Tensor *tensor, const cJSON *entry, Status *status);

// Elements of a shape; false if their bytes overflow.
bool safetensors_elements(Dtype dtype, int rank, const uint64_t *shape, uint64_t *count);

// Whether a tensor may have this name: UTF-8 without control characters.
bool safetensors_name_allowed(const char *name);

#endif
