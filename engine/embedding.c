#include "engine/embedding.h"

#include "engine/pca.h"
#include "engine/vector.h"

#include <stdlib.h>

// share and point from what was fitted on x [examples, units].
static bool take(Embedding *embedding, const Pca *pca, const real *x, int examples,
                 Status *status) {
    const int components = pca->components;
    embedding->components = components;
    embedding->shown = components < EMBEDDING_COMPONENTS ? components : EMBEDDING_COMPONENTS;
    if (components == 0)
        return true;
    const size_t count = (size_t)examples * (size_t)embedding->shown;
    real *projected = calloc((size_t)examples * (size_t)components, sizeof *projected);
    embedding->share = calloc((size_t)components, sizeof *embedding->share);
    embedding->point = calloc(count, sizeof *embedding->point);
    const bool done = projected && embedding->share && embedding->point;
    if (done) {
        pca_project(pca, x, examples, projected);
        for (int b = 0; b < examples; b++)
            for (int k = 0; k < embedding->shown; k++)
                embedding->point[b * embedding->shown + k] = (float)projected[b * components + k];
        for (int k = 0; k < components; k++)
            embedding->share[k] = pca->variance[k] / pca->total_variance;
    }
    free(projected);
    return done || status_fail(status, STATUS_FAILURE, "out of memory for an embedding");
}

bool embedding_init(Embedding *embedding, const float *x, int units, int examples, Status *status) {
    const size_t count = (size_t)units * (size_t)examples;
    real *turned = calloc(count, sizeof *turned);
    Pca pca;
    *embedding = (Embedding){.finite = true};
    if (!turned)
        return status_fail(status, STATUS_FAILURE, "out of memory for an embedding");
    for (int n = 0; n < units; n++)
        for (int b = 0; b < examples; b++)
            turned[(size_t)b * (size_t)units + (size_t)n] =
                (real)x[(size_t)n * (size_t)examples + (size_t)b];
    embedding->finite = vector_finite(turned, count);
    bool done = true;
    if (embedding->finite) {
        done = pca_fit(&pca, turned, examples, units, units, status);
        if (done) {
            done = take(embedding, &pca, turned, examples, status);
            pca_clear(&pca);
        }
    }
    free(turned);
    if (!done)
        embedding_clear(embedding);
    return done;
}

void embedding_clear(Embedding *embedding) {
    free(embedding->share);
    free(embedding->point);
    *embedding = (Embedding){.components = 0};
}

double embedding_dimensions(const Embedding *embedding) {
    double sum = 0, squares = 0;
    for (int k = 0; k < embedding->components; k++) {
        sum += embedding->share[k];
        squares += embedding->share[k] * embedding->share[k];
    }
    return squares > 0 ? sum * sum / squares : 0;
}
