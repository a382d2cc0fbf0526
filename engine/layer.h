// The pieces from which chains of layer(A) = relu(BN(conv(A))) are built: sources that read the
// result of one layer for the next, and the sink that takes a derivative back through relu and
// batch norm.
#ifndef ENGINE_LAYER_H
#define ENGINE_LAYER_H

#include "engine/arena.h"
#include "engine/convolution.h"

// One layer's kept values: y = conv(A) before batch norm, and the norm.
typedef struct {
    real *y;      // [units, batch, padded(out)]
    size_t count; // reals of y
    BatchNorm norm;
} Layer;

void layer_take(Layer *layer, SlabShape shape, int out, const real *beta, Arena *arena);

// Source: relu(BN(y)) of one layer, plus that of a second one (a residual connection) if it is
// given.
typedef struct {
    const Kernels *kernels;
    const Layer *layer, *residual;
    int batch, stride;
} LayerOutput;
LayerOutput layer_output(const Kernels *kernels, const Layer *layer, const Layer *residual,
                         int batch, int out);
void layer_output_source(const void *layer_output, int unit, real *slab);

// Source: slabs of a stored tensor [units, batch, channels] whose rows are `channels` long, padded
// with zeros.
typedef struct {
    const real *values;
    int batch, channels;
} Stored;
void stored_source(const void *stored, int unit, real *slab);

// The derivative at one layer, on its way back: dz (after relu's mask) is stored, its sums
// gathered; then the derivative of batch norm is made on the load.
typedef struct {
    const Kernels *kernels;
    const Layer *layer;
    int batch, stride, units;
    real *dz;                // [units, batch, stride]
    real *sum, *product_sum; // [stride] sums, and means once finished
    const real *residual;    // [units, batch, stride] added to what comes in, or NULL
    real *keep; // [units, batch, stride] where the sum goes before relu's mask, or NULL
} LayerGradient;

// Reals that layer_gradient_begin takes from its arena, dz counted in.
size_t layer_gradient_scratch(SlabShape shape, int out);

// dz, and the small sums from the arena; dz may be NULL, then it is taken from the arena too.
void layer_gradient_begin(LayerGradient *gradient, const Kernels *kernels, const Layer *layer,
                          SlabShape shape, int out, real *dz, Arena *arena);
void layer_gradient_sink(const void *layer_gradient, int unit, real *slab);
// After the last slab: dbeta += the sum; then layer_gradient_source gives dy.
void layer_gradient_finish(LayerGradient *gradient, real *dbeta);
void layer_gradient_source(const void *layer_gradient, int unit, real *slab);

#endif
