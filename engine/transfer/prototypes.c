#include "engine/transfer/prototypes.h"

#include "engine/logistic.h"

#include <string.h>

void prototypes_take(Prototypes *prototypes, const PhiShape *shape, int classes, int support,
                     int queries, Arena *arena) {
    const size_t E = (size_t)shape->sizes[shape->layers], C = (size_t)classes;
    const int B = classes * (support + queries);
    *prototypes = (Prototypes){
        .shape = *shape, .classes = classes, .support = support, .queries = queries, .batch = B};
    base_model_take(&prototypes->model, shape, B, arena);
    prototypes->mean = arena_take(arena, E * C);
    prototypes->dmean = arena_take(arena, E * C);
    prototypes->p = (double *)(void *)arena_take(arena, C * (size_t)queries * C * sizeof(double) /
                                                            sizeof(real));
    base_model_gradients_take(shape, 1, B, prototypes->dx, prototypes->dz, arena);
}

// mean [E, C] of u [E, B].
static void find_means(Prototypes *prototypes, const real *u) {
    const int B = prototypes->batch, C = prototypes->classes, S = prototypes->support;
    for (int e = 0; e < prototypes->shape.sizes[prototypes->shape.layers]; e++)
        for (int k = 0; k < C; k++) {
            double sum = 0;
            for (int i = 0; i < S; i++)
                sum += (double)u[(ptrdiff_t)e * B + i * C + k];
            prototypes->mean[(ptrdiff_t)e * C + k] = (real)(sum / S);
        }
}

double prototypes_forward(Prototypes *prototypes, const Phi *phi, const real *x) {
    const PhiShape *shape = &prototypes->shape;
    const int B = prototypes->batch, C = prototypes->classes, E = shape->sizes[shape->layers];
    const int first = C * prototypes->support, Q = C * prototypes->queries;
    base_model_input(&prototypes->model, shape, x);
    base_model_forward(&prototypes->model, shape, phi);
    const real *u = prototypes->model.x[shape->layers];
    find_means(prototypes, u);
    double loss = 0;
    for (int q = 0; q < Q; q++) {
        double *s = prototypes->p + (ptrdiff_t)q * C;
        memset(s, 0, (size_t)C * sizeof *s);
        for (int e = 0; e < E; e++)
            for (int k = 0; k < C; k++) {
                const double apart = (double)u[(ptrdiff_t)e * B + first + q] -
                                     (double)prototypes->mean[(ptrdiff_t)e * C + k];
                s[k] -= apart * apart;
            }
        const double right = s[q % C];
        loss += (softmax(C, s) - right) / Q;
    }
    return loss;
}

// du [E, B] and dmean of the squared distances.
static void distances_gradient(Prototypes *prototypes, const real *u, real *du) {
    const int B = prototypes->batch, C = prototypes->classes, S = prototypes->support;
    const int first = C * S, Q = C * prototypes->queries;
    for (int e = 0; e < prototypes->shape.sizes[prototypes->shape.layers]; e++) {
        const real *mean = prototypes->mean + (ptrdiff_t)e * C;
        real *dmean = prototypes->dmean + (ptrdiff_t)e * C;
        memset(dmean, 0, (size_t)C * sizeof *dmean);
        for (int q = 0; q < Q; q++)
            for (int k = 0; k < C; k++) {
                const real at = (real)(2 * prototypes->p[(ptrdiff_t)q * C + k]) *
                                (u[(ptrdiff_t)e * B + first + q] - mean[k]);
                du[(ptrdiff_t)e * B + first + q] -= at;
                dmean[k] += at;
            }
        for (int i = 0; i < first; i++)
            du[(ptrdiff_t)e * B + i] = dmean[i % C] / (real)S;
    }
}

void prototypes_backward(Prototypes *prototypes, const Phi *phi, Phi *dphi) {
    const PhiShape *shape = &prototypes->shape;
    const int C = prototypes->classes, L = shape->layers, Q = C * prototypes->queries;
    for (int q = 0; q < Q; q++) {
        double *p = prototypes->p + (ptrdiff_t)q * C;
        p[q % C] -= 1;
        for (int k = 0; k < C; k++)
            p[k] /= Q;
    }
    base_model_gradients_zero(shape, prototypes->batch, prototypes->dx, prototypes->dz);
    distances_gradient(prototypes, prototypes->model.x[L], prototypes->dx[L]);
    phi_zero(dphi);
    base_model_backward(&prototypes->model, shape, phi, prototypes->dx, prototypes->dz, dphi);
}
