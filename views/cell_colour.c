#include "views/cell_colour.h"

#include "views/palette.h"

// The basic eight, in the order of every terminal.
enum { BLACK, RED, GREEN, YELLOW, BLUE, MAGENTA, CYAN, WHITE, BRIGHT };

// A meaning's colours: of 256, on dark and on light terminals, normal and dim; of the basic eight.
// -1 is the terminal's own foreground.
typedef struct {
    short dark, dark_dim, light, light_dim;
    short basic;
    int attributes; // besides colour
} InkColours;

static const InkColours ink_colours[INK_COUNT] = {
    [INK_TEXT] = {-1, 245, -1, 243, -1, 0},
    [INK_DIM] = {245, 241, 242, 247, -1, CELL_DIM},
    [INK_TITLE] = {-1, 245, -1, 243, -1, 0},
    [INK_AXIS] = {242, 239, 247, 251, -1, CELL_DIM},
    [INK_GRID] = {237, 236, 253, 254, -1, CELL_DIM},
    [INK_CURVE_1] = {75, 24, 25, 110, CYAN, 0},
    [INK_CURVE_2] = {214, 94, 166, 180, YELLOW, 0},
    [INK_CURVE_3] = {43, 23, 29, 115, GREEN, 0},
    [INK_CURVE_4] = {176, 96, 126, 182, MAGENTA, 0},
    [INK_CURVE_5] = {185, 100, 94, 186, RED, 0},
    [INK_CURVE_6] = {141, 61, 61, 146, BLUE, 0},
    [INK_CLASS_1] = {75, 24, 25, 110, CYAN, 0},
    [INK_CLASS_2] = {214, 94, 166, 180, YELLOW, 0},
    [INK_CLASS_3] = {43, 23, 29, 115, GREEN, 0},
    [INK_CLASS_4] = {176, 96, 126, 182, MAGENTA, 0},
    [INK_CLASS_5] = {185, 100, 94, 186, YELLOW, CELL_BOLD},
    [INK_CLASS_6] = {141, 61, 61, 146, BLUE, 0},
    [INK_CLASS_7] = {203, 131, 124, 174, RED, 0},
    [INK_CLASS_8] = {87, 30, 31, 116, CYAN, CELL_BOLD},
    [INK_CLASS_9] = {180, 95, 52, 137, RED, CELL_BOLD},
    [INK_CLASS_10] = {253, 242, 239, 248, -1, 0},
    [INK_GOOD] = {78, 29, 28, 114, GREEN, 0},
    [INK_WARNING] = {214, 94, 130, 180, YELLOW, 0},
    [INK_ERROR] = {203, 131, 124, 174, RED, 0},
    [INK_FOCUS] = {81, 31, 26, 74, CYAN, 0},
    [INK_KEY] = {81, 31, 26, 74, CYAN, 0},
};

// The diverging map in the colour cube: blue, over black or white, to orange; and in the basic
// sixteen.
enum { TONES_OF_256 = 17, TONES_OF_16 = 7, GREYS_OF_16 = 4 };
static const short diverging[2][TONES_OF_256] = {
    [THEME_DARK] = {117, 75, 74, 67, 31, 25, 24, 234, 232, 234, 58, 94, 130, 136, 172, 208, 215},
    [THEME_LIGHT] = {18, 19, 25, 26, 32, 74, 110, 152, 231, 224, 223, 216, 215, 208, 172, 166, 130},
};
static const short diverging_of_16[2][TONES_OF_16] = {
    [THEME_DARK] = {BRIGHT + CYAN, BRIGHT + BLUE, BLUE, BLACK, RED, YELLOW, BRIGHT + YELLOW},
    [THEME_LIGHT] = {BLUE, BRIGHT + BLUE, BRIGHT + CYAN, BRIGHT + WHITE, BRIGHT + YELLOW, YELLOW,
                     RED},
};
static const short greys_of_16[GREYS_OF_16] = {BLACK, BRIGHT + BLACK, WHITE, BRIGHT + WHITE};

// Step 0 .. steps - 1 as one of fewer tones.
static int tone(int step, int steps, int tones) {
    return (step * (tones - 1) * 2 + steps - 1) / ((steps - 1) * 2);
}

static int from_colour(Colour colour) {
    const int value = colour.red << 16 | colour.green << 8 | colour.blue;
    // Terminals with direct colours take the first numbers for those of their palette.
    return value < 256 ? value | 0x000100 : value;
}

// What number n of 256 looks like by default.
static int direct_of_256(int n) {
    static const uint8_t levels[] = {0, 95, 135, 175, 215, 255};
    if (n >= 232) {
        const uint8_t grey = (uint8_t)(8 + 10 * (n - 232));
        return from_colour((Colour){grey, grey, grey});
    }
    n -= 16;
    return from_colour((Colour){levels[n / 36], levels[n / 6 % 6], levels[n % 6]});
}

// The red, green and blue of a colour, each 0 .. CELL_COLOUR_STEPS - 1.
static void parts_of(int code, int part[3]) {
    code -= CELL_COLOUR;
    part[0] = code / (CELL_COLOUR_STEPS * CELL_COLOUR_STEPS);
    part[1] = code / CELL_COLOUR_STEPS % CELL_COLOUR_STEPS;
    part[2] = code % CELL_COLOUR_STEPS;
}

// A colour of pictures as red, green and blue.
static int direct_picture(const CellStyle *style, int code) {
    float sample[3];
    if (code < CELL_GREY) {
        sample[0] = 2.0f * (float)(code - CELL_DIVERGING) / (CELL_DIVERGING_STEPS - 1) - 1;
        return from_colour(palette_map(sample, MAP_DIVERGING, style->theme));
    }
    if (code < CELL_COLOUR) {
        sample[0] = (float)(code - CELL_GREY) / (CELL_GREY_STEPS - 1);
        return from_colour(palette_map(sample, MAP_GREY, style->theme));
    }
    int part[3];
    parts_of(code, part);
    for (int i = 0; i < 3; i++) {
        sample[i] = (float)part[i] / (CELL_COLOUR_STEPS - 1);
    }
    return from_colour(palette_map(sample, MAP_COLOUR, style->theme));
}

// Red, green and blue as one of the basic sixteen: which are strong, and whether one is very
// strong.
static int basic_of(const int part[3]) {
    int colour = 0, most = 0;
    for (int i = 0; i < 3; i++) {
        most = part[i] > most ? part[i] : most;
    }
    for (int i = 0; i < 3; i++) {
        colour |= part[i] * 3 >= most * 2 && most > 1 ? 1 << i : 0; // red is the lowest bit
    }
    const bool bright = most * 4 > (CELL_COLOUR_STEPS - 1) * 3;
    return colour + (bright || (colour == 0 && most > 0) ? BRIGHT : 0);
}

static int picture_colour(const CellStyle *style, int code) {
    const bool light = style->theme == THEME_LIGHT, tones = style->colours >= COLOURS_256;
    if (style->colours == COLOURS_DIRECT) {
        return direct_picture(style, code);
    }
    if (code < CELL_GREY) {
        const int step = code - CELL_DIVERGING;
        return tones ? diverging[light][tone(step, CELL_DIVERGING_STEPS, TONES_OF_256)]
                     : diverging_of_16[light][tone(step, CELL_DIVERGING_STEPS, TONES_OF_16)];
    }
    if (code < CELL_COLOUR) {
        const int step = code - CELL_GREY;
        return tones ? 232 + tone(step, CELL_GREY_STEPS, 24)
                     : greys_of_16[tone(step, CELL_GREY_STEPS, GREYS_OF_16)];
    }
    int part[3];
    parts_of(code, part);
    return !tones
               ? basic_of(part)
               : 16 + 36 * tone(part[0], CELL_COLOUR_STEPS, 6) +
                     6 * tone(part[1], CELL_COLOUR_STEPS, 6) + tone(part[2], CELL_COLOUR_STEPS, 6);
}

int cell_colour(const CellStyle *style, int code, bool dim) {
    if (code == CELL_DEFAULT || style->colours == COLOURS_MONO) {
        return -1;
    }
    if (code >= CELL_DIVERGING) {
        return picture_colour(style, code);
    }
    const InkColours *colours = &ink_colours[code];
    const bool light = style->theme == THEME_LIGHT;
    if (style->colours < COLOURS_256) {
        const bool bright = style->colours == COLOURS_16 && !light && !dim;
        return colours->basic >= 0 && bright ? colours->basic + BRIGHT : colours->basic;
    }
    const int number = light ? dim ? colours->light_dim : colours->light
                       : dim ? colours->dark_dim
                             : colours->dark;
    return number >= 0 && style->colours == COLOURS_DIRECT ? direct_of_256(number) : number;
}

int cell_attributes(const CellStyle *style, Ink ink, bool dim) {
    if (style->colours >= COLOURS_256) { // there, dim is a colour
        return 0;
    }
    return ink_colours[ink].attributes | (dim ? CELL_DIM : 0);
}
