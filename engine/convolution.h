// layer(A) = relu(BN(conv(A))) of spec 3.1 and its derivative, on tensors [units, batch, channels]
// kept as slabs of one unit each: [batch, padded channels].
//
// A convolution reads its input through a source, which writes one slab into scratch memory (so
// batch norm and relu of the layer before are applied on the load), and keeps only its raw result
// y, whose moments are gathered while the slab is still in the cache. Backward, it reads dy and x
// through sources and hands every slab of dx to a sink.
#ifndef ENGINE_CONVOLUTION_H
#define ENGINE_CONVOLUTION_H

#include "engine/arena.h"
#include "engine/kernels.h"
#include "engine/real.h"

typedef enum {
    ALONG_BATCH, // rows of one slab are neighbours
    ALONG_UNITS, // equal rows of neighbouring slabs are neighbours (U of spec 3.3)
} Axis;

typedef struct {
    Axis axis;
    int taps, in, out;
    real *w;            // [taps, in, padded(out)]
    real *w_transposed; // [taps, out, padded(in)], taps reversed: the kernel of the derivative
    real *bias;         // [padded(out)]
} Convolution;

// Sums over everything that went through a convolution.
typedef struct {
    real *dw;    // [taps, in, padded(out)], +=
    real *dbias; // [padded(out)], +=; NULL if batch norm follows (the bias cancels)
} ConvolutionGradient;

typedef struct {
    int units, batch;
} SlabShape;

// Writes the slab [batch, padded(channels)] of one unit.
typedef void SlabSource(const void *context, int unit, real *slab);
// Takes the slab of one unit; may change it.
typedef void SlabSink(const void *context, int unit, real *slab);

// Reals of scratch that a forward or backward call takes.
size_t convolution_scratch(const Convolution *convolution, SlabShape shape);

// y [units, batch, padded(out)].  If norm is given, its mean and rstd are set from y (over the
// first two axes, epsilon 1e-3).
void convolution_forward(const Kernels *kernels, const Convolution *convolution, SlabShape shape,
                         SlabSource *source, const void *context, real *y, BatchNorm *norm,
                         Arena *scratch);

// gradient += the derivative with respect to w and bias; sink gets dx, unit after unit in rising
// order (sink NULL: dx is not wanted).
void convolution_backward(const Kernels *kernels, const Convolution *convolution,
                          const ConvolutionGradient *gradient, SlabShape shape, SlabSource *x,
                          const void *x_context, SlabSource *dy, const void *dy_context,
                          SlabSink *sink, const void *sink_context, Arena *scratch);

// Sets mean and rstd [padded(channels)] of a norm from the moments of equal blocks of rows:
// means and squares [blocks, padded(channels)] as kernels.h's `moments` leaves them.
void norm_from_moments(int blocks, int rows, int channels, const real *means, const real *squares,
                       double epsilon, const BatchNorm *norm);

#endif
