// The loss of a prototypical network (Snell, Swersky, Zemel, arXiv 1703.05175) whose embedding is
// the base model's: a class is where the mean of its supporting examples lies,
//
//     c_k = mean over the support of class k of x_L,   s_qk = - |x_L,q - c_k|^2
//     loss = mean over the queries q of (log sum_k exp s_qk - s_q,label(q))
//
// Support and queries go through the base model in one batch, as in the meta-objective.
#ifndef ENGINE_TRANSFER_PROTOTYPES_H
#define ENGINE_TRANSFER_PROTOTYPES_H

#include "engine/base_model.h"

typedef struct {
    PhiShape shape;
    int classes, support, queries; // C, and of each class
    int batch;                     // B = C (support + queries)
    BaseModel model;
    real *mean, *dmean; // [E, C]
    double *p;          // [C queries, C] probabilities; after backward the derivative by s
    real *dx[PHI_LAYERS + 1], *dz[PHI_LAYERS + 1];
} Prototypes;

void prototypes_take(Prototypes *prototypes, const PhiShape *shape, int classes, int support,
                     int queries, Arena *arena);

// x [B, N_0]: example i is of class i % C; the first C * support are the support.
double prototypes_forward(Prototypes *prototypes, const Phi *phi, const real *x);

// dphi is set; after forward with the same phi.
void prototypes_backward(Prototypes *prototypes, const Phi *phi, Phi *dphi);

#endif
