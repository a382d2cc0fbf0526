#include "engine/stepper_stage.h"

#include <stdio.h>

int stage_count(int layers) {
    return 7 * layers + 5;
}

// Where the groups of stages begin: forward, top, downwards (3 of each layer, h_0), changes.
enum { FIRST_FORWARD = 1 };
static int first_down(int layers) {
    return FIRST_FORWARD + layers + 1;
}
static int first_change(int layers) {
    return first_down(layers) + 3 * layers + 1;
}

Stage stage_at(int layers, int index) {
    if (index < FIRST_FORWARD)
        return (Stage){STAGE_INPUT, 0};
    if (index < FIRST_FORWARD + layers)
        return (Stage){STAGE_FORWARD, index - FIRST_FORWARD + 1};
    if (index < first_down(layers))
        return (Stage){STAGE_TOP, layers};
    if (index < first_change(layers)) {
        const int at = index - first_down(layers);
        return (Stage){(StageKind)(STAGE_H + at % 3), layers - at / 3};
    }
    const int at = index - first_change(layers);
    if (at < 3 * layers)
        return (Stage){(StageKind)(STAGE_TERMS + at % 3), at / 3 + 1};
    return (Stage){at == 3 * layers ? STAGE_APPLY : STAGE_FEW_SHOT, 0};
}

int stage_index(int layers, Stage stage) {
    switch (stage.kind) {
    case STAGE_INPUT:
        return 0;
    case STAGE_FORWARD:
        return FIRST_FORWARD + stage.layer - 1;
    case STAGE_TOP:
        return first_down(layers) - 1;
    case STAGE_H:
    case STAGE_DELTA:
    case STAGE_DOWN:
        return first_down(layers) + 3 * (layers - stage.layer) + (int)(stage.kind - STAGE_H);
    case STAGE_TERMS:
    case STAGE_MERGE:
    case STAGE_BIAS:
        return first_change(layers) + 3 * (stage.layer - 1) + (int)(stage.kind - STAGE_TERMS);
    case STAGE_APPLY:
        return stage_count(layers) - 2;
    default:
        return stage_count(layers) - 1;
    }
}

void stage_name(int layers, Stage stage, char name[STAGE_NAME]) {
    static const char *const format[STAGE_KINDS] = {
        [STAGE_INPUT] = "phi_t and batch x_t",
        [STAGE_FORWARD] = "forward layer %d",
        [STAGE_TOP] = "top error d_%d",
        [STAGE_H] = "h_%d",
        [STAGE_DELTA] = "delta_%d",
        [STAGE_DOWN] = "d_%d",
        [STAGE_TERMS] = "terms of layer %d",
        [STAGE_MERGE] = "merge of layer %d",
        [STAGE_BIAS] = "bias change of layer %d",
        [STAGE_APPLY] = "apply",
        [STAGE_FEW_SHOT] = "few-shot loss",
    };
    const int layer = stage.kind == STAGE_TOP    ? layers
                      : stage.kind == STAGE_DOWN ? stage.layer - 1
                                                 : stage.layer;
    const char *text = format[stage.kind];
    int length = 0;
    for (; *text && length < STAGE_NAME - 1; text++) {
        if (*text != '%') {
            name[length++] = *text;
            continue;
        }
        length += snprintf(name + length, (size_t)(STAGE_NAME - length), "%d", layer);
        text++;
    }
    name[length < STAGE_NAME ? length : STAGE_NAME - 1] = '\0';
}

const char *stage_formula(StageKind kind) {
    static const char *const formulas[STAGE_KINDS] = {
        [STAGE_INPUT] = "phi_t = {W_l, b_l, V_l}; x_0 = the batch, no label in sight",
        [STAGE_FORWARD] = "a = x_{l-1} W_l;  z_l = (a - mean_b a) rsqrt(var_b a + 1e-6) + b_l;  "
                          "x_l = act(z_l)",
        [STAGE_TOP] = "d_L = top(x_L)",
        [STAGE_H] = "h_l = ComputeH(x_l, z_l, d_l, b_l, W_l, W_{l+1})",
        [STAGE_DELTA] = "delta_l = d_l sigmoid(z_l) + h_l delta.w + delta.b",
        [STAGE_DOWN] = "d_{l-1} = V_l delta_l over units, then d rsqrt(1e-6 + mean_c d^2)",
        [STAGE_TERMS] = "twelve terms of w = W_l rsqrt(mean W_l^2 + 1e-6), x, h",
        [STAGE_MERGE] = "D = (sum_k merge.w[k] n(term_k) + merge.b) / 12;  "
                        "D = D - w relu(mean(D w));  D = n(D / sqrt 12) - w / 7",
        [STAGE_BIAS] = "g = mean_b(h_l bias.w + bias.b);  g = g + relu(-mean_n g);  "
                       "g = g / sqrt(0.5 + mean_n g^2)",
        [STAGE_APPLY] = "W = W (1 - lr) - lr D;  V = V (1 - lr) - lr D;  b = b (1 - lr) - lr g",
        [STAGE_FEW_SHOT] = "ridge regression on [x_L, 1] of batch a, loss and accuracy on batch b",
    };
    return formulas[kind];
}
