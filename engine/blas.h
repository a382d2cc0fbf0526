// Dense products through OpenBLAS, one thread per call: our own workers are the parallelism
// (ecosystem A-K1).  Everything is row-major.
#ifndef ENGINE_BLAS_H
#define ENGINE_BLAS_H

#include "engine/real.h"
#include "engine/status.h"

#include <cblas.h>

typedef enum { AS_IS = CblasNoTrans, TRANSPOSED = CblasTrans } Transposition;

// c [m, n] = scale * op(a) op(b) + keep * c, where op(a) is [m, k] and op(b) is [k, n].
// a_stride, b_stride, c_stride are the lengths of the stored rows.
static inline void product(Transposition op_a, Transposition op_b, int m, int n, int k, real scale,
                           const real *a, int a_stride, const real *b, int b_stride, real keep,
                           real *c, int c_stride) {
#if REAL_IS_DOUBLE
    cblas_dgemm(CblasRowMajor, (CBLAS_TRANSPOSE)op_a, (CBLAS_TRANSPOSE)op_b, m, n, k, scale, a,
                a_stride, b, b_stride, keep, c, c_stride);
#else
    cblas_sgemm(CblasRowMajor, (CBLAS_TRANSPOSE)op_a, (CBLAS_TRANSPOSE)op_b, m, n, k, scale, a,
                a_stride, b, b_stride, keep, c, c_stride);
#endif
}

// Sets OpenBLAS to one thread per call and reads it back; call before the first product.  An error
// if the library did not obey (an OpenMP build, ecosystem pain OpenBLAS#5806).
bool blas_init(Status *status);

const char *blas_description(void); // openblas_get_config() of the library in use

#endif
