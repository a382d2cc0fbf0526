// The embedded glyph atlas as data sets: characters in many faces, one example for each cell.
//
// The atlas is a picture (assets/glyphs.png, 8-bit grey, one row of square cells for each class,
// one column for each face) and a text that names its rows and columns (assets/glyphs.txt):
//
//     glyphs 1 cell 20 classes 257 faces 136        version, pixels of a cell, rows, columns
//     face training dejavu DejaVuSans               136 lines: part, lineage, name
//     class held-out U+0042 LATIN CAPITAL LETTER B  257 lines: part, code point, name
//     missing 12 40                                 after a class: faces (from 0) without it
//
// The parts are fixed when the atlas is made (assets/GLYPHS.md says how): training is the training
// classes in the training faces, held-out the other classes in the other faces, so the two share
// neither a character nor a design.
#ifndef ENGINE_DATA_GLYPHS_H
#define ENGINE_DATA_GLYPHS_H

#include "engine/data/dataset.h"
#include "engine/status.h"

#include <stddef.h>

typedef enum { GLYPHS_TRAINING, GLYPHS_HELD_OUT } GlyphsPart;

// Decodes the atlas and makes an indexed data set of one part; classes keep the order of the atlas,
// and examples lie class by class in the order of the faces.  Neither block is kept.
// Errors name line or picture, what was expected and what was found.
bool glyphs_init(Dataset *dataset, GlyphsPart part, const void *png, size_t png_size,
                 const void *text, size_t text_size, Status *status);

#endif
