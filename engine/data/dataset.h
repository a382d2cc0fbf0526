// A data set in memory: images (or flat vectors) kept as bytes, one label each.
// Readers (glyphs.h, idx.h) make one; tasks and evaluation draw from it and never change it.
#ifndef ENGINE_DATA_DATASET_H
#define ENGINE_DATA_DATASET_H

#include "engine/status.h"

#include <stddef.h>
#include <stdint.h>

typedef struct {
    char name[64];
    int count;  // examples
    int height; // of an example, in pixels
    int width;
    int channels;    // 1 grey, 3 colour
    int classes;     // labels run from 0 to classes - 1
    uint8_t *pixels; // [count, height, width, channels], 0 black .. 255 white; owned
    int32_t *labels; // [count]; owned
    int32_t *order;  // [count] examples sorted by class, in file order inside a class; owned
    int32_t
        *class_start; // [classes + 1] class c is order[class_start[c] .. class_start[c + 1]); owned
} Dataset;

// Allocates pixels and labels (zeroed).  Sizes are overflow-checked.
bool dataset_init(Dataset *dataset, const char *name, int count, int height, int width,
                  int channels, Status *status);

// Builds order and class_start once labels are filled in; labels must lie in 0 .. classes - 1.
bool dataset_index(Dataset *dataset, int classes, Status *status);

void dataset_clear(Dataset *dataset);

// A copy shrunk (or grown) to height x width by averaging over areas; labels and index are copied
// too.
bool dataset_resized(Dataset *resized, const Dataset *dataset, int height, int width,
                     Status *status);

static inline const uint8_t *dataset_example(const Dataset *dataset, int example) {
    return dataset->pixels + (size_t)example * (size_t)dataset->height * (size_t)dataset->width *
                                 (size_t)dataset->channels;
}

#endif
