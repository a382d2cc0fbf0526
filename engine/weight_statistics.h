// The weight statistics S of ComputeH (spec 3.3): for each unit of a layer, mean|w|, sqrt(mean w^2
// + 1e-6), mean w and sqrt(var w + 1e-8) of the weights that come in (W_l over its inputs) and of
// those that go out (W_{l+1} over its outputs), scaled to mean square 1 over all of S.
#ifndef ENGINE_WEIGHT_STATISTICS_H
#define ENGINE_WEIGHT_STATISTICS_H

#include "engine/arena.h"

enum { STATISTICS = 8 };

typedef struct {
    real *raw; // [N, 8] before the scale
    real *S;   // [N, 8]
    real scale;
} WeightStatistics;

void weight_statistics_take(WeightStatistics *statistics, int units, Arena *arena);

// below [inputs, units] = W_l, above [units, outputs] = W_{l+1}; one of them may be NULL (bottom,
// top): then the other's four statistics stand twice.
void weight_statistics_forward(WeightStatistics *statistics, int units, const real *below,
                               int inputs, const real *above, int outputs);

// dbelow, dabove += from dS [N, 8], which is overwritten.
void weight_statistics_backward(const WeightStatistics *statistics, int units, const real *below,
                                int inputs, const real *above, int outputs, real *dS, real *dbelow,
                                real *dabove);

#endif
