// Draws the font sheet assets/font.png from two TrueType files (see FONT.md):
//     tool_font REGULAR.ttf BOLD.ttf assets/font.png
#include "views/font_characters.h"

#include <png.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STB_TRUETYPE_IMPLEMENTATION
#define STBTT_STATIC
#include <stb_truetype.h>

typedef struct {
    int width, height;
    unsigned char *coverage;
} Sheet;

static unsigned char *read_file(const char *path) {
    FILE *file = fopen(path, "rb");
    unsigned char *bytes = NULL;
    long size = -1;
    if (file != NULL && fseek(file, 0, SEEK_END) == 0 && (size = ftell(file)) > 0) {
        rewind(file);
        bytes = malloc((size_t)size);
        if (bytes != NULL && fread(bytes, 1, (size_t)size, file) != (size_t)size) {
            free(bytes);
            bytes = NULL;
        }
    }
    if (file != NULL) {
        fclose(file);
    }
    if (bytes == NULL) {
        fprintf(stderr, "%s: cannot be read\n", path);
    }
    return bytes;
}

// One character into its cell.  The em is chosen so that the advance fills the cell's width, and
// the baseline stands at three quarters of its height.
static void draw_character(Sheet *sheet, const stbtt_fontinfo *font, uint32_t character, int index,
                           int scale, int bold) {
    int width = FONT_SMALL_WIDTH * scale, height = FONT_SMALL_HEIGHT * scale;
    int advance, bearing, x0, y0, x1, y1, cell_x, cell_y;
    stbtt_GetCodepointHMetrics(font, (int)character, &advance, &bearing);
    float size = (float)width / (float)advance;
    stbtt_GetCodepointBitmapBox(font, (int)character, size, size, &x0, &y0, &x1, &y1);
    if (x1 <= x0 || y1 <= y0) {
        return; // the space
    }
    unsigned char *bitmap = calloc((size_t)(x1 - x0), (size_t)(y1 - y0));
    if (bitmap == NULL) {
        return;
    }
    stbtt_MakeCodepointBitmap(font, bitmap, x1 - x0, y1 - y0, x1 - x0, size, size, (int)character);
    font_cell(index, scale, bold, &cell_x, &cell_y);
    for (int y = 0; y < y1 - y0; y++) {
        for (int x = 0; x < x1 - x0; x++) {
            int in_x = x0 + x, in_y = height * 3 / 4 + y0 + y;
            if (in_x >= 0 && in_x < width && in_y >= 0 && in_y < height) {
                sheet->coverage[(cell_y + in_y) * sheet->width + cell_x + in_x] =
                    bitmap[y * (x1 - x0) + x];
            }
        }
    }
    free(bitmap);
}

static int draw_face(Sheet *sheet, const char *path, int bold) {
    stbtt_fontinfo font;
    unsigned char *bytes = read_file(path);
    if (bytes == NULL || !stbtt_InitFont(&font, bytes, stbtt_GetFontOffsetForIndex(bytes, 0))) {
        free(bytes);
        return 0;
    }
    int missing = 0;
    for (int i = 0; i < FONT_RANGES; i++) {
        for (uint32_t character = font_ranges[i][0]; character <= font_ranges[i][1]; character++) {
            if (stbtt_FindGlyphIndex(&font, (int)character) == 0) {
                fprintf(stderr, "%s: has no U+%04X\n", path, (unsigned)character);
                missing++;
            }
            for (int scale = 1; scale <= 2; scale++) {
                draw_character(sheet, &font, character, font_character_index(character), scale,
                               bold);
            }
        }
    }
    free(bytes);
    return missing == 0;
}

int main(int count, char **arguments) {
    if (count != 4) {
        fprintf(stderr, "usage: tool_font REGULAR.ttf BOLD.ttf OUT.png\n");
        return 2;
    }
    Sheet sheet = {font_sheet_width(), font_sheet_height(), NULL};
    sheet.coverage = calloc((size_t)sheet.width, (size_t)sheet.height);
    if (sheet.coverage == NULL || !draw_face(&sheet, arguments[1], 0) ||
        !draw_face(&sheet, arguments[2], 1)) {
        return 1;
    }
    png_image image = {.version = PNG_IMAGE_VERSION,
                       .width = (png_uint_32)sheet.width,
                       .height = (png_uint_32)sheet.height,
                       .format = PNG_FORMAT_GRAY};
    if (!png_image_write_to_file(&image, arguments[3], 0, sheet.coverage, 0, NULL)) {
        fprintf(stderr, "%s: %s\n", arguments[3], image.message);
        return 1;
    }
    free(sheet.coverage);
    return 0;
}
