// The outer optimiser: Adam (Kingma and Ba, 2015) on theta, after clipping of the global norm.
#ifndef ENGINE_ADAM_H
#define ENGINE_ADAM_H

#include "engine/real.h"
#include "engine/status.h"

typedef struct {
    size_t count;
    double beta1, beta2, epsilon;
    long step;              // steps taken, for the correction of the moments' bias
    double *first, *second; // [count] moments of the gradient; owned
} Adam;

bool adam_init(Adam *adam, size_t count, double beta1, double beta2, double epsilon,
               Status *status);
void adam_clear(Adam *adam);

// theta -= rate * corrected first / (sqrt(corrected second) + epsilon)
void adam_step(Adam *adam, double rate, const double *gradient, real *theta);

// Norm of the gradient before; if it was greater than `most`, the gradient is scaled down to it.
double clip_norm(size_t count, double *gradient, double most);

#endif
