// The supervised baseline's loss: softmax cross-entropy of a linear map on the base model's
// embedding, mean over the batch:
//
//     s = x_L^T W + b,  loss = mean_b (log sum_c exp s_bc - s_b,label(b))
#ifndef ENGINE_TRANSFER_LABELLED_LOSS_H
#define ENGINE_TRANSFER_LABELLED_LOSS_H

#include "engine/base_model.h"

typedef struct {
    PhiShape shape;
    int batch, classes; // B, C
    BaseModel model;
    real *head;  // [E, C] W, then b [C]; head_count of them
    real *dhead; // derivative, set by backward
    size_t head_count;
    real *p;     // [B, C] probabilities; after backward the derivative with respect to s
    double *row; // [C] of p in double
    real *dx[PHI_LAYERS + 1], *dz[PHI_LAYERS + 1];
} LabelledLoss;

void labelled_loss_take(LabelledLoss *loss, const PhiShape *shape, int batch, int classes,
                        Arena *arena);

// x [B, N_0], label [B] 0 .. C - 1.
double labelled_loss_forward(LabelledLoss *loss, const Phi *phi, const real *x, const int *label);

// dphi and dhead are set; after forward with the same phi and labels.
void labelled_loss_backward(LabelledLoss *loss, const Phi *phi, const int *label, Phi *dphi);

#endif
