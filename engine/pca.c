#include "engine/pca.h"

#include "engine/vector.h"

#include <cblas.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

// Eigenvalues and vectors of a symmetric matrix (LAPACK, in OpenBLAS).  The last four are the
// lengths of the first three texts and a habit of Fortran compilers.
void dsyevr_(const char *vectors, const char *range, const char *triangle, const int *n, double *a,
             const int *a_stride, const double *low, const double *high, const int *first,
             const int *last, const double *tolerance, int *found, double *values, double *z,
             const int *z_stride, int *support, double *work, const int *work_size,
             int *integer_work, const int *integer_work_size, int *info, size_t, size_t, size_t);

// Below this share of the first variance a direction is noise of rounding.
static const double least_share = 1e-12;

// One fit, and what it works with.
typedef struct {
    Pca *pca;
    int count;
    int n;           // side of the matrix: the smaller of count and features
    int wanted;      // of its eigenvalues, the largest
    double *centred; // [count, features]
    double *matrix;  // [n, n]
    double *values;  // [n] rising
    double *vectors; // [wanted, n]
    int *support;    // [2 n]
    double *work;
    int *integer_work;
} Fit;

static void fit_clear(Fit *fit) {
    free(fit->centred);
    free(fit->matrix);
    free(fit->values);
    free(fit->vectors);
    free(fit->support);
    free(fit->work);
    free(fit->integer_work);
}

// rows x columns zeros; NULL without memory, or if a size_t cannot count them.
static double *numbers(size_t rows, size_t columns) {
    size_t count;
    if (__builtin_mul_overflow(rows, columns, &count) || count > SIZE_MAX / sizeof(double))
        return NULL;
    return calloc(count, sizeof(double));
}

static bool fit_allocate(Fit *fit) {
    Pca *pca = fit->pca;
    const size_t features = (size_t)pca->features, n = (size_t)fit->n;
    fit->centred = numbers((size_t)fit->count, features);
    fit->matrix = numbers(n, n);
    fit->values = numbers(n, 1);
    fit->vectors = numbers((size_t)fit->wanted, n);
    fit->support = calloc(2 * n, sizeof *fit->support);
    pca->mean = numbers(features, 1);
    pca->component = numbers((size_t)fit->wanted, features);
    pca->variance = numbers((size_t)fit->wanted, 1);
    return fit->centred && fit->matrix && fit->values && fit->vectors && fit->support &&
           pca->mean && pca->component && pca->variance;
}

static void centre(Fit *fit, const real *x) {
    Pca *pca = fit->pca;
    const int features = pca->features;
    for (int i = 0; i < fit->count; i++)
        for (int f = 0; f < features; f++)
            pca->mean[f] += (double)x[(ptrdiff_t)i * features + f] / fit->count;
    for (int i = 0; i < fit->count; i++)
        for (int f = 0; f < features; f++) {
            const ptrdiff_t at = (ptrdiff_t)i * features + f;
            fit->centred[at] = (double)x[at] - pca->mean[f];
            pca->total_variance += fit->centred[at] * fit->centred[at] / fit->count;
        }
}

// matrix = centred^T centred / count, or centred centred^T / count.
static void multiply(Fit *fit) {
    const bool dual = fit->n == fit->count;
    const int features = fit->pca->features;
    cblas_dsyrk(CblasRowMajor, CblasLower, dual ? CblasNoTrans : CblasTrans, fit->n,
                dual ? features : fit->count, 1.0 / fit->count, fit->centred, features, 0,
                fit->matrix, fit->n);
}

// The largest eigenvalues, rising, and their vectors.  LAPACK counts columns first, so what is the
// lower triangle of a row-major matrix is its upper one.
static bool solve(Fit *fit) {
    const int n = fit->n, first = n - fit->wanted + 1, query = -1;
    const double unused = 0, tolerance = 0;
    double work_size;
    int integer_work_size, found, info;
    dsyevr_("V", "I", "U", &n, fit->matrix, &n, &unused, &unused, &first, &n, &tolerance, &found,
            fit->values, fit->vectors, &n, fit->support, &work_size, &query, &integer_work_size,
            &query, &info, 1, 1, 1);
    if (info != 0)
        return false;
    const int size = (int)work_size;
    fit->work = numbers((size_t)size, 1);
    fit->integer_work = calloc((size_t)integer_work_size, sizeof *fit->integer_work);
    if (!fit->work || !fit->integer_work)
        return false;
    dsyevr_("V", "I", "U", &n, fit->matrix, &n, &unused, &unused, &first, &n, &tolerance, &found,
            fit->values, fit->vectors, &n, fit->support, fit->work, &size, fit->integer_work,
            &integer_work_size, &info, 1, 1, 1);
    return info == 0 && found == fit->wanted;
}

// The number of greatest absolute value becomes positive (the first of them, if several are), the
// length one.
static void make_definite(int features, double *component) {
    const double length = cblas_dnrm2(features, component, 1);
    const size_t largest = cblas_idamax(features, component, 1);
    cblas_dscal(features, (component[largest] < 0 ? -1 : 1) / length, component, 1);
}

// An eigenvector v of the Gram matrix is the direction centred^T v.
static void take_components(Fit *fit) {
    Pca *pca = fit->pca;
    const int n = fit->n, features = pca->features;
    const double first = fit->values[fit->wanted - 1];
    for (int i = 0; i < fit->wanted; i++) {
        const double variance = fit->values[fit->wanted - 1 - i];
        const double *vector = fit->vectors + (ptrdiff_t)(fit->wanted - 1 - i) * n;
        double *component = pca->component + (ptrdiff_t)i * features;
        if (!(variance > 0) || !(variance > least_share * first))
            break;
        if (n == fit->count)
            cblas_dgemv(CblasRowMajor, CblasTrans, fit->count, features, 1, fit->centred, features,
                        vector, 1, 0, component, 1);
        else
            memcpy(component, vector, (size_t)features * sizeof *component);
        make_definite(features, component);
        pca->variance[i] = variance;
        pca->components = i + 1;
    }
}

bool pca_fit(Pca *pca, const real *x, int count, int features, int most, Status *status) {
    *pca = (Pca){.features = features};
    if (count < 1 || features < 1 || most < 1)
        return status_fail(status, STATUS_FAILURE,
                           "principal components need at least one example, feature and component, "
                           "found %d, %d and %d",
                           count, features, most);
    if (!vector_finite(x, (size_t)count * (size_t)features))
        return status_fail(status, STATUS_DIVERGED,
                           "principal components of %d examples: a number is not finite", count);
    Fit fit = {.pca = pca, .count = count, .n = count < features ? count : features};
    fit.wanted = most < fit.n ? most : fit.n;
    const bool enough = fit_allocate(&fit);
    if (enough) {
        centre(&fit, x);
        multiply(&fit);
    }
    const bool done = enough && solve(&fit);
    if (done)
        take_components(&fit);
    fit_clear(&fit);
    if (done)
        return true;
    pca_clear(pca);
    return status_fail(status, STATUS_FAILURE,
                       enough ? "the principal components of %d x %d numbers were not found"
                              : "no memory for the principal components of %d x %d numbers",
                       count, features);
}

void pca_clear(Pca *pca) {
    free(pca->mean);
    free(pca->component);
    free(pca->variance);
    *pca = (Pca){0};
}

void pca_project(const Pca *pca, const real *x, int count, real *projected) {
    const int features = pca->features;
    for (int i = 0; i < count; i++, x += features)
        for (int c = 0; c < pca->components; c++) {
            const double *component = pca->component + (ptrdiff_t)c * features;
            double sum = 0;
            for (int f = 0; f < features; f++)
                sum += ((double)x[f] - pca->mean[f]) * component[f];
            *projected++ = (real)sum;
        }
}
