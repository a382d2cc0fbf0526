#include "engine/base_model.h"

#include "engine/blas.h"
#include "engine/vector.h"

#include <math.h>
#include <string.h>

static const real epsilon = (real)1e-6;

void base_model_take(BaseModel *model, const PhiShape *shape, int batch, Arena *arena) {
    *model = (BaseModel){.batch = batch};
    for (int l = 0; l <= shape->layers; l++) {
        const size_t count = (size_t)shape->sizes[l] * (size_t)batch;
        model->x[l] = arena_take(arena, count);
        model->z[l] = l == 0 ? model->x[0] : arena_take(arena, count);
        model->rstd[l] = l == 0 ? NULL : arena_take(arena, (size_t)shape->sizes[l]);
    }
}

void base_model_input(BaseModel *model, const PhiShape *shape, const real *examples) {
    const int inputs = shape->sizes[0], batch = model->batch;
    for (int b = 0; b < batch; b++)
        for (int n = 0; n < inputs; n++)
            model->x[0][n * batch + b] = examples[b * inputs + n];
}

// In place: a [B] becomes z = (a - mean) * rstd + bias; returns rstd.
static real normalise(int batch, real *a, real bias) {
    const real mean = vector_sum((size_t)batch, a) / (real)batch;
    const real variance = vector_squares((size_t)batch, a, mean) / (real)batch;
    const real rstd = 1 / (real)sqrt((double)(variance + epsilon));
    for (int b = 0; b < batch; b++)
        a[b] = (a[b] - mean) * rstd + bias;
    return rstd;
}

void base_model_forward(BaseModel *model, const PhiShape *shape, const Phi *phi) {
    const int B = model->batch;
    for (int l = 1; l <= shape->layers; l++) {
        const int below = shape->sizes[l - 1], units = shape->sizes[l];
        product(TRANSPOSED, AS_IS, units, B, below, 1, phi->W[l], units, model->x[l - 1], B, 0,
                model->z[l], B);
        for (int n = 0; n < units; n++)
            model->rstd[l][n] = normalise(B, model->z[l] + (ptrdiff_t)n * B, phi->b[l][n]);
        activation_forward(shape->activation, (size_t)units * (size_t)B, model->z[l], model->x[l]);
    }
}

// In place: dz [B] becomes da, where z = normalised a + bias.
static void normalise_backward(int batch, const real *z, real bias, real rstd, real *dz) {
    const real mean = vector_sum((size_t)batch, dz) / (real)batch;
    // The normalised a has mean 0, so its product with dz needs no centring of z beyond the bias.
    const real product_mean = vector_dot((size_t)batch, dz, z) / (real)batch - bias * mean;
    for (int b = 0; b < batch; b++)
        dz[b] = rstd * (dz[b] - mean - (z[b] - bias) * product_mean);
}

void base_model_backward(const BaseModel *model, const PhiShape *shape, const Phi *phi,
                         real *const dx[PHI_LAYERS + 1], real *const dz[PHI_LAYERS + 1],
                         Phi *dphi) {
    const int B = model->batch;
    for (int l = shape->layers; l >= 1; l--) {
        const int below = shape->sizes[l - 1], units = shape->sizes[l];
        activation_backward(shape->activation, (size_t)units * (size_t)B, model->z[l], dx[l],
                            dz[l]);
        for (int n = 0; n < units; n++) {
            real *row = dz[l] + (ptrdiff_t)n * B;
            dphi->b[l][n] += vector_sum((size_t)B, row);
            normalise_backward(B, model->z[l] + (ptrdiff_t)n * B, phi->b[l][n], model->rstd[l][n],
                               row);
        }
        const real *da = dz[l];
        product(AS_IS, TRANSPOSED, below, units, B, 1, model->x[l - 1], B, da, B, 1, dphi->W[l],
                units);
        if (l > 1)
            product(AS_IS, AS_IS, below, B, units, 1, phi->W[l], units, da, B, 1, dx[l - 1], B);
    }
}

void base_model_gradients_take(const PhiShape *shape, int first, int batch, real **dx, real **dz,
                               Arena *arena) {
    for (int l = first; l <= shape->layers; l++) {
        const size_t count = (size_t)shape->sizes[l] * (size_t)batch;
        dx[l] = arena_take(arena, count);
        dz[l] = arena_take(arena, count);
    }
}

void base_model_gradients_zero(const PhiShape *shape, int batch, real *const *dx, real *const *dz) {
    for (int l = 1; l <= shape->layers; l++) {
        const size_t bytes = (size_t)shape->sizes[l] * (size_t)batch * sizeof(real);
        memset(dx[l], 0, bytes);
        memset(dz[l], 0, bytes);
    }
}

double base_model_products(const PhiShape *shape, int batch) {
    double products = 0;
    for (int l = 1; l <= shape->layers; l++)
        products += (double)shape->sizes[l - 1] * shape->sizes[l] * batch;
    return products;
}
