// An RGB picture to draw on, antialiased.  Coordinates are pixels, (0, 0) the upper left corner of
// the upper left pixel.  A shape's coverage is gathered first and laid over the picture once, so
// that the joints of a line are no darker than the line.  Everything outside the clip is left
// alone.
#ifndef VIEWS_RASTER_H
#define VIEWS_RASTER_H

#include "views/scene.h"

#include <stdint.h>

typedef struct {
    uint8_t red, green, blue;
} Colour;

typedef struct {
    int width, height;
    uint8_t *pixels;    // [height, width, 3]; owned
    float *coverage;    // [height, width], 0 between shapes; owned
    Box clip;           // of the shapes that follow, in pixels
    int x0, y0, x1, y1; // the part of coverage that is not 0
} Raster;

// A picture of one colour.  False without memory.
bool raster_init(Raster *raster, int width, int height, Colour paper);
void raster_clear(Raster *raster);

// Gather coverage: a stroke of the given half width with round ends; a disc; a triangle; a box.
// Coordinates are finite.  Where shapes overlap before raster_ink, the greater coverage counts.
void raster_stroke(Raster *raster, Point a, Point b, double half_width);
void raster_disc(Raster *raster, Point centre, double radius);
void raster_triangle(Raster *raster, Point a, Point b, Point c);
void raster_box(Raster *raster, Box box);
// glyph [height, stride], 255 = covered; (x, y) is its upper left corner.
void raster_glyph(Raster *raster, int x, int y, const uint8_t *glyph, int width, int height,
                  int stride);

// Lays ink over the picture where something was gathered; alpha in [0, 1].
void raster_ink(Raster *raster, Colour colour, double alpha);

// One opaque pixel, if it is inside the clip.
void raster_pixel(Raster *raster, int x, int y, Colour colour);

#endif
