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
        return (uint16_t)(CELL_COLOUR + 36 * step_of(sample[0], 6) + 6 * step_of(sample[1], 6) +
                          step_of(sample[2], 6));
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

// The brighter the denser; the other way round on a light terminal.  The sign has a colour besides.
static Cell shade(const float *upper, const float *lower, ColourMap map, Theme theme) {
    static const char ramp[] = " .:-=+*#%@";
    double sum = 0;
    int count = 0;
    for (int i = 0; i < 2; i++) {
        const float *sample = i == 0 ? upper : lower;
        if (sample != NULL) {
            sum += image_brightness(sample, map);
            count++;
        }
    }
    double brightness = sum / count;
    int step = step_of(theme == THEME_LIGHT ? 1 - brightness : brightness, 10);
    Cell cell = {' ', INK_TEXT, CELL_DEFAULT, 0};
    cell.character = (uint32_t)ramp[step];
    cell.ink = map != MAP_DIVERGING || (step > 3 && step < 6) ? INK_TEXT
               : brightness > 0.5                             ? INK_CURVE_2
                                                              : INK_CURVE_1;
    return cell;
}

Cell cell_of_samples(const float *upper, const float *lower, ColourMap map,
                     const CellStyle *style) {
    assert(upper != NULL || lower != NULL);
    if ((upper != NULL && isnan(*upper)) || (lower != NULL && isnan(*lower))) {
        return (Cell){'x', INK_ERROR, CELL_DEFAULT, CELL_BOLD};
    }
    if (style->symbols >= SYMBOLS_BLOCK && style->colours == COLOURS_256) {
        return half_block(upper, lower, map);
    }
    return shade(upper, lower, map, style->theme);
}
