// A view of an image: what a base model sees of an example, rotated, shifted, brought to the size
// of the task and made noisy (the augmentation of spec 5).
//
// Sampling is honest about areas.  Without rotation a pixel of the view is the mean of the
// rectangle that it covers, exact for fractions too.  With rotation it is the mean of a square of
// the same area that stays upright, so neighbours overlap or leave gaps a little: up to a shrinking
// by two, a lone pixel of the image is seen with its own light within 30%, and strokes much better.
// Outside of the image is black.  Nothing is allocated.
#ifndef ENGINE_DATA_VIEW_H
#define ENGINE_DATA_VIEW_H

#include "engine/random.h"
#include "engine/real.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    VIEW_SIDE = 64,  // greatest height and width of image and view; resize larger images before
    VIEW_SHRINK = 8, // an image is at most so many times as high or wide as the view
};

typedef struct {
    double angle; // radians, counter-clockwise as seen, about the centre
    double dx;    // then moved to the right, in pixels of the view
    double dy;    // and down
    double noise; // standard deviation of what is added at the end, of full scale 1
} View;

// Whether an image of this size can be seen at this size.
bool view_possible(int height, int width, int size);

// x [size, size, channels] <- the view of pixels [height, width, channels]; black is 0, white is 1.
// A View of zeros of an image that has the size already gives its pixels exactly (byte / 255).
// Noise is the sum of four uniform numbers, which has the variance and nearly the shape of a normal
// one and ends at 3.5 standard deviations.  It has mean zero because nothing is clipped: pixels may
// leave 0 .. 1.  random is used for noise only.
void view_render(const View *view, const uint8_t *pixels, int height, int width, int channels,
                 int size, Random *random, real *x);

#endif
