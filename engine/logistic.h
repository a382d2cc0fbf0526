// Multinomial logistic regression with an L2 penalty, in double precision:
//
//     loss(w) = sum_i (log sum_c exp s_ic - s_i,label(i)) + strength / 2 sum w[:-1]^2,  s = [u, 1]
//     w
//
// solved to convergence (lbfgs.h).  The bias, the last row of w, is not penalised.
#ifndef ENGINE_LOGISTIC_H
#define ENGINE_LOGISTIC_H

#include "engine/status.h"

typedef struct {
    int examples, features, classes;
    double strength;
    const double *A;  // [examples, features + 1] inputs and a column of ones
    const int *label; // [examples] 0 .. classes - 1
    double *p;        // [examples, classes] room for the probabilities
} Logistic;

// In place: scores [classes], at least one, become probabilities.  Returns log sum exp of the
// scores.
double softmax(int classes, double *scores);

// loss(w), w [features + 1, classes]; gradient [features + 1, classes] is set, unless it is NULL.
double logistic_loss(const Logistic *logistic, const double *w, double *gradient);

// w of least loss, starting from w as it is given.  False without memory, or if the search did not
// converge (inputs that are not finite).
bool logistic_solve(const Logistic *logistic, double *w, Status *status);

#endif
