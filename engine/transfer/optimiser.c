#include "engine/transfer/optimiser.h"

#include <stdlib.h>

bool optimiser_init(Optimiser *optimiser, OptimiserKind kind, size_t count, double rate,
                    double momentum, Status *status) {
    *optimiser = (Optimiser){.kind = kind, .count = count, .rate = rate, .momentum = momentum};
    const bool adam = kind == OPTIMISER_ADAM;
    if (adam && !adam_init(&optimiser->adam, count, 0.9, 0.999, 1e-8, status))
        return false;
    optimiser->gradient = calloc(count, sizeof(double));
    optimiser->velocity = adam ? NULL : calloc(count, sizeof(double));
    if (optimiser->gradient && (adam || optimiser->velocity))
        return true;
    optimiser_clear(optimiser);
    return status_fail(status, STATUS_FAILURE, "no memory to learn %zu numbers", count);
}

void optimiser_clear(Optimiser *optimiser) {
    free(optimiser->velocity);
    free(optimiser->gradient);
    adam_clear(&optimiser->adam);
    *optimiser = (Optimiser){0};
}

void optimiser_step(Optimiser *optimiser, const real *gradient, real *values) {
    for (size_t i = 0; i < optimiser->count; i++)
        optimiser->gradient[i] = (double)gradient[i];
    if (optimiser->kind == OPTIMISER_ADAM) {
        adam_step(&optimiser->adam, optimiser->rate, optimiser->gradient, values);
        return;
    }
    for (size_t i = 0; i < optimiser->count; i++) {
        optimiser->velocity[i] =
            optimiser->momentum * optimiser->velocity[i] + optimiser->gradient[i];
        values[i] = (real)((double)values[i] - optimiser->rate * optimiser->velocity[i]);
    }
}
