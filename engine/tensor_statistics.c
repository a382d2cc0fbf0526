#include "engine/tensor_statistics.h"

#include <math.h>
#include <stdio.h>

TensorView tensor_view(const char *name, const real *values, int rank, const int *shape) {
    TensorView tensor = {.rank = rank, .values = values, .count = 1};
    snprintf(tensor.name, sizeof tensor.name, "%s", name);
    for (int i = 0; i < rank; i++) {
        tensor.shape[i] = shape[i];
        tensor.count *= (size_t)shape[i];
    }
    return tensor;
}

void tensor_statistics(TensorStatistics *statistics, const TensorView *tensor) {
    double sum = 0, squares = 0, low = INFINITY, high = -INFINITY;
    size_t finite = 0;
    for (size_t i = 0; i < tensor->count; i++) {
        const double x = (double)tensor->values[i];
        if (!isfinite(x))
            continue;
        finite++;
        sum += x;
        squares += x * x;
        low = x < low ? x : low;
        high = x > high ? x : high;
    }
    *statistics = (TensorStatistics){NAN, NAN, NAN, NAN, NAN, tensor->count - finite};
    if (finite == 0)
        return;
    const double mean = sum / (double)finite;
    double variance = 0;
    for (size_t i = 0; i < tensor->count; i++) {
        const double apart = (double)tensor->values[i] - mean;
        if (isfinite(apart))
            variance += apart * apart / (double)finite;
    }
    statistics->min = low;
    statistics->mean = mean;
    statistics->max = high;
    statistics->deviation = sqrt(variance);
    statistics->norm = sqrt(squares);
}

const char *tensor_shape_text(const TensorView *tensor, char text[TENSOR_SHAPE]) {
    int length = 0;
    text[0] = '\0';
    for (int i = 0; i < tensor->rank && length < TENSOR_SHAPE; i++)
        length += snprintf(text + length, (size_t)(TENSOR_SHAPE - length), "%s%d", i ? "x" : "",
                           tensor->shape[i]);
    return text;
}
