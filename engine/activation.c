#include "engine/activation.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const real leak = (real)0.2;

static real sigmoid(real z) {
    return (real)(1 / (1 + exp(-(double)z)));
}

static real relu(real z) {
    return z < 0 ? 0 : z; // this way round, so that NaN stays NaN
}
static real relu_slope(real z) {
    return z <= 0 ? 0 : 1;
}
static real leaky_relu(real z) {
    return z < 0 ? leak * z : z;
}
static real leaky_relu_slope(real z) {
    return z <= 0 ? leak : 1;
}
static real elu(real z) {
    return z < 0 ? (real)expm1((double)z) : z;
}
static real elu_slope(real z) {
    return z < 0 ? (real)exp((double)z) : 1;
}
static real swish(real z) {
    return z * sigmoid(z);
}
static real swish_slope(real z) {
    const real s = sigmoid(z);
    return s + z * s * (1 - s);
}
static real hyperbolic_tangent(real z) {
    return (real)tanh((double)z);
}
static real hyperbolic_tangent_slope(real z) {
    const real t = (real)tanh((double)z);
    return 1 - t * t;
}
static real sigmoid_slope(real z) {
    const real s = sigmoid(z);
    return s * (1 - s);
}
static real softplus(real z) {
    return z > 0 ? z + (real)log1p(exp(-(double)z)) : (real)log1p(exp((double)z));
}
static real step(real z) {
    return z > 0 ? 1 : z <= 0 ? 0 : z; // NaN stays NaN
}
static real step_slope(real z) {
    (void)z;
    return 0;
}
static real sine(real z) {
    return (real)sin((double)z);
}
static real sine_slope(real z) {
    return (real)cos((double)z);
}

static const struct {
    const char *name;
    real (*value)(real z);
    real (*slope)(real z);
} table[ACTIVATION_COUNT] = {
    [ACTIVATION_RELU] = {"relu", relu, relu_slope},
    [ACTIVATION_LEAKY_RELU] = {"leaky_relu", leaky_relu, leaky_relu_slope},
    [ACTIVATION_ELU] = {"elu", elu, elu_slope},
    [ACTIVATION_SWISH] = {"swish", swish, swish_slope},
    [ACTIVATION_TANH] = {"tanh", hyperbolic_tangent, hyperbolic_tangent_slope},
    [ACTIVATION_SIGMOID] = {"sigmoid", sigmoid, sigmoid_slope},
    [ACTIVATION_SOFTPLUS] = {"softplus", softplus, sigmoid},
    [ACTIVATION_STEP] = {"step", step, step_slope},
    [ACTIVATION_SINE] = {"sine", sine, sine_slope},
};

void activation_forward(Activation activation, size_t count, const real *z, real *x) {
    if (activation == ACTIVATION_RELU) { // the common case, without a call per value
        for (size_t i = 0; i < count; i++)
            x[i] = relu(z[i]);
        return;
    }
    for (size_t i = 0; i < count; i++)
        x[i] = table[activation].value(z[i]);
}

void activation_backward(Activation activation, size_t count, const real *z, const real *dx,
                         real *dz) {
    if (activation == ACTIVATION_RELU) {
        for (size_t i = 0; i < count; i++)
            dz[i] += z[i] <= 0 ? 0 : dx[i];
        return;
    }
    for (size_t i = 0; i < count; i++)
        dz[i] += dx[i] * table[activation].slope(z[i]);
}

const char *activation_name(Activation activation) {
    return table[activation].name;
}

Activation activation_named(const char *name) {
    for (int i = 0; i < ACTIVATION_COUNT; i++)
        if (strcmp(table[i].name, name) == 0)
            return (Activation)i;
    return ACTIVATION_COUNT;
}

static bool add_named(const char *name, Activation activations[ACTIVATION_COUNT], int *count,
                      Status *status) {
    const Activation named = activation_named(name);
    if (named == ACTIVATION_COUNT)
        return status_fail(status, STATUS_USAGE, "expected activations of %s, found '%s'",
                           ACTIVATION_NAMES, name);
    for (int i = 0; i < *count; i++)
        if (activations[i] == named)
            return status_fail(status, STATUS_USAGE, "the activation '%s' is there twice", name);
    activations[(*count)++] = named; // none comes twice, so all have room
    return true;
}

bool activation_list(const char *list, Activation activations[ACTIVATION_COUNT], int *count,
                     Status *status) {
    *count = 0;
    do {
        char name[16]; // longer than any
        const size_t length = strcspn(list, ",");
        snprintf(name, sizeof name, "%.*s", (int)length, list);
        if (!add_named(name, activations, count, status))
            return false;
        list += length;
    } while (*list++ == ',');
    return true;
}
