// IDX from anything: the first byte splits the rest into images and labels.
#include "engine/files/idx.h"

#include "tests/fuzz/check_dataset.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    Dataset dataset;
    Status status;
    if (size == 0)
        return 0;
    const size_t rest = size - 1, labels_size = data[0] < rest ? data[0] : rest;
    const uint8_t *labels = data + 1, *images = labels + labels_size;
    status_clear(&status);
    const bool done = idx_parse(&dataset, "fuzz", "images", images, rest - labels_size, "labels",
                                labels_size > 0 ? labels : NULL, labels_size, &status);
    check_reading(done, &dataset, &status);
    return 0;
}
