// The kernels of kernels.h, written once.  The including file says what a vector is:
//   Vector           the register type
//   OP(name)         load, store, set1, setzero, add, sub, mul, fmadd, max of it
//   PASS_POSITIVE    (z, x): x where !(z <= 0), else 0
//   WIDEST_TILE      vectors in the widest tile of a product (4 or 2)
//   KERNELS, KERNELS_NAME
//
// How a product is made fast.  A tile of ROWS x WIDTH vectors of the result stays in registers
// while the sum over taps and inputs runs; each turn loads WIDTH vectors of weights and ROWS single
// inputs, and does ROWS * WIDTH fused multiply-adds.  With 24 accumulators that is 24 arithmetic
// instructions against 10 loads, so arithmetic is the bound.  The weights (48 KiB for three taps of
// 64 x 64) stream from the second-level cache, the slab stays in the first.
#include "engine/kernels.h"

#include <stdbool.h>

enum { LANES = (int)(sizeof(Vector) / sizeof(real)) };

#define UNROLL _Pragma("GCC unroll 16")

// One tile of `product`: rows row .. row + ROWS - 1, output channels column .. column + WIDTH *
// LANES - 1.
#define DEFINE_TILE(ROWS, WIDTH)                                                                   \
    static void tile_##ROWS##x##WIDTH(int taps, int in, int out, const real *const *x,             \
                                      int x_stride, const real *w, const real *bias, real *y,      \
                                      int y_stride) {                                              \
        Vector sum[ROWS][WIDTH];                                                                   \
        UNROLL for (int v = 0; v < WIDTH; v++) {                                                   \
            const Vector start = bias ? OP(load)(bias + v * LANES) : OP(setzero)();                \
            UNROLL for (int r = 0; r < ROWS; r++) sum[r][v] = start;                               \
        }                                                                                          \
        for (int t = 0; t < taps; t++) {                                                           \
            const real *input = x[t];                                                              \
            for (int i = 0; i < in; i++, input++, w += out) {                                      \
                Vector weight[WIDTH];                                                              \
                UNROLL for (int v = 0; v < WIDTH; v++) weight[v] = OP(load)(w + v * LANES);        \
                UNROLL for (int r = 0; r < ROWS; r++) {                                            \
                    const Vector value = OP(set1)(input[(ptrdiff_t)r * x_stride]);                 \
                    UNROLL for (int v = 0; v < WIDTH; v++) sum[r][v] =                             \
                        OP(fmadd)(value, weight[v], sum[r][v]);                                    \
                }                                                                                  \
            }                                                                                      \
        }                                                                                          \
        UNROLL for (int r = 0; r < ROWS; r++) {                                                    \
            UNROLL for (int v = 0; v < WIDTH; v++)                                                 \
                OP(store)(y + (ptrdiff_t)r * y_stride + v * LANES, sum[r][v]);                     \
        }                                                                                          \
    }                                                                                              \
                                                                                                   \
    /* One tile of `product_backward`: inputs i .. i + ROWS - 1 of one tap. */                     \
    static void tile_backward_##ROWS##x##WIDTH(int rows, int out, const real *x, int x_stride,     \
                                               const real *dy, int dy_stride, real *dw) {          \
        Vector sum[ROWS][WIDTH];                                                                   \
        UNROLL for (int i = 0; i < ROWS; i++) {                                                    \
            UNROLL for (int v = 0; v < WIDTH; v++) sum[i][v] =                                     \
                OP(load)(dw + (ptrdiff_t)i * out + v * LANES);                                     \
        }                                                                                          \
        for (int r = 0; r < rows; r++, x += x_stride, dy += dy_stride) {                           \
            Vector gradient[WIDTH];                                                                \
            UNROLL for (int v = 0; v < WIDTH; v++) gradient[v] = OP(load)(dy + v * LANES);         \
            UNROLL for (int i = 0; i < ROWS; i++) {                                                \
                const Vector value = OP(set1)(x[i]);                                               \
                UNROLL for (int v = 0; v < WIDTH; v++) sum[i][v] =                                 \
                    OP(fmadd)(value, gradient[v], sum[i][v]);                                      \
            }                                                                                      \
        }                                                                                          \
        UNROLL for (int i = 0; i < ROWS; i++) {                                                    \
            UNROLL for (int v = 0; v < WIDTH; v++)                                                 \
                OP(store)(dw + (ptrdiff_t)i * out + v * LANES, sum[i][v]);                         \
        }                                                                                          \
    }

// The heights for each width: the tallest that fits the registers, then what is left over.
#define DEFINE_TILES(WIDTH, A, B, C, D)                                                            \
    DEFINE_TILE(A, WIDTH)                                                                          \
    DEFINE_TILE(B, WIDTH)                                                                          \
    DEFINE_TILE(C, WIDTH)                                                                          \
    DEFINE_TILE(D, WIDTH)                                                                          \
    static const Tiles tiles_##WIDTH = {                                                           \
        .height = {A, B, C, D},                                                                    \
        .forward = {tile_##A##x##WIDTH, tile_##B##x##WIDTH, tile_##C##x##WIDTH,                    \
                    tile_##D##x##WIDTH},                                                           \
        .backward = {tile_backward_##A##x##WIDTH, tile_backward_##B##x##WIDTH,                     \
                     tile_backward_##C##x##WIDTH, tile_backward_##D##x##WIDTH}};

typedef struct {
    int height[4];
    void (*forward[4])(int taps, int in, int out, const real *const *x, int x_stride, const real *w,
                       const real *bias, real *y, int y_stride);
    void (*backward[4])(int rows, int out, const real *x, int x_stride, const real *dy,
                        int dy_stride, real *dw);
} Tiles;

#if WIDEST_TILE == 4
DEFINE_TILES(1, 16, 8, 4, 1)
DEFINE_TILES(2, 12, 6, 2, 1)
DEFINE_TILES(3, 8, 4, 2, 1)
DEFINE_TILES(4, 6, 4, 2, 1)
static const Tiles *const tiles_of_width[] = {NULL, &tiles_1, &tiles_2, &tiles_3, &tiles_4};
#else
DEFINE_TILES(1, 12, 6, 2, 1)
DEFINE_TILES(2, 6, 4, 2, 1)
static const Tiles *const tiles_of_width[] = {NULL, &tiles_1, &tiles_2};
#endif

// Vectors in the next tile when `left` channels remain.
static int tile_width(int left) {
    const int vectors = left / LANES;
    return vectors < WIDEST_TILE ? vectors : WIDEST_TILE;
}

static void product(int rows, int taps, int in, int out, const real *const *x, int x_stride,
                    const real *w, const real *bias, real *y, int y_stride) {
    for (int column = 0, width; column < out; column += width * LANES) {
        width = tile_width(out - column);
        const Tiles *tiles = tiles_of_width[width];
        for (int row = 0, size = 0; row < rows;) {
            while (tiles->height[size] > rows - row)
                size++;
            const real *shifted[KERNEL_TAPS];
            for (int t = 0; t < taps; t++)
                shifted[t] = x[t] + (ptrdiff_t)row * x_stride;
            tiles->forward[size](taps, in, out, shifted, x_stride, w + column,
                                 bias ? bias + column : NULL,
                                 y + (ptrdiff_t)row * y_stride + column, y_stride);
            row += tiles->height[size];
        }
    }
}

static void product_backward(int rows, int taps, int in, int out, const real *const *x,
                             int x_stride, const real *dy, int dy_stride, real *dw) {
    for (int t = 0; t < taps; t++, dw += (ptrdiff_t)in * out)
        for (int column = 0, width; column < out; column += width * LANES) {
            width = tile_width(out - column);
            const Tiles *tiles = tiles_of_width[width];
            for (int i = 0, size = 0; i < in; i += tiles->height[size]) {
                while (tiles->height[size] > in - i)
                    size++;
                tiles->backward[size](rows, out, x[t] + i, x_stride, dy + column, dy_stride,
                                      dw + (ptrdiff_t)i * out + column);
            }
        }
}

// The remaining kernels go down the rows of up to WIDEST_TILE vectors of channels at a time: what
// belongs to the channels (mean, rstd, beta, sums) stays in registers, and a slab of that many
// channels is read from front to back.
//
// IN_COLUMNS(DO) does DO(c, width) for all blocks of channels, with width a constant: each width
// becomes code of its own, without inner loops.
#define IN_COLUMNS(DO)                                                                             \
    {                                                                                              \
        int c = 0;                                                                                 \
        for (; c + WIDEST_TILE * LANES <= channels; c += WIDEST_TILE * LANES)                      \
            DO(c, WIDEST_TILE);                                                                    \
        for (; c < channels; c += LANES)                                                           \
            DO(c, 1);                                                                              \
    }
#define EACH UNROLL for (int v = 0; v < width; v++)
#define INLINED static inline __attribute__((always_inline)) void

typedef struct {
    Vector mean, rstd, beta;
} Norm;

static inline Norm norm_load(const BatchNorm *norm, int c) {
    return (Norm){OP(load)(norm->mean + c), OP(load)(norm->rstd + c), OP(load)(norm->beta + c)};
}

// (y - mean) * rstd, the same instructions forward and backward, so that relu's mask is the same.
static inline Vector normalised(Vector y, const Norm *norm) {
    return OP(mul)(OP(sub)(y, norm->mean), norm->rstd);
}

static inline Vector normalised_relu(Vector y, const Norm *norm) {
    return OP(max)(OP(setzero)(), OP(add)(normalised(y, norm), norm->beta));
}

INLINED normalise_relu_columns(int width, bool adds, int rows, int channels, const real *y,
                               const BatchNorm *norm, real *x, int c) {
    Norm n[WIDEST_TILE];
    EACH n[v] = norm_load(norm, c + v * LANES);
    for (ptrdiff_t at = c, end = (ptrdiff_t)rows * channels; at < end; at += channels) {
        EACH {
            const Vector value = normalised_relu(OP(load)(y + at + v * LANES), &n[v]);
            real *to = x + at + v * LANES;
            OP(store)(to, adds ? OP(add)(OP(load)(to), value) : value);
        }
    }
}

static void normalise_relu(int rows, int channels, const real *y, const BatchNorm *norm, real *x) {
#define COLUMNS(c, width) normalise_relu_columns(width, false, rows, channels, y, norm, x, c)
    IN_COLUMNS(COLUMNS)
#undef COLUMNS
}

static void add_normalise_relu(int rows, int channels, const real *y, const BatchNorm *norm,
                               real *x){
#define COLUMNS(c, width) normalise_relu_columns(width, true, rows, channels, y, norm, x, c)
    IN_COLUMNS(COLUMNS)
#undef COLUMNS
}

INLINED moments_columns(int width, int rows, int channels, const real *y, real *mean, real *squares,
                        int c) {
    const Vector share = OP(set1)((real)1 / (real)rows);
    const ptrdiff_t end = (ptrdiff_t)rows * channels;
    Vector sum[WIDEST_TILE], centre[WIDEST_TILE], square_sum[WIDEST_TILE];
    EACH sum[v] = square_sum[v] = OP(setzero)();
    for (ptrdiff_t at = c; at < end; at += channels) {
        EACH sum[v] = OP(add)(sum[v], OP(load)(y + at + v * LANES));
    }
    EACH centre[v] = OP(mul)(sum[v], share);
    for (ptrdiff_t at = c; at < end; at += channels) {
        EACH {
            const Vector apart = OP(sub)(OP(load)(y + at + v * LANES), centre[v]);
            square_sum[v] = OP(fmadd)(apart, apart, square_sum[v]);
        }
    }
    EACH {
        OP(store)(mean + c + v * LANES, centre[v]);
        OP(store)(squares + c + v * LANES, square_sum[v]);
    }
}

static void moments(int rows, int channels, const real *y, real *mean, real *squares){
#define COLUMNS(c, width) moments_columns(width, rows, channels, y, mean, squares, c)
    IN_COLUMNS(COLUMNS)
#undef COLUMNS
}

INLINED
    relu_backward_columns(int width, int rows, int channels, const real *y, const BatchNorm *norm,
                          const real *dx, real *dz, real *sum, real *product_sum, int c) {
    Norm n[WIDEST_TILE];
    Vector dz_sum[WIDEST_TILE], dz_product_sum[WIDEST_TILE];
    EACH n[v] = norm_load(norm, c + v * LANES);
    EACH dz_sum[v] = dz_product_sum[v] = OP(setzero)();
    for (ptrdiff_t at = c, end = (ptrdiff_t)rows * channels; at < end; at += channels) {
        EACH {
            const Vector y_normalised = normalised(OP(load)(y + at + v * LANES), &n[v]);
            const Vector z = OP(add)(y_normalised, n[v].beta);
            const Vector passed = PASS_POSITIVE(z, OP(load)(dx + at + v * LANES));
            OP(store)(dz + at + v * LANES, passed);
            dz_sum[v] = OP(add)(dz_sum[v], passed);
            dz_product_sum[v] = OP(fmadd)(passed, y_normalised, dz_product_sum[v]);
        }
    }
    EACH {
        real *to = sum + c + v * LANES, *product_to = product_sum + c + v * LANES;
        OP(store)(to, OP(add)(OP(load)(to), dz_sum[v]));
        OP(store)(product_to, OP(add)(OP(load)(product_to), dz_product_sum[v]));
    }
}

static void relu_backward(int rows, int channels, const real *y, const BatchNorm *norm,
                          const real *dx, real *dz, real *sum, real *product_sum){
#define COLUMNS(c, width)                                                                          \
    relu_backward_columns(width, rows, channels, y, norm, dx, dz, sum, product_sum, c)
    IN_COLUMNS(COLUMNS)
#undef COLUMNS
}

INLINED normalise_backward_columns(int width, int rows, int channels, const real *y,
                                   const BatchNorm *norm, const real *dz, const real *dz_mean,
                                   const real *dz_product_mean, real *dy, int c) {
    Norm n[WIDEST_TILE];
    Vector mean[WIDEST_TILE], product_mean[WIDEST_TILE];
    EACH {
        n[v] = norm_load(norm, c + v * LANES);
        mean[v] = OP(load)(dz_mean + c + v * LANES);
        product_mean[v] = OP(load)(dz_product_mean + c + v * LANES);
    }
    for (ptrdiff_t at = c, end = (ptrdiff_t)rows * channels; at < end; at += channels) {
        EACH {
            const Vector y_normalised = normalised(OP(load)(y + at + v * LANES), &n[v]);
            const Vector apart = OP(sub)(OP(sub)(OP(load)(dz + at + v * LANES), mean[v]),
                                         OP(mul)(y_normalised, product_mean[v]));
            OP(store)(dy + at + v * LANES, OP(mul)(n[v].rstd, apart));
        }
    }
}

static void normalise_backward(int rows, int channels, const real *y, const BatchNorm *norm,
                               const real *dz, const real *dz_mean, const real *dz_product_mean,
                               real *dy) {
#define COLUMNS(c, width)                                                                          \
    normalise_backward_columns(width, rows, channels, y, norm, dz, dz_mean, dz_product_mean, dy, c)
    IN_COLUMNS(COLUMNS)
#undef COLUMNS
}

const Kernels KERNELS = {
    .name = KERNELS_NAME,
    .product = product,
    .product_backward = product_backward,
    .normalise_relu = normalise_relu,
    .add_normalise_relu = add_normalise_relu,
    .moments = moments,
    .relu_backward = relu_backward,
    .normalise_backward = normalise_backward,
};
