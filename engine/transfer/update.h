// Updates of a base model, phi_{t+1} = Update(phi_t, x_t) or Update(phi_t, x_t, y_t): the learned
// rule and what it is compared with, behind one interface (spec 1).
//
//   learned     UnsupervisedUpdate of a rule (spec 3)
//   sgd         SupervisedUpdate with theta = (step size, momentum): down the labelled loss
//   adam        the same by Adam
//   vae         a step of a variational autoencoder whose encoder is the base model, by Adam
//   prototypes  a step of a prototypical network whose embedding is the base model, by Adam; its
//               labels lie in the order of the examples (prototypes.h), half of them the support
//
// An update may keep a state of its own beside phi (momentum, a decoder, the linear map of the
// labelled loss).
#ifndef ENGINE_TRANSFER_UPDATE_H
#define ENGINE_TRANSFER_UPDATE_H

#include "engine/inner_step.h"

typedef enum { UPDATE_LEARNED, UPDATE_SGD, UPDATE_ADAM, UPDATE_VAE, UPDATE_PROTOTYPES } UpdateKind;

typedef struct {
    UpdateKind kind;
    PhiShape shape;
    int batch;        // B, of every x
    double rate;      // inner learning rate, or the optimiser's
    double momentum;  // of UPDATE_SGD
    int classes;      // of labels; of UPDATE_PROTOTYPES batch is a multiple of 2 classes
    const Rule *rule; // of UPDATE_LEARNED
    const Kernels *kernels;
    Random random; // of what the update draws: initial values of its own, noise
} UpdatePlan;

typedef struct Update Update;

// An error if the rule does not fit the shape, or without memory.
bool update_new(Update **update, const UpdatePlan *plan, Status *status);
void update_free(Update *update);

// Whether updates of this kind read labels.
bool update_is_supervised(UpdateKind kind);

// phi becomes phi_{t+1}.  x [B, N_0]; label [B], or NULL for an update that reads none.  Returns
// the loss that was stepped down, at phi_t; NaN for the learned rule, which has none.
double update_apply(Update *update, Phi *phi, const real *x, const int *label);

#endif
