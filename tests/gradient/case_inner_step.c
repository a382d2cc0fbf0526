#include "tests/gradient/cases.h"
#include "tests/gradient/gradient_theta.h"

#include "engine/inner_step.h"
#include "engine/meta_objective.h"

#include <stdio.h>

enum { MOST_INPUTS = THETA_TENSORS + 3 * PHI_LAYERS };

// The tensors of phi as inputs, with derivatives from dphi.  names [3 * PHI_LAYERS] keeps their
// names.
static size_t phi_inputs(const PhiShape *shape, const Phi *phi, const Phi *dphi, bool V_vanishes,
                         PhiTensor *names, GradientInput *inputs) {
    const int count = phi_tensor_count(shape);
    for (int i = 0; i < count; i++) {
        names[i] = phi_tensor(phi, shape, i);
        inputs[i] =
            (GradientInput){names[i].name, names[i].values, phi_tensor(dphi, shape, i).values,
                            names[i].count, V_vanishes && i % 3 == 2};
    }
    return (size_t)count;
}

// ---- one inner step
// -------------------------------------------------------------------------------

// The output is phi_{t+1}, all of it.
typedef struct {
    RandomRule rule;
    const PhiShape *shape;
    InnerStep step;
    Phi phi, next, weights, dphi;
    real *examples;
    Arena *scratch;
} Stepped;

// Large, so that the changes weigh as much as the weights themselves.
static const real rate = (real)0.4;

static double stepped(void *context) {
    Stepped *at = context;
    rule_set(&at->rule.rule, at->rule.theta);
    inner_step_forward(&at->step, &at->rule.rule, kernels_best(), &at->phi, at->examples, rate,
                       &at->next, at->scratch);
    double sum = 0;
    for (int i = 0; i < phi_tensor_count(at->shape); i++) {
        const PhiTensor next = phi_tensor(&at->next, at->shape, i);
        sum += weighted_sum(phi_tensor(&at->weights, at->shape, i).values, next.values, next.count);
    }
    return sum;
}

static void check_step(RuleSizes sizes, PhiShape shape, int batch) {
    Arena arena;
    test_arena_init(&arena, 1 << 25);
    Random random = random_seeded(61, (uint64_t)shape.layers);
    Stepped at = {.shape = &shape, .scratch = &arena};
    random_rule_init(&at.rule, sizes, 62);
    inner_step_take(&at.step, &at.rule.rule, &shape, batch, &arena);
    Phi *const phis[] = {&at.phi, &at.next, &at.weights, &at.dphi};
    for (int i = 0; i < 4; i++) {
        phi_take(phis[i], &shape, &arena);
        random_fill(phis[i]->block, phis[i]->count, 0.5, &random);
    }
    at.examples = random_take(&arena, (size_t)batch * (size_t)shape.sizes[0], 1, &random);
    theta_open_bias(&at.rule);
    stepped(&at);
    inner_step_backward(&at.step, &at.rule.rule, kernels_best(), &at.phi, rate, &at.weights,
                        &at.dphi, &at.rule.gradient, &arena);
    theta_derivative(&at.rule);

    PhiTensor names[3 * PHI_LAYERS];
    GradientInput inputs[MOST_INPUTS];
    size_t count = phi_inputs(&shape, &at.phi, &at.dphi, false, names, inputs);
    count += theta_inputs(&at.rule, "top. h. delta. bias. readout. merge.", inputs + count);
    char name[64];
    snprintf(name, sizeof name, "inner step, %d layers, B %d", shape.layers, batch);
    gradient_check(name, stepped, &at, inputs, count);
    random_rule_clear(&at.rule);
    arena_clear(&arena);
}

void inner_step_phi(void **state) {
    (void)state;
    check_step((RuleSizes){.H = 5, .D = 3, .R = 2, .T = 3, .E = 4},
               (PhiShape){2, {7, 5, 4}, ACTIVATION_TANH}, 7);
    check_step((RuleSizes){.H = 9, .D = 4, .R = 1, .T = 4, .E = 3},
               (PhiShape){3, {4, 6, 1, 3}, ACTIVATION_RELU}, 8);
}

void inner_step_one_layer(void **state) {
    (void)state;
    check_step((RuleSizes){.H = 4, .D = 2, .R = 3, .T = 2, .E = 5},
               (PhiShape){1, {6, 5}, ACTIVATION_SWISH}, 5);
}

// ---- the meta-objective
// ---------------------------------------------------------------------------

typedef struct {
    const PhiShape *shape;
    MetaObjective objective;
    LabelledBatches batches;
    Phi phi, dphi;
} Judged;

// More than one, so that a forgotten scale shows.
static const double scale = 1.7;

static double judged(void *context) {
    Judged *at = context;
    meta_objective_forward(&at->objective, &at->phi, &at->batches);
    return scale * at->objective.loss;
}

// One-hot classes in turn, then normal regression targets.
static real *take_targets(int examples, int classes, int targets, Arena *arena, Random *random) {
    real *y = random_take(arena, (size_t)examples * (size_t)targets, 1, random);
    for (int i = 0; i < examples; i++)
        for (int c = 0; c < classes; c++)
            y[i * targets + c] = c == i % classes;
    return y;
}

static void check_objective(PhiShape shape, int examples, int classes, int targets) {
    Arena arena;
    test_arena_init(&arena, 1 << 22);
    Random random = random_seeded(71, (uint64_t)examples);
    Judged at = {.shape = &shape};
    const size_t x_count = (size_t)examples * (size_t)shape.sizes[0];
    meta_objective_take(&at.objective, &shape, examples, classes, targets, &arena);
    phi_take(&at.phi, &shape, &arena);
    phi_take(&at.dphi, &shape, &arena);
    random_fill(at.phi.block, at.phi.count, 0.5, &random);
    phi_zero(&at.dphi);
    at.batches = (LabelledBatches){.examples = examples,
                                   .classes = classes,
                                   .targets = targets,
                                   .xa = random_take(&arena, x_count, 1, &random),
                                   .xb = random_take(&arena, x_count, 1, &random),
                                   .ya = take_targets(examples, classes, targets, &arena, &random),
                                   .yb = take_targets(examples, classes, targets, &arena, &random)};
    judged(&at);
    meta_objective_backward(&at.objective, &at.phi, scale, &at.dphi);
    PhiTensor names[3 * PHI_LAYERS];
    GradientInput inputs[3 * PHI_LAYERS];
    const size_t count = phi_inputs(&shape, &at.phi, &at.dphi, true, names, inputs);
    char name[64];
    snprintf(name, sizeof name, "meta-objective, %d examples, %d + %d targets", examples, classes,
             targets - classes);
    gradient_check(name, judged, &at, inputs, count);
    arena_clear(&arena);
}

void meta_objective_classes(void **state) {
    (void)state;
    check_objective((PhiShape){2, {5, 7, 6}, ACTIVATION_LEAKY_RELU}, 12, 3, 3);
    // Fewer examples than features: the ridge alone makes the system definite.
    check_objective((PhiShape){1, {9, 11}, ACTIVATION_RELU}, 6, 2, 2);
}

void meta_objective_regression_targets(void **state) {
    (void)state;
    check_objective((PhiShape){2, {6, 5, 4}, ACTIVATION_RELU}, 15, 5, 7);
    check_objective((PhiShape){3, {4, 1, 3, 2}, ACTIVATION_TANH}, 9, 3, 4);
}
