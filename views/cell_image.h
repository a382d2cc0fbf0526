// Pictures in cells: two samples, one above the other, become a half block in two colours where
// there are at least 16 of them, otherwise a character as dense as they are bright: blocks and
// their shades, or a ramp of ASCII.
#ifndef VIEWS_CELL_IMAGE_H
#define VIEWS_CELL_IMAGE_H

#include "views/cells.h"

// Each sample is one number, or three for MAP_COLOUR; one of the two may be NULL (no image there),
// not both.  NaN gives an 'x' in the ink of errors.
Cell cell_of_samples(const float *upper, const float *lower, ColourMap map, const CellStyle *style);

#endif
