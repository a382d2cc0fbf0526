// What a method has learned: a map from inputs to features.
#ifndef ENGINE_TRANSFER_REPRESENTATION_H
#define ENGINE_TRANSFER_REPRESENTATION_H

#include "engine/pca.h"
#include "engine/phi.h"

typedef enum {
    REPRESENTATION_INPUTS,     // the inputs themselves
    REPRESENTATION_COMPONENTS, // coordinates along principal components
    REPRESENTATION_BASE_MODEL, // the embedding f(x; phi).x_L of spec 2
} RepresentationKind;

// Nothing here is owned.
typedef struct {
    RepresentationKind kind;
    int inputs;
    const Pca *pca;        // COMPONENTS
    const PhiShape *shape; // BASE_MODEL
    const Phi *phi;
} Representation;

int representation_features(const Representation *representation);

// Whether the features of an example depend on those that it is computed with (batch norm).
bool representation_needs_batch(const Representation *representation);

// u [count, features] of x [count, inputs], in one batch.
bool representation_compute(const Representation *representation, const real *x, int count, real *u,
                            Status *status);

#endif
