// A tensor that somebody looks at, and the figures that describe it.
#ifndef ENGINE_TENSOR_STATISTICS_H
#define ENGINE_TENSOR_STATISTICS_H

#include "engine/real.h"

enum { TENSOR_NAME = 40, TENSOR_RANK = 3 };

typedef struct {
    char name[TENSOR_NAME]; // "layer2.hebb"
    int rank, shape[TENSOR_RANK];
    const real *values; // [count], rows one after another; borrowed
    size_t count;
} TensorView;

TensorView tensor_view(const char *name, const real *values, int rank, const int *shape);

// Of the finite values; all NaN if there is none.
typedef struct {
    double min, mean, max;
    double deviation; // standard deviation, biased
    double norm;      // sqrt of the sum of squares
    size_t non_finite;
} TensorStatistics;

void tensor_statistics(TensorStatistics *statistics, const TensorView *tensor);

// "196x128"
enum { TENSOR_SHAPE = 40 };
const char *tensor_shape_text(const TensorView *tensor, char text[TENSOR_SHAPE]);

#endif
