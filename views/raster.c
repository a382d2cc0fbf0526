#include "views/raster.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void forget_coverage(Raster *raster) {
    raster->x0 = raster->width;
    raster->y0 = raster->height;
    raster->x1 = raster->y1 = 0;
}

bool raster_init(Raster *raster, int width, int height, Colour paper) {
    size_t count = (size_t)width * (size_t)height;
    *raster = (Raster){.width = width, .height = height, .clip = {0, 0, width, height}};
    raster->pixels = malloc(count * 3);
    raster->coverage = calloc(count, sizeof *raster->coverage);
    if (raster->pixels == NULL || raster->coverage == NULL) {
        raster_clear(raster);
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        memcpy(raster->pixels + 3 * i, &(uint8_t[3]){paper.red, paper.green, paper.blue}, 3);
    }
    forget_coverage(raster);
    return true;
}

void raster_clear(Raster *raster) {
    free(raster->pixels);
    free(raster->coverage);
    *raster = (Raster){0};
}

typedef struct {
    int x0, y0, x1, y1; // the pixels x0 <= x < x1
} Pixels;

// The pixels that a shape inside box can touch; marks them as gathered.
static Pixels pixels_of(Raster *raster, Box box) {
    Pixels pixels = {(int)floor(fmax(fmax(box.x0, raster->clip.x0), 0)),
                     (int)floor(fmax(fmax(box.y0, raster->clip.y0), 0)),
                     (int)ceil(fmin(fmin(box.x1, raster->clip.x1), raster->width)),
                     (int)ceil(fmin(fmin(box.y1, raster->clip.y1), raster->height))};
    if (pixels.x0 < pixels.x1 && pixels.y0 < pixels.y1) {
        raster->x0 = pixels.x0 < raster->x0 ? pixels.x0 : raster->x0;
        raster->y0 = pixels.y0 < raster->y0 ? pixels.y0 : raster->y0;
        raster->x1 = pixels.x1 > raster->x1 ? pixels.x1 : raster->x1;
        raster->y1 = pixels.y1 > raster->y1 ? pixels.y1 : raster->y1;
    }
    return pixels;
}

static void cover(Raster *raster, int x, int y, double coverage) {
    float *here = &raster->coverage[(size_t)y * (size_t)raster->width + (size_t)x];
    if (coverage > (double)*here) {
        *here = (float)fmin(coverage, 1);
    }
}

static double distance_to_segment(Point p, Point a, Point b) {
    double dx = b.x - a.x, dy = b.y - a.y, length = dx * dx + dy * dy;
    double share = length > 0 ? ((p.x - a.x) * dx + (p.y - a.y) * dy) / length : 0;
    share = fmin(fmax(share, 0), 1);
    double x = p.x - a.x - share * dx, y = p.y - a.y - share * dy;
    return sqrt(x * x + y * y);
}

void raster_stroke(Raster *raster, Point a, Point b, double half_width) {
    double reach = half_width + 1;
    Pixels pixels = pixels_of(raster, (Box){fmin(a.x, b.x) - reach, fmin(a.y, b.y) - reach,
                                            fmax(a.x, b.x) + reach, fmax(a.y, b.y) + reach});
    for (int y = pixels.y0; y < pixels.y1; y++) {
        for (int x = pixels.x0; x < pixels.x1; x++) {
            double distance = distance_to_segment((Point){x + 0.5, y + 0.5}, a, b);
            cover(raster, x, y, half_width + 0.5 - distance);
        }
    }
}

void raster_disc(Raster *raster, Point centre, double radius) {
    raster_stroke(raster, centre, centre, radius);
}

// How far p lies on the inner side of the edge a-b, inside being on its left.
static double inside_edge(Point p, Point a, Point b) {
    double dx = b.x - a.x, dy = b.y - a.y;
    return ((p.y - a.y) * dx - (p.x - a.x) * dy) / sqrt(dx * dx + dy * dy);
}

void raster_triangle(Raster *raster, Point a, Point b, Point c) {
    if ((c.y - a.y) * (b.x - a.x) < (c.x - a.x) * (b.y - a.y)) {
        Point swapped = b;
        b = c;
        c = swapped;
    }
    Pixels pixels =
        pixels_of(raster, (Box){fmin(a.x, fmin(b.x, c.x)) - 1, fmin(a.y, fmin(b.y, c.y)) - 1,
                                fmax(a.x, fmax(b.x, c.x)) + 1, fmax(a.y, fmax(b.y, c.y)) + 1});
    for (int y = pixels.y0; y < pixels.y1; y++) {
        for (int x = pixels.x0; x < pixels.x1; x++) {
            Point p = {x + 0.5, y + 0.5};
            double inside =
                fmin(inside_edge(p, a, b), fmin(inside_edge(p, b, c), inside_edge(p, c, a)));
            cover(raster, x, y, inside + 0.5);
        }
    }
}

static double overlap(double start, double end, int at) {
    return fmax(fmin(end, at + 1) - fmax(start, at), 0);
}

void raster_box(Raster *raster, Box box) {
    Pixels pixels = pixels_of(raster, box);
    for (int y = pixels.y0; y < pixels.y1; y++) {
        for (int x = pixels.x0; x < pixels.x1; x++) {
            cover(raster, x, y, overlap(box.x0, box.x1, x) * overlap(box.y0, box.y1, y));
        }
    }
}

void raster_glyph(Raster *raster, int x, int y, const uint8_t *glyph, int width, int height,
                  int stride) {
    Pixels pixels = pixels_of(raster, (Box){x, y, x + width, y + height});
    for (int row = pixels.y0; row < pixels.y1; row++) {
        for (int column = pixels.x0; column < pixels.x1; column++) {
            cover(raster, column, row, glyph[(row - y) * stride + column - x] / 255.0);
        }
    }
}

static uint8_t blend(uint8_t below, uint8_t above, double alpha) {
    return (uint8_t)(below + (above - below) * alpha + 0.5);
}

void raster_ink(Raster *raster, Colour colour, double alpha) {
    for (int y = raster->y0; y < raster->y1; y++) {
        for (int x = raster->x0; x < raster->x1; x++) {
            size_t at = (size_t)y * (size_t)raster->width + (size_t)x;
            double share = (double)raster->coverage[at] * alpha;
            if (share > 0) {
                uint8_t *pixel = raster->pixels + 3 * at;
                pixel[0] = blend(pixel[0], colour.red, share);
                pixel[1] = blend(pixel[1], colour.green, share);
                pixel[2] = blend(pixel[2], colour.blue, share);
            }
            raster->coverage[at] = 0;
        }
    }
    forget_coverage(raster);
}

void raster_pixel(Raster *raster, int x, int y, Colour colour) {
    if (x < fmax(raster->clip.x0, 0) || y < fmax(raster->clip.y0, 0) ||
        x + 1 > fmin(raster->clip.x1, raster->width) ||
        y + 1 > fmin(raster->clip.y1, raster->height)) {
        return;
    }
    uint8_t *pixel = raster->pixels + 3 * ((size_t)y * (size_t)raster->width + (size_t)x);
    pixel[0] = colour.red;
    pixel[1] = colour.green;
    pixel[2] = colour.blue;
}
