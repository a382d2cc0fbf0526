// The base model f(x; phi) of spec 2 and its derivative.
//
// Throughout the engine a layer's values are kept as [N_l, B]: the batch is the inner axis, so that
// batch statistics are sums of neighbours and a unit's [B, C] slab is one block.
#ifndef ENGINE_BASE_MODEL_H
#define ENGINE_BASE_MODEL_H

#include "engine/arena.h"
#include "engine/phi.h"

typedef struct {
    int batch;                  // B
    real *x[PHI_LAYERS + 1];    // [N_l, B] x_0 is the input, x_L the embedding
    real *z[PHI_LAYERS + 1];    // [N_l, B] before the activation; z_0 = x_0
    real *rstd[PHI_LAYERS + 1]; // [N_l] rsqrt(var_b a + 1e-6), l >= 1
} BaseModel;

void base_model_take(BaseModel *model, const PhiShape *shape, int batch, Arena *arena);

// x_0 from examples [B, N_0], as data comes.
void base_model_input(BaseModel *model, const PhiShape *shape, const real *examples);

// z_l, x_l for l = 1 .. L from x_0.
void base_model_forward(BaseModel *model, const PhiShape *shape, const Phi *phi);

// dphi += from dx_l, dz_l [N_l, B] (what later uses of x_l and z_l contribute); both are
// overwritten. No derivative with respect to x_0 is made; W_1 times what is left in dz_1 would be
// it.
void base_model_backward(const BaseModel *model, const PhiShape *shape, const Phi *phi,
                         real *const dx[PHI_LAYERS + 1], real *const dz[PHI_LAYERS + 1], Phi *dphi);

// For whoever has no gradients of its own: room for dx_l, dz_l of the layers from `first` on, and
// all of it set to zero (l >= 1).
void base_model_gradients_take(const PhiShape *shape, int first, int batch, real **dx, real **dz,
                               Arena *arena);
void base_model_gradients_zero(const PhiShape *shape, int batch, real *const *dx, real *const *dz);

// Multiply-adds of one forward pass.
double base_model_products(const PhiShape *shape, int batch);

#endif
