#include "engine/rule.h"

#include "engine/vector.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

// Which tensors of theta a convolution is made of.
typedef struct {
    const char *name; // "top.mix0": its .w and .b
    const char *norm; // "top.bn_mix0": its .beta; NULL if no batch norm follows
    Axis axis;
} Made;

static const Made made[H_LOWER] = {
    [TOP_CONV_IN] = {"top.conv_in", "top.bn_in", ALONG_BATCH},
    [TOP_MIX0] = {"top.mix0", "top.bn_mix0", ALONG_BATCH},
    [TOP_MIX1] = {"top.mix1", "top.bn_mix1", ALONG_BATCH},
    [TOP_CONV0] = {"top.conv0", "top.bn0", ALONG_BATCH},
    [TOP_CONV1] = {"top.conv1", "top.bn1", ALONG_BATCH},
    [TOP_CONV_OUT] = {"top.conv_out", NULL, ALONG_BATCH},
    [H_CONV_IN] = {"h.conv_in", "h.bn_conv_in", ALONG_BATCH},
    [H_UNIT0_CONV0] = {"h.unit0.conv0", "h.unit0.bn0", ALONG_UNITS},
    [H_UNIT0_CONV1] = {"h.unit0.conv1", "h.unit0.bn1", ALONG_UNITS},
    [H_CONV1] = {"h.conv1", "h.bn_conv1", ALONG_BATCH},
    [H_UNIT1_CONV0] = {"h.unit1.conv0", "h.unit1.bn0", ALONG_UNITS},
    [H_UNIT1_CONV1] = {"h.unit1.conv1", "h.unit1.bn1", ALONG_UNITS},
};

// The linear maps that H_LOWER and H_UPPER put side by side.
static const char *const lower[] = {
    "readout.0_order.bottom",        "readout.1_order.bottom",        "readout.rbf.bottom",
    "readout.lin_lower_symm.top",    "readout.lin_lower_symm.bottom", "readout.sqr_lower_symm.top",
    "readout.sqr_lower_symm.bottom",
};
static const char *const upper[] = {
    "readout.0_order.top",
    "readout.1_order.top",
    "readout.rbf.top",
    "readout.lin_upper_psd.top",
    "readout.lin_upper_symm.top",
    "readout.lin_upper_symm.bottom",
    "readout.sqr_upper_symm.top",
    "readout.sqr_upper_symm.bottom",
    "bias",
    "delta",
};
enum { LOWER_MAPS = sizeof lower / sizeof lower[0], UPPER_MAPS = sizeof upper / sizeof upper[0] };

const char *rule_convolution_name(ConvolutionIndex index) {
    assert(index < H_LOWER);
    return made[index].name;
}

const char *rule_lower_name(LowerReadout index) {
    return lower[index];
}

const char *rule_upper_name(int index) {
    return upper[index];
}

static const ThetaTensor *find(const ThetaLayout *layout, const char *name, const char *suffix) {
    char whole[THETA_NAME];
    snprintf(whole, sizeof whole, "%s.%s", name, suffix);
    return &layout->tensor[theta_find(layout, whole)];
}

// Calls visit for every tensor of theta that lies in a convolution's weights or bias, with the
// first output channel that it fills.  One walk serves setting theta and getting the gradient.
typedef void Visit(void *context, int convolution, const ThetaTensor *w, const ThetaTensor *bias,
                   int first_out);

static void walk(const ThetaLayout *layout, Visit *visit, void *context) {
    for (int i = 0; i < H_LOWER; i++)
        visit(context, i, find(layout, made[i].name, "w"), find(layout, made[i].name, "b"), 0);
    const struct {
        int convolution, count;
        const char *const *names;
    } groups[] = {{H_LOWER, LOWER_MAPS, lower}, {H_UPPER, UPPER_MAPS, upper}};
    for (int g = 0; g < 2; g++)
        for (int i = 0, first = 0; i < groups[g].count; i++) {
            const ThetaTensor *w = find(layout, groups[g].names[i], "w");
            visit(context, groups[g].convolution, w, find(layout, groups[g].names[i], "b"), first);
            first += w->shape[w->rank - 1];
        }
}

static int last_axis(const ThetaTensor *tensor) {
    return tensor->shape[tensor->rank - 1];
}

// Sizes: a tensor widens its convolution up to the last output channel that it fills.
static void measure(void *context, int index, const ThetaTensor *w, const ThetaTensor *bias,
                    int first_out) {
    Convolution *convolution = &((Rule *)context)->convolution[index];
    (void)bias;
    convolution->axis = index < H_LOWER ? made[index].axis : ALONG_BATCH;
    convolution->taps = w->rank == 3 ? w->shape[0] : 1;
    convolution->in = w->rank == 3 ? w->shape[1] : w->shape[0];
    convolution->out = first_out + last_axis(w);
}

static size_t w_count(const Convolution *c) {
    return (size_t)c->taps * (size_t)c->in * (size_t)padded(c->out);
}
static size_t transposed_count(const Convolution *c) {
    return (size_t)c->taps * (size_t)c->out * (size_t)padded(c->in);
}

static void place(Rule *rule) {
    for (int i = 0; i < CONVOLUTIONS; i++) {
        Convolution *c = &rule->convolution[i];
        c->w = arena_take(&rule->arena, w_count(c));
        c->w_transposed = arena_take(&rule->arena, transposed_count(c));
        c->bias = arena_take(&rule->arena, (size_t)padded(c->out));
        rule->beta[i] = NULL;
        if (i < H_LOWER && made[i].norm)
            rule->beta[i] = arena_take(&rule->arena, (size_t)padded(c->out));
    }
    rule->beta_in = arena_take(&rule->arena, (size_t)padded(4 + rule->layout.sizes.D));
}

bool rule_init(Rule *rule, const ThetaLayout *layout, Status *status) {
    *rule = (Rule){.layout = *layout};
    walk(layout, measure, rule);
    place(rule);
    if (!arena_init(&rule->arena, rule->arena.used, status))
        return false;
    memset(rule->arena.base, 0, rule->arena.size);
    place(rule);
    return true;
}

void rule_clear(Rule *rule) {
    arena_clear(&rule->arena);
}

typedef struct {
    Rule *rule;
    const real *theta;
} Setting;

static void set_convolution(void *context, int index, const ThetaTensor *w, const ThetaTensor *bias,
                            int first_out) {
    const Setting *setting = context;
    const Convolution *c = &setting->rule->convolution[index];
    const real *from = setting->theta + w->offset;
    const int out = last_axis(w);
    for (int t = 0; t < c->taps; t++)
        for (int i = 0; i < c->in; i++)
            for (int o = 0; o < out; o++, from++) {
                const int column = first_out + o;
                c->w[((ptrdiff_t)t * c->in + i) * padded(c->out) + column] = *from;
                c->w_transposed[((ptrdiff_t)(c->taps - 1 - t) * c->out + column) * padded(c->in) +
                                i] = *from;
            }
    memcpy(c->bias + first_out, setting->theta + bias->offset, (size_t)out * sizeof(real));
}

void rule_set(Rule *rule, const real *theta) {
    Setting setting = {rule, theta};
    walk(&rule->layout, set_convolution, &setting);
    for (int i = 0; i < H_LOWER; i++)
        if (made[i].norm) {
            const ThetaTensor *beta = find(&rule->layout, made[i].norm, "beta");
            memcpy(rule->beta[i], theta + beta->offset, beta->count * sizeof(real));
        }
    const ThetaTensor *beta_in = find(&rule->layout, "h.bn_in", "beta");
    memcpy(rule->beta_in, theta + beta_in->offset, beta_in->count * sizeof(real));
    memcpy(rule->merge_w, theta + find(&rule->layout, "merge", "w")->offset, sizeof rule->merge_w);
    rule->merge_b = theta[find(&rule->layout, "merge", "b")->offset];
}

void rule_gradient_take(RuleGradient *gradient, const Rule *rule, Arena *arena) {
    size_t count = (size_t)padded(4 + rule->layout.sizes.D);
    for (int i = 0; i < CONVOLUTIONS; i++)
        count += w_count(&rule->convolution[i]) +
                 (size_t)padded(rule->convolution[i].out); // dbeta or dbias, never both
    *gradient = (RuleGradient){.block = arena_take(arena, count), .count = count};
    if (!gradient->block)
        return;
    real *next = gradient->block;
    for (int i = 0; i < CONVOLUTIONS; i++) {
        const Convolution *c = &rule->convolution[i];
        gradient->convolution[i].dw = next;
        next += w_count(c);
        if (rule->beta[i])
            gradient->dbeta[i] = next;
        else
            gradient->convolution[i].dbias = next;
        next += padded(c->out);
    }
    gradient->dbeta_in = next;
    rule_gradient_zero(gradient);
}

void rule_gradient_zero(RuleGradient *gradient) {
    memset(gradient->block, 0, gradient->count * sizeof(real));
    memset(gradient->dmerge_w, 0, sizeof gradient->dmerge_w);
    gradient->dmerge_b = 0;
}

bool rule_gradient_finite(const RuleGradient *gradient) {
    return vector_finite(gradient->block, gradient->count) &&
           vector_finite(gradient->dmerge_w, TERMS) && vector_finite(&gradient->dmerge_b, 1);
}

typedef struct {
    const RuleGradient *gradient;
    const Rule *rule;
    real *dtheta;
} Getting;

static void get_convolution(void *context, int index, const ThetaTensor *w, const ThetaTensor *bias,
                            int first_out) {
    const Getting *getting = context;
    const Convolution *c = &getting->rule->convolution[index];
    const ConvolutionGradient *gradient = &getting->gradient->convolution[index];
    const int out = last_axis(w);
    real *to = getting->dtheta + w->offset;
    for (int row = 0; row < c->taps * c->in; row++, to += out)
        memcpy(to, gradient->dw + (ptrdiff_t)row * padded(c->out) + first_out,
               (size_t)out * sizeof(real));
    if (gradient
            ->dbias) // else batch norm follows: the bias cancels and its derivative is exactly 0
        memcpy(getting->dtheta + bias->offset, gradient->dbias + first_out,
               (size_t)out * sizeof(real));
}

void rule_gradient_get(const RuleGradient *gradient, const Rule *rule, real *dtheta) {
    const ThetaLayout *layout = &rule->layout;
    memset(dtheta, 0, layout->count * sizeof(real));
    Getting getting = {gradient, rule, dtheta};
    walk(layout, get_convolution, &getting);
    for (int i = 0; i < H_LOWER; i++)
        if (made[i].norm) {
            const ThetaTensor *beta = find(layout, made[i].norm, "beta");
            memcpy(dtheta + beta->offset, gradient->dbeta[i], beta->count * sizeof(real));
        }
    const ThetaTensor *beta_in = find(layout, "h.bn_in", "beta");
    memcpy(dtheta + beta_in->offset, gradient->dbeta_in, beta_in->count * sizeof(real));
    memcpy(dtheta + find(layout, "merge", "w")->offset, gradient->dmerge_w,
           sizeof gradient->dmerge_w);
    dtheta[find(layout, "merge", "b")->offset] = gradient->dmerge_b;
}
