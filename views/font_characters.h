// Which characters the font sheet holds, in which order, and where: shared by views/font.c, which
// reads the sheet, and assets/tool_font.c, which draws it.
//
// The sheet's rows hold FONT_ACROSS characters.  It has three bands: both small faces side by side
// (regular left, bold right, 8 x 16 pixels a character), the large regular face, the large bold
// face (16 x 32).
#ifndef VIEWS_FONT_CHARACTERS_H
#define VIEWS_FONT_CHARACTERS_H

#include <stdint.h>

enum {
    FONT_ACROSS = 16,
    FONT_SMALL_WIDTH = 8,
    FONT_SMALL_HEIGHT = 16,
};

// First and last of each range; ASCII first, so that any character of it is found at once.
static const uint32_t font_ranges[][2] = {
    {0x0020, 0x007e}, // ASCII
    {0x00a1, 0x00ff}, // Latin-1: names, degrees, plus-minus, times, micro
    {0x0391, 0x03a1}, {0x03a3, 0x03a9}, {0x03b1, 0x03c9}, {0x03d5, 0x03d5}, // Greek
    {0x2013, 0x2014}, {0x2018, 0x2019}, {0x201c, 0x201d}, {0x2022, 0x2022}, {0x2026, 0x2026},
    {0x2190, 0x2193}, {0x2212, 0x2212}, {0x221e, 0x221e}, {0x2248, 0x2248}, {0x2264, 0x2265},
};

enum { FONT_RANGES = sizeof font_ranges / sizeof *font_ranges };

static inline int font_character_count(void) {
    int count = 0;
    for (int i = 0; i < FONT_RANGES; i++) {
        count += (int)(font_ranges[i][1] - font_ranges[i][0]) + 1;
    }
    return count;
}

// The place of a character in the sheet, or -1.
static inline int font_character_index(uint32_t character) {
    int before = 0;
    for (int i = 0; i < FONT_RANGES; i++) {
        if (character >= font_ranges[i][0] && character <= font_ranges[i][1]) {
            return before + (int)(character - font_ranges[i][0]);
        }
        before += (int)(font_ranges[i][1] - font_ranges[i][0]) + 1;
    }
    return -1;
}

static inline int font_rows(void) {
    return (font_character_count() + FONT_ACROSS - 1) / FONT_ACROSS;
}

static inline int font_sheet_width(void) {
    return 2 * FONT_ACROSS * FONT_SMALL_WIDTH;
}

static inline int font_sheet_height(void) {
    return 5 * font_rows() * FONT_SMALL_HEIGHT;
}

// The upper left corner of a character's cell in the sheet.
static inline void font_cell(int index, int scale, int bold, int *x, int *y) {
    int column = index % FONT_ACROSS, row = index / FONT_ACROSS;
    int band = font_rows() * FONT_SMALL_HEIGHT; // height of the small band
    *x = column * FONT_SMALL_WIDTH * scale;
    *y = row * FONT_SMALL_HEIGHT * scale;
    if (scale == 1) {
        *x += bold ? FONT_ACROSS * FONT_SMALL_WIDTH : 0;
    } else {
        *y += bold ? 3 * band : band;
    }
}

#endif
