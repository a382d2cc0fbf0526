// Means over repetitions and what they are worth.
#ifndef ENGINE_STATISTICS_H
#define ENGINE_STATISTICS_H

#include <stddef.h>

// Mean of `count` values `stride` apart and its standard error (NaN for a single value).
void mean_and_error(int count, const double *values, size_t stride, double *mean, double *error);

#endif
