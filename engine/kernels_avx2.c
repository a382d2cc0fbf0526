// The kernels for processors with AVX2 and fused multiply-add: 16 registers of 32 bytes.
#if defined(__AVX2__)
#include <immintrin.h>
#if defined(RULESMITH_DOUBLE)
typedef __m256d Vector;
#define OP(name) _mm256_##name##_pd
#else
typedef __m256 Vector;
#define OP(name) _mm256_##name##_ps
#endif
#define PASS_POSITIVE(z, x) OP (and)(OP(cmp)(z, OP(setzero)(), _CMP_NLE_UQ), x)
#define KERNELS kernels_avx2
#define KERNELS_NAME "avx2"
#define WIDEST_TILE 2 // vectors: 6 rows x 2 vectors are 12 accumulators, 2 weights, 1 input
#include "engine/kernels_body.h"
#else
#define KERNELS kernels_avx2
#define KERNELS_NAME "avx2"
#include "engine/kernels_absent.h"
#endif
