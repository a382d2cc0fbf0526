// The kernels for processors with AVX-512: 32 registers of 64 bytes.
#if defined(__AVX512F__)
#include <immintrin.h>
#if defined(RULESMITH_DOUBLE)
typedef __m512d Vector;
#define OP(name) _mm512_##name##_pd
#define PASS_POSITIVE(z, x)                                                                        \
    _mm512_maskz_mov_pd(_mm512_cmp_pd_mask(z, OP(setzero)(), _CMP_NLE_UQ), x)
#else
typedef __m512 Vector;
#define OP(name) _mm512_##name##_ps
#define PASS_POSITIVE(z, x)                                                                        \
    _mm512_maskz_mov_ps(_mm512_cmp_ps_mask(z, OP(setzero)(), _CMP_NLE_UQ), x)
#endif
#define KERNELS kernels_avx512
#define KERNELS_NAME "avx512"
#define WIDEST_TILE 4 // vectors: 6 rows x 4 vectors are 24 accumulators, 4 weights, 1 input
#include "engine/kernels_body.h"
#else
#define KERNELS kernels_avx512
#define KERNELS_NAME "avx512"
#include "engine/kernels_absent.h"
#endif
