// The one seam where the workers' meta-gradients become one: a sum over workers in the order of
// their numbers, whatever thread made them.  Ranks of an MPI job would join here, by adding their
// sums in the order of the ranks.
#ifndef ENGINE_REDUCTION_H
#define ENGINE_REDUCTION_H

#include "engine/real.h"

#include <stdbool.h>

// mean [count] = average over the workers that count of gradient[worker][0 .. count).  Returns how
// many there were; with none, mean is zero.
int reduce_gradients(int workers, const real *const *gradient, const bool *counts, size_t count,
                     double *mean);

#endif
