// Ridge regression in closed form with an unpenalised bias (spec 4), always in double precision:
// the system is small, its conditioning is the data's.
#ifndef ENGINE_RIDGE_H
#define ENGINE_RIDGE_H

#include "engine/real.h"
#include "engine/status.h"

// Room for a regression of `examples` on `features` plus bias, `targets` columns.
typedef struct {
    int examples, features, targets;
    double *A; // [examples, features + 1] inputs and a column of ones
    double *y; // [examples, targets]
    double
        *factor; // [features + 1, features + 1] Cholesky factor of A^T A + diag(ridge .. ridge, 0)
    double *w;   // [features + 1, targets] the solution; its last row is the bias
} Ridge;

bool ridge_init(Ridge *ridge, int examples, int features, int targets, Status *status);
void ridge_clear(Ridge *ridge);
size_t ridge_bytes(int examples, int features, int targets);

// w from A and y.  False if the system is not positive definite (non-finite inputs).
bool ridge_solve(Ridge *ridge, double strength);

// In place: rows of x [features + 1, targets] become (A^T A + diag)^-1 x.
void ridge_apply_inverse(const Ridge *ridge, double *x, int targets);

#endif
