#include "engine/transfer/representation.h"

#include "engine/base_model.h"

#include <string.h>

int representation_features(const Representation *representation) {
    switch (representation->kind) {
    case REPRESENTATION_COMPONENTS:
        return representation->pca->components;
    case REPRESENTATION_BASE_MODEL:
        return representation->shape->sizes[representation->shape->layers];
    case REPRESENTATION_INPUTS:
        break;
    }
    return representation->inputs;
}

bool representation_needs_batch(const Representation *representation) {
    return representation->kind == REPRESENTATION_BASE_MODEL;
}

static bool embed(const PhiShape *shape, const Phi *phi, const real *x, int count, real *u,
                  Status *status) {
    const int E = shape->sizes[shape->layers];
    BaseModel model;
    Arena arena = {0};
    base_model_take(&model, shape, count, &arena);
    if (!arena_init(&arena, arena.peak, status))
        return false;
    base_model_take(&model, shape, count, &arena);
    base_model_input(&model, shape, x);
    base_model_forward(&model, shape, phi);
    for (int i = 0; i < count; i++)
        for (int e = 0; e < E; e++)
            *u++ = model.x[shape->layers][(ptrdiff_t)e * count + i];
    arena_clear(&arena);
    return true;
}

bool representation_compute(const Representation *representation, const real *x, int count, real *u,
                            Status *status) {
    switch (representation->kind) {
    case REPRESENTATION_COMPONENTS:
        pca_project(representation->pca, x, count, u);
        return true;
    case REPRESENTATION_BASE_MODEL:
        return embed(representation->shape, representation->phi, x, count, u, status);
    case REPRESENTATION_INPUTS:
        break;
    }
    memcpy(u, x, (size_t)count * (size_t)representation->inputs * sizeof *u);
    return true;
}
