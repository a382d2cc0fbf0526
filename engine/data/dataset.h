// A data set in memory: images or flat vectors, one label each.
// Readers (glyphs.h, idx.h ...; spec.h names them all) make one; tasks and evaluation draw from it
// and never change it.
//
// Images are kept as bytes, 0 black .. 255 white; a task sees byte / 255.  Vectors (bags of words,
// tables of numbers) are images of height 1 with one channel to whoever only wants sizes; they have
// no augmentation and no size to be brought to.  Their values are bytes too where 256 different
// ones suffice, with a table that says what each byte stands for; else they are floats.
#ifndef ENGINE_DATA_DATASET_H
#define ENGINE_DATA_DATASET_H

#include "engine/status.h"

#include <stddef.h>
#include <stdint.h>

enum { DATASET_NAME = 64, DATASET_TABLE = 256 };

typedef char DatasetClassName[DATASET_NAME];

// Whether tasks permute the inputs: as the settings say, or as the data set was asked for.
typedef enum { PERMUTE_AS_SET, PERMUTE_NEVER, PERMUTE_ALWAYS } DatasetPermute;

typedef struct {
    char name[DATASET_NAME];
    bool vectors; // not images: height and channels are 1
    int count;    // examples
    int height;   // of an example, in pixels
    int width;    // of a vector: its features
    int channels; // 1 grey, 3 colour
    int classes;  // labels run from 0 to classes - 1
    int group;    // a task takes its classes from one group of so many in a row; 0: from all
    DatasetPermute permute;
    uint8_t *pixels; // [count, height, width, channels]; owned; NULL if there are values
    float *table;    // [DATASET_TABLE] what a byte of a vector stands for; owned; NULL: byte / 255
    float *values;   // [count, width] of vectors that bytes cannot hold; owned; else NULL
    int32_t *labels; // [count]; owned
    int32_t *order;  // [count] examples sorted by class, in file order inside a class; owned
    int32_t
        *class_start; // [classes + 1] class c is order[class_start[c] .. class_start[c + 1]); owned
    DatasetClassName *class_names; // [classes] for people; owned; NULL: their numbers
} Dataset;

// Allocates pixels and labels (zeroed).  Sizes are overflow-checked.
bool dataset_init(Dataset *dataset, const char *name, int count, int height, int width,
                  int channels, Status *status);

// The same for vectors: of bytes, or of floats.
bool dataset_init_bytes(Dataset *dataset, const char *name, int count, int features,
                        Status *status);
bool dataset_init_floats(Dataset *dataset, const char *name, int count, int features,
                         Status *status);

// Builds order and class_start once labels are filled in; labels must lie in 0 .. classes - 1.
bool dataset_index(Dataset *dataset, int classes, Status *status);

// Makes room for names [dataset->classes], each "" at first.  False for want of memory.
bool dataset_name_classes(Dataset *dataset, Status *status);

// The name of a class, or its number written into text; never NULL.
const char *dataset_class_name(const Dataset *dataset, int class, DatasetClassName text);

void dataset_clear(Dataset *dataset);

// A copy shrunk (or grown) to height x width by averaging over areas; labels, index and names are
// copied too.  Vectors are refused.
bool dataset_resized(Dataset *resized, const Dataset *dataset, int height, int width,
                     Status *status);

// In place; one that has the size already is left as it is.
bool dataset_resize(Dataset *dataset, int height, int width, Status *status);

// One image, pixels [from_height, from_width, channels], resized in the same way.  sums
// [from_width * channels] is room to work in; from_height at most DATASET_MOST_ROWS.
enum { DATASET_MOST_ROWS = 1 << 24 };
void dataset_resize_image(const uint8_t *pixels, int from_height, int from_width, int channels,
                          uint8_t *resized, int height, int width, uint32_t *sums);

// Numbers of one example.
static inline size_t dataset_example_size(const Dataset *dataset) {
    return (size_t)dataset->height * (size_t)dataset->width * (size_t)dataset->channels;
}

// Bytes of images, or of vectors that are kept as bytes.
static inline const uint8_t *dataset_example(const Dataset *dataset, int example) {
    return dataset->pixels + (size_t)example * dataset_example_size(dataset);
}

// Feature of a vector.
static inline float dataset_value(const Dataset *dataset, int example, int feature) {
    const size_t at = (size_t)example * (size_t)dataset->width + (size_t)feature;
    if (dataset->values)
        return dataset->values[at];
    return dataset->table ? dataset->table[dataset->pixels[at]] : (float)dataset->pixels[at] / 255;
}

// Bytes that the examples take in memory.
size_t dataset_bytes(const Dataset *dataset);

#endif
