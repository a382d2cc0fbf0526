#include "tests/gradient/cases.h"
#include "tests/gradient/gradient_check.h"
#include "tests/unit/random_rule.h"

#include "engine/base_model.h"

#include <stdint.h>
#include <string.h>

// ---- activations
// ----------------------------------------------------------------------------------

typedef struct {
    Activation activation;
    size_t count;
    real *z, *x, *weights;
} Activated;

static double activated(void *context) {
    const Activated *at = context;
    activation_forward(at->activation, at->count, at->z, at->x);
    return weighted_sum(at->weights, at->x, at->count);
}

void activation_slopes(void **state) {
    (void)state;
    enum { COUNT = 53 };
    Arena arena;
    test_arena_init(&arena, 1 << 16);
    for (int i = 0; i < ACTIVATION_COUNT; i++) {
        Random random = random_seeded(1, (uint64_t)i);
        Activated at = {.activation = (Activation)i, .count = COUNT};
        at.z = random_take(&arena, COUNT, 1.5, &random);
        at.x = arena_take(&arena, COUNT);
        at.weights = random_take(&arena, COUNT, 1, &random);
        real *dz = arena_take(&arena, COUNT);
        memset(dz, 0, COUNT * sizeof(real));
        activation_backward(at.activation, COUNT, at.z, at.weights, dz);
        const GradientInput input = {"z", at.z, dz, COUNT, at.activation == ACTIVATION_STEP};
        gradient_check(activation_name(at.activation), activated, &at, &input, 1);
        arena_return(&arena, 0);
    }
    arena_clear(&arena);
}

// ---- the base model
// -------------------------------------------------------------------------------

// The outputs are x_l and z_l of every layer: later steps read them all.
typedef struct {
    const PhiShape *shape;
    BaseModel model;
    Phi phi, dphi;
    real *x_weights[PHI_LAYERS + 1], *z_weights[PHI_LAYERS + 1];
} Modelled;

static double modelled(void *context) {
    Modelled *at = context;
    base_model_forward(&at->model, at->shape, &at->phi);
    double sum = 0;
    for (int l = 1; l <= at->shape->layers; l++) {
        const size_t count = (size_t)at->shape->sizes[l] * (size_t)at->model.batch;
        sum += weighted_sum(at->x_weights[l], at->model.x[l], count) +
               weighted_sum(at->z_weights[l], at->model.z[l], count);
    }
    return sum;
}

static void modelled_take(Modelled *at, const PhiShape *shape, int batch, Arena *arena,
                          Random *random) {
    *at = (Modelled){.shape = shape};
    base_model_take(&at->model, shape, batch, arena);
    random_fill(at->model.x[0], (size_t)shape->sizes[0] * (size_t)batch, 1, random);
    phi_take(&at->phi, shape, arena);
    random_fill(at->phi.block, at->phi.count, 0.5, random);
    phi_take(&at->dphi, shape, arena);
    phi_zero(&at->dphi);
    for (int l = 1; l <= shape->layers; l++) {
        const size_t count = (size_t)shape->sizes[l] * (size_t)batch;
        at->x_weights[l] = random_take(arena, count, 1, random);
        at->z_weights[l] = random_take(arena, count, 1, random);
    }
}

// The backward pass overwrites what it is given.
static void modelled_backward(Modelled *at, Arena *arena) {
    real *dx[PHI_LAYERS + 1] = {NULL}, *dz[PHI_LAYERS + 1] = {NULL};
    for (int l = 1; l <= at->shape->layers; l++) {
        const size_t count = (size_t)at->shape->sizes[l] * (size_t)at->model.batch;
        dx[l] = arena_take(arena, count);
        dz[l] = arena_take(arena, count);
        memcpy(dx[l], at->x_weights[l], count * sizeof(real));
        memcpy(dz[l], at->z_weights[l], count * sizeof(real));
    }
    modelled(at);
    base_model_backward(&at->model, at->shape, &at->phi, dx, dz, &at->dphi);
}

static void check_model(PhiShape shape, int batch, uint64_t seed) {
    Arena arena;
    test_arena_init(&arena, 1 << 20);
    Random random = random_seeded(seed, (uint64_t)shape.activation);
    Modelled at;
    modelled_take(&at, &shape, batch, &arena, &random);
    modelled_backward(&at, &arena);
    GradientInput inputs[3 * PHI_LAYERS];
    PhiTensor tensor[3 * PHI_LAYERS];
    const int count = phi_tensor_count(&shape);
    for (int i = 0; i < count; i++) {
        tensor[i] = phi_tensor(&at.phi, &shape, i);
        // V is for the update only.
        inputs[i] =
            (GradientInput){tensor[i].name, tensor[i].values,
                            phi_tensor(&at.dphi, &shape, i).values, tensor[i].count, i % 3 == 2};
    }
    gradient_check(activation_name(shape.activation), modelled, &at, inputs, (size_t)count);
    arena_clear(&arena);
}

void base_model_phi(void **state) {
    (void)state;
    for (int i = 0; i < ACTIVATION_COUNT; i++)
        if (i != ACTIVATION_STEP) {
            check_model((PhiShape){3, {7, 5, 1, 9}, (Activation)i}, 11, 2);
            check_model((PhiShape){2, {1, 13, 2}, (Activation)i}, 5, 3);
        }
    // A step lets nothing through but what reads z itself.
    check_model((PhiShape){1, {6, 4}, ACTIVATION_STEP}, 7, 4);
}

void base_model_single_layer(void **state) {
    (void)state;
    check_model((PhiShape){1, {3, 1}, ACTIVATION_RELU}, 3, 5);
    check_model((PhiShape){1, {17, 10}, ACTIVATION_TANH}, 19, 6);
}
