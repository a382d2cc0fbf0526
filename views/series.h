// What a curve of many points becomes before it is drawn: smoothed, and thinned to the width of a
// plot without losing a spike.
#ifndef VIEWS_SERIES_H
#define VIEWS_SERIES_H

#include "views/scene.h"

#include <stddef.h>

// Bias-corrected exponential moving average: out[i] is the weighted mean of the finite values up to
// i, where each finite value counts `factor` times as much as the next one.  Exact on constants.
// A value that is the mean of steps[i] values counts as all of them; steps NULL: 1 each.  NaN
// wherever y is not finite.  out may be y.  factor in [0, 1).
void series_smooth(const double *y, const double *steps, size_t count, double factor, double *out);

// The first index in ascending x [count] with x[index] >= value; count if there is none.
size_t series_search(const double *x, size_t count, double value);

// The index of the x nearest to value; of two as near the later.  count > 0.
size_t series_nearest(const double *x, size_t count, double value);

// Thins points [count], x ascending, in place so that no more than four of them share a column of
// the given width: the first, the lowest, the highest and the last.  A point with a NaN coordinate
// is a gap, and stays one where its column holds nothing else.  Returns the new count.
size_t series_thin(Point *points, size_t count, double column);

#endif
