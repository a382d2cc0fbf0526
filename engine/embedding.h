// The embedding of a batch along its principal components (pca.h).
#ifndef ENGINE_EMBEDDING_H
#define ENGINE_EMBEDDING_H

#include "engine/status.h"

#include <stdbool.h>

enum { EMBEDDING_COMPONENTS = 6 };

typedef struct {
    bool finite;    // false: some number of the embedding is not, and there are no components
    int components; // along which the batch varies at all
    double *share;  // [components] of the variance, falling; owned
    int shown;      // the first of them, at most EMBEDDING_COMPONENTS
    float *point;   // [examples, shown] along those; owned
} Embedding;

// x [units, examples].  On failure (memory) there is nothing to clear.
bool embedding_init(Embedding *embedding, const float *x, int units, int examples, Status *status);
void embedding_clear(Embedding *embedding);

// Along how many components of equal share the batch might vary as much: (sum of shares)^2 / sum of
// their squares (the participation ratio); 0 without any.
double embedding_dimensions(const Embedding *embedding);

#endif
