#include "views/palette.h"

#include <math.h>

static const Colour papers[] = {
    [THEME_DARK] = {0x14, 0x17, 0x1c}, [THEME_LIGHT] = {0xff, 0xff, 0xff}};

// [THEME_DARK, THEME_LIGHT]
static const Colour inks[INK_COUNT][2] = {
    [INK_TEXT] = {{0xe2, 0xe6, 0xea}, {0x24, 0x29, 0x2f}},
    [INK_DIM] = {{0x98, 0xa2, 0xae}, {0x5f, 0x68, 0x74}},
    [INK_TITLE] = {{0xff, 0xff, 0xff}, {0x10, 0x14, 0x18}},
    [INK_AXIS] = {{0x74, 0x7e, 0x8a}, {0x86, 0x8e, 0x98}},
    [INK_GRID] = {{0x27, 0x2c, 0x34}, {0xe8, 0xeb, 0xee}},
    [INK_CURVE_1] = {{0x56, 0xb4, 0xe9}, {0x00, 0x72, 0xb2}},
    [INK_CURVE_2] = {{0xf0, 0xa0, 0x30}, {0xd5, 0x6a, 0x00}},
    [INK_CURVE_3] = {{0x2f, 0xc9, 0x9b}, {0x00, 0x8a, 0x64}},
    [INK_CURVE_4] = {{0xe0, 0x90, 0xc6}, {0xb0, 0x4a, 0x8c}},
    [INK_CURVE_5] = {{0xf0, 0xe4, 0x60}, {0x8a, 0x76, 0x00}},
    [INK_CURVE_6] = {{0xb3, 0xa4, 0xf5}, {0x5b, 0x4b, 0xb8}},
    [INK_GOOD] = {{0x4c, 0xd3, 0xa0}, {0x00, 0x7a, 0x4d}},
    [INK_WARNING] = {{0xf0, 0xb4, 0x29}, {0xa8, 0x5a, 0x00}},
    [INK_ERROR] = {{0xff, 0x6f, 0x6f}, {0xc1, 0x12, 0x1f}},
    [INK_FOCUS] = {{0x8c, 0xc8, 0xff}, {0x00, 0x50, 0xb3}},
    [INK_KEY] = {{0x8c, 0xc8, 0xff}, {0x00, 0x50, 0xb3}},
};

// Blue over the paper's own neutral to orange; the neutral is near the paper, so that zero recedes.
static const Colour low_ends[] = {
    [THEME_DARK] = {0x5c, 0xb8, 0xff}, [THEME_LIGHT] = {0x1b, 0x5f, 0xa8}};
static const Colour middles[] = {
    [THEME_DARK] = {0x1f, 0x22, 0x27}, [THEME_LIGHT] = {0xf7, 0xf7, 0xf5}};
static const Colour high_ends[] = {
    [THEME_DARK] = {0xff, 0xa0, 0x40}, [THEME_LIGHT] = {0xc2, 0x4a, 0x06}};

Colour palette_paper(Theme theme) {
    return papers[theme];
}

Colour palette_ink(Ink ink, Theme theme) {
    return inks[ink][theme == THEME_LIGHT];
}

static uint8_t between(uint8_t from, uint8_t to, double share) {
    return (uint8_t)lround(from + (to - from) * share);
}

static Colour mixed(Colour from, Colour to, double share) {
    return (Colour){between(from.red, to.red, share), between(from.green, to.green, share),
                    between(from.blue, to.blue, share)};
}

static uint8_t level(float share) {
    return (uint8_t)lround(255 * fmin(fmax((double)share, 0), 1));
}

Colour palette_map(const float *sample, ColourMap map, Theme theme) {
    if (isnan(sample[0])) {
        return palette_ink(INK_ERROR, theme);
    }
    if (map == MAP_COLOUR) {
        return (Colour){level(sample[0]), level(sample[1]), level(sample[2])};
    }
    if (map == MAP_GREY) {
        return (Colour){level(sample[0]), level(sample[0]), level(sample[0])};
    }
    double share = fmin(fmax((double)sample[0], -1), 1);
    return mixed(middles[theme], share < 0 ? low_ends[theme] : high_ends[theme], fabs(share));
}
