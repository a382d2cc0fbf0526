#include "engine/histogram.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static int rising(const void *a, const void *b) {
    const real *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

static void percentiles(HistogramView *view, const real *values, size_t count) {
    static const double share[9] = {0, 0.07, 0.16, 0.31, 0.5, 0.69, 0.84, 0.93, 1};
    real sample[HISTOGRAM_SAMPLES];
    size_t taken = 0;
    const size_t stride = (count + HISTOGRAM_SAMPLES - 1) / HISTOGRAM_SAMPLES;
    for (size_t i = 0; i < count; i += stride)
        if (isfinite(values[i]))
            sample[taken++] = values[i];
    qsort(sample, taken, sizeof *sample, rising);
    for (int i = 0; i < 9; i++)
        view->percentiles[i] =
            taken > 0 ? (double)sample[(size_t)(share[i] * (double)(taken - 1) + 0.5)] : NAN;
    if (taken == 0)
        return;
    view->percentiles[0] = view->low; // the extremes are those of all values
    view->percentiles[8] = view->high;
}

void histogram_fill(HistogramView *view, const char *name, const real *values, size_t count) {
    *view = (HistogramView){.low = INFINITY, .high = -INFINITY};
    snprintf(view->name, sizeof view->name, "%s", name);
    for (size_t i = 0; i < count; i++) {
        const double x = (double)values[i];
        if (isnan(x))
            view->nan++;
        else if (isinf(x))
            (*(x > 0 ? &view->positive_infinity : &view->negative_infinity))++;
        else {
            view->low = x < view->low ? x : view->low;
            view->high = x > view->high ? x : view->high;
        }
    }
    const bool any = view->low <= view->high;
    if (!any)
        view->low = view->high = 0;
    // Halves, since the whole range may be more than a double holds.
    const double half_width = (view->high / 2 - view->low / 2) / SNAPSHOT_BINS;
    for (size_t i = 0; any && i < count; i++) {
        if (!isfinite(values[i]))
            continue;
        const double above = (double)values[i] / 2 - view->low / 2;
        const int bin = half_width > 0 ? (int)(above / half_width) : 0;
        view->bins[bin < SNAPSHOT_BINS ? bin : SNAPSHOT_BINS - 1]++;
    }
    percentiles(view, values, count);
}
