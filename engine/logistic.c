#include "engine/logistic.h"

#include "engine/lbfgs.h"

#include <cblas.h>
#include <math.h>
#include <stddef.h>

// Of the gradient, whose numbers are sums over all examples.
static const double tolerance = 1e-6;
enum { MOST_ITERATIONS = 5000 };

double softmax(int classes, double *scores) {
    int best = 0;
    for (int c = 1; c < classes; c++)
        if (scores[c] > scores[best])
            best = c;
    const double greatest = scores[best];
    double sum = 1; // the greatest one's share
    for (int c = 0; c < classes; c++) {
        scores[c] = exp(scores[c] - greatest);
        sum += c == best ? 0 : scores[c];
    }
    for (int c = 0; c < classes; c++)
        scores[c] /= sum;
    return greatest + log(sum);
}

double logistic_loss(const Logistic *logistic, const double *w, double *gradient) {
    const int m = logistic->examples, n = logistic->features + 1, k = logistic->classes;
    const int penalised = logistic->features * k;
    double loss = 0, *p = logistic->p;
    cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, m, k, n, 1, logistic->A, n, w, k, 0, p,
                k);
    for (int i = 0; i < m; i++, p += k) {
        const double score = p[logistic->label[i]];
        loss += softmax(k, p) - score;
        p[logistic->label[i]] -= 1; // what is left is the derivative with respect to the scores
    }
    loss += logistic->strength / 2 * cblas_ddot(penalised, w, 1, w, 1);
    if (!gradient)
        return loss;
    cblas_dgemm(CblasRowMajor, CblasTrans, CblasNoTrans, n, k, m, 1, logistic->A, n, logistic->p, k,
                0, gradient, k);
    cblas_daxpy(penalised, logistic->strength, w, 1, gradient, 1);
    return loss;
}

static double loss_at(void *context, const double *w, double *gradient) {
    return logistic_loss(context, w, gradient);
}

bool logistic_solve(const Logistic *logistic, double *w, Status *status) {
    const int count = (logistic->features + 1) * logistic->classes;
    Logistic copy = *logistic;
    LbfgsResult result;
    if (!lbfgs_minimise(loss_at, &copy, count, w, tolerance, MOST_ITERATIONS, &result, status))
        return false;
    // Where rounding ends the search first, the value cannot be told from the least one.
    if (result.converged || (isfinite(result.value) && result.iterations < MOST_ITERATIONS))
        return true;
    return status_fail(status, STATUS_DIVERGED,
                       "logistic regression did not converge in %d iterations (loss %g, gradient "
                       "%g)",
                       result.iterations, result.value, result.gradient);
}
