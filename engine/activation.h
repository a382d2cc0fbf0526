// Activations of the base model (spec 2): relu unless a task says otherwise.
#ifndef ENGINE_ACTIVATION_H
#define ENGINE_ACTIVATION_H

#include "engine/real.h"
#include "engine/status.h"

typedef enum {
    ACTIVATION_RELU,
    ACTIVATION_LEAKY_RELU, // slope 0.2 below zero
    ACTIVATION_ELU,
    ACTIVATION_SWISH,
    ACTIVATION_TANH,
    ACTIVATION_SIGMOID,
    ACTIVATION_SOFTPLUS,
    ACTIVATION_STEP, // derivative 0 everywhere
    ACTIVATION_SINE,
    ACTIVATION_COUNT
} Activation;

// Their names, as a list of choices.
#define ACTIVATION_NAMES "relu|leaky_relu|elu|swish|tanh|sigmoid|softplus|step|sine"

// x = act(z) for count values.
void activation_forward(Activation activation, size_t count, const real *z, real *x);

// dz += dx * act'(z)
void activation_backward(Activation activation, size_t count, const real *z, const real *dx,
                         real *dz);

const char *activation_name(Activation activation);
// The activation of that name, or ACTIVATION_COUNT if there is none.
Activation activation_named(const char *name);

// The activations of a list with commas, "relu,elu"; false for an unknown or repeated name, or
// none.
bool activation_list(const char *list, Activation activations[ACTIVATION_COUNT], int *count,
                     Status *status);

#endif
