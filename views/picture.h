// The PNG back end: draws a scene antialiased into an RGB picture and writes it with libpng.
// 8-bit RGB, no alpha, no time: the same scene and options give the same bytes.
#ifndef VIEWS_PICTURE_H
#define VIEWS_PICTURE_H

#include "engine/status.h"
#include "views/cells.h"
#include "views/scene.h"

#include <stdint.h>

enum { PICTURE_CELL_WIDTH = 8, PICTURE_CELL_HEIGHT = 16, PICTURE_MARGIN = 12 }; // pixels at scale 1

// A text chunk of the file: "run", "outer step", "tensor", "seed" ...  Latin-1 as PNG wants it;
// other characters become '?'.
typedef struct {
    const char *key; // 1 to 79 characters
    const char *text;
} PictureNote;

typedef struct {
    int scale; // 1 or 2
    Theme theme;
    const PictureNote *notes; // [note_count], or NULL
    int note_count;
} PictureOptions;

typedef struct {
    int width, height;
    uint8_t *pixels; // [height, width, 3]; owned
} Picture;

// Fails without memory, without the font sheet, or for a scene over 16,384 pixels in either
// direction.
bool picture_draw(Picture *picture, const Scene *scene, const PictureOptions *options,
                  Status *status);
void picture_clear(Picture *picture);

// Writes a PNG under a temporary name in the same folder, syncs and renames it.
bool picture_write(const Picture *picture, const char *path, const PictureOptions *options,
                   Status *status);

// Both: the scene into a file.
bool picture_export(const Scene *scene, const char *path, const PictureOptions *options,
                    Status *status);

#endif
