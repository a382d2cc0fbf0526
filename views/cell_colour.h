// The colours of a terminal: what a cell's ink or paper is at each number of colours, on dark and
// on light terminals.
#ifndef VIEWS_CELL_COLOUR_H
#define VIEWS_CELL_COLOUR_H

#include "views/cells.h"

// The number of the colour, or with COLOURS_DIRECT its red, green and blue as 0xrrggbb; -1: the
// terminal's own.  code: an Ink, CELL_DEFAULT or a colour of pictures.
int cell_colour(const CellStyle *style, int code, bool dim);

// CELL_BOLD and CELL_DIM that an ink has where colours are too few for its tone.
int cell_attributes(const CellStyle *style, Ink ink, bool dim);

#endif
