#include "engine/data/dataset.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool dataset_init(Dataset *dataset, const char *name, int count, int height, int width,
                  int channels, Status *status) {
    memset(dataset, 0, sizeof *dataset);
    snprintf(dataset->name, sizeof dataset->name, "%s", name);
    size_t bytes = 0;
    if (count < 1 || height < 1 || width < 1 || channels < 1 ||
        __builtin_mul_overflow((size_t)height, (size_t)width, &bytes) ||
        __builtin_mul_overflow(bytes, (size_t)channels, &bytes) || bytes > INT_MAX ||
        __builtin_mul_overflow(bytes, (size_t)count, &bytes))
        return status_fail(
            status, STATUS_BAD_DATA,
            "data set %s: expected a size that fits in memory, found %d examples of %d x %d "
            "pixels with %d channels",
            name, count, height, width, channels);
    dataset->count = count;
    dataset->height = height;
    dataset->width = width;
    dataset->channels = channels;
    dataset->pixels = calloc(bytes, 1);
    dataset->labels = calloc((size_t)count, sizeof *dataset->labels);
    if (dataset->pixels && dataset->labels)
        return true;
    dataset_clear(dataset);
    return status_fail(status, STATUS_FAILURE, "data set %s: no memory for %zu bytes of pixels",
                       name, bytes);
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

void dataset_clear(Dataset *dataset) {
    free(dataset->pixels);
    free(dataset->labels);
    free(dataset->order);
    free(dataset->class_start);
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

static void resize_pixels(Dataset *resized, const Dataset *dataset, uint32_t *sums) {
    const Axis rows = {dataset->height, resized->height},
               columns = {dataset->width, resized->width};
    const size_t stride = (size_t)dataset->width * (size_t)dataset->channels;
    const uint64_t area = (uint64_t)dataset->height * (uint64_t)dataset->width;
    uint8_t *line = resized->pixels;
    for (int example = 0; example < dataset->count; example++) {
        for (int row = 0; row < resized->height; row++) {
            sum_rows(dataset_example(dataset, example), rows, row, stride, sums);
            average_columns(sums, columns, area, dataset->channels, line);
            line += (size_t)resized->width * (size_t)resized->channels;
        }
    }
}

bool dataset_resized(Dataset *resized, const Dataset *dataset, int height, int width,
                     Status *status) {
    const int most_rows = 1 << 24; // row sums go up to 255 * height and must fit in 32 bits
    if (dataset->height > most_rows)
        return status_fail(status, STATUS_BAD_DATA,
                           "data set %s: expected images of at most %d rows, found %d",
                           dataset->name, most_rows, dataset->height);
    if (!dataset_init(resized, dataset->name, dataset->count, height, width, dataset->channels,
                      status))
        return false;
    uint32_t *sums = calloc((size_t)dataset->width * (size_t)dataset->channels, sizeof *sums);
    if (!sums) {
        dataset_clear(resized);
        return status_fail(status, STATUS_FAILURE, "data set %s: no memory to resize it",
                           dataset->name);
    }
    if (height == dataset->height && width == dataset->width)
        memcpy(resized->pixels, dataset->pixels,
               (size_t)(dataset_example(dataset, dataset->count) - dataset->pixels));
    else
        resize_pixels(resized, dataset, sums);
    free(sums);
    memcpy(resized->labels, dataset->labels, (size_t)dataset->count * sizeof *dataset->labels);
    if (!dataset->order || dataset_index(resized, dataset->classes, status))
        return true;
    dataset_clear(resized);
    return false;
}
