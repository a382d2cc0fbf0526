// Pictures in cells: two samples, one above the other, become a half block in two colours where
// there are 256 of them, otherwise a character as dense as they are bright.
#ifndef VIEWS_CELL_IMAGE_H
#define VIEWS_CELL_IMAGE_H

#include "views/cells.h"

// Each sample is one number, or three for MAP_COLOUR; one of the two may be NULL (no image there),
// not both.  NaN gives an 'x' in the ink of errors.
Cell cell_of_samples(const float *upper, const float *lower, ColourMap map, const CellStyle *style);

#endif
