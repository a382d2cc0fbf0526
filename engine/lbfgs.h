// Least value of a smooth convex function by L-BFGS (Liu and Nocedal, 1989): a step along the
// inverse Hessian as the last few steps and gradients tell it, made shorter until the value has
// fallen enough (Armijo).  For a convex function that is all a line search must do.
#ifndef ENGINE_LBFGS_H
#define ENGINE_LBFGS_H

#include "engine/status.h"

// The value at w [n]; gradient [n] is set.
typedef double LbfgsFunction(void *context, const double *w, double *gradient);

typedef struct {
    int iterations;
    double value;
    double gradient; // greatest absolute value in it
    bool converged;  // gradient <= tolerance; else rounding or `most` ended the search
} LbfgsResult;

// Moves w [n] to the least value.  False only without memory.
bool lbfgs_minimise(LbfgsFunction *function, void *context, int n, double *w, double tolerance,
                    int most, LbfgsResult *result, Status *status);

#endif
