#include "engine/transfer/labelled_loss.h"

#include "engine/blas.h"
#include "engine/logistic.h"

#include <string.h>

void labelled_loss_take(LabelledLoss *loss, const PhiShape *shape, int batch, int classes,
                        Arena *arena) {
    const size_t E = (size_t)shape->sizes[shape->layers], C = (size_t)classes;
    *loss = (LabelledLoss){.shape = *shape, .batch = batch, .classes = classes};
    loss->head_count = (E + 1) * C;
    base_model_take(&loss->model, shape, batch, arena);
    loss->head = arena_take(arena, loss->head_count);
    loss->dhead = arena_take(arena, loss->head_count);
    loss->p = arena_take(arena, (size_t)batch * C);
    loss->row = (double *)(void *)arena_take(arena, C * sizeof(double) / sizeof(real));
    base_model_gradients_take(shape, 1, batch, loss->dx, loss->dz, arena);
}

double labelled_loss_forward(LabelledLoss *loss, const Phi *phi, const real *x, const int *label) {
    const PhiShape *shape = &loss->shape;
    const int B = loss->batch, C = loss->classes, E = shape->sizes[shape->layers];
    const real *bias = loss->head + (ptrdiff_t)E * C;
    base_model_input(&loss->model, shape, x);
    base_model_forward(&loss->model, shape, phi);
    for (int i = 0; i < B; i++)
        memcpy(loss->p + (ptrdiff_t)i * C, bias, (size_t)C * sizeof(real));
    product(TRANSPOSED, AS_IS, B, C, E, 1, loss->model.x[shape->layers], B, loss->head, C, 1,
            loss->p, C);
    double mean = 0;
    for (int i = 0; i < B; i++) {
        real *p = loss->p + (ptrdiff_t)i * C;
        for (int c = 0; c < C; c++)
            loss->row[c] = (double)p[c];
        mean += (softmax(C, loss->row) - (double)p[label[i]]) / B;
        for (int c = 0; c < C; c++)
            p[c] = (real)loss->row[c];
    }
    return mean;
}

void labelled_loss_backward(LabelledLoss *loss, const Phi *phi, const int *label, Phi *dphi) {
    const PhiShape *shape = &loss->shape;
    const int B = loss->batch, C = loss->classes, L = shape->layers, E = shape->sizes[L];
    real *ds = loss->p, *dbias = loss->dhead + (ptrdiff_t)E * C;
    for (int i = 0; i < B; i++)
        ds[(ptrdiff_t)i * C + label[i]] -= 1;
    memset(dbias, 0, (size_t)C * sizeof(real));
    for (ptrdiff_t i = 0; i < (ptrdiff_t)B * C; i++) {
        ds[i] /= (real)B;
        dbias[i % C] += ds[i];
    }
    product(AS_IS, AS_IS, E, C, B, 1, loss->model.x[L], B, ds, C, 0, loss->dhead, C);
    base_model_gradients_zero(shape, B, loss->dx, loss->dz);
    product(AS_IS, TRANSPOSED, E, B, C, 1, loss->head, C, ds, C, 0, loss->dx[L], B);
    phi_zero(dphi);
    base_model_backward(&loss->model, shape, phi, loss->dx, loss->dz, dphi);
}
