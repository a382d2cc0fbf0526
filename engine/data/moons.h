// Two moons: two interleaved half circles with normal noise, the usual toy problem of two features.
// Class 0 (upper) lies on (cos t, sin t), class 1 (lower) on (1 - cos t, 1/2 - sin t), t uniform in
// [0, pi].
#ifndef ENGINE_DATA_MOONS_H
#define ENGINE_DATA_MOONS_H

#include "engine/data/dataset.h"

// count examples, both classes in turn; the seed and the part decide the draws, so the two parts
// are independent.  On failure there is nothing to clear.
bool moons_init(Dataset *dataset, int count, double noise, uint64_t seed, bool test_part,
                Status *status);

#endif
