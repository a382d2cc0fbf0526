// theta, the parameters of the update rule: one flat block and one table of its tensors, which
// drives files, checkpoints, the optimiser and the views (style S12).  Names and shapes are
// interface.md's.
#ifndef ENGINE_THETA_H
#define ENGINE_THETA_H

#include "engine/random.h"
#include "engine/real.h"
#include "engine/status.h"

typedef struct {
    int H; // hidden channels of ComputeH
    int D; // error channels
    int R; // readout rank
    int T; // channels of the top network
    int E; // embedding: units of the last layer
} RuleSizes;

enum { THETA_TENSORS = 80, THETA_NAME = 48 };

typedef enum { INITIAL_WEIGHT, INITIAL_ZERO, INITIAL_MERGE } ThetaInitial;

typedef struct {
    char name[THETA_NAME];
    int rank, shape[3];
    size_t offset; // in reals from the start of theta
    size_t count;
    int fan_in; // k * i of a convolution, i of a linear map
    ThetaInitial initial;
    bool
        before_norm; // bias of a convolution that batch norm follows: it cancels, its gradient is 0
} ThetaTensor;

typedef struct {
    RuleSizes sizes;
    int tensors;
    ThetaTensor tensor[THETA_TENSORS];
    size_t count; // reals of theta
} ThetaLayout;

// The twelve terms in the order of the rows of merge.w (alphabetical).
enum { TERMS = 12 };
extern const char *const term_names[TERMS];

// An error if a size is not positive or beyond what a machine could hold.
bool theta_layout(ThetaLayout *layout, RuleSizes sizes, Status *status);

// Index of the tensor of that name, or -1.
int theta_find(const ThetaLayout *layout, const char *name);

// weights ~ truncated normal(1 / sqrt(fan_in)) cut at two standard deviations; biases and betas 0;
// merge.w 0.1.
void theta_initialise(real *theta, const ThetaLayout *layout, Random *random);

// A head start: merge.w as of a Hebbian rule with decorrelation (W follows v^T u - W u^T u, as
// Oja's rule does), which helps before any meta-training; the other terms have small equal shares,
// so that the networks behind them have gradients.  Sets merge.w only.
void theta_start_hebbian(real *theta, const ThetaLayout *layout);

#endif
