#include "engine/theta.h"

#include "engine/weight_change.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const char *const term_names[TERMS] = {
    "0_order",     "1_order",        "decorr_x",       "hebb",
    "large_decay", "lin_lower_symm", "lin_upper_psd",  "lin_upper_symm",
    "rbf",         "sqr_lower_symm", "sqr_upper_symm", "w_base",
};

static ThetaTensor *add(ThetaLayout *layout, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static ThetaTensor *add(ThetaLayout *layout, const char *format, ...) {
    ThetaTensor *tensor = &layout->tensor[layout->tensors++];
    *tensor = (ThetaTensor){.offset = layout->count};
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(tensor->name, sizeof tensor->name, format, arguments);
    va_end(arguments);
    return tensor;
}

static ThetaTensor *sized(ThetaLayout *layout, ThetaTensor *tensor, int rank, int a, int b, int c) {
    const int shape[3] = {a, b, c};
    tensor->rank = rank;
    tensor->count = 1;
    for (int i = 0; i < rank; i++) {
        tensor->shape[i] = shape[i];
        tensor->count *= (size_t)shape[i];
    }
    layout->count += tensor->count;
    return tensor;
}

static void add_zero(ThetaLayout *layout, const char *prefix, const char *suffix, int count) {
    sized(layout, add(layout, "%s.%s", prefix, suffix), 1, count, 0, 0)->initial = INITIAL_ZERO;
}

static void add_linear(ThetaLayout *layout, const char *name, int in, int out) {
    sized(layout, add(layout, "%s.w", name), 2, in, out, 0)->fan_in = in;
    add_zero(layout, name, "b", out);
}

static void add_convolution(ThetaLayout *layout, const char *name, int taps, int in, int out) {
    sized(layout, add(layout, "%s.w", name), 3, taps, in, out)->fan_in = taps * in;
    add_zero(layout, name, "b", out);
}

// A convolution and the beta of the batch norm behind it.
static void add_layer(ThetaLayout *layout, const char *convolution, const char *norm, int taps,
                      int in, int out) {
    add_convolution(layout, convolution, taps, in, out);
    layout->tensor[layout->tensors - 1].before_norm = true;
    add_zero(layout, norm, "beta", out);
}

static bool check(RuleSizes sizes, Status *status) {
    const struct {
        const char *name;
        int value;
    } all[] = {{"H", sizes.H}, {"D", sizes.D}, {"R", sizes.R}, {"T", sizes.T}, {"E", sizes.E}};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        if (all[i].value < 1 || all[i].value > 4096)
            return status_fail(status, STATUS_BAD_DATA,
                               "rule size %s must lie in 1 .. 4096, found %d", all[i].name,
                               all[i].value);
    return true;
}

bool theta_layout(ThetaLayout *layout, RuleSizes sizes, Status *status) {
    if (!check(sizes, status))
        return false;
    const int H = sizes.H, D = sizes.D, R = sizes.R, T = sizes.T, E = sizes.E;
    *layout = (ThetaLayout){.sizes = sizes};

    add_layer(layout, "top.conv_in", "top.bn_in", 5, 1, T);
    add_layer(layout, "top.mix0", "top.bn_mix0", 3, E, E);
    add_layer(layout, "top.mix1", "top.bn_mix1", 3, E, E);
    add_layer(layout, "top.conv0", "top.bn0", 3, T, T);
    add_layer(layout, "top.conv1", "top.bn1", 3, T, T);
    add_convolution(layout, "top.conv_out", 3, T, D);

    add_zero(layout, "h.bn_in", "beta", 4 + D);
    add_layer(layout, "h.conv_in", "h.bn_conv_in", 3, D + 13, H);
    add_layer(layout, "h.unit0.conv0", "h.unit0.bn0", 3, H, H);
    add_layer(layout, "h.unit0.conv1", "h.unit0.bn1", 3, H, H);
    add_layer(layout, "h.conv1", "h.bn_conv1", 3, H, H);
    add_layer(layout, "h.unit1.conv0", "h.unit1.bn0", 3, H, H);
    add_layer(layout, "h.unit1.conv1", "h.unit1.bn1", 3, H, H);

    add_linear(layout, "delta", H, D);
    add_linear(layout, "bias", H, 1);
    static const char *const readouts[] = {
        "0_order.top",
        "0_order.bottom",
        "1_order.top",
        "1_order.bottom",
        "rbf.top",
        "rbf.bottom",
        "lin_lower_symm.top",
        "lin_lower_symm.bottom",
        "lin_upper_psd.top",
        "lin_upper_symm.top",
        "lin_upper_symm.bottom",
        "sqr_lower_symm.top",
        "sqr_lower_symm.bottom",
        "sqr_upper_symm.top",
        "sqr_upper_symm.bottom",
    };
    for (size_t i = 0; i < sizeof readouts / sizeof readouts[0]; i++) {
        char name[THETA_NAME];
        snprintf(name, sizeof name, "readout.%s", readouts[i]);
        add_linear(layout, name, H, R);
    }
    sized(layout, add(layout, "merge.w"), 2, TERMS, 1, 0)->initial = INITIAL_MERGE;
    add_zero(layout, "merge", "b", 1);
    return true;
}

int theta_find(const ThetaLayout *layout, const char *name) {
    for (int i = 0; i < layout->tensors; i++)
        if (strcmp(layout->tensor[i].name, name) == 0)
            return i;
    return -1;
}

void theta_start_hebbian(real *theta, const ThetaLayout *layout) {
    // Measured: of the pairs from 1 to 100 these gave the best features; n() of the merge
    // saturates.
    const real hebb = 20, decorr = 10, others = 1;
    real *merge = theta + layout->tensor[theta_find(layout, "merge.w")].offset;
    for (int k = 0; k < TERMS; k++)
        merge[k] = k == TERM_HEBB ? hebb : k == TERM_DECORR_X ? decorr : others;
}

void theta_initialise(real *theta, const ThetaLayout *layout, Random *random) {
    for (int i = 0; i < layout->tensors; i++) {
        const ThetaTensor *tensor = &layout->tensor[i];
        for (size_t k = 0; k < tensor->count; k++) {
            real *value = &theta[tensor->offset + k];
            if (tensor->initial == INITIAL_WEIGHT)
                *value = (real)random_truncated_normal(random, 1 / sqrt((double)tensor->fan_in));
            else
                *value = tensor->initial == INITIAL_MERGE ? (real)0.1 : 0;
        }
    }
}
