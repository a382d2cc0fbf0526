#include "engine/data/dataset.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// Checks sizes and allocates labels; returns room for all examples (value_size bytes a number), or
// NULL.
static void *allocate(Dataset *dataset, const char *name, const int size[4], size_t value_size,
                      Status *status) {
    const int count = size[0], height = size[1], width = size[2], channels = size[3];
    memset(dataset, 0, sizeof *dataset);
    snprintf(dataset->name, sizeof dataset->name, "%s", name);
    size_t bytes = 0;
    if (count < 1 || height < 1 || width < 1 || channels < 1 ||
        __builtin_mul_overflow((size_t)height, (size_t)width, &bytes) ||
        __builtin_mul_overflow(bytes, (size_t)channels, &bytes) || bytes > INT_MAX ||
        __builtin_mul_overflow(bytes, value_size, &bytes) ||
        __builtin_mul_overflow(bytes, (size_t)count, &bytes)) {
        status_fail(status, STATUS_BAD_DATA,
                    "data set %s: expected a size that fits in memory, found %d examples of %d x "
                    "%d pixels with %d channels",
                    name, count, height, width, channels);
        return NULL;
    }
    dataset->count = count;
    dataset->height = height;
    dataset->width = width;
    dataset->channels = channels;
    void *values = calloc(bytes, 1);
    dataset->labels = calloc((size_t)count, sizeof *dataset->labels);
    if (values && dataset->labels)
        return values;
    free(values);
    dataset_clear(dataset);
    status_fail(status, STATUS_FAILURE, "data set %s: no memory for %zu bytes of examples", name,
                bytes);
    return NULL;
}

bool dataset_init(Dataset *dataset, const char *name, int count, int height, int width,
                  int channels, Status *status) {
    dataset->pixels =
        allocate(dataset, name, (const int[]){count, height, width, channels}, 1, status);
    return dataset->pixels != NULL;
}

bool dataset_init_bytes(Dataset *dataset, const char *name, int count, int features,
                        Status *status) {
    if (!dataset_init(dataset, name, count, 1, features, 1, status))
        return false;
    dataset->vectors = true;
    return true;
}

bool dataset_init_floats(Dataset *dataset, const char *name, int count, int features,
                         Status *status) {
    dataset->values =
        allocate(dataset, name, (const int[]){count, 1, features, 1}, sizeof(float), status);
    dataset->vectors = true;
    return dataset->values != NULL;
}

// A counting sort: class_start first counts, then sums up, and order is filled from the front.
bool dataset_index(Dataset *dataset, int classes, Status *status) {
    for (int i = 0; i < dataset->count; i++)
        if (dataset->labels[i] < 0 || dataset->labels[i] >= classes)
            return status_fail(status, STATUS_BAD_DATA,
                               "data set %s, example %d: expected a label from 0 to %d, found %d",
                               dataset->name, i, classes - 1, dataset->labels[i]);
    int32_t *order = malloc((size_t)dataset->count * sizeof *order);
    int32_t *class_start = calloc((size_t)classes + 1, sizeof *class_start);
    int32_t *next = malloc((size_t)classes * sizeof *next);
    const bool enough = order && class_start && next;
    if (enough) {
        for (int i = 0; i < dataset->count; i++)
            class_start[dataset->labels[i] + 1]++;
        for (int c = 0; c < classes; c++) {
            class_start[c + 1] += class_start[c];
            next[c] = class_start[c];
        }
        for (int i = 0; i < dataset->count; i++)
            order[next[dataset->labels[i]]++] = i;
    }
    free(next);
    if (!enough) {
        free(order);
        free(class_start);
        return status_fail(status, STATUS_FAILURE,
                           "data set %s: no memory for an index of %d examples", dataset->name,
                           dataset->count);
    }
    free(dataset->order);
    free(dataset->class_start);
    dataset->classes = classes;
    dataset->order = order;
    dataset->class_start = class_start;
    return true;
}

bool dataset_name_classes(Dataset *dataset, Status *status) {
    free(dataset->class_names);
    dataset->class_names = calloc((size_t)dataset->classes, sizeof *dataset->class_names);
    return dataset->class_names ||
           status_fail(status, STATUS_FAILURE, "data set %s: no memory for the names of %d classes",
                       dataset->name, dataset->classes);
}

const char *dataset_class_name(const Dataset *dataset, int class, DatasetClassName text) {
    if (dataset->class_names)
        return dataset->class_names[class];
    snprintf(text, sizeof(DatasetClassName), "%d", class);
    return text;
}

size_t dataset_bytes(const Dataset *dataset) {
    return (size_t)dataset->count * dataset_example_size(dataset) *
           (dataset->values ? sizeof *dataset->values : sizeof *dataset->pixels);
}

void dataset_clear(Dataset *dataset) {
    free(dataset->pixels);
    free(dataset->table);
    free(dataset->values);
    free(dataset->labels);
    free(dataset->order);
    free(dataset->class_start);
    free(dataset->class_names);
    memset(dataset, 0, sizeof *dataset);
}

// One axis of a resize.  Measured in units in which an old cell is `to` long and a new cell `from`
// long, all borders lie on integers: areas are exact, and a mean is rounded only once.
typedef struct {
    int from, to; // cells before and after
} Axis;

static int axis_first(Axis axis, int cell) {
    return (int)((int64_t)cell * axis.from / axis.to);
}

static int axis_last(Axis axis, int cell) {
    return (int)((((int64_t)cell + 1) * axis.from - 1) / axis.to);
}

// What new cell `cell` shares with old cell `old`; over all old cells this sums up to axis.from.
static uint32_t axis_overlap(Axis axis, int cell, int old) {
    const int64_t low = (int64_t)cell * axis.from, high = low + axis.from;
    const int64_t old_low = (int64_t)old * axis.to, old_high = old_low + axis.to;
    return (uint32_t)((high < old_high ? high : old_high) - (low > old_low ? low : old_low));
}

// sums [width * channels] <- row `row` of the new image, still as wide as the old one, times
// rows.from.
static void sum_rows(const uint8_t *pixels, Axis rows, int row, size_t stride, uint32_t *sums) {
    memset(sums, 0, stride * sizeof *sums);
    for (int old = axis_first(rows, row); old <= axis_last(rows, row); old++) {
        const uint32_t weight = axis_overlap(rows, row, old);
        const uint8_t *line = pixels + (size_t)old * stride;
        for (size_t i = 0; i < stride; i++)
            sums[i] += weight * line[i];
    }
}

static void average_columns(const uint32_t *sums, Axis columns, uint64_t area, int channels,
                            uint8_t *line) {
    for (int column = 0; column < columns.to; column++) {
        const int first = axis_first(columns, column), last = axis_last(columns, column);
        for (int channel = 0; channel < channels; channel++) {
            uint64_t sum = area / 2;
            for (int old = first; old <= last; old++)
                sum += (uint64_t)axis_overlap(columns, column, old) *
                       sums[(size_t)old * (size_t)channels + (size_t)channel];
            line[(size_t)column * (size_t)channels + (size_t)channel] = (uint8_t)(sum / area);
        }
    }
}

void dataset_resize_image(const uint8_t *pixels, int from_height, int from_width, int channels,
                          uint8_t *resized, int height, int width, uint32_t *sums) {
    const Axis rows = {from_height, height}, columns = {from_width, width};
    const size_t stride = (size_t)from_width * (size_t)channels;
    const uint64_t area = (uint64_t)from_height * (uint64_t)from_width;
    for (int row = 0; row < height; row++) {
        sum_rows(pixels, rows, row, stride, sums);
        average_columns(sums, columns, area, channels, resized);
        resized += (size_t)width * (size_t)channels;
    }
}

static void resize_examples(Dataset *resized, const Dataset *dataset, uint32_t *sums) {
    const size_t size = dataset_example_size(resized);
    for (int example = 0; example < dataset->count; example++)
        dataset_resize_image(dataset_example(dataset, example), dataset->height, dataset->width,
                             dataset->channels, resized->pixels + (size_t)example * size,
                             resized->height, resized->width, sums);
}

// Labels, index and names of a copy.
static bool copy_classes(Dataset *copy, const Dataset *dataset, Status *status) {
    memcpy(copy->labels, dataset->labels, (size_t)dataset->count * sizeof *dataset->labels);
    if (dataset->order && !dataset_index(copy, dataset->classes, status))
        return false;
    if (!dataset->class_names)
        return true;
    if (!dataset_name_classes(copy, status))
        return false;
    memcpy(copy->class_names, dataset->class_names,
           (size_t)dataset->classes * sizeof *dataset->class_names);
    return true;
}

bool dataset_resized(Dataset *resized, const Dataset *dataset, int height, int width,
                     Status *status) {
    if (dataset->vectors)
        return status_fail(status, STATUS_USAGE,
                           "data set %s: expected images to bring to a size, found vectors of %d "
                           "features",
                           dataset->name, dataset->width);
    // Row sums go up to 255 * height and must fit in 32 bits.
    if (dataset->height > DATASET_MOST_ROWS)
        return status_fail(status, STATUS_BAD_DATA,
                           "data set %s: expected images of at most %d rows, found %d",
                           dataset->name, DATASET_MOST_ROWS, dataset->height);
    if (!dataset_init(resized, dataset->name, dataset->count, height, width, dataset->channels,
                      status))
        return false;
    resized->permute = dataset->permute;
    resized->group = dataset->group;
    uint32_t *sums = calloc((size_t)dataset->width * (size_t)dataset->channels, sizeof *sums);
    if (!sums) {
        dataset_clear(resized);
        return status_fail(status, STATUS_FAILURE, "data set %s: no memory to resize it",
                           dataset->name);
    }
    if (height == dataset->height && width == dataset->width)
        memcpy(resized->pixels, dataset->pixels, dataset_bytes(dataset));
    else
        resize_examples(resized, dataset, sums);
    free(sums);
    if (copy_classes(resized, dataset, status))
        return true;
    dataset_clear(resized);
    return false;
}

bool dataset_resize(Dataset *dataset, int height, int width, Status *status) {
    Dataset resized;
    if (!dataset->vectors && dataset->height == height && dataset->width == width)
        return true;
    if (!dataset_resized(&resized, dataset, height, width, status))
        return false;
    dataset_clear(dataset);
    *dataset = resized;
    return true;
}
