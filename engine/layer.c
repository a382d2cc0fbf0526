#include "engine/layer.h"

#include <string.h>

static size_t slab_size(int batch, int stride) {
    return (size_t)batch * (size_t)stride;
}

void layer_take(Layer *layer, SlabShape shape, int out, const real *beta, Arena *arena) {
    const size_t stride = (size_t)padded(out);
    layer->count = (size_t)shape.units * (size_t)shape.batch * stride;
    layer->y = arena_take(arena, layer->count);
    layer->norm = (BatchNorm){
        .mean = arena_take(arena, stride), .rstd = arena_take(arena, stride), .beta = beta};
}

LayerOutput layer_output(const Kernels *kernels, const Layer *layer, const Layer *residual,
                         int batch, int out) {
    return (LayerOutput){kernels, layer, residual, batch, padded(out)};
}

void layer_output_source(const void *context, int unit, real *slab) {
    const LayerOutput *output = context;
    const size_t at = (size_t)unit * slab_size(output->batch, output->stride);
    output->kernels->normalise_relu(output->batch, output->stride, output->layer->y + at,
                                    &output->layer->norm, slab);
    if (output->residual)
        output->kernels->add_normalise_relu(output->batch, output->stride, output->residual->y + at,
                                            &output->residual->norm, slab);
}

void stored_source(const void *context, int unit, real *slab) {
    const Stored *stored = context;
    const int stride = padded(stored->channels);
    const real *row = stored->values + (size_t)unit * slab_size(stored->batch, stored->channels);
    for (int b = 0; b < stored->batch; b++, row += stored->channels, slab += stride) {
        memcpy(slab, row, (size_t)stored->channels * sizeof(real));
        memset(slab + stored->channels, 0, (size_t)(stride - stored->channels) * sizeof(real));
    }
}

size_t layer_gradient_scratch(SlabShape shape, int out) {
    return (size_t)(shape.units * shape.batch + 2) * (size_t)padded(out);
}

void layer_gradient_begin(LayerGradient *gradient, const Kernels *kernels, const Layer *layer,
                          SlabShape shape, int out, real *dz, Arena *arena) {
    const int stride = padded(out);
    *gradient = (LayerGradient){.kernels = kernels,
                                .layer = layer,
                                .batch = shape.batch,
                                .stride = stride,
                                .units = shape.units,
                                .dz = dz};
    if (!dz)
        gradient->dz = arena_take(arena, (size_t)shape.units * slab_size(shape.batch, stride));
    gradient->sum = arena_take(arena, (size_t)stride);
    gradient->product_sum = arena_take(arena, (size_t)stride);
    memset(gradient->sum, 0, (size_t)stride * sizeof(real));
    memset(gradient->product_sum, 0, (size_t)stride * sizeof(real));
}

void layer_gradient_sink(const void *context, int unit, real *slab) {
    const LayerGradient *gradient = context;
    const size_t size = slab_size(gradient->batch, gradient->stride);
    const size_t at = (size_t)unit * size;
    if (gradient->residual)
        for (size_t i = 0; i < size; i++)
            slab[i] += gradient->residual[at + i];
    if (gradient->keep)
        memcpy(gradient->keep + at, slab, size * sizeof(real));
    gradient->kernels->relu_backward(gradient->batch, gradient->stride, gradient->layer->y + at,
                                     &gradient->layer->norm, slab, gradient->dz + at, gradient->sum,
                                     gradient->product_sum);
}

void layer_gradient_finish(LayerGradient *gradient, real *dbeta) {
    const real share = 1 / ((real)gradient->units * (real)gradient->batch);
    for (int c = 0; c < gradient->stride; c++) {
        dbeta[c] += gradient->sum[c];
        gradient->sum[c] *= share;
        gradient->product_sum[c] *= share;
    }
}

void layer_gradient_source(const void *context, int unit, real *slab) {
    const LayerGradient *gradient = context;
    const size_t at = (size_t)unit * slab_size(gradient->batch, gradient->stride);
    gradient->kernels->normalise_backward(
        gradient->batch, gradient->stride, gradient->layer->y + at, &gradient->layer->norm,
        gradient->dz + at, gradient->sum, gradient->product_sum, slab);
}
