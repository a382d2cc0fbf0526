// The embedded font: assets/font.png, an 8-bit grey sheet of fixed cells (see assets/FONT.md).
// Each character stands four times: regular and bold, at 8 x 16 and at 16 x 32 pixels.
#ifndef VIEWS_FONT_H
#define VIEWS_FONT_H

#include "engine/status.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct {
    int width, height; // of the sheet
    uint8_t *coverage; // [height, width], 255 = ink; owned
} Font;

// Reads the sheet from the program itself.
bool font_init(Font *font, Status *status);
void font_clear(Font *font);

// The coverage of one character at scale 1 or 2: *stride bytes from row to row, 8 * scale wide and
// 16 * scale high.  Characters that the sheet lacks come as '?'.
const uint8_t *font_glyph(const Font *font, uint32_t character, int scale, bool bold, int *stride);

#endif
