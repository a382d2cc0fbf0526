// The change of one layer's weights (spec 3.4): twelve terms, each [N_{l-1}, N_l], their merge into
// D, and the change g of the biases.
//
//   W <- W (1 - lr) - lr D      V <- V (1 - lr) - lr D      b <- b (1 - lr) - lr g
#ifndef ENGINE_WEIGHT_CHANGE_H
#define ENGINE_WEIGHT_CHANGE_H

#include "engine/compute_h.h"

typedef enum {
    TERM_0_ORDER,
    TERM_1_ORDER,
    TERM_DECORR_X,
    TERM_HEBB,
    TERM_LARGE_DECAY,
    TERM_LIN_LOWER_SYMM,
    TERM_LIN_UPPER_PSD,
    TERM_LIN_UPPER_SYMM,
    TERM_RBF,
    TERM_SQR_LOWER_SYMM,
    TERM_SQR_UPPER_SYMM,
    TERM_W_BASE,
} Term;

typedef struct {
    int below, units, batch;           // N_{l-1}, N_l, B
    real *w, *w_rstd;                  // [below, units] per receptive field, [units]
    real *u, *u_rstd;                  // [units, B] s(x_l), [units]
    real *v, *v_rstd;                  // [below, B] s(x_{l-1}), [below]
    real *q;                           // [below, units] sqrt(1 + w^2) - 1
    real *exponential;                 // [below, units] exp(-w^2)
    real *readout_1, *readout_rbf;     // [below, units]
    real *lin_lower, *sqr_lower;       // [below, below] symm(h_{l-1})
    real *psd, *lin_upper, *sqr_upper; // [units, units]
    real *correlation;                 // [units, units] u u^T / B / sqrt(units)
    real decorr_scale;                 // rsqrt(mean(c^2 + 1e-8))
    real *term[TERMS];                 // [below, units]
    real *term_scale[TERMS];           // [units] n(): 1 / sqrt(1 + mean over axis 0 of term^2)
    real *merged;                      // [below, units] sum of the terms, / 12
    real along;                        // mean(merged . w)
    real *change;       // [below, units] before n(): (merged - w relu(along)) / sqrt 12
    real *change_scale; // [units]
    real *D;            // [below, units]
    real *bias_change;  // [units] mean_b of h's bias, plus relu(-its mean): before the scale
    real bias_mean;     // mean_n of mean_b
    real bias_scale;
    real *g; // [units]
} WeightChange;

void weight_change_take(WeightChange *change, int below, int units, int batch, Arena *arena);
size_t weight_change_scratch(const RuleSizes *sizes, int below, int units, int batch); // reals

// From W_l, x_{l-1} [below, B], x_l [units, B] and the readouts of h_{l-1} and h_l.
void weight_change_forward(WeightChange *change, const Rule *rule, const real *W,
                           const real *x_below, const real *x, const ComputeH *h_below,
                           const ComputeH *h, Arena *scratch);

// From dD [below, units] and dg [units] (dD is overwritten): dW, dx_below (may be NULL) and dx +=;
// the heads of h_below and h are set (each is written by one layer only).
void weight_change_backward(const WeightChange *change, const Rule *rule, const real *W,
                            const ComputeH *h_below, const ComputeH *h, real *dD, const real *dg,
                            RuleGradient *gradient, real *dW, real *dx_below, real *dx,
                            HeadsGradient *heads_below, HeadsGradient *heads, Arena *scratch);

double weight_change_products(const RuleSizes *sizes, int below, int units, int batch);

#endif
