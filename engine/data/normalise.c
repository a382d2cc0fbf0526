#include "engine/data/normalise.h"

#include <math.h>
#include <stdlib.h>

static size_t number_count(const Dataset *dataset) {
    return (size_t)dataset->count * (size_t)dataset->width;
}

static bool fail_memory(const Dataset *dataset, Status *status) {
    return status_fail(status, STATUS_FAILURE, "data set %s: no memory to normalise it",
                       dataset->name);
}

// ---- to a range ----

static bool ensure_table(Dataset *dataset, Status *status) {
    if (dataset->table)
        return true;
    dataset->table = calloc(DATASET_TABLE, sizeof *dataset->table);
    if (!dataset->table)
        return fail_memory(dataset, status);
    for (int byte = 0; byte < DATASET_TABLE; byte++)
        dataset->table[byte] = (float)byte / 255;
    return true;
}

// Where all values are the same, that one becomes 0.
static void to_range(const Dataset *dataset, float *values, size_t count) {
    float least = INFINITY, most = -INFINITY;
    for (int i = 0; i < dataset->count; i++)
        for (int j = 0; j < dataset->width; j++) {
            const float value = dataset_value(dataset, i, j);
            least = fminf(least, value);
            most = fmaxf(most, value);
        }
    const double span = most > least ? (double)most - (double)least : 1;
    for (size_t i = 0; i < count; i++)
        values[i] = (float)(((double)values[i] - (double)least) / span);
}

static bool normalise_range(Dataset *dataset, Status *status) {
    if (dataset->values) {
        to_range(dataset, dataset->values, number_count(dataset));
        return true;
    }
    if (!ensure_table(dataset, status))
        return false;
    to_range(dataset, dataset->table, DATASET_TABLE);
    return true;
}

// ---- to standard features ----

static bool make_floats(Dataset *dataset, Status *status) {
    if (dataset->values)
        return true;
    const size_t count = number_count(dataset);
    float *values = count <= SIZE_MAX / sizeof *values ? malloc(count * sizeof *values) : NULL;
    if (!values)
        return fail_memory(dataset, status);
    for (int i = 0; i < dataset->count; i++)
        for (int j = 0; j < dataset->width; j++)
            values[(size_t)i * (size_t)dataset->width + (size_t)j] = dataset_value(dataset, i, j);
    free(dataset->pixels);
    free(dataset->table);
    dataset->pixels = NULL;
    dataset->table = NULL;
    dataset->values = values;
    return true;
}

static void standardise(Dataset *dataset, int feature) {
    const size_t width = (size_t)dataset->width;
    float *first = dataset->values + feature;
    bool constant = true; // rounding makes its deviation other than 0
    double mean = 0, squares = 0;
    for (int i = 0; i < dataset->count; i++) {
        mean += (double)first[(size_t)i * width] / dataset->count;
        constant = constant && first[(size_t)i * width] == first[0];
    }
    for (int i = 0; i < dataset->count; i++)
        squares += pow((double)first[(size_t)i * width] - mean, 2);
    const double deviation = sqrt(squares / dataset->count);
    for (int i = 0; i < dataset->count; i++) {
        float *value = &first[(size_t)i * width];
        *value = constant || !(deviation > 0) ? 0 : (float)(((double)*value - mean) / deviation);
    }
}

static bool normalise_standard(Dataset *dataset, Status *status) {
    if (!make_floats(dataset, status))
        return false;
    for (int feature = 0; feature < dataset->width; feature++)
        standardise(dataset, feature);
    return true;
}

bool dataset_normalise(Dataset *dataset, Normalise how, Status *status) {
    if (how == NORMALISE_NONE)
        return true;
    if (!dataset->vectors)
        return status_fail(status, STATUS_USAGE,
                           "data set %s: expected vectors to normalise, found images, which are "
                           "from 0 to 1 already",
                           dataset->name);
    return how == NORMALISE_RANGE ? normalise_range(dataset, status)
                                  : normalise_standard(dataset, status);
}
