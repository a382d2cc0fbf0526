// What must hold of every data set that a reader made, whatever its file was: every byte and value
// can be read, labels are in range, every example has its place in the index.  A program of its own
// for each reader links nothing but the archives, so this is all in the header.
#ifndef TESTS_FUZZ_CHECK_DATASET_H
#define TESTS_FUZZ_CHECK_DATASET_H

#include "engine/data/dataset.h"

#include <stdlib.h>
#include <string.h>

static inline void check_dataset(const Dataset *dataset) {
    double sum = 0;
    const size_t numbers = (size_t)dataset->count * dataset_example_size(dataset);
    if (dataset->count < 1 || numbers < 1 || (!dataset->pixels && !dataset->values))
        abort();
    for (size_t i = 0; i < numbers; i++)
        sum += dataset->values ? dataset->values[i] : dataset->pixels[i];
    volatile double keep = sum;
    (void)keep;
    for (int i = 0; i < dataset->count; i++) {
        const int32_t label = dataset->labels[dataset->order[i]];
        if (label < 0 || label >= dataset->classes || dataset->class_start[label] > i ||
            dataset->class_start[label + 1] <= i)
            abort();
    }
    for (int class = 0; dataset->class_names && class < dataset->classes; class ++)
        if (!memchr(dataset->class_names[class], '\0', sizeof(DatasetClassName)))
            abort();
}

// After a read: a data set that holds together, or a sentence.  Clears it.
static inline void check_reading(bool done, Dataset *dataset, const Status *status) {
    if (done) {
        check_dataset(dataset);
        dataset_clear(dataset);
    } else if (status->code == STATUS_OK || status->text[0] == '\0')
        abort();
}

#endif
