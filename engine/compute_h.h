// h_l = ComputeH(x_l, z_l, d_l, b_l, W_l, W_{l+1}) of spec 3.3, and the linear maps that read it:
// for delta, for the bias change, and the readouts of the weight changes above and below.
#ifndef ENGINE_COMPUTE_H_H
#define ENGINE_COMPUTE_H_H

#include "engine/layer.h"
#include "engine/rule.h"
#include "engine/weight_statistics.h"

// What h_l is used for: nothing lies below the input layer, nothing above the embedding.
typedef struct {
    bool lower; // there is a W_{l+1}
    bool upper; // there is a W_l
} HUse;

typedef struct {
    int units, batch;
    HUse use;
    BatchNorm norm_in; // of the features F [N, B, 4 + D]
    WeightStatistics statistics;
    Layer layer[H_LAYERS];       // conv_in, unit0 (2), conv1, unit1 (2)
    real *lower[LOWER_READOUTS]; // [N, B, R] P or Q of spec 3.4
    real *upper[UPPER_READOUTS]; // [N, B, R]
    real *bias;                  // [N, B] h bias.w + bias.b
    real *delta;                 // [N, B, D] h delta.w + delta.b
} ComputeH;

// What it reads; x and z [N, B], d [N, B, D], b [N] or NULL (the input layer has none).
typedef struct {
    const real *x, *z, *d, *b;
    const real *W_below; // [inputs, N] or NULL
    int inputs;
    const real *W_above; // [N, outputs] or NULL
    int outputs;
} ComputeHInputs;

// The derivatives with respect to them, all +=.  dx, dz and db may be NULL where nothing wants
// them.
typedef struct {
    real *dx, *dz, *dd, *db, *dW_below, *dW_above;
} ComputeHGradient;

void compute_h_take(ComputeH *h, const Rule *rule, int units, int batch, HUse use, Arena *arena);
size_t compute_h_scratch(const Rule *rule, int units, int batch); // reals

void compute_h_forward(ComputeH *h, const Rule *rule, const Kernels *kernels,
                       const ComputeHInputs *inputs, Arena *scratch);

// The values of h itself, [N, B, padded(H)], for who wants to look at it.
void compute_h_values(const ComputeH *h, const Rule *rule, const Kernels *kernels, real *values);

// From the derivatives with respect to lower, upper, bias and delta, laid out as these.
typedef struct {
    real *lower[LOWER_READOUTS], *upper[UPPER_READOUTS], *bias, *delta;
} HeadsGradient;
void heads_gradient_take(HeadsGradient *heads, const ComputeH *h, const Rule *rule, Arena *arena);

void compute_h_backward(const ComputeH *h, const Rule *rule, const Kernels *kernels,
                        const ComputeHInputs *inputs, const HeadsGradient *heads,
                        RuleGradient *gradient, const ComputeHGradient *to, Arena *scratch);

// Multiply-adds of one forward pass.
double compute_h_products(const RuleSizes *sizes, int units, int batch, HUse use);

#endif
