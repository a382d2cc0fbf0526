#include "engine/weight_change.h"

#include "engine/blas.h"
#include "engine/vector.h"

#include <math.h>
#include <string.h>

static const double receptive_epsilon = 1e-6, standard_epsilon = 1e-6, decorr_epsilon = 1e-8;

static real inverse_root(double x) {
    return (real)(1 / sqrt(x));
}
static real sign(real w) {
    return (real)((w > 0) - (w < 0));
}

void weight_change_take(WeightChange *change, int below, int units, int batch, Arena *arena) {
    const size_t weights = (size_t)below * (size_t)units, n = (size_t)units, m = (size_t)below;
    *change = (WeightChange){.below = below, .units = units, .batch = batch};
    real **const of_weights[] = {&change->w,         &change->q,      &change->exponential,
                                 &change->readout_1, &change->merged, &change->readout_rbf,
                                 &change->change,    &change->D};
    for (size_t i = 0; i < sizeof of_weights / sizeof of_weights[0]; i++)
        *of_weights[i] = arena_take(arena, weights);
    for (int k = 0; k < TERMS; k++) {
        change->term[k] = arena_take(arena, weights);
        change->term_scale[k] = arena_take(arena, n);
    }
    change->u = arena_take(arena, n * (size_t)batch);
    change->v = arena_take(arena, m * (size_t)batch);
    change->v_rstd = arena_take(arena, m);
    real **const of_units[] = {&change->w_rstd, &change->u_rstd, &change->change_scale,
                               &change->bias_change, &change->g};
    for (size_t i = 0; i < sizeof of_units / sizeof of_units[0]; i++)
        *of_units[i] = arena_take(arena, n);
    change->lin_lower = arena_take(arena, m * m);
    change->sqr_lower = arena_take(arena, m * m);
    real **const of_squares[] = {&change->psd, &change->lin_upper, &change->sqr_upper,
                                 &change->correlation};
    for (size_t i = 0; i < sizeof of_squares / sizeof of_squares[0]; i++)
        *of_squares[i] = arena_take(arena, n * n);
}

// ---- building blocks, each beside its derivative ----

// s(x) = (x - mean_b x) * rsqrt(var_b x + 1e-6), row by row.
static void standardise(int units, int batch, const real *x, real *s, real *rstd) {
    const size_t B = (size_t)batch;
    for (int n = 0; n < units; n++, x += B, s += B) {
        const real mean = vector_sum(B, x) / (real)batch;
        const double variance = (double)vector_squares(B, x, mean) / batch;
        rstd[n] = inverse_root(variance + standard_epsilon);
        for (size_t b = 0; b < B; b++)
            s[b] = (x[b] - mean) * rstd[n];
    }
}

// dx += rstd * (ds - mean ds - s mean(ds s))
static void standardise_backward(int units, int batch, const real *s, const real *rstd,
                                 const real *ds, real *dx) {
    const size_t B = (size_t)batch;
    for (int n = 0; n < units; n++, s += B, ds += B, dx += B) {
        const real mean = vector_sum(B, ds) / (real)batch;
        const real product_mean = vector_dot(B, ds, s) / (real)batch;
        for (size_t b = 0; b < B; b++)
            dx[b] += rstd[n] * (ds[b] - mean - s[b] * product_mean);
    }
}

// scale [units] = 1 / sqrt(epsilon + mean over axis 0 of M^2).  n(M) has epsilon 1, the receptive
// fields' norm 1e-6.
static void column_scale(int rows, int units, const real *M, double epsilon, real *scale) {
    memset(scale, 0, (size_t)units * sizeof(real));
    for (int i = 0; i < rows; i++, M += units)
        for (int n = 0; n < units; n++)
            scale[n] += M[n] * M[n];
    for (int n = 0; n < units; n++)
        scale[n] = inverse_root(epsilon + (double)scale[n] / rows);
}

// In place: d(M scale) becomes dM = scale dN - scale^3 M mean over axis 0 of (dN M).
static void column_scale_backward(int rows, int units, const real *M, const real *scale, real *d,
                                  real *along) {
    memset(along, 0, (size_t)units * sizeof(real));
    for (int i = 0; i < rows; i++)
        for (int n = 0; n < units; n++)
            along[n] += d[(ptrdiff_t)i * units + n] * M[(ptrdiff_t)i * units + n];
    for (int n = 0; n < units; n++)
        along[n] *= scale[n] * scale[n] * scale[n] / (real)rows;
    for (int i = 0; i < rows; i++, M += units, d += units)
        for (int n = 0; n < units; n++)
            d[n] = scale[n] * d[n] - along[n] * M[n];
}

// M [bottom_units, top_units] = sum over b, r of P[n_bottom, b, r] Q[n_top, b, r] / (R B)
static void readout(int bottom_units, int top_units, int inner, const real *P, const real *Q,
                    real *M) {
    product(AS_IS, TRANSPOSED, bottom_units, top_units, inner, 1 / (real)inner, P, inner, Q, inner,
            0, M, top_units);
}

// dP and dQ are set.
static void readout_backward(int bottom_units, int top_units, int inner, const real *P,
                             const real *Q, const real *dM, real *dP, real *dQ) {
    const real share = 1 / (real)inner;
    product(AS_IS, AS_IS, bottom_units, inner, top_units, share, dM, top_units, Q, inner, 0, dP,
            inner);
    product(TRANSPOSED, AS_IS, top_units, inner, bottom_units, share, dM, top_units, P, inner, 0,
            dQ, inner);
}

// In place: M becomes (M + M^T) * scale, its diagonal kept or set to zero.  The derivative of the
// map is the map itself.
static void symmetrise(int units, real scale, bool diagonal, real *M) {
    for (int i = 0; i < units; i++) {
        for (int j = 0; j < i; j++) {
            real *lower = &M[(ptrdiff_t)i * units + j], *upper = &M[(ptrdiff_t)j * units + i];
            *lower = *upper = (*lower + *upper) * scale;
        }
        real *middle = &M[(ptrdiff_t)i * units + i];
        *middle = diagonal ? 2 * *middle * scale : 0;
    }
}

// symm(name, h) = (M + M^T) / sqrt 2 with a zero diagonal, M = readout(name; h, h) / sqrt(N)
static real symm_scale(int units) {
    return inverse_root(2.0 * units);
}
static void symm(int units, int inner, const real *top, const real *bottom, real *S) {
    readout(units, units, inner, bottom, top, S);
    symmetrise(units, symm_scale(units), false, S);
}
static void symm_backward(int units, int inner, const real *top, const real *bottom, real *dS,
                          real *dtop, real *dbottom) {
    symmetrise(units, symm_scale(units), false, dS);
    readout_backward(units, units, inner, bottom, top, dS, dbottom, dtop);
}

// psd(name, h) = Q Q^T / (R B) / sqrt(N)
static void psd(int units, int inner, const real *Q, real *S) {
    product(AS_IS, TRANSPOSED, units, units, inner, inverse_root(units) / (real)inner, Q, inner, Q,
            inner, 0, S, units);
}
static void psd_backward(int units, int inner, const real *Q, real *dS, real *dQ) {
    symmetrise(units, inverse_root(units), true, dS);
    product(AS_IS, AS_IS, units, inner, units, 1 / (real)inner, dS, units, Q, inner, 0, dQ, inner);
}

// ---- forward ----

// The twelve terms, in the order of the spec.
static void terms_forward(WeightChange *change, const Rule *rule, const ComputeH *h_below,
                          const ComputeH *h, Arena *scratch) {
    const size_t mark = arena_mark(scratch);
    const int m = change->below, n = change->units, B = change->batch;
    const int inner = B * rule->layout.sizes.R;
    const size_t weights = (size_t)m * (size_t)n;
    const real *w = change->w, *q = change->q;
    real *const *term = change->term;

    readout(m, n, inner, h_below->lower[LOWER_0_ORDER], h->upper[UPPER_0_ORDER],
            term[TERM_0_ORDER]);
    readout(m, n, inner, h_below->lower[LOWER_1_ORDER], h->upper[UPPER_1_ORDER], change->readout_1);
    readout(m, n, inner, h_below->lower[LOWER_RBF], h->upper[UPPER_RBF], change->readout_rbf);
    symm(m, inner, h_below->lower[LOWER_LIN_TOP], h_below->lower[LOWER_LIN_BOTTOM],
         change->lin_lower);
    symm(m, inner, h_below->lower[LOWER_SQR_TOP], h_below->lower[LOWER_SQR_BOTTOM],
         change->sqr_lower);
    psd(n, inner, h->upper[UPPER_PSD], change->psd);
    symm(n, inner, h->upper[UPPER_LIN_TOP], h->upper[UPPER_LIN_BOTTOM], change->lin_upper);
    symm(n, inner, h->upper[UPPER_SQR_TOP], h->upper[UPPER_SQR_BOTTOM], change->sqr_upper);

    // decorr_x: c = w (u^T u / B / sqrt(N_l)), scaled to mean square 1
    product(AS_IS, TRANSPOSED, n, n, B, inverse_root(n) / (real)B, change->u, B, change->u, B, 0,
            change->correlation, n);
    real *decorr = term[TERM_DECORR_X];
    product(AS_IS, AS_IS, m, n, n, 1, w, n, change->correlation, n, 0, decorr, n);
    const double square = (double)vector_dot(weights, decorr, decorr) / (double)weights;
    change->decorr_scale = inverse_root(square + decorr_epsilon);

    product(AS_IS, TRANSPOSED, m, n, B, -1 / (real)B, change->v, B, change->u, B, 0,
            term[TERM_HEBB], n);
    product(AS_IS, AS_IS, m, n, m, 1, change->lin_lower, m, w, n, 0, term[TERM_LIN_LOWER_SYMM], n);
    product(AS_IS, AS_IS, m, n, n, 1, w, n, change->psd, n, 0, term[TERM_LIN_UPPER_PSD], n);
    product(AS_IS, AS_IS, m, n, n, 1, w, n, change->lin_upper, n, 0, term[TERM_LIN_UPPER_SYMM], n);
    product(AS_IS, AS_IS, m, n, m, 1, change->sqr_lower, m, q, n, 0, term[TERM_SQR_LOWER_SYMM], n);
    product(AS_IS, AS_IS, m, n, n, 1, q, n, change->sqr_upper, n, 0, term[TERM_SQR_UPPER_SYMM], n);

    for (size_t i = 0; i < weights; i++) {
        const real s = sign(w[i]);
        decorr[i] *= change->decorr_scale;
        term[TERM_1_ORDER][i] = w[i] * change->readout_1[i];
        term[TERM_LARGE_DECAY][i] = w[i] * w[i] * s;
        term[TERM_RBF][i] = change->exponential[i] * change->readout_rbf[i];
        term[TERM_SQR_LOWER_SYMM][i] *= s;
        term[TERM_SQR_UPPER_SYMM][i] *= s;
        term[TERM_W_BASE][i] = w[i];
    }
    arena_return(scratch, mark);
}

// D = (sum_k merge.w[k] n(term_k) + merge.b) / 12;  D = D - w relu(mean(D . w));
// D = n(D / sqrt 12) - w / 7
static void merge_forward(WeightChange *change, const Rule *rule) {
    const int m = change->below, n = change->units;
    const size_t weights = (size_t)m * (size_t)n;
    for (size_t i = 0; i < weights; i++)
        change->merged[i] = rule->merge_b / TERMS;
    for (int k = 0; k < TERMS; k++) {
        real *scale = change->term_scale[k];
        const real *term = change->term[k];
        column_scale(m, n, term, 1, scale);
        for (int i = 0; i < m; i++)
            for (int j = 0; j < n; j++) {
                const ptrdiff_t at = (ptrdiff_t)i * n + j;
                change->merged[at] += rule->merge_w[k] * scale[j] * term[at] / TERMS;
            }
    }
    change->along = vector_dot(weights, change->merged, change->w) / (real)weights;
    const real pull = change->along < 0 ? 0 : change->along;
    const real root = inverse_root(TERMS);
    for (size_t i = 0; i < weights; i++)
        change->change[i] = (change->merged[i] - change->w[i] * pull) * root;
    column_scale(m, n, change->change, 1, change->change_scale);
    for (int i = 0; i < m; i++)
        for (int j = 0; j < n; j++) {
            const ptrdiff_t at = (ptrdiff_t)i * n + j;
            change->D[at] = change->change[at] * change->change_scale[j] - change->w[at] / 7;
        }
}

// g = mean_b (h bias.w + bias.b);  g = g + relu(-mean_n g);  g = g / sqrt(0.5 + mean_n g^2)
static void bias_change_forward(WeightChange *change, const ComputeH *h) {
    const int n = change->units;
    const size_t B = (size_t)change->batch, N = (size_t)n;
    for (int i = 0; i < n; i++)
        change->bias_change[i] = vector_sum(B, h->bias + (size_t)i * B) / (real)change->batch;
    change->bias_mean = vector_sum(N, change->bias_change) / (real)n;
    for (int i = 0; i < n; i++)
        change->bias_change[i] += change->bias_mean > 0 ? 0 : -change->bias_mean;
    const double square =
        (double)vector_dot(N, change->bias_change, change->bias_change) / (double)n;
    change->bias_scale = inverse_root(0.5 + square);
    for (int i = 0; i < n; i++)
        change->g[i] = change->bias_change[i] * change->bias_scale;
}

void weight_change_forward(WeightChange *change, const Rule *rule, const real *W,
                           const real *x_below, const real *x, const ComputeH *h_below,
                           const ComputeH *h, Arena *scratch) {
    const int m = change->below, n = change->units;
    column_scale(m, n, W, receptive_epsilon, change->w_rstd);
    for (int i = 0; i < m; i++)
        for (int j = 0; j < n; j++) {
            const ptrdiff_t at = (ptrdiff_t)i * n + j;
            const real w = W[at] * change->w_rstd[j];
            const real root = (real)sqrt((double)(1 + w * w));
            change->w[at] = w;
            change->q[at] = w * w / (root + 1); // sqrt(1 + w^2) - 1 without cancellation
            change->exponential[at] = (real)exp((double)(-w * w));
        }
    standardise(n, change->batch, x, change->u, change->u_rstd);
    standardise(m, change->batch, x_below, change->v, change->v_rstd);
    terms_forward(change, rule, h_below, h, scratch);
    merge_forward(change, rule);
    bias_change_forward(change, h);
}

// ---- backward ----

static void bias_change_backward(const WeightChange *change, const real *dg, HeadsGradient *heads,
                                 Arena *scratch) {
    const size_t mark = arena_mark(scratch);
    const int n = change->units, B = change->batch;
    const size_t N = (size_t)n;
    const real scale = change->bias_scale;
    const real along = vector_dot(N, dg, change->bias_change) * scale * scale * scale / (real)n;
    real *d = arena_take(scratch, N);
    for (int i = 0; i < n; i++)
        d[i] = dg[i] * scale - change->bias_change[i] * along;
    const real lifted = change->bias_mean > 0 ? 0 : vector_sum(N, d) / (real)n;
    for (int i = 0; i < n; i++)
        for (int b = 0; b < B; b++)
            heads->bias[i * B + b] = (d[i] - lifted) / (real)B;
    arena_return(scratch, mark);
}

// dD becomes the derivative with respect to `merged`; dw +=.
static void merge_backward(const WeightChange *change, real *dD, real *dw, real *along) {
    const int m = change->below, n = change->units;
    const size_t weights = (size_t)m * (size_t)n;
    const real root = inverse_root(TERMS);
    vector_add(weights, -(real)1 / 7, dD, dw);
    column_scale_backward(m, n, change->change, change->change_scale, dD, along);
    for (size_t i = 0; i < weights; i++)
        dD[i] *= root;
    if (!(change->along > 0)) // relu shut: change = merged / sqrt 12
        return;
    // change = merged - w along, along = mean(merged . w)
    vector_add(weights, -change->along, dD, dw);
    const real dalong = -vector_dot(weights, dD, change->w) / (real)weights;
    vector_add(weights, dalong, change->merged, dw);
    vector_add(weights, dalong, change->w, dD);
}

// Everything the terms' derivatives write to.
typedef struct {
    const WeightChange *change;
    const Rule *rule;
    const ComputeH *h_below, *h;
    HeadsGradient *heads_below, *heads;
    real *dw, *dq, *du, *dv;
    real *square; // [max(below, units)^2] room for the derivative of a symm or psd
    int inner;
} Backward;

// term = S w with S = symm(h_{l-1}) [below, below]
static void lower_symm_backward(const Backward *at, const real *S, const real *right, const real *G,
                                real *dright, LowerReadout top, LowerReadout bottom) {
    const int m = at->change->below, n = at->change->units;
    product(AS_IS, TRANSPOSED, m, m, n, 1, G, n, right, n, 0, at->square, m);
    product(AS_IS, AS_IS, m, n, m, 1, S, m, G, n, 1, dright, n);
    symm_backward(m, at->inner, at->h_below->lower[top], at->h_below->lower[bottom], at->square,
                  at->heads_below->lower[top], at->heads_below->lower[bottom]);
}

// term = w S with a symmetric S [units, units]: dS goes to `square`, dw +=.
static void right_product_backward(const Backward *at, const real *S, const real *left,
                                   const real *G, real *dleft) {
    const int m = at->change->below, n = at->change->units;
    product(TRANSPOSED, AS_IS, n, n, m, 1, left, n, G, n, 0, at->square, n);
    product(AS_IS, AS_IS, m, n, n, 1, G, n, S, n, 1, dleft, n);
}

static void upper_symm_backward(const Backward *at, const real *S, const real *left, const real *G,
                                real *dleft, UpperReadout top, UpperReadout bottom) {
    right_product_backward(at, S, left, G, dleft);
    symm_backward(at->change->units, at->inner, at->h->upper[top], at->h->upper[bottom], at->square,
                  at->heads->upper[top], at->heads->upper[bottom]);
}

static void readout_term_backward(const Backward *at, const real *dM, LowerReadout bottom,
                                  UpperReadout top) {
    readout_backward(at->change->below, at->change->units, at->inner, at->h_below->lower[bottom],
                     at->h->upper[top], dM, at->heads_below->lower[bottom], at->heads->upper[top]);
}

// decorr_x = c scale, c = w K, K = u u^T / B / sqrt(units)
static void decorr_backward(const Backward *at, real *G) {
    const WeightChange *change = at->change;
    const int n = change->units, B = change->batch;
    const size_t weights = (size_t)change->below * (size_t)n;
    const real *term = change->term[TERM_DECORR_X]; // already scaled
    const real along = vector_dot(weights, G, term) / (real)weights;
    for (size_t i = 0; i < weights; i++)
        G[i] = change->decorr_scale * (G[i] - term[i] * along);
    right_product_backward(at, change->correlation, change->w, G, at->dw);
    symmetrise(n, inverse_root(n) / (real)B, true, at->square);
    product(AS_IS, AS_IS, n, B, n, 1, at->square, n, change->u, B, 1, at->du, B);
}

// hebb = - v^T u / B
static void hebb_backward(const Backward *at, const real *G) {
    const WeightChange *change = at->change;
    const int m = change->below, n = change->units, B = change->batch;
    const real share = -1 / (real)B;
    product(AS_IS, AS_IS, m, B, n, share, G, n, change->u, B, 1, at->dv, B);
    product(TRANSPOSED, AS_IS, n, B, m, share, G, n, change->v, B, 1, at->du, B);
}

// One term: G is its derivative (overwritten); to dw, dq, du, dv and the heads.
static void term_backward(const Backward *at, Term term, real *G) {
    const WeightChange *change = at->change;
    const size_t weights = (size_t)change->below * (size_t)change->units;
    const real *w = change->w;
    real *dw = at->dw;
    switch (term) {
    case TERM_0_ORDER:
        readout_term_backward(at, G, LOWER_0_ORDER, UPPER_0_ORDER);
        return;
    case TERM_1_ORDER: // w . M
        for (size_t i = 0; i < weights; i++) {
            dw[i] += G[i] * change->readout_1[i];
            G[i] *= w[i];
        }
        readout_term_backward(at, G, LOWER_1_ORDER, UPPER_1_ORDER);
        return;
    case TERM_DECORR_X:
        decorr_backward(at, G);
        return;
    case TERM_HEBB:
        hebb_backward(at, G);
        return;
    case TERM_LARGE_DECAY: // w |w|
        for (size_t i = 0; i < weights; i++)
            dw[i] += G[i] * 2 * w[i] * sign(w[i]);
        return;
    case TERM_LIN_LOWER_SYMM:
        lower_symm_backward(at, change->lin_lower, w, G, dw, LOWER_LIN_TOP, LOWER_LIN_BOTTOM);
        return;
    case TERM_LIN_UPPER_PSD:
        right_product_backward(at, change->psd, w, G, dw);
        psd_backward(change->units, at->inner, at->h->upper[UPPER_PSD], at->square,
                     at->heads->upper[UPPER_PSD]);
        return;
    case TERM_LIN_UPPER_SYMM:
        upper_symm_backward(at, change->lin_upper, w, G, dw, UPPER_LIN_TOP, UPPER_LIN_BOTTOM);
        return;
    case TERM_RBF: // exp(-w^2) . M
        for (size_t i = 0; i < weights; i++) {
            const real e = change->exponential[i];
            dw[i] -= 2 * w[i] * e * change->readout_rbf[i] * G[i];
            G[i] *= e;
        }
        readout_term_backward(at, G, LOWER_RBF, UPPER_RBF);
        return;
    case TERM_SQR_LOWER_SYMM: // (S q) . sign(w)
        for (size_t i = 0; i < weights; i++)
            G[i] *= sign(w[i]);
        lower_symm_backward(at, change->sqr_lower, change->q, G, at->dq, LOWER_SQR_TOP,
                            LOWER_SQR_BOTTOM);
        return;
    case TERM_SQR_UPPER_SYMM: // (q S) . sign(w)
        for (size_t i = 0; i < weights; i++)
            G[i] *= sign(w[i]);
        upper_symm_backward(at, change->sqr_upper, change->q, G, at->dq, UPPER_SQR_TOP,
                            UPPER_SQR_BOTTOM);
        return;
    case TERM_W_BASE:
        vector_add(weights, 1, G, dw);
        return;
    }
}

size_t weight_change_scratch(const RuleSizes *sizes, int below, int units, int batch) {
    (void)sizes;
    const size_t m = (size_t)below, n = (size_t)units, B = (size_t)batch;
    const size_t widest = m > n ? m : n;
    const size_t lanes = (size_t)REAL_LANES; // each tensor is rounded up to whole lanes
    return 3 * (m * n + lanes) + (m + n) * B + 2 * lanes + widest * widest + lanes + n + lanes;
}

static real *take_zeros(Arena *arena, size_t count) {
    real *values = arena_take(arena, count);
    memset(values, 0, count * sizeof(real));
    return values;
}

void weight_change_backward(const WeightChange *change, const Rule *rule, const real *W,
                            const ComputeH *h_below, const ComputeH *h, real *dD, const real *dg,
                            RuleGradient *gradient, real *dW, real *dx_below, real *dx,
                            HeadsGradient *heads_below, HeadsGradient *heads, Arena *scratch) {
    const size_t mark = arena_mark(scratch);
    const int m = change->below, n = change->units, B = change->batch;
    const size_t weights = (size_t)m * (size_t)n;
    const size_t widest = (size_t)(m > n ? m : n);
    bias_change_backward(change, dg, heads, scratch);

    real *along = arena_take(scratch, (size_t)n);
    real *G = arena_take(scratch, weights);
    const Backward at = {.change = change,
                         .rule = rule,
                         .h_below = h_below,
                         .h = h,
                         .heads_below = heads_below,
                         .heads = heads,
                         .dw = take_zeros(scratch, weights),
                         .dq = take_zeros(scratch, weights),
                         .du = take_zeros(scratch, (size_t)n * (size_t)B),
                         .dv = take_zeros(scratch, (size_t)m * (size_t)B),
                         .square = arena_take(scratch, widest * widest),
                         .inner = B * rule->layout.sizes.R};
    merge_backward(change, dD, at.dw, along);
    const real *dmerged = dD;
    gradient->dmerge_b += vector_sum(weights, dmerged) / TERMS;
    for (int k = 0; k < TERMS; k++) {
        // merged += merge.w[k] n(term) / 12, n(term) = term scale
        const real *scale = change->term_scale[k], *term = change->term[k];
        for (int i = 0; i < m; i++)
            for (int j = 0; j < n; j++) {
                const ptrdiff_t p = (ptrdiff_t)i * n + j;
                G[p] = dmerged[p] * term[p] * scale[j];
            }
        gradient->dmerge_w[k] += vector_sum(weights, G) / TERMS;
        const real coefficient = rule->merge_w[k] / TERMS;
        for (size_t i = 0; i < weights; i++)
            G[i] = dmerged[i] * coefficient;
        column_scale_backward(m, n, term, scale, G, along);
        term_backward(&at, (Term)k, G);
    }

    // q = sqrt(1 + w^2) - 1
    for (size_t i = 0; i < weights; i++)
        at.dw[i] += at.dq[i] * change->w[i] / (change->q[i] + 1);
    // w = W w_rstd
    column_scale_backward(m, n, W, change->w_rstd, at.dw, along);
    vector_add(weights, 1, at.dw, dW);
    standardise_backward(n, B, change->u, change->u_rstd, at.du, dx);
    if (dx_below)
        standardise_backward(m, B, change->v, change->v_rstd, at.dv, dx_below);
    arena_return(scratch, mark);
}

double weight_change_products(const RuleSizes *sizes, int below, int units, int batch) {
    const double m = below, n = units, B = batch, inner = B * sizes->R;
    const double readouts = 3 * m * n * inner + 2 * m * m * inner + 3 * n * n * inner;
    const double terms = n * n * B + m * n * n // decorr_x
                         + m * n * B           // hebb
                         + 2 * m * m * n + 3 * m * n * n;
    return readouts + terms;
}
