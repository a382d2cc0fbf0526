// CIFAR records from anything: the first byte chooses which of the three label sets.
#include "engine/data/cifar.h"

#include "tests/fuzz/check_dataset.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    Dataset dataset;
    Status status;
    if (size == 0)
        return 0;
    status_clear(&status);
    const bool done = cifar_parse(&dataset, "fuzz", "file", data + 1, size - 1,
                                  (CifarLabels)(data[0] % CIFAR_LABELS), &status);
    check_reading(done, &dataset, &status);
    return 0;
}
