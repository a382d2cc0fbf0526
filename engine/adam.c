#include "engine/adam.h"

#include <math.h>
#include <stdlib.h>

bool adam_init(Adam *adam, size_t count, double beta1, double beta2, double epsilon,
               Status *status) {
    *adam = (Adam){.count = count, .beta1 = beta1, .beta2 = beta2, .epsilon = epsilon};
    adam->first = calloc(count, sizeof(double));
    adam->second = calloc(count, sizeof(double));
    if (adam->first && adam->second)
        return true;
    adam_clear(adam);
    return status_fail(status, STATUS_FAILURE, "out of memory for the outer optimiser");
}

void adam_clear(Adam *adam) {
    free(adam->first);
    free(adam->second);
    *adam = (Adam){0};
}

void adam_step(Adam *adam, double rate, const double *gradient, real *theta) {
    adam->step++;
    const double first_share = 1 - pow(adam->beta1, (double)adam->step);
    const double second_share = 1 - pow(adam->beta2, (double)adam->step);
    for (size_t i = 0; i < adam->count; i++) {
        const double g = gradient[i];
        adam->first[i] = adam->beta1 * adam->first[i] + (1 - adam->beta1) * g;
        adam->second[i] = adam->beta2 * adam->second[i] + (1 - adam->beta2) * g * g;
        const double length = sqrt(adam->second[i] / second_share) + adam->epsilon;
        theta[i] = (real)((double)theta[i] - rate * (adam->first[i] / first_share) / length);
    }
}

double clip_norm(size_t count, double *gradient, double most) {
    double square = 0;
    for (size_t i = 0; i < count; i++)
        square += gradient[i] * gradient[i];
    const double norm = sqrt(square);
    if (norm > most)
        for (size_t i = 0; i < count; i++)
            gradient[i] *= most / norm;
    return norm;
}
