#include "views/cell_image.h"

#include <assert.h>
#include <math.h>
#include <stddef.h>

static int step_of(double share, int steps) {
    int step = (int)lround(fmin(fmax(share, 0), 1) * (steps - 1));
    return step;
}

static uint16_t image_colour(const float *sample, ColourMap map) {
    switch (map) {
    case MAP_GREY:
        return (uint16_t)(CELL_GREY + step_of(sample[0], CELL_GREY_STEPS));
    case MAP_DIVERGING:
        return (uint16_t)(CELL_DIVERGING + step_of((sample[0] + 1) / 2, CELL_DIVERGING_STEPS));
    default:
        return (uint16_t)(CELL_COLOUR +
                          CELL_COLOUR_STEPS * CELL_COLOUR_STEPS *
                              step_of(sample[0], CELL_COLOUR_STEPS) +
                          CELL_COLOUR_STEPS * step_of(sample[1], CELL_COLOUR_STEPS) +
                          step_of(sample[2], CELL_COLOUR_STEPS));
    }
}

// 0 .. 1, dark to light.
static double image_brightness(const float *sample, ColourMap map) {
    switch (map) {
    case MAP_GREY:
        return sample[0];
    case MAP_DIVERGING:
        return (sample[0] + 1) / 2;
    default:
        return 0.3 * sample[0] + 0.59 * sample[1] + 0.11 * sample[2];
    }
}

// Two samples, one above the other, as a half block in two colours.
static Cell half_block(const float *upper, const float *lower, ColourMap map) {
    Cell cell = {' ', INK_TEXT, CELL_DEFAULT, 0};
    if (upper == NULL) {
        cell.character = 0x2584;
        cell.ink = image_colour(lower, map);
        return cell;
    }
    cell.character = 0x2580;
    cell.ink = image_colour(upper, map);
    cell.paper = lower != NULL ? image_colour(lower, map) : CELL_DEFAULT;
    return cell;
}

// How dark the paper is that a brightness must stand out from: with few colours, the denser the
// brighter on a dark terminal, the denser the darker on a light one.
static double density_of(const float *sample, ColourMap map, Theme theme) {
    const double brightness = fmin(fmax(image_brightness(sample, map), 0), 1);
    return theme == THEME_LIGHT ? 1 - brightness : brightness;
}

// The sign of a diverging map has a colour besides, away from zero.
static uint16_t shade_ink(double brightness, ColourMap map) {
    const bool zero = fabs(brightness - 0.5) < 0.12;
    return map != MAP_DIVERGING || zero ? INK_TEXT : brightness > 0.5 ? INK_CURVE_2 : INK_CURVE_1;
}

// A character of a ramp for two samples, one above the other; with blocks, the half that is much
// denser is filled.
static Cell shade(const float *upper, const float *lower, ColourMap map, const CellStyle *style) {
    static const char ascii[] = " .:-=+*#%@";
    static const uint16_t blocks[] = {' ', 0x2591, 0x2592, 0x2593, 0x2588};
    upper = upper != NULL ? upper : lower;
    lower = lower != NULL ? lower : upper;
    const double above = density_of(upper, map, style->theme);
    const double below = density_of(lower, map, style->theme);
    const double brightness = (image_brightness(upper, map) + image_brightness(lower, map)) / 2;
    Cell cell = {' ', shade_ink(brightness, map), CELL_DEFAULT, 0};
    if (style->symbols == SYMBOLS_ASCII) {
        cell.character = (uint32_t)ascii[step_of((above + below) / 2, 10)];
    } else if (fabs(above - below) > 0.6) {
        cell.character = above > below ? 0x2580 : 0x2584;
        cell.ink = shade_ink(image_brightness(above > below ? upper : lower, map), map);
    } else {
        cell.character = blocks[step_of((above + below) / 2, 5)];
    }
    return cell;
}

Cell cell_of_samples(const float *upper, const float *lower, ColourMap map,
                     const CellStyle *style) {
    assert(upper != NULL || lower != NULL);
    if ((upper != NULL && isnan(*upper)) || (lower != NULL && isnan(*lower))) {
        return (Cell){'x', INK_ERROR, CELL_DEFAULT, CELL_BOLD};
    }
    if (style->symbols >= SYMBOLS_BLOCK && style->colours >= COLOURS_16) {
        return half_block(upper, lower, map);
    }
    return shade(upper, lower, map, style);
}
