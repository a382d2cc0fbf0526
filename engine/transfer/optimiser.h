// Steps down a gradient: with momentum, or Adam (adam.h).
#ifndef ENGINE_TRANSFER_OPTIMISER_H
#define ENGINE_TRANSFER_OPTIMISER_H

#include "engine/adam.h"

typedef enum { OPTIMISER_MOMENTUM, OPTIMISER_ADAM } OptimiserKind;

typedef struct {
    OptimiserKind kind;
    size_t count;
    double rate;
    double momentum;  // of MOMENTUM; Adam has 0.9, 0.999 and 1e-8
    double *velocity; // [count] of MOMENTUM; owned
    double *gradient; // [count] in double; owned
    Adam adam;
} Optimiser;

bool optimiser_init(Optimiser *optimiser, OptimiserKind kind, size_t count, double rate,
                    double momentum, Status *status);
void optimiser_clear(Optimiser *optimiser);

// MOMENTUM: velocity <- momentum velocity + gradient, values -= rate velocity.
void optimiser_step(Optimiser *optimiser, const real *gradient, real *values);

#endif
