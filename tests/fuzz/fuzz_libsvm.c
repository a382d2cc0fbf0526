// LIBSVM texts from anything: the first byte chooses the options, the second how much of the rest
// is a test file.
#include "engine/data/libsvm.h"

#include "tests/fuzz/check_dataset.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    Dataset dataset;
    Status status;
    if (size < 2)
        return 0;
    const unsigned chosen = data[0];
    const size_t rest = size - 2, test_size = data[1] < rest ? data[1] : rest;
    const LibsvmOptions options = {.index_base = chosen & 1,
                                   .words = chosen & 2 ? 3 : 0,
                                   .features = chosen & 4 ? 7 : 0,
                                   .value = (LibsvmValue)((chosen >> 3) % 3)};
    const char *test = (const char *)data + 2, *training = test + test_size;
    status_clear(&status);
    const bool done = libsvm_parse(&dataset, "fuzz", "training", training, rest - test_size, "test",
                                   test_size > 0 ? test : NULL, test_size, &options, &status);
    check_reading(done, &dataset, &status);
    return 0;
}
