// Sums in one fixed order that still fills vector registers: sixteen partial sums, then pairs.
#ifndef ENGINE_VECTOR_H
#define ENGINE_VECTOR_H

#include "engine/real.h"

#include <stdbool.h>

real vector_sum(size_t count, const real *a);
real vector_dot(size_t count, const real *a, const real *b);
// Sum of (a - centre)^2.
real vector_squares(size_t count, const real *a, real centre);

// No NaN and no infinity among them.
bool vector_finite(const real *a, size_t count);

// b += scale * a
void vector_add(size_t count, real scale, const real *a, real *b);

#endif
