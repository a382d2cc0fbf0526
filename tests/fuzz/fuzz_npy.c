// .npy arrays from anything: two bytes say how much of the rest is the array of labels.
#include "engine/data/npy.h"

#include "tests/fuzz/check_dataset.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    Dataset dataset;
    Status status;
    if (size < 2)
        return 0;
    const size_t rest = size - 2, wanted = (size_t)data[0] | (size_t)data[1] << 8,
                 labels_size = wanted < rest ? wanted : rest;
    const uint8_t *labels = data + 2, *examples = labels + labels_size;
    status_clear(&status);
    const bool done = npy_parse(&dataset, "fuzz", "examples", examples, rest - labels_size,
                                "labels", labels_size > 0 ? labels : NULL, labels_size, &status);
    check_reading(done, &dataset, &status);
    return 0;
}
