#include "engine/phi.h"

#include <stdio.h>
#include <string.h>

static size_t rounded(size_t count) {
    return (count + (size_t)REAL_LANES - 1) / (size_t)REAL_LANES * (size_t)REAL_LANES;
}

static size_t weights(const PhiShape *shape, int l) {
    return (size_t)shape->sizes[l - 1] * (size_t)shape->sizes[l];
}

size_t phi_count(const PhiShape *shape) {
    size_t count = 0;
    for (int l = 1; l <= shape->layers; l++)
        count += 2 * rounded(weights(shape, l)) + rounded((size_t)shape->sizes[l]);
    return count;
}

void phi_place(Phi *phi, const PhiShape *shape, real *block) {
    *phi = (Phi){.block = block, .count = phi_count(shape)};
    if (!block)
        return;
    for (int l = 1; l <= shape->layers; l++) {
        phi->W[l] = block;
        block += rounded(weights(shape, l));
        phi->b[l] = block;
        block += rounded((size_t)shape->sizes[l]);
        phi->V[l] = block;
        block += rounded(weights(shape, l));
    }
}

void phi_take(Phi *phi, const PhiShape *shape, Arena *arena) {
    phi_place(phi, shape, arena_take(arena, phi_count(shape)));
}

void phi_zero(Phi *phi) {
    memset(phi->block, 0, phi->count * sizeof(real));
}

void phi_copy(Phi *to, const Phi *from) {
    memcpy(to->block, from->block, from->count * sizeof(real));
}

void phi_initialise(Phi *phi, const PhiShape *shape, Random *random) {
    phi_zero(phi);
    for (int i = 0; i < phi_tensor_count(shape); i++) {
        const PhiTensor tensor = phi_tensor(phi, shape, i);
        const double deviation = tensor.rank == 1 ? 0.1 : 0.01;
        for (size_t k = 0; k < tensor.count; k++)
            tensor.values[k] = (real)random_truncated_normal(random, deviation);
    }
}

int phi_tensor_count(const PhiShape *shape) {
    return 3 * shape->layers;
}

PhiTensor phi_tensor(const Phi *phi, const PhiShape *shape, int index) {
    const int l = index / 3 + 1;
    const char letter = "WbV"[index % 3];
    PhiTensor tensor = {.rank = letter == 'b' ? 1 : 2};
    snprintf(tensor.name, sizeof tensor.name, "layer%d.%c", l, letter);
    tensor.values = letter == 'W' ? phi->W[l] : letter == 'b' ? phi->b[l] : phi->V[l];
    if (letter == 'b') {
        tensor.shape[0] = shape->sizes[l];
        tensor.count = (size_t)shape->sizes[l];
    } else {
        tensor.shape[0] = shape->sizes[l - 1];
        tensor.shape[1] = shape->sizes[l];
        tensor.count = weights(shape, l);
    }
    return tensor;
}
