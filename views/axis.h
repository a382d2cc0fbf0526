// An axis: which values it spans, where its ticks are, and where a value falls on it.
#ifndef VIEWS_AXIS_H
#define VIEWS_AXIS_H

#include <math.h>
#include <stdbool.h>
#include <stddef.h>

enum { AXIS_TICKS = 24 };

typedef struct {
    bool logarithmic;
    double low, high; // finite, low < high; positive if logarithmic
    double ticks[AXIS_TICKS];
    int tick_count;
    double origin, scale; // fraction = (value or its logarithm - origin) * scale
    int decimals;         // with which the ticks are told apart; -1: format_number
} Axis;

// An axis over low .. high (finite, low <= high, positive if logarithmic) with about `wanted` ticks
// at round values.  widen: the ends move outwards to ticks, so that the first and the last tick
// name the range.  whole: no ticks between whole numbers.  An empty range is widened around its
// value.
void axis_init(Axis *axis, double low, double high, bool logarithmic, int wanted, bool widen,
               bool whole);

// 0 at low, 1 at high; beyond them for values outside.  NaN for what the axis cannot show.  Inline,
// because a long run's every point passes here in every frame.
static inline double axis_fraction(const Axis *axis, double value) {
    if (!isfinite(value) || (axis->logarithmic && value <= 0)) {
        return NAN;
    }
    return ((axis->logarithmic ? log(value) : value) - axis->origin) * axis->scale;
}

// A tick's label, "0.05"; returns out.
char *axis_label(const Axis *axis, double tick, char *out, size_t size);

#endif
