#include "engine/data/moons.h"

#include "engine/random.h"

#include <math.h>
#include <stdio.h>

enum { MOONS_STREAM = 0x6d6f6f6e, FEATURES = 2, CLASSES = 2 };

static bool name_classes(Dataset *dataset, Status *status) {
    if (!dataset_index(dataset, CLASSES, status) || !dataset_name_classes(dataset, status))
        return false;
    snprintf(dataset->class_names[0], sizeof(DatasetClassName), "upper");
    snprintf(dataset->class_names[1], sizeof(DatasetClassName), "lower");
    return true;
}

bool moons_init(Dataset *dataset, int count, double noise, uint64_t seed, bool test_part,
                Status *status) {
    static const double pi = 3.14159265358979323846;
    if (!dataset_init_floats(dataset, "moons", count, FEATURES, status))
        return false;
    Random random = random_seeded(seed, MOONS_STREAM + (uint64_t)test_part);
    for (int i = 0; i < count; i++) {
        const int lower = i % CLASSES;
        const double t = pi * random_uniform(&random);
        const double x = lower ? 1 - cos(t) : cos(t), y = lower ? 0.5 - sin(t) : sin(t);
        float *point = dataset->values + (ptrdiff_t)FEATURES * i;
        point[0] = (float)(x + noise * random_normal(&random));
        point[1] = (float)(y + noise * random_normal(&random));
        dataset->labels[i] = lower;
    }
    if (name_classes(dataset, status))
        return true;
    dataset_clear(dataset);
    return false;
}
