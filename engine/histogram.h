// Histograms for a snapshot (snapshot.h): bins between the smallest and the largest finite value,
// counters for what is not finite, and nine percentiles.
#ifndef ENGINE_HISTOGRAM_H
#define ENGINE_HISTOGRAM_H

#include "engine/real.h"
#include "engine/snapshot.h"

// Of count values.  Percentiles come from at most HISTOGRAM_SAMPLES values, evenly spaced.
enum { HISTOGRAM_SAMPLES = 4096 };
void histogram_fill(HistogramView *view, const char *name, const real *values, size_t count);

#endif
