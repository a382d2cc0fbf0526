#include "engine/statistics.h"

#include <math.h>

void mean_and_error(int count, const double *values, size_t stride, double *mean, double *error) {
    double sum = 0, square = 0;
    for (int i = 0; i < count; i++)
        sum += values[(size_t)i * stride] / count;
    for (int i = 0; i < count; i++) {
        const double apart = values[(size_t)i * stride] - sum;
        square += apart * apart;
    }
    *mean = sum;
    *error = count > 1 ? sqrt(square / (count - 1) / count) : NAN;
}
