// rulesmith verify: files and folders of data.
#include "app/verify.h"

#include "engine/data/cifar.h"
#include "engine/data/image_folder.h"
#include "engine/data/libsvm.h"
#include "engine/data/npy.h"
#include "engine/files/idx.h"
#include "engine/files/whole_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

// Tells what a data set holds and gives it back.
static void tell(Dataset *dataset, const char *kind, bool classes, char told[TOLD]) {
    size_t length;
    if (dataset->vectors)
        length = (size_t)snprintf(told, TOLD, "%s: %d examples of %d features", kind,
                                  dataset->count, dataset->width);
    else
        length = (size_t)snprintf(told, TOLD, "%s: %d examples of %d x %d, %d channel%s", kind,
                                  dataset->count, dataset->height, dataset->width,
                                  dataset->channels, dataset->channels == 1 ? "" : "s");
    if (classes)
        snprintf(told + length, TOLD - length, ", %d class%s", dataset->classes,
                 dataset->classes == 1 ? "" : "es");
    dataset_clear(dataset);
}

bool verify_idx(const char *path, char told[TOLD], Status *status) {
    Dataset dataset;
    int labels, classes;
    if (!idx_read_any(&dataset, &labels, &classes, path, status))
        return false;
    if (labels > 0)
        snprintf(told, TOLD, "IDX: %d labels, %d class%s", labels, classes,
                 classes == 1 ? "" : "es");
    else
        tell(&dataset, "IDX", false, told);
    return true;
}

// Records of CIFAR-100 are a byte longer.
bool verify_cifar(const char *path, char told[TOLD], Status *status) {
    unsigned char *data;
    size_t size;
    Dataset dataset;
    if (!whole_file_read(path, &data, &size, status))
        return false;
    const bool hundred = size % 3073 != 0 && size % 3074 == 0;
    const bool done = cifar_parse(&dataset, "records", path, data, size,
                                  hundred ? CIFAR_100_FINE : CIFAR_10, status);
    free(data);
    if (done)
        tell(&dataset, hundred ? "CIFAR-100" : "CIFAR-10", true, told);
    return done;
}

bool verify_npy(const char *path, char told[TOLD], Status *status) {
    Dataset dataset;
    if (!npy_read(&dataset, "array", path, NULL, status))
        return false;
    tell(&dataset, "NumPy array", false, told);
    return true;
}

bool verify_libsvm(const char *path, char told[TOLD], Status *status) {
    const LibsvmOptions options = {.index_base = 1};
    Dataset dataset;
    if (!libsvm_read(&dataset, "rows", path, NULL, &options, status))
        return false;
    tell(&dataset, "LIBSVM", true, told);
    return true;
}

// ---- folders ----

static bool verify_cifar_part(const char *path, CifarLabels labels, bool test_part, int *count,
                              Status *status) {
    Dataset dataset;
    char folder[4096];
    *count = 0;
    if (!cifar_find(labels, test_part, &path, 1, folder, sizeof folder))
        return true;
    if (!cifar_read(&dataset, "records", folder, labels, test_part, status))
        return false;
    *count = dataset.count;
    dataset_clear(&dataset);
    return true;
}

bool verify_cifar_folder(const char *path, char told[TOLD], Status *status) {
    int training[2], test[2];
    static const CifarLabels labels[2] = {CIFAR_10, CIFAR_100_FINE};
    for (int i = 0; i < 2; i++) {
        if (!verify_cifar_part(path, labels[i], false, &training[i], status) ||
            !verify_cifar_part(path, labels[i], true, &test[i], status))
            return false;
    }
    const int set = training[0] + test[0] > 0 ? 0 : 1;
    snprintf(told, TOLD, "%s: %d training and %d test examples",
             set == 0 ? "CIFAR-10" : "CIFAR-100", training[set], test[set]);
    return true;
}

bool verify_image_folder(const char *path, char told[TOLD], Status *status) {
    ImageFolderOptions options;
    Dataset dataset;
    image_folder_options_init(&options);
    options.size = 8; // pictures may differ in theirs
    options.refuse_bad = true;
    if (!image_folder_read(&dataset, "pictures", path, &options, status))
        return false;
    snprintf(told, TOLD, "folder of pictures: %d, %d class%s", dataset.count, dataset.classes,
             dataset.classes == 1 ? "" : "es");
    dataset_clear(&dataset);
    return true;
}
