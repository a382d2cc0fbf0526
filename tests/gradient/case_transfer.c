#include "tests/gradient/cases.h"
#include "tests/gradient/gradient_check.h"
#include "tests/unit/random_rule.h"

#include "engine/logistic.h"
#include "engine/transfer/labelled_loss.h"
#include "engine/transfer/prototypes.h"
#include "engine/transfer/vae.h"

#include <stdint.h>
#include <string.h>

// ---- logistic regression (always in double, as is the build that these tests run in)
// -------------------------------------------------------------------------------------

enum { EXAMPLES = 9, FEATURES = 5, CLASSES = 4, WEIGHTS = (FEATURES + 1) * CLASSES };

typedef struct {
    Logistic logistic;
    double w[WEIGHTS], gradient[WEIGHTS], p[EXAMPLES * CLASSES];
    real *values, *derivative; // the same as w and gradient
} Regression;

static double regression(void *context) {
    Regression *at = context;
    for (int i = 0; i < WEIGHTS; i++)
        at->w[i] = (double)at->values[i];
    return logistic_loss(&at->logistic, at->w, NULL);
}

void logistic_weights(void **state) {
    (void)state;
    Arena arena;
    test_arena_init(&arena, 1 << 14);
    Random random = random_seeded(21, 0);
    double A[EXAMPLES * (FEATURES + 1)];
    int label[EXAMPLES];
    for (int i = 0; i < EXAMPLES; i++) {
        label[i] = i % CLASSES;
        for (int f = 0; f <= FEATURES; f++)
            A[i * (FEATURES + 1) + f] = f < FEATURES ? random_normal(&random) : 1;
    }
    Regression at = {.values = random_take(&arena, WEIGHTS, 1, &random),
                     .derivative = arena_take(&arena, WEIGHTS)};
    at.logistic = (Logistic){EXAMPLES, FEATURES, CLASSES, 0.7, A, label, at.p};
    regression(&at);
    logistic_loss(&at.logistic, at.w, at.gradient);
    for (int i = 0; i < WEIGHTS; i++)
        at.derivative[i] = (real)at.gradient[i];
    const GradientInput input = {"w", at.values, at.derivative, WEIGHTS, false};
    gradient_check("logistic_loss", regression, &at, &input, 1);
    arena_clear(&arena);
}

// ---- the supervised baseline's loss
// -------------------------------------------------------------------------------------

enum { BATCH = 9, INPUTS = 5 };

static const PhiShape shapes[] = {
    {3, {INPUTS, 7, 4, 3}, ACTIVATION_TANH},
    {2, {INPUTS, 6, 3}, ACTIVATION_RELU},
    {1, {INPUTS, 3}, ACTIVATION_SOFTPLUS},
};
enum { SHAPES = sizeof shapes / sizeof shapes[0] };

// The weights of a base model and what is learned beside them, to be differentiated.
typedef struct {
    Phi phi, dphi;
    GradientInput inputs[3 * PHI_LAYERS + 1];
    size_t count;
    PhiTensor tensor[3 * PHI_LAYERS]; // its names are the inputs'
} Learned;

static void learned_take(Learned *learned, const PhiShape *shape, Arena *arena, Random *random) {
    phi_take(&learned->phi, shape, arena);
    random_fill(learned->phi.block, learned->phi.count, 0.5, random);
    phi_take(&learned->dphi, shape, arena);
    learned->count = (size_t)phi_tensor_count(shape);
    for (int i = 0; i < phi_tensor_count(shape); i++) {
        learned->tensor[i] = phi_tensor(&learned->phi, shape, i);
        learned->inputs[i] = (GradientInput){learned->tensor[i].name, learned->tensor[i].values,
                                             phi_tensor(&learned->dphi, shape, i).values,
                                             learned->tensor[i].count, i % 3 == 2};
    }
}

typedef struct {
    LabelledLoss loss;
    Learned learned;
    const real *x;
    int label[BATCH];
} Supervised;

static double supervised(void *context) {
    Supervised *at = context;
    return labelled_loss_forward(&at->loss, &at->learned.phi, at->x, at->label);
}

void labelled_loss_weights(void **state) {
    (void)state;
    Arena arena;
    test_arena_init(&arena, 1 << 18);
    for (int i = 0; i < SHAPES; i++) {
        Random random = random_seeded(22, (uint64_t)i);
        Supervised at;
        learned_take(&at.learned, &shapes[i], &arena, &random);
        labelled_loss_take(&at.loss, &shapes[i], BATCH, CLASSES, &arena);
        random_fill(at.loss.head, at.loss.head_count, 1, &random);
        at.x = random_take(&arena, (size_t)BATCH * INPUTS, 1, &random);
        for (int k = 0; k < BATCH; k++)
            at.label[k] = k * 3 % CLASSES;
        supervised(&at);
        labelled_loss_backward(&at.loss, &at.learned.phi, at.label, &at.learned.dphi);
        at.learned.inputs[at.learned.count] =
            (GradientInput){"head", at.loss.head, at.loss.dhead, at.loss.head_count, false};
        gradient_check("labelled_loss", supervised, &at, at.learned.inputs, at.learned.count + 1);
        arena_return(&arena, 0);
    }
    arena_clear(&arena);
}

// ---- the variational autoencoder
// -------------------------------------------------------------------------------------

typedef struct {
    Vae vae;
    Learned learned;
    real *x;
    const real *noise;
} Autoencoder;

static double autoencoded(void *context) {
    Autoencoder *at = context;
    return vae_forward(&at->vae, &at->learned.phi, at->x, at->noise);
}

static void check_autoencoder(const PhiShape *shape, Arena *arena, Random *random) {
    Autoencoder at;
    learned_take(&at.learned, shape, arena, random);
    vae_take(&at.vae, shape, BATCH, arena);
    memset(at.vae.values, 0, at.vae.count * sizeof(real)); // the padding too
    vae_initialise(&at.vae, random);
    for (size_t i = 0; i < at.vae.count; i++)
        at.vae.values[i] += (real)(0.3 * random_normal(random));
    at.x = arena_take(arena, (size_t)BATCH * INPUTS);
    for (int i = 0; i < BATCH * INPUTS; i++)
        at.x[i] = (real)random_uniform(random);
    at.noise = random_take(arena, (size_t)BATCH * (size_t)at.vae.latent, 1, random);
    autoencoded(&at);
    vae_backward(&at.vae, &at.learned.phi, at.noise, &at.learned.dphi);
    at.learned.inputs[at.learned.count] =
        (GradientInput){"decoder and maps", at.vae.values, at.vae.derivative, at.vae.count, false};
    gradient_check("vae", autoencoded, &at, at.learned.inputs, at.learned.count + 1);
}

void vae_weights(void **state) {
    (void)state;
    Arena arena;
    test_arena_init(&arena, 1 << 18);
    for (int i = 0; i < SHAPES; i++) {
        Random random = random_seeded(23, (uint64_t)i);
        check_autoencoder(&shapes[i], &arena, &random);
        arena_return(&arena, 0);
    }
    arena_clear(&arena);
}

// ---- the prototypical network
// -------------------------------------------------------------------------------------

enum { WAYS = 3, SUPPORT = 2, QUERIES = 3, EPISODE = WAYS * (SUPPORT + QUERIES) };

typedef struct {
    Prototypes prototypes;
    Learned learned;
    const real *x;
} Prototypical;

static double prototypical(void *context) {
    Prototypical *at = context;
    return prototypes_forward(&at->prototypes, &at->learned.phi, at->x);
}

void prototypes_weights(void **state) {
    (void)state;
    Arena arena;
    test_arena_init(&arena, 1 << 18);
    for (int i = 0; i < SHAPES; i++) {
        Random random = random_seeded(24, (uint64_t)i);
        Prototypical at;
        learned_take(&at.learned, &shapes[i], &arena, &random);
        prototypes_take(&at.prototypes, &shapes[i], WAYS, SUPPORT, QUERIES, &arena);
        at.x = random_take(&arena, (size_t)EPISODE * INPUTS, 1, &random);
        prototypical(&at);
        prototypes_backward(&at.prototypes, &at.learned.phi, &at.learned.dphi);
        gradient_check("prototypes", prototypical, &at, at.learned.inputs, at.learned.count);
        arena_return(&arena, 0);
    }
    arena_clear(&arena);
}
