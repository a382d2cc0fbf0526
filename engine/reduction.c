#include "engine/reduction.h"

#include <string.h>

int reduce_gradients(int workers, const real *const *gradient, const bool *counts, size_t count,
                     double *mean) {
    int counted = 0;
    memset(mean, 0, count * sizeof(double));
    for (int w = 0; w < workers; w++) {
        if (!counts[w])
            continue;
        counted++;
        for (size_t i = 0; i < count; i++)
            mean[i] += (double)gradient[w][i];
    }
    for (size_t i = 0; counted > 0 && i < count; i++)
        mean[i] /= counted;
    return counted;
}
