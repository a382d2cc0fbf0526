#include "engine/meta_objective.h"

#include "engine/blas.h"

#include <math.h>
#include <string.h>

static const double ridge_strength = 0.1;
// |p| of a row of zeros: keeps p / |p| and its derivative finite where every feature is dead, and
// is lost in the rounding of any other |p|.
static const double tiny = 1e-60;

static double *take_doubles(Arena *arena, size_t count) {
    return (double *)(void *)arena_take(arena, count * sizeof(double) / sizeof(real));
}

void meta_objective_take(MetaObjective *objective, const PhiShape *shape, int examples, int classes,
                         int targets, Arena *arena) {
    const size_t K = (size_t)examples, k = (size_t)targets;
    const size_t E = (size_t)shape->sizes[shape->layers];
    *objective = (MetaObjective){
        .shape = *shape, .examples = examples, .classes = classes, .targets = targets};
    base_model_take(&objective->model, shape, 2 * examples, arena);
    objective->joined = arena_take(arena, 2 * K * (size_t)shape->sizes[0]);
    base_model_gradients_take(shape, 1, 2 * examples, objective->dx, objective->dz, arena);
    Ridge *ridge = &objective->ridge;
    *ridge = (Ridge){.examples = examples, .features = (int)E, .targets = targets};
    ridge->A = take_doubles(arena, K * (E + 1));
    ridge->y = take_doubles(arena, K * k);
    ridge->factor = take_doubles(arena, (E + 1) * (E + 1));
    ridge->w = take_doubles(arena, (E + 1) * k);
    objective->ub = take_doubles(arena, K * (E + 1));
    objective->yb = take_doubles(arena, K * k);
    objective->p = take_doubles(arena, K * k);
    objective->dp = take_doubles(arena, K * k);
    objective->du = take_doubles(arena, 2 * K * (E + 1)); // of a, then of b
    objective->dw = take_doubles(arena, (E + 1) * (k > E + 1 ? k : E + 1) * 2);
}

// y <- y - mean(y over everything);  y <- y * rsqrt(mean_b sum_j y^2)
static void centre_targets(int examples, int targets, const real *y, double *centred) {
    const int count = examples * targets;
    double mean = 0, square = 0;
    for (int i = 0; i < count; i++)
        mean += (double)y[i] / count;
    for (int i = 0; i < count; i++) {
        centred[i] = (double)y[i] - mean;
        square += centred[i] * centred[i] / examples;
    }
    for (int i = 0; i < count; i++)
        centred[i] /= sqrt(square);
}

// [u, 1] of half of the embedding x_L [E, 2 K], starting at example `first`.
static void features(const MetaObjective *objective, int first, double *u) {
    const int K = objective->examples, E = objective->ridge.features;
    const real *x = objective->model.x[objective->shape.layers];
    for (int i = 0; i < K; i++) {
        for (int n = 0; n < E; n++)
            u[i * (E + 1) + n] = (double)x[(ptrdiff_t)n * 2 * K + first + i];
        u[i * (E + 1) + E] = 1;
    }
}

static int largest(int count, const double *values) {
    int best = 0;
    for (int i = 1; i < count; i++)
        if (values[i] > values[best])
            best = i;
    return best;
}

void meta_objective_forward(MetaObjective *objective, const Phi *phi,
                            const LabelledBatches *batches) {
    const int K = objective->examples, k = objective->targets, E = objective->ridge.features;
    const PhiShape *shape = &objective->shape;
    const size_t inputs = (size_t)K * (size_t)shape->sizes[0];
    Ridge *ridge = &objective->ridge;

    memcpy(objective->joined, batches->xa, inputs * sizeof(real));
    memcpy(objective->joined + inputs, batches->xb, inputs * sizeof(real));
    base_model_input(&objective->model, shape, objective->joined);
    base_model_forward(&objective->model, shape, phi);
    features(objective, 0, ridge->A);
    features(objective, K, objective->ub);
    centre_targets(K, k, batches->ya, ridge->y);
    centre_targets(K, k, batches->yb, objective->yb);

    objective->loss = objective->accuracy = objective->column_accuracy = NAN;
    if (!ridge_solve(ridge, ridge_strength))
        return;
    double *p = objective->p;
    cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, K, k, E + 1, 1, objective->ub, E + 1,
                ridge->w, k, 0, p, k);
    double loss = 0;
    int right = 0, column_right = 0;
    for (int i = 0; i < K; i++, p += k) {
        const double *y = objective->yb + i * k;
        right += largest(objective->classes, p) == largest(objective->classes, y);
        column_right += largest(k, p) == largest(k, y);
        double square = tiny;
        for (int j = 0; j < k; j++)
            square += p[j] * p[j];
        for (int j = 0; j < k; j++) {
            const double apart = p[j] / sqrt(square) - y[j];
            loss += apart * apart / K;
        }
    }
    for (int i = 0; i < E * k; i++)
        loss += ridge_strength * ridge->w[i] * ridge->w[i] / K;
    objective->loss = loss;
    objective->accuracy = (double)right / K;
    objective->column_accuracy = (double)column_right / K;
}

// dp from loss = sum |p / |p| - y|^2 / K
static void prediction_backward(MetaObjective *objective, double scale) {
    const int K = objective->examples, k = objective->targets;
    for (int i = 0; i < K; i++) {
        const double *p = objective->p + i * k, *y = objective->yb + i * k;
        double *dp = objective->dp + i * k;
        double square = tiny, along = 0;
        for (int j = 0; j < k; j++)
            square += p[j] * p[j];
        const double length = sqrt(square);
        for (int j = 0; j < k; j++) {
            dp[j] = 2 * scale * (p[j] / length - y[j]) / K; // with respect to p / |p|
            along += dp[j] * p[j] / square;
        }
        for (int j = 0; j < k; j++)
            dp[j] = (dp[j] - p[j] * along) / length;
    }
}

void meta_objective_backward(MetaObjective *objective, const Phi *phi, double scale, Phi *dphi) {
    const int K = objective->examples, k = objective->targets, E = objective->ridge.features;
    const int n = E + 1;
    const PhiShape *shape = &objective->shape;
    const Ridge *ridge = &objective->ridge;
    double *dua = objective->du, *dub = objective->du + (ptrdiff_t)K * n;
    double *s = objective->dw, *dM = objective->dw + (ptrdiff_t)n * k;
    // dM [n, n] lies behind s [n, k] in room for 2 n max(k, n).

    prediction_backward(objective, scale);
    // p = [u_b, 1] w
    cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasTrans, K, n, k, 1, objective->dp, k, ridge->w, k,
                0, dub, n);
    cblas_dgemm(CblasRowMajor, CblasTrans, CblasNoTrans, n, k, K, 1, objective->ub, n,
                objective->dp, k, 0, s, k);
    for (int i = 0; i < E * k; i++)
        s[i] += 2 * scale * ridge_strength * ridge->w[i] / K;
    // w = M^-1 A^T y with M = A^T A + diag:  s = M^-1 dw,  dA = y s^T - A (s w^T + w s^T)
    ridge_apply_inverse(ridge, s, k);
    cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasTrans, n, n, k, 1, s, k, ridge->w, k, 0, dM, n);
    for (int i = 0; i < n; i++)
        for (int j = 0; j <= i; j++)
            dM[i * n + j] = dM[j * n + i] = dM[i * n + j] + dM[j * n + i];
    cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasTrans, K, n, k, 1, ridge->y, k, s, k, 0, dua, n);
    cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, K, n, n, -1, ridge->A, n, dM, n, 1, dua,
                n);

    base_model_gradients_zero(shape, 2 * K, objective->dx, objective->dz);
    real *dx = objective->dx[shape->layers];
    for (int e = 0; e < E; e++)
        for (int i = 0; i < K; i++) {
            dx[(ptrdiff_t)e * 2 * K + i] = (real)dua[i * n + e];
            dx[(ptrdiff_t)e * 2 * K + K + i] = (real)dub[i * n + e];
        }
    base_model_backward(&objective->model, shape, phi, objective->dx, objective->dz, dphi);
}
