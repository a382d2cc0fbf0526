#include "engine/weight_statistics.h"

#include "engine/vector.h"

#include <assert.h>
#include <math.h>

static const double square_epsilon = 1e-6, variance_epsilon = 1e-8, scale_epsilon = 1e-6;

// The weights of one unit, `count` values `stride` apart.
typedef struct {
    const real *w;
    int count, stride;
} Weights;

// Those of unit n below or above it.
static Weights weights_below(const real *below, int units, int inputs, int n) {
    return (Weights){below + n, inputs, units};
}
static Weights weights_above(const real *above, int outputs, int n) {
    return (Weights){above + (ptrdiff_t)n * outputs, outputs, 1};
}

void weight_statistics_take(WeightStatistics *statistics, int units, Arena *arena) {
    statistics->raw = arena_take(arena, (size_t)units * STATISTICS);
    statistics->S = arena_take(arena, (size_t)units * STATISTICS);
}

static void statistics_of(Weights weights, real four[4]) {
    double absolute = 0, square = 0, sum = 0, apart = 0;
    for (int i = 0; i < weights.count; i++) {
        const double w = (double)weights.w[(ptrdiff_t)i * weights.stride];
        absolute += fabs(w);
        square += w * w;
        sum += w;
    }
    const double mean = sum / weights.count;
    for (int i = 0; i < weights.count; i++) {
        const double w = (double)weights.w[(ptrdiff_t)i * weights.stride];
        apart += (w - mean) * (w - mean);
    }
    four[0] = (real)(absolute / weights.count);
    four[1] = (real)sqrt(square / weights.count + square_epsilon);
    four[2] = (real)mean;
    four[3] = (real)sqrt(apart / weights.count + variance_epsilon);
}

// dw += of the four statistics.
static void statistics_backward(Weights weights, const real four[4], const real dfour[4],
                                real *dw) {
    for (int i = 0; i < weights.count; i++) {
        const ptrdiff_t at = (ptrdiff_t)i * weights.stride;
        const real w = weights.w[at];
        const real sign = (real)((w > 0) - (w < 0));
        dw[at] += (dfour[0] * sign + dfour[1] * w / four[1] + dfour[2] +
                   dfour[3] * (w - four[2]) / four[3]) /
                  (real)weights.count;
    }
}

void weight_statistics_forward(WeightStatistics *statistics, int units, const real *below,
                               int inputs, const real *above, int outputs) {
    assert(below || above);
    for (int n = 0; n < units; n++) {
        real *row = statistics->raw + n * STATISTICS;
        const Weights first =
            below ? weights_below(below, units, inputs, n) : weights_above(above, outputs, n);
        const Weights second =
            above ? weights_above(above, outputs, n) : weights_below(below, units, inputs, n);
        statistics_of(first, row);
        statistics_of(second, row + 4);
    }
    const size_t count = (size_t)units * STATISTICS;
    const double square = (double)vector_dot(count, statistics->raw, statistics->raw);
    statistics->scale = (real)(1 / sqrt(square / (double)count + scale_epsilon));
    for (size_t i = 0; i < count; i++)
        statistics->S[i] = statistics->raw[i] * statistics->scale;
}

void weight_statistics_backward(const WeightStatistics *statistics, int units, const real *below,
                                int inputs, const real *above, int outputs, real *dS, real *dbelow,
                                real *dabove) {
    assert(below || above);
    // S = raw * scale, scale = rsqrt(mean raw^2 + epsilon)
    const size_t count = (size_t)units * STATISTICS;
    const real scale = statistics->scale;
    const real along = vector_dot(count, dS, statistics->raw) * scale * scale * scale / (real)count;
    for (size_t i = 0; i < count; i++)
        dS[i] = dS[i] * scale - statistics->raw[i] * along;
    for (int n = 0; n < units; n++) {
        const real *row = statistics->raw + n * STATISTICS, *drow = dS + n * STATISTICS;
        if (below)
            statistics_backward(weights_below(below, units, inputs, n), row, drow, dbelow + n);
        if (above)
            statistics_backward(weights_above(above, outputs, n), row + 4, drow + 4,
                                dabove + (ptrdiff_t)n * outputs);
        // The only neighbour's statistics stand twice.
        if (!below)
            statistics_backward(weights_above(above, outputs, n), row, drow,
                                dabove + (ptrdiff_t)n * outputs);
        if (!above)
            statistics_backward(weights_below(below, units, inputs, n), row + 4, drow + 4,
                                dbelow + n);
    }
}
