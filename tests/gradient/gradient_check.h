// A derivative against central differences.  Works in the double build only: in float the
// differences drown in rounding.
//
// The function under test is made a single number by weighting all of its outputs with fixed random
// numbers; these weights are what the backward pass is given as the derivative with respect to its
// outputs.
#ifndef TESTS_GRADIENT_GRADIENT_CHECK_H
#define TESTS_GRADIENT_GRADIENT_CHECK_H

#include "engine/real.h"

#include <stdbool.h>

// Computes the number from the inputs as they are now.
typedef double Objective(void *context);

typedef struct {
    const char *name;
    real *values;           // moved while differences are taken, then put back
    const real *derivative; // what the backward pass says
    size_t count;
    bool vanishes; // the derivative is known to be zero (within rounding), and must be
} GradientInput;

// Fails the running test unless, for every input, the derivative agrees with four-point differences
// along random directions through all of its numbers and along some single numbers: to 1e-6 of the
// length of the derivative, and what rounding leaves uncertain.  Fails also where rounding would
// hide a mistake.
//
// A relu whose kink lies between the four points spoils a difference, and does not any more when
// the points move together; so one of four step widths has to agree.
void gradient_check(const char *operation, Objective *objective, void *context,
                    const GradientInput *inputs, size_t count);

// Sum of weights * values, in double.
double weighted_sum(const real *weights, const real *values, size_t count);

#endif
