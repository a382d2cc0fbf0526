// The number type of the engine: float32 ships, the same sources build in double for golden and
// gradient tests (make double, -DRULESMITH_DOUBLE).
#ifndef ENGINE_REAL_H
#define ENGINE_REAL_H

#include <stddef.h>

#ifdef RULESMITH_DOUBLE
typedef double real;
#define REAL_IS_DOUBLE 1
#define REAL_NAME "float64"
#else
typedef float real;
#define REAL_IS_DOUBLE 0
#define REAL_NAME "float32"
#endif

// Every tensor that a kernel reads starts at a multiple of this many bytes (one cache line, one
// AVX-512 register), and its channel axis is padded with zeros to a multiple of REAL_LANES.
#define ALIGNMENT 64
#define REAL_LANES ((int)(ALIGNMENT / sizeof(real)))

static inline int padded(int channels) {
    return (channels + REAL_LANES - 1) / REAL_LANES * REAL_LANES;
}

#endif
