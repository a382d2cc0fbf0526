#include "engine/transfer/vae.h"

#include "engine/blas.h"
#include "engine/vector.h"

#include <math.h>
#include <string.h>

static size_t map_count(int in, int out) {
    return ((size_t)in + 1) * (size_t)out;
}

// What is learned beside phi: the decoder's phi, then the three maps.
static size_t count_learned(const Vae *vae) {
    const int E = vae->shape.sizes[vae->shape.layers], Z = vae->latent;
    const int last = vae->decoder_shape.sizes[vae->decoder_shape.layers];
    return phi_count(&vae->decoder_shape) + 2 * map_count(E, Z) +
           map_count(last, vae->shape.sizes[0]);
}

static void place_map(Vae *vae, VaeMap *map, int in, int out, size_t *used) {
    const size_t weights = (size_t)in * (size_t)out;
    *map = (VaeMap){.in = in,
                    .out = out,
                    .w = vae->values + *used,
                    .b = vae->values + *used + weights,
                    .dw = vae->derivative + *used,
                    .db = vae->derivative + *used + weights};
    *used += map_count(in, out);
}

static void place_learned(Vae *vae) {
    const int E = vae->shape.sizes[vae->shape.layers], Z = vae->latent;
    const int last = vae->decoder_shape.sizes[vae->decoder_shape.layers];
    size_t used = phi_count(&vae->decoder_shape);
    phi_place(&vae->decoder_phi, &vae->decoder_shape, vae->values);
    phi_place(&vae->decoder_dphi, &vae->decoder_shape, vae->derivative);
    place_map(vae, &vae->to_mean, E, Z, &used);
    place_map(vae, &vae->to_log_variance, E, Z, &used);
    place_map(vae, &vae->to_logit, last, vae->shape.sizes[0], &used);
}

void vae_take(Vae *vae, const PhiShape *shape, int batch, Arena *arena) {
    const int hidden = shape->layers - 1;
    *vae = (Vae){.shape = *shape, .batch = batch, .latent = shape->sizes[shape->layers]};
    vae->decoder_shape = (PhiShape){.layers = hidden, .activation = shape->activation};
    vae->decoder_shape.sizes[0] = vae->latent;
    for (int l = 1; l <= hidden; l++)
        vae->decoder_shape.sizes[l] = shape->sizes[shape->layers - l];
    base_model_take(&vae->encoder, shape, batch, arena);
    base_model_take(&vae->decoder, &vae->decoder_shape, batch, arena);
    vae->count = count_learned(vae);
    vae->values = arena_take(arena, vae->count);
    vae->derivative = arena_take(arena, vae->count);
    if (vae->values) // not while an arena measures
        place_learned(vae);
    const size_t latent = (size_t)vae->latent * (size_t)batch;
    vae->mean = arena_take(arena, latent);
    vae->log_variance = arena_take(arena, latent);
    vae->dmean = arena_take(arena, latent);
    vae->dlog_variance = arena_take(arena, latent);
    vae->z = vae->decoder.x[0];
    vae->logit = arena_take(arena, (size_t)shape->sizes[0] * (size_t)batch);
    base_model_gradients_take(shape, 1, batch, vae->dx, vae->dz, arena);
    base_model_gradients_take(&vae->decoder_shape, 0, batch, vae->decoder_dx, vae->decoder_dz,
                              arena);
}

static void map_initialise(const VaeMap *map, Random *random) {
    for (ptrdiff_t i = 0; i < (ptrdiff_t)map->in * map->out; i++)
        map->w[i] = (real)random_truncated_normal(random, 1 / sqrt((double)map->in));
    memset(map->b, 0, (size_t)map->out * sizeof(real));
}

void vae_initialise(Vae *vae, Random *random) {
    phi_initialise(&vae->decoder_phi, &vae->decoder_shape, random);
    map_initialise(&vae->to_mean, random);
    map_initialise(&vae->to_log_variance, random);
    map_initialise(&vae->to_logit, random);
}

// ---- linear maps ----

// to [out, B] = w^T from + b
static void map_forward(const VaeMap *map, int batch, const real *from, real *to) {
    for (int o = 0; o < map->out; o++)
        for (int i = 0; i < batch; i++)
            to[(ptrdiff_t)o * batch + i] = map->b[o];
    product(TRANSPOSED, AS_IS, map->out, batch, map->in, 1, map->w, map->out, from, batch, 1, to,
            batch);
}

// dw, db are set; dfrom = keep dfrom + w dto.
static void map_backward(const VaeMap *map, int batch, const real *from, const real *dto, real keep,
                         real *dfrom) {
    product(AS_IS, TRANSPOSED, map->in, map->out, batch, 1, from, batch, dto, batch, 0, map->dw,
            map->out);
    for (int o = 0; o < map->out; o++)
        map->db[o] = vector_sum((size_t)batch, dto + (ptrdiff_t)o * batch);
    product(AS_IS, AS_IS, map->in, batch, map->out, 1, map->w, map->out, dto, batch, keep, dfrom,
            batch);
}

// ---- the loss ----

static double sigmoid(double logit) {
    return 1 / (1 + exp(-logit));
}

// log(1 + exp(logit)) - x logit, the cross-entropy of sigmoid(logit) and x.
static double cross_entropy(double logit, double x) {
    return fmax(logit, 0) + log1p(exp(-fabs(logit))) - x * logit;
}

double vae_forward(Vae *vae, const Phi *phi, const real *x, const real *noise) {
    const int B = vae->batch, L = vae->shape.layers;
    base_model_input(&vae->encoder, &vae->shape, x);
    base_model_forward(&vae->encoder, &vae->shape, phi);
    map_forward(&vae->to_mean, B, vae->encoder.x[L], vae->mean);
    map_forward(&vae->to_log_variance, B, vae->encoder.x[L], vae->log_variance);
    vae->reconstruction = vae->divergence = 0;
    for (int i = 0; i < vae->latent * B; i++) {
        const double mean = (double)vae->mean[i], s = (double)vae->log_variance[i];
        vae->divergence += (mean * mean + exp(s) - 1 - s) / 2 / B;
        vae->z[i] = (real)(mean + exp(s / 2) * (double)noise[i]);
    }
    base_model_forward(&vae->decoder, &vae->decoder_shape, &vae->decoder_phi);
    map_forward(&vae->to_logit, B, vae->decoder.x[vae->decoder_shape.layers], vae->logit);
    for (ptrdiff_t i = 0; i < (ptrdiff_t)vae->shape.sizes[0] * B; i++)
        vae->reconstruction +=
            cross_entropy((double)vae->logit[i], (double)vae->encoder.x[0][i]) / B;
    return vae->reconstruction + vae->divergence;
}

// Sets decoder_dx[0], the derivative with respect to z.
static void decoder_backward(Vae *vae) {
    const PhiShape *shape = &vae->decoder_shape;
    const int B = vae->batch, last = shape->layers;
    for (ptrdiff_t i = 0; i < (ptrdiff_t)vae->shape.sizes[0] * B; i++)
        vae->logit[i] = (real)((sigmoid((double)vae->logit[i]) - (double)vae->encoder.x[0][i]) / B);
    base_model_gradients_zero(shape, B, vae->decoder_dx, vae->decoder_dz);
    map_backward(&vae->to_logit, B, vae->decoder.x[last], vae->logit, 0, vae->decoder_dx[last]);
    phi_zero(&vae->decoder_dphi);
    base_model_backward(&vae->decoder, shape, &vae->decoder_phi, vae->decoder_dx, vae->decoder_dz,
                        &vae->decoder_dphi);
    if (last == 0)
        return;
    // What base_model_backward leaves in dz_1 is the derivative with respect to a_1 = W_1^T x_0.
    product(AS_IS, AS_IS, shape->sizes[0], B, shape->sizes[1], 1, vae->decoder_phi.W[1],
            shape->sizes[1], vae->decoder_dz[1], B, 0, vae->decoder_dx[0], B);
}

void vae_backward(Vae *vae, const Phi *phi, const real *noise, Phi *dphi) {
    const int B = vae->batch, L = vae->shape.layers;
    decoder_backward(vae);
    const real *dz = vae->decoder_dx[0];
    for (int i = 0; i < vae->latent * B; i++) {
        const double s = (double)vae->log_variance[i];
        vae->dmean[i] = (real)((double)dz[i] + (double)vae->mean[i] / B);
        vae->dlog_variance[i] =
            (real)((double)dz[i] * (double)noise[i] * exp(s / 2) / 2 + (exp(s) - 1) / 2 / B);
    }
    base_model_gradients_zero(&vae->shape, B, vae->dx, vae->dz);
    map_backward(&vae->to_mean, B, vae->encoder.x[L], vae->dmean, 0, vae->dx[L]);
    map_backward(&vae->to_log_variance, B, vae->encoder.x[L], vae->dlog_variance, 1, vae->dx[L]);
    phi_zero(dphi);
    base_model_backward(&vae->encoder, &vae->shape, phi, vae->dx, vae->dz, dphi);
}
