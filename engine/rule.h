// The update rule ready for use: theta copied into the layout that the kernels read (channels
// padded, each convolution also transposed for its derivative), and the place where its gradient is
// summed. Prepared once for each theta and then shared, read-only, by all workers.
#ifndef ENGINE_RULE_H
#define ENGINE_RULE_H

#include "engine/convolution.h"
#include "engine/theta.h"

// The linear maps of h, grouped so that one product serves all that read the same h:
//   lower   what W_{l+1} needs of h_l, the bottom of its readouts
//   upper   what W_l needs of h_l, the top of its readouts, then bias (1) and delta (D)
enum { LOWER_READOUTS = 7, UPPER_READOUTS = 8 };
typedef enum {
    LOWER_0_ORDER,
    LOWER_1_ORDER,
    LOWER_RBF,
    LOWER_LIN_TOP,
    LOWER_LIN_BOTTOM,
    LOWER_SQR_TOP,
    LOWER_SQR_BOTTOM,
} LowerReadout;
typedef enum {
    UPPER_0_ORDER,
    UPPER_1_ORDER,
    UPPER_RBF,
    UPPER_PSD,
    UPPER_LIN_TOP,
    UPPER_LIN_BOTTOM,
    UPPER_SQR_TOP,
    UPPER_SQR_BOTTOM,
} UpperReadout;

// The convolutions of the rule, in the order data flows.
typedef enum {
    TOP_CONV_IN,
    TOP_MIX0,
    TOP_MIX1,
    TOP_CONV0,
    TOP_CONV1,
    TOP_CONV_OUT,
    H_CONV_IN,
    H_UNIT0_CONV0,
    H_UNIT0_CONV1,
    H_CONV1,
    H_UNIT1_CONV0,
    H_UNIT1_CONV1,
    H_LOWER,
    H_UPPER,
    CONVOLUTIONS
} ConvolutionIndex;
enum { H_LAYERS = H_LOWER - H_CONV_IN, TOP_LAYERS = TOP_CONV_OUT };

typedef struct {
    ThetaLayout layout;
    Convolution convolution[CONVOLUTIONS];
    real *beta[CONVOLUTIONS]; // [padded(out)] of the batch norm behind a convolution; NULL if there
                              // is none
    real *beta_in;            // [padded(4 + D)] h.bn_in
    real merge_w[TERMS], merge_b;
    Arena arena; // owns the above
} Rule;

typedef struct {
    ConvolutionGradient convolution[CONVOLUTIONS];
    real *dbeta[CONVOLUTIONS];
    real *dbeta_in;
    real dmerge_w[TERMS], dmerge_b;
    real *block; // all arrays above lie here
    size_t count;
} RuleGradient;

// The tensors of theta that a convolution is made of, without ".w" or ".b": "h.unit0.conv1"; of the
// maps in H_LOWER and H_UPPER "readout.rbf.top", and behind the readouts "bias" and "delta".
enum { UPPER_BIAS = UPPER_READOUTS, UPPER_DELTA };
const char *rule_convolution_name(ConvolutionIndex index); // index < H_LOWER
const char *rule_lower_name(LowerReadout index);
const char *rule_upper_name(int index);

bool rule_init(Rule *rule, const ThetaLayout *layout, Status *status);
void rule_clear(Rule *rule);

// Copies theta [layout.count] in.
void rule_set(Rule *rule, const real *theta);

// Places a gradient in an arena, and sets it to zero.
void rule_gradient_take(RuleGradient *gradient, const Rule *rule, Arena *arena);
void rule_gradient_zero(RuleGradient *gradient);
bool rule_gradient_finite(const RuleGradient *gradient);

// dtheta [layout.count] = the gradient in the order of theta.
void rule_gradient_get(const RuleGradient *gradient, const Rule *rule, real *dtheta);

#endif
