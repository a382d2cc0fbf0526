// The top error signal d_L (spec 3.2): the network `top` reads the embedding of a batch and says,
// for every unit and example, what is wrong with it.
#ifndef ENGINE_TOP_ERROR_H
#define ENGINE_TOP_ERROR_H

#include "engine/layer.h"
#include "engine/rule.h"

typedef struct {
    int batch;
    Layer layer[TOP_LAYERS]; // conv_in, mix0, mix1, conv0, conv1
    real *mix_input;         // [T, B, E]  axes 0 and 2 of relu(BN(conv_in)) swapped
    real *conv_input;        // [E, B, T]  and of relu(BN(mix1)) swapped back
} TopError;

void top_error_take(TopError *top, const Rule *rule, int batch, Arena *arena);

// d [N_L, B, D] from the embedding x [N_L, B].
void top_error_forward(TopError *top, const Rule *rule, const Kernels *kernels, const real *x,
                       real *d, Arena *scratch);

// gradient += and dx [N_L, B] += from dd [N_L, B, D].
void top_error_backward(const TopError *top, const Rule *rule, const Kernels *kernels,
                        const real *x, const real *dd, RuleGradient *gradient, real *dx,
                        Arena *scratch);

// Reals of scratch that a forward or backward call takes.
size_t top_error_scratch(const Rule *rule, int batch);

double top_error_products(const RuleSizes *sizes, int batch); // multiply-adds of a forward pass

#endif
