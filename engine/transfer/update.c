#include "engine/transfer/update.h"

#include "engine/transfer/labelled_loss.h"
#include "engine/transfer/optimiser.h"
#include "engine/transfer/prototypes.h"
#include "engine/transfer/vae.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct Update {
    UpdatePlan plan;
    Arena arena;
    InnerStep step; // LEARNED
    LabelledLoss labelled;
    Vae vae;
    Prototypes prototypes;
    real *noise;                // [Z, B] of VAE
    Phi dphi;                   // of the losses
    Optimiser of_phi, of_other; // of the losses: phi, and what they learn beside it (if anything)
};

bool update_is_supervised(UpdateKind kind) {
    return kind == UPDATE_SGD || kind == UPDATE_ADAM;
}

// Places what the update works with.
static void take(Update *update, Arena *arena) {
    const UpdatePlan *plan = &update->plan;
    if (plan->kind == UPDATE_LEARNED) {
        inner_step_take(&update->step, plan->rule, &plan->shape, plan->batch, arena);
        return;
    }
    phi_take(&update->dphi, &plan->shape, arena);
    if (update_is_supervised(plan->kind)) {
        labelled_loss_take(&update->labelled, &plan->shape, plan->batch, plan->classes, arena);
    } else if (plan->kind == UPDATE_PROTOTYPES) {
        const int half = plan->batch / plan->classes / 2;
        prototypes_take(&update->prototypes, &plan->shape, plan->classes, half, half, arena);
    } else {
        vae_take(&update->vae, &plan->shape, plan->batch, arena);
        update->noise = arena_take(arena, (size_t)update->vae.latent * (size_t)plan->batch);
    }
}

static bool optimisers_init(Update *update, Status *status) {
    const UpdatePlan *plan = &update->plan;
    const bool supervised = update_is_supervised(plan->kind);
    const OptimiserKind kind = plan->kind == UPDATE_SGD ? OPTIMISER_MOMENTUM : OPTIMISER_ADAM;
    const size_t other = supervised ? update->labelled.head_count : update->vae.count;
    return optimiser_init(&update->of_phi, kind, update->dphi.count, plan->rate, plan->momentum,
                          status) &&
           (plan->kind == UPDATE_PROTOTYPES ||
            optimiser_init(&update->of_other, kind, other, plan->rate, plan->momentum, status));
}

static void initialise(Update *update) {
    Random *random = &update->plan.random;
    if (update->plan.kind == UPDATE_VAE)
        vae_initialise(&update->vae, random);
    if (!update_is_supervised(update->plan.kind))
        return;
    const LabelledLoss *labelled = &update->labelled;
    const int E = labelled->shape.sizes[labelled->shape.layers];
    for (size_t i = 0; i < labelled->head_count; i++)
        labelled->head[i] = i < (size_t)E * (size_t)labelled->classes
                                ? (real)random_truncated_normal(random, 1 / sqrt((double)E))
                                : 0;
}

bool update_new(Update **made, const UpdatePlan *plan, Status *status) {
    *made = NULL;
    if (plan->kind == UPDATE_LEARNED &&
        !inner_step_check(&plan->shape, &plan->rule->layout.sizes, plan->batch, status))
        return false;
    Update *update = calloc(1, sizeof *update);
    if (!update)
        return status_fail(status, STATUS_FAILURE, "no memory for an update");
    update->plan = *plan;
    Arena measure = {0};
    take(update, &measure);
    size_t bytes = measure.peak;
    if (plan->kind == UPDATE_LEARNED)
        bytes += inner_step_scratch(plan->rule, &plan->shape, plan->batch) * sizeof(real);
    if (!arena_init(&update->arena, bytes, status)) {
        free(update);
        return false;
    }
    take(update, &update->arena);
    if (plan->kind != UPDATE_LEARNED) {
        if (!optimisers_init(update, status)) {
            update_free(update);
            return false;
        }
        initialise(update);
    }
    *made = update;
    return true;
}

void update_free(Update *update) {
    if (!update)
        return;
    optimiser_clear(&update->of_phi);
    optimiser_clear(&update->of_other);
    arena_clear(&update->arena);
    free(update);
}

static double labelled_step(Update *update, Phi *phi, const real *x, const int *label) {
    LabelledLoss *labelled = &update->labelled;
    const double loss = labelled_loss_forward(labelled, phi, x, label);
    labelled_loss_backward(labelled, phi, label, &update->dphi);
    optimiser_step(&update->of_phi, update->dphi.block, phi->block);
    optimiser_step(&update->of_other, labelled->dhead, labelled->head);
    return loss;
}

static double vae_step(Update *update, Phi *phi, const real *x) {
    Vae *vae = &update->vae;
    for (int i = 0; i < vae->latent * vae->batch; i++)
        update->noise[i] = (real)random_normal(&update->plan.random);
    const double loss = vae_forward(vae, phi, x, update->noise);
    vae_backward(vae, phi, update->noise, &update->dphi);
    optimiser_step(&update->of_phi, update->dphi.block, phi->block);
    optimiser_step(&update->of_other, vae->derivative, vae->values);
    return loss;
}

static double prototypes_step(Update *update, Phi *phi, const real *x) {
    const double loss = prototypes_forward(&update->prototypes, phi, x);
    prototypes_backward(&update->prototypes, phi, &update->dphi);
    optimiser_step(&update->of_phi, update->dphi.block, phi->block);
    return loss;
}

double update_apply(Update *update, Phi *phi, const real *x, const int *label) {
    const UpdatePlan *plan = &update->plan;
    if (update_is_supervised(plan->kind))
        return labelled_step(update, phi, x, label);
    if (plan->kind == UPDATE_VAE)
        return vae_step(update, phi, x);
    if (plan->kind == UPDATE_PROTOTYPES)
        return prototypes_step(update, phi, x);
    inner_step_forward(&update->step, plan->rule, plan->kernels, phi, x, (real)plan->rate, phi,
                       &update->arena);
    return NAN;
}
