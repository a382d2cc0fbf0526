#include "engine/vector.h"

#include <math.h>

enum { PARTS = 16 };

static real total(real part[PARTS]) {
    for (int width = PARTS / 2; width > 0; width /= 2)
        for (int i = 0; i < width; i++)
            part[i] += part[i + width];
    return part[0];
}

// part[i] += expression of the element at index k, for blocks of PARTS and then for the rest.
#define SUM_UP(expression)                                                                         \
    real part[PARTS] = {0};                                                                        \
    size_t start = 0;                                                                              \
    for (; start + PARTS <= count; start += PARTS)                                                 \
        for (size_t i = 0; i < PARTS; i++) {                                                       \
            const size_t k = start + i;                                                            \
            part[i] += (expression);                                                               \
        }                                                                                          \
    for (size_t k = start; k < count; k++)                                                         \
        part[k - start] += (expression);                                                           \
    return total(part)

real vector_sum(size_t count, const real *a) {
    SUM_UP(a[k]);
}

real vector_dot(size_t count, const real *a, const real *b) {
    SUM_UP(a[k] * b[k]);
}

real vector_squares(size_t count, const real *a, real centre) {
    SUM_UP((a[k] - centre) * (a[k] - centre));
}

bool vector_finite(const real *a, size_t count) {
    // x * 0 is 0 for a finite x and NaN for any other.
    real sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += a[i] * 0;
    return isfinite(sum);
}

void vector_add(size_t count, real scale, const real *a, real *b) {
    for (size_t i = 0; i < count; i++)
        b[i] += scale * a[i];
}
