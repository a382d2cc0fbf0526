// The kernels in portable C with GCC's vector types: any processor, no fused multiply-add.
#include "engine/real.h"

#include <stdint.h>

typedef real Vector __attribute__((vector_size(16)));
#if REAL_IS_DOUBLE
typedef int64_t Mask __attribute__((vector_size(16)));
#else
typedef int32_t Mask __attribute__((vector_size(16)));
#endif
enum { PORTABLE_LANES = (int)(sizeof(Vector) / sizeof(real)) };

static inline Vector portable_setzero(void) {
    return (Vector){0};
}
static inline Vector portable_set1(real x) {
    Vector v;
    for (int i = 0; i < PORTABLE_LANES; i++)
        v[i] = x;
    return v;
}
static inline Vector portable_load(const real *x) {
    return *(const Vector *)(const void *)x;
}
static inline void portable_store(real *x, Vector v) {
    *(Vector *)(void *)x = v;
}
static inline Vector portable_add(Vector a, Vector b) {
    return a + b;
}
static inline Vector portable_sub(Vector a, Vector b) {
    return a - b;
}
static inline Vector portable_mul(Vector a, Vector b) {
    return a * b;
}
static inline Vector portable_fmadd(Vector a, Vector b, Vector c) {
    return a * b + c;
}
// x where !(z <= 0), else 0: NaN passes.
static inline Vector portable_pass_positive(Vector z, Vector x) {
    const Mask passes = ~(Mask)(z <= portable_setzero());
    return (Vector)((Mask)x & passes);
}
// The larger of the two, the second if either is NaN (as x86 does).
static inline Vector portable_max(Vector a, Vector b) {
    const Mask first = (Mask)(a > b);
    return (Vector)(((Mask)a & first) | ((Mask)b & ~first));
}

#define OP(name) portable_##name
#define PASS_POSITIVE(z, x) portable_pass_positive(z, x)
#define KERNELS kernels_portable
#define KERNELS_NAME "portable"
#define WIDEST_TILE 2
#include "engine/kernels_body.h"
