// The colours of pictures.  Curves follow Okabe and Ito's set, which people with any kind of colour
// vision can tell apart, darkened or lightened for the paper.
#ifndef VIEWS_PALETTE_H
#define VIEWS_PALETTE_H

#include "views/cells.h"
#include "views/raster.h"

Colour palette_paper(Theme theme);
Colour palette_ink(Ink ink, Theme theme);

// sample: one number, or three for MAP_COLOUR, in the range of the map; NaN gives the ink of
// errors.
Colour palette_map(const float *sample, ColourMap map, Theme theme);

#endif
