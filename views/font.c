#include "views/font.h"

#include "engine/assets.h"
#include "views/font_characters.h"

#include <png.h>
#include <stdlib.h>

bool font_init(Font *font, Status *status) {
    *font = (Font){0};
    const EmbeddedAsset *asset = asset_find("font.png");
    if (asset == NULL) {
        return status_fail(status, STATUS_FAILURE, "font.png is missing in this program");
    }
    png_image image = {.version = PNG_IMAGE_VERSION};
    if (!png_image_begin_read_from_memory(&image, asset->start, asset->size)) {
        return status_fail(status, STATUS_FAILURE, "font.png: %s", image.message);
    }
    if ((int)image.width != font_sheet_width() || (int)image.height != font_sheet_height()) {
        png_image_free(&image);
        return status_fail(status, STATUS_FAILURE,
                           "font.png: expected %d x %d pixels, found %u x %u", font_sheet_width(),
                           font_sheet_height(), image.width, image.height);
    }
    image.format = PNG_FORMAT_GRAY;
    font->coverage = malloc(PNG_IMAGE_SIZE(image));
    if (font->coverage == NULL) {
        png_image_free(&image);
        return status_fail(status, STATUS_FAILURE, "no memory for the font sheet");
    }
    if (!png_image_finish_read(&image, NULL, font->coverage, 0, NULL)) {
        font_clear(font);
        return status_fail(status, STATUS_FAILURE, "font.png: %s", image.message);
    }
    font->width = font_sheet_width();
    font->height = font_sheet_height();
    return true;
}

void font_clear(Font *font) {
    free(font->coverage);
    *font = (Font){0};
}

const uint8_t *font_glyph(const Font *font, uint32_t character, int scale, bool bold, int *stride) {
    int index = font_character_index(character), x, y;
    if (index < 0) {
        index = font_character_index('?');
    }
    font_cell(index, scale, bold, &x, &y);
    *stride = font->width;
    return font->coverage + (size_t)y * (size_t)font->width + (size_t)x;
}
