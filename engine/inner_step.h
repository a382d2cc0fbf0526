// One inner step phi_{t+1} = UnsupervisedUpdate(phi_t, x_t; theta) (spec 3) with everything that
// its derivative needs, and that derivative.
//
//   forward    base model up, top error d_L, then for l = L .. 0 h_l, delta_l, d_{l-1}; weight
//   changes; apply backward   the same from the end
#ifndef ENGINE_INNER_STEP_H
#define ENGINE_INNER_STEP_H

#include "engine/base_model.h"
#include "engine/compute_h.h"
#include "engine/top_error.h"
#include "engine/weight_change.h"

typedef struct {
    PhiShape shape;
    int batch;
    int error_channels, readout_rank; // D, R
    BaseModel model;
    TopError top;
    real *d[PHI_LAYERS + 1]; // [N_l, B, D] d_L from the top, the others after their normalisation
    real *d_rstd[PHI_LAYERS + 1];        // [N_l, B] rsqrt(1e-6 + mean_c d^2), l < L
    real *sigmoid[PHI_LAYERS + 1];       // [N_l, B] of z_l, l >= 1
    real *delta[PHI_LAYERS + 1];         // [N_l, B, D], l >= 1
    ComputeH h[PHI_LAYERS + 1];          // l = 0 .. L
    WeightChange change[PHI_LAYERS + 1]; // l = 1 .. L
} InnerStep;

// An error if the shape does not fit the rule (N_L must be E) or has too many or empty layers.
bool inner_step_check(const PhiShape *shape, const RuleSizes *sizes, int batch, Status *status);

void inner_step_take(InnerStep *step, const Rule *rule, const PhiShape *shape, int batch,
                     Arena *arena);
size_t inner_step_scratch(const Rule *rule, const PhiShape *shape, int batch); // reals

// examples [B, N_0];  next = phi_{t+1} (may be phi itself).
void inner_step_forward(InnerStep *step, const Rule *rule, const Kernels *kernels, const Phi *phi,
                        const real *examples, real rate, Phi *next, Arena *scratch);

// From dnext (the derivative with respect to phi_{t+1}): dphi is set, gradient +=.  dnext is
// unchanged.
void inner_step_backward(const InnerStep *step, const Rule *rule, const Kernels *kernels,
                         const Phi *phi, real rate, const Phi *dnext, Phi *dphi,
                         RuleGradient *gradient, Arena *scratch);

// The first tensor, in the order data flows, that holds a number that is not finite: layer and
// stage go to place ("layer 2 h.unit0.conv1"), or "" if there is none.  next: what forward made.
enum { INNER_STEP_PLACE = 48 };
void inner_step_find_non_finite(const InnerStep *step, const Phi *next,
                                char place[INNER_STEP_PLACE]);

// Multiply-adds of one forward pass: matrix products and convolutions.
double inner_step_products(const RuleSizes *sizes, const PhiShape *shape, int batch);

#endif
