// IDX from anything: the first byte splits the rest into images and labels.
#include "engine/files/idx.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

// Every label has its place in the index, and every byte can be read.
static void check(const Dataset *dataset) {
    unsigned sum = 0;
    const uint8_t *end = dataset_example(dataset, dataset->count);
    for (const uint8_t *pixel = dataset->pixels; pixel < end; pixel++)
        sum += *pixel;
    for (int i = 0; i < dataset->count; i++) {
        const int32_t label = dataset->labels[dataset->order[i]];
        if (label < 0 || label >= dataset->classes || dataset->class_start[label] > i ||
            dataset->class_start[label + 1] <= i)
            abort();
    }
    volatile unsigned keep = sum;
    (void)keep;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    Dataset dataset;
    Status status;
    if (size == 0)
        return 0;
    const size_t rest = size - 1, labels_size = data[0] < rest ? data[0] : rest;
    const uint8_t *labels = data + 1, *images = labels + labels_size;
    status_clear(&status);
    if (idx_parse(&dataset, "fuzz", "images", images, rest - labels_size, "labels",
                  labels_size > 0 ? labels : NULL, labels_size, &status)) {
        check(&dataset);
        dataset_clear(&dataset);
    } else if (status.code == STATUS_OK || status.text[0] == '\0')
        abort();
    return 0;
}
