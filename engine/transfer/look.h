// What a representation is like, beside how well it serves: along how many directions its features
// vary on the test examples of a problem, and whether its first-layer receptive fields are smooth.
#ifndef ENGINE_TRANSFER_LOOK_H
#define ENGINE_TRANSFER_LOOK_H

#include "engine/transfer/problem.h"
#include "engine/transfer/representation.h"

enum { LOOK_SHARES = 32 };

typedef struct {
    // Share of the variance along the first k + 1 principal components (pca.h); NaN where features
    // are not finite, 0 where they do not vary.
    double explained[LOOK_SHARES];
    double dimensions; // along how many equal ones they might vary as much (embedding.h)
    // Mean over the units of W_1 of the correlation of weights of neighbouring pixels (beside and
    // below each other, of one channel; Moran's I): 0 for independent weights, 1 for one slope. NaN
    // without such weights: of vectors, of what is no base model.
    double smoothness;
} Look;

bool look_at(Look *look, const Problem *problem, const Representation *representation,
             Status *status);

#endif
