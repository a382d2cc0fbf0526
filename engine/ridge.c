#include "engine/ridge.h"

#include <cblas.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

size_t ridge_bytes(int examples, int features, int targets) {
    const size_t m = (size_t)examples, n = (size_t)features + 1, k = (size_t)targets;
    return (m * n + m * k + n * n + n * k) * sizeof(double);
}

bool ridge_init(Ridge *ridge, int examples, int features, int targets, Status *status) {
    *ridge = (Ridge){.examples = examples, .features = features, .targets = targets};
    const size_t m = (size_t)examples, n = (size_t)features + 1, k = (size_t)targets;
    ridge->A = calloc(m * n, sizeof(double));
    ridge->y = calloc(m * k, sizeof(double));
    ridge->factor = calloc(n * n, sizeof(double));
    ridge->w = calloc(n * k, sizeof(double));
    if (ridge->A && ridge->y && ridge->factor && ridge->w)
        return true;
    ridge_clear(ridge);
    return status_fail(status, STATUS_FAILURE, "out of memory for a ridge regression of %d x %d",
                       examples, features);
}

void ridge_clear(Ridge *ridge) {
    free(ridge->A);
    free(ridge->y);
    free(ridge->factor);
    free(ridge->w);
    *ridge = (Ridge){0};
}

// In place: the lower triangle of a positive definite matrix [n, n] becomes its Cholesky factor.
static bool cholesky(int n, double *a) {
    for (int j = 0; j < n; j++) {
        double *row = a + (ptrdiff_t)j * n;
        double diagonal = row[j];
        for (int k = 0; k < j; k++)
            diagonal -= row[k] * row[k];
        if (!(diagonal > 0) || !isfinite(diagonal))
            return false;
        row[j] = sqrt(diagonal);
        for (int i = j + 1; i < n; i++) {
            double *below = a + (ptrdiff_t)i * n;
            double sum = below[j];
            for (int k = 0; k < j; k++)
                sum -= below[k] * row[k];
            below[j] = sum / row[j];
        }
    }
    return true;
}

void ridge_apply_inverse(const Ridge *ridge, double *x, int targets) {
    const int n = ridge->features + 1;
    cblas_dtrsm(CblasRowMajor, CblasLeft, CblasLower, CblasNoTrans, CblasNonUnit, n, targets, 1,
                ridge->factor, n, x, targets);
    cblas_dtrsm(CblasRowMajor, CblasLeft, CblasLower, CblasTrans, CblasNonUnit, n, targets, 1,
                ridge->factor, n, x, targets);
}

bool ridge_solve(Ridge *ridge, double strength) {
    const int m = ridge->examples, n = ridge->features + 1, k = ridge->targets;
    for (int i = 0; i < m; i++)
        ridge->A[(ptrdiff_t)i * n + n - 1] = 1;
    cblas_dgemm(CblasRowMajor, CblasTrans, CblasNoTrans, n, n, m, 1, ridge->A, n, ridge->A, n, 0,
                ridge->factor, n);
    for (int i = 0; i < n - 1; i++)
        ridge->factor[(ptrdiff_t)i * n + i] += strength;
    if (!cholesky(n, ridge->factor))
        return false;
    cblas_dgemm(CblasRowMajor, CblasTrans, CblasNoTrans, n, k, m, 1, ridge->A, n, ridge->y, k, 0,
                ridge->w, k);
    ridge_apply_inverse(ridge, ridge->w, k);
    return true;
}
