#include "engine/data/view.h"

#include <assert.h>
#include <math.h>
#include <string.h>

bool view_possible(int height, int width, int size) {
    return size >= 1 && size <= VIEW_SIDE && height >= 1 && height <= VIEW_SIDE && width >= 1 &&
           width <= VIEW_SIDE && height <= VIEW_SHRINK * size && width <= VIEW_SHRINK * size;
}

// --- Without rotation: means of rectangles -----------------------------------------------------

// The cells of an axis that an interval touches: `head` of the first, all of those between, `tail`
// of the last.  Empty if last < first.
typedef struct {
    int first, last;
    real head, tail;
} Span;

static Span span_between(double low, double high, int cells) {
    low = fmin(fmax(low, 0), cells);
    high = fmin(fmax(high, 0), cells);
    if (!(low < high))
        return (Span){0, -1, 0, 0};
    Span span = {.first = (int)low, .last = (int)ceil(high) - 1};
    span.head = (real)(fmin(high, span.first + 1) - low);
    span.tail = (real)(high - span.last);
    return span;
}

// Spans of the view's pixels on an axis of `cells` image pixels, the image moved by shift view
// pixels.
static void span_axis(Span *spans, int size, int cells, double shift) {
    const double ratio = (double)cells / size;
    for (int i = 0; i < size; i++)
        spans[i] = span_between((i - shift) * ratio, (i - shift + 1) * ratio, cells);
}

static real span_weight(const Span *span, int cell) {
    return cell == span->first ? span->head : cell == span->last ? span->tail : 1;
}

// sums [stride] <- weighted sum of the image's rows.
static void sum_rows(const Span *span, const uint8_t *pixels, int stride, real *sums) {
    memset(sums, 0, (size_t)stride * sizeof *sums);
    for (int row = span->first; row <= span->last; row++) {
        const real weight = span_weight(span, row);
        const uint8_t *line = pixels + row * stride;
        for (int i = 0; i < stride; i++)
            sums[i] += weight * (real)line[i];
    }
}

static void average_areas(const View *view, const uint8_t *pixels, int height, int width,
                          int channels, int size, real *x) {
    enum { MOST_CHANNELS = 3 };
    assert(channels <= MOST_CHANNELS);
    Span rows[VIEW_SIDE], columns[VIEW_SIDE];
    real sums[VIEW_SIDE * MOST_CHANNELS];
    span_axis(rows, size, height, view->dy);
    span_axis(columns, size, width, view->dx);
    // One division of the weighted sum, so that a sum of one pixel is that pixel.
    const real whole = (real)((double)height / size * ((double)width / size) * 255);
    for (int row = 0; row < size; row++) {
        sum_rows(&rows[row], pixels, width * channels, sums);
        for (int column = 0; column < size; column++) {
            const Span *span = &columns[column];
            for (int channel = 0; channel < channels; channel++) {
                real sum = 0;
                for (int i = span->first; i <= span->last; i++)
                    sum += span_weight(span, i) * sums[i * channels + channel];
                *x++ = sum / whole;
            }
        }
    }
}

// --- With rotation: means of upright squares around turned points ------------------------------

// An image with a border of zeros so wide that neither averaging nor sampling looks past its end.
enum {
    TAPS = (VIEW_SHRINK - 1 + 1) / 2, // cells that the widest box reaches to each side
    BORDER = 2 * TAPS + 3,
    PLANE = (VIEW_SIDE + 2 * BORDER) * (VIEW_SIDE + 2 * BORDER),
};

typedef struct {
    int border, stride, rows; // rows and stride with the border
    real cells[2][PLANE];     // two, because a filter cannot work in place
} Plane;

// Cells that a box of `width` cells reaches to each side of the one in its middle.
static int box_taps(double width) {
    return width > 1 ? (int)ceil((width - 1) / 2) : 0;
}

static void plane_load(Plane *plane, const uint8_t *pixels, int height, int width, int channels,
                       int border) {
    plane->border = border;
    plane->stride = width + 2 * border;
    plane->rows = height + 2 * border;
    for (int i = 0; i < 2; i++)
        memset(plane->cells[i], 0, (size_t)(plane->stride * plane->rows) * sizeof(real));
    for (int row = 0; row < height; row++) {
        real *line = plane->cells[0] + (row + border) * plane->stride + border;
        for (int column = 0; column < width; column++)
            line[column] = (real)pixels[(row * width + column) * channels] / 255;
    }
}

// Averages over a box of `width` cells along one axis, whose neighbours are `step` cells apart.
// Rows may be treated as one long line because there are only zeros where one ends and the next
// begins.
static void plane_average(const Plane *plane, const real *restrict from, real *restrict to,
                          double width, int step) {
    const int taps = box_taps(width), end = plane->stride * plane->rows - taps * step;
    const real share = (real)(1 / fmax(width, 1));
    for (int i = taps * step; i < end; i++)
        to[i] = share * from[i];
    for (int tap = 1; tap <= taps; tap++) {
        const real weight = share * (real)fmin(1, (width - 1) / 2 - (tap - 1));
        for (int i = taps * step; i < end; i++)
            to[i] += weight * (from[i - tap * step] + from[i + tap * step]);
    }
}

// The part of the shrinking that is left to sampling: a box of 1 to 2 cells, which may lie at
// fractions of a cell.  Wider boxes are left to plane_average, whose rounding to cells matters less
// there.
static double sampled_width(double ratio) {
    return ratio > 1 && ratio < 2 ? ratio : 1;
}

static double averaged_width(double ratio) {
    return ratio < 2 ? 1 : ratio;
}

// How much of three cells an interval of 1 to 2 cells covers.
typedef struct {
    int first;
    real share[3];
} Cover;

static inline Cover cover_from(real low, real width, int cells) {
    low = low > 0 ? low : 0; // what lies outside is moved into the border
    low = low < (real)(cells - 3) ? low : (real)(cells - 3);
    Cover cover = {.first = (int)low};
    const real begun = low - (real)cover.first, rest = width - 1 + begun;
    cover.share[0] = 1 - begun;
    cover.share[1] = rest < 1 ? rest : 1;
    cover.share[2] = rest - cover.share[1];
    return cover;
}

// Mean over the box of width x height whose upper left corner is (x, y), in cells of the plane.
static inline real plane_sample(const Plane *plane, real x, real y, real width, real height) {
    const Cover columns = cover_from(x, width, plane->stride),
                rows = cover_from(y, height, plane->rows);
    const real *cell = plane->cells[0] + rows.first * plane->stride + columns.first;
    real sum = 0;
    for (int row = 0; row < 3; row++, cell += plane->stride)
        sum += rows.share[row] * (columns.share[0] * cell[0] + columns.share[1] * cell[1] +
                                  columns.share[2] * cell[2]);
    return sum / (width * height);
}

static void rotate(const View *view, const uint8_t *pixels, int height, int width, int channels,
                   int size, real *x) {
    Plane plane;
    const double ratio_x = (double)width / size, ratio_y = (double)height / size;
    const double averaged_x = averaged_width(ratio_x), averaged_y = averaged_width(ratio_y);
    const real box_x = (real)sampled_width(ratio_x), box_y = (real)sampled_width(ratio_y);
    const int taps_x = box_taps(averaged_x), taps_y = box_taps(averaged_y);
    const int border = 2 * (taps_x > taps_y ? taps_x : taps_y) + 3;
    const double cosine = cos(view->angle), sine = sin(view->angle);
    for (int channel = 0; channel < channels; channel++) {
        plane_load(&plane, pixels + channel, height, width, channels, border);
        if (taps_x || taps_y) {
            plane_average(&plane, plane.cells[0], plane.cells[1], averaged_x, 1);
            plane_average(&plane, plane.cells[1], plane.cells[0], averaged_y, plane.stride);
        }
        for (int row = 0; row < size; row++) {
            // (u, v) lies in the view, seen from the middle of the moved image; turned back by the
            // angle and stretched it lies in the image.  y points down.
            const double u = 0.5 - 0.5 * size - view->dx, v = row + 0.5 - 0.5 * size - view->dy;
            const double middle_x = (u * cosine - v * sine) * ratio_x + 0.5 * width + border;
            const double middle_y = (u * sine + v * cosine) * ratio_y + 0.5 * height + border;
            const real left = (real)(middle_x - 0.5 * box_x), top = (real)(middle_y - 0.5 * box_y);
            const real x_step = (real)(cosine * ratio_x), y_step = (real)(sine * ratio_y);
            for (int column = 0; column < size; column++)
                x[(row * size + column) * channels + channel] =
                    plane_sample(&plane, left + (real)column * x_step, top + (real)column * y_step,
                                 box_x, box_y);
        }
    }
}

// --- Noise -------------------------------------------------------------------------------------

static void add_noise(Random *random, double deviation, int count, real *x) {
    // Four numbers of 16 bits: their sum has mean 4 * 65535 / 2 and variance 4 * (65536^2 - 1)
    // / 12.
    const real scale = (real)(deviation / sqrt((65536.0 * 65536.0 - 1) / 3));
    for (int i = 0; i < count; i++) {
        const uint64_t bits = random_bits(random);
        const int sum = (int)(bits & 0xffff) + (int)(bits >> 16 & 0xffff) +
                        (int)(bits >> 32 & 0xffff) + (int)(bits >> 48);
        x[i] += scale * (real)(sum - 131070);
    }
}

void view_render(const View *view, const uint8_t *pixels, int height, int width, int channels,
                 int size, Random *random, real *x) {
    assert(view_possible(height, width, size));
    if (view->angle == 0)
        average_areas(view, pixels, height, width, channels, size, x);
    else
        rotate(view, pixels, height, width, channels, size, x);
    if (view->noise > 0)
        add_noise(random, view->noise, size * size * channels, x);
}
