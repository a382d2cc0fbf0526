#include "engine/convolution.h"

#include <math.h>
#include <string.h>

static const double norm_epsilon = 1e-3; // BN of spec 3.1

// The slabs around one unit that a convolution reads.  Along the batch that is the unit's own slab
// between rows of zeros ('same' padding); along the units it is a ring of as many slabs as there
// are taps, and a slab of zeros for the neighbours of the first and the last unit.
typedef struct {
    Axis axis;
    int taps, batch, stride, units;
    real *slab[KERNEL_TAPS];
    real *zeros; // ALONG_UNITS
    SlabSource *source;
    const void *context;
} Window;

static void window_init(Window *window, const Convolution *convolution, SlabShape shape,
                        int channels, SlabSource *source, const void *context, Arena *scratch) {
    *window = (Window){.axis = convolution->axis,
                       .taps = convolution->taps,
                       .batch = shape.batch,
                       .stride = padded(channels),
                       .units = shape.units,
                       .source = source,
                       .context = context};
    const size_t size = (size_t)shape.batch * (size_t)window->stride;
    if (window->axis == ALONG_BATCH) {
        const size_t halo = (size_t)(window->taps / 2) * (size_t)window->stride;
        real *rows = arena_take(scratch, size + 2 * halo);
        memset(rows, 0, halo * sizeof(real));
        memset(rows + halo + size, 0, halo * sizeof(real));
        window->slab[0] = rows + halo;
        return;
    }
    window->zeros = arena_take(scratch, size);
    for (int i = 0; i < window->taps; i++)
        window->slab[i] = arena_take(scratch, size);
    memset(window->zeros, 0, size * sizeof(real));
}

static real *window_slab(const Window *window, int unit) {
    return window->axis == ALONG_BATCH ? window->slab[0] : window->slab[unit % window->taps];
}

// Loads what the taps of this unit read; units come in rising order.
static void window_advance(Window *window, int unit) {
    const int ahead = window->axis == ALONG_UNITS ? window->taps / 2 : 0;
    const int first = unit == 0 ? 0 : unit + ahead;
    for (int n = first; n <= unit + ahead && n < window->units; n++)
        window->source(window->context, n, window_slab(window, n));
}

static void window_taps(const Window *window, int unit, const real *x[KERNEL_TAPS]) {
    for (int t = 0; t < window->taps; t++) {
        const int shift = t - window->taps / 2;
        if (window->axis == ALONG_BATCH)
            x[t] = window->slab[0] + shift * window->stride;
        else if (unit + shift < 0 || unit + shift >= window->units)
            x[t] = window->zeros;
        else
            x[t] = window_slab(window, unit + shift);
    }
}

static size_t window_size(const Convolution *convolution, int batch, int channels) {
    const size_t slab = (size_t)batch * (size_t)padded(channels);
    if (convolution->axis == ALONG_UNITS)
        return slab * (size_t)(convolution->taps + 1);
    return slab + 2 * (size_t)(convolution->taps / 2) * (size_t)padded(channels);
}

size_t convolution_scratch(const Convolution *convolution, SlabShape shape) {
    const int in = convolution->in, out = convolution->out;
    const size_t window = window_size(convolution, shape.batch, in);
    const size_t forward = window + 2 * (size_t)shape.units * (size_t)padded(out);
    const size_t backward = window + window_size(convolution, shape.batch, out) +
                            (size_t)shape.batch * (size_t)padded(in);
    return forward > backward ? forward : backward;
}

void norm_from_moments(int blocks, int rows, int channels, const real *means, const real *squares,
                       double epsilon, const BatchNorm *norm) {
    const int stride = padded(channels);
    for (int start = 0; start < stride; start += REAL_LANES) {
        // Blocks have equal numbers of rows, so the mean of their means is the mean; the squares
        // about it are those about each block's own mean and what the means themselves are apart.
        double mean[REAL_LANES] = {0}, square[REAL_LANES] = {0};
        for (int n = 0; n < blocks; n++)
            for (int j = 0; j < REAL_LANES; j++)
                mean[j] += (double)means[n * stride + start + j];
        for (int j = 0; j < REAL_LANES; j++)
            mean[j] /= blocks;
        for (int n = 0; n < blocks; n++)
            for (int j = 0; j < REAL_LANES; j++) {
                const double apart = (double)means[n * stride + start + j] - mean[j];
                square[j] += (double)squares[n * stride + start + j] + rows * apart * apart;
            }
        for (int j = 0; j < REAL_LANES; j++) {
            const double variance = square[j] / ((double)blocks * rows);
            norm->mean[start + j] = (real)mean[j];
            norm->rstd[start + j] = (real)(1 / sqrt(variance + epsilon));
        }
    }
}

void convolution_forward(const Kernels *kernels, const Convolution *convolution, SlabShape shape,
                         SlabSource *source, const void *context, real *y, BatchNorm *norm,
                         Arena *scratch) {
    const size_t mark = arena_mark(scratch);
    const int stride = padded(convolution->out);
    Window window;
    window_init(&window, convolution, shape, convolution->in, source, context, scratch);
    real *means = arena_take(scratch, (size_t)shape.units * (size_t)stride);
    real *squares = arena_take(scratch, (size_t)shape.units * (size_t)stride);
    for (int n = 0; n < shape.units; n++) {
        const real *x[KERNEL_TAPS];
        real *slab = y + (size_t)n * (size_t)shape.batch * (size_t)stride;
        window_advance(&window, n);
        window_taps(&window, n, x);
        kernels->product(shape.batch, convolution->taps, convolution->in, stride, x, window.stride,
                         convolution->w, convolution->bias, slab, stride);
        if (norm)
            kernels->moments(shape.batch, stride, slab, means + n * stride, squares + n * stride);
    }
    if (norm)
        norm_from_moments(shape.units, shape.batch, convolution->out, means, squares, norm_epsilon,
                          norm);
    arena_return(scratch, mark);
}

// In the forward pass y[r] = sum_t x[r + t - half] w[t], so now
//     dw[t] += x[r + t - half]^T dy[r]  and  dx[r] = sum_t dy[r - t + half] w[t]^T,
// the second a convolution again, with the taps in reverse.
void convolution_backward(const Kernels *kernels, const Convolution *convolution,
                          const ConvolutionGradient *gradient, SlabShape shape, SlabSource *x,
                          const void *x_context, SlabSource *dy, const void *dy_context,
                          SlabSink *sink, const void *sink_context, Arena *scratch) {
    const size_t mark = arena_mark(scratch);
    const int in_stride = padded(convolution->in), out_stride = padded(convolution->out);
    Window x_window, dy_window;
    window_init(&x_window, convolution, shape, convolution->in, x, x_context, scratch);
    window_init(&dy_window, convolution, shape, convolution->out, dy, dy_context, scratch);
    real *dx = arena_take(scratch, (size_t)shape.batch * (size_t)in_stride);
    for (int n = 0; n < shape.units; n++) {
        const real *taps[KERNEL_TAPS];
        window_advance(&x_window, n);
        window_advance(&dy_window, n);
        const real *dy_slab = window_slab(&dy_window, n);
        window_taps(&x_window, n, taps);
        kernels->product_backward(shape.batch, convolution->taps, convolution->in, out_stride, taps,
                                  in_stride, dy_slab, out_stride, gradient->dw);
        for (int r = 0; gradient->dbias && r < shape.batch; r++)
            for (int o = 0; o < out_stride; o++)
                gradient->dbias[o] += dy_slab[r * out_stride + o];
        if (!sink)
            continue;
        window_taps(&dy_window, n, taps);
        kernels->product(shape.batch, convolution->taps, convolution->out, in_stride, taps,
                         out_stride, convolution->w_transposed, NULL, dx, in_stride);
        sink(sink_context, n, dx);
    }
    arena_return(scratch, mark);
}
