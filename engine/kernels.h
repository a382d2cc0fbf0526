// The loops in which nearly all time goes, each compiled three times (AVX-512, AVX2, portable) from
// kernels_body.h and chosen at run time.  All of them work on a *slab*: the [rows, channels] matrix
// of one unit, its channel axis padded with zeros to a multiple of REAL_LANES.
//
// A three-tap convolution is a product whose left factor is read at three places: along the batch
// the taps are the same slab shifted by one row, along the units they are the slabs of the
// neighbouring units.  So no convolution copies its input.
//
// Every sum runs in one fixed order, so equal inputs give equal bits.
#ifndef ENGINE_KERNELS_H
#define ENGINE_KERNELS_H

#include "engine/real.h"

enum { KERNEL_TAPS = 5 };

// Batch norm of one tensor: mean and rstd = 1 / sqrt(var + epsilon) per channel, and theta's beta.
typedef struct {
    real *mean, *rstd; // [padded channels]
    const real *beta;  // [padded channels]
} BatchNorm;

typedef struct {
    const char *name;

    // y [rows, out] = bias + sum over taps t, inputs i of x[t][row, i] * w[t, i, out].
    // x[t] points at the row that tap t reads for row 0; rows are x_stride and y_stride apart.
    // w [taps, in, out], bias [out] or NULL; out is a multiple of REAL_LANES.
    void (*product)(int rows, int taps, int in, int out, const real *const *x, int x_stride,
                    const real *w, const real *bias, real *y, int y_stride);

    // dw [taps, in, out] += sum over rows of x[t][row, i] * dy[row, out]: the derivative of
    // `product`.
    void (*product_backward)(int rows, int taps, int in, int out, const real *const *x,
                             int x_stride, const real *dy, int dy_stride, real *dw);

    // x = relu((y - mean) * rstd + beta); NaN stays NaN.
    void (*normalise_relu)(int rows, int channels, const real *y, const BatchNorm *norm, real *x);
    // x += the same
    void (*add_normalise_relu)(int rows, int channels, const real *y, const BatchNorm *norm,
                               real *x);

    // mean [channels] of the rows, and squares [channels] = sum of (y - mean)^2.
    void (*moments)(int rows, int channels, const real *y, real *mean, real *squares);

    // dz = dx where relu passes, else 0;  sum += dz, product_sum += dz * normalised y (per
    // channel).
    void (*relu_backward)(int rows, int channels, const real *y, const BatchNorm *norm,
                          const real *dx, real *dz, real *sum, real *product_sum);

    // dy = rstd * (dz - dz_mean - normalised y * dz_product_mean): the derivative of batch norm.
    void (*normalise_backward)(int rows, int channels, const real *y, const BatchNorm *norm,
                               const real *dz, const real *dz_mean, const real *dz_product_mean,
                               real *dy);
} Kernels;

extern const Kernels kernels_avx512, kernels_avx2, kernels_portable;

// The fastest that this processor runs.
const Kernels *kernels_best(void);
// By name ("avx512", "avx2", "portable"); NULL if there is none or this processor cannot run it.
const Kernels *kernels_named(const char *name);

#endif
