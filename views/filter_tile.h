// One receptive field as a tile: a unit's column of first-layer weights in image order, divided by
// its own largest magnitude, so that zero is always the middle of the colour map.  Used by the
// sheet of filters and the filmstrip.
#ifndef VIEWS_FILTER_TILE_H
#define VIEWS_FILTER_TILE_H

#include "engine/snapshot.h"
#include "views/scene.h"

typedef struct {
    double width, height;  // of a tile, without the gap
    double step_x, step_y; // from tile to tile
    double top;            // of the first row, below the heading
} Tiling;

// magnification: cells per weight across.
Tiling filter_tiling(const FiltersView *filters, double magnification);

// Room for the samples of one tile, or NULL; free gives it back.
float *filter_tile_samples(const FiltersView *filters);

// The tile of a unit with its corner at (x, y).
void filter_tile(Scene *scene, const FiltersView *filters, int unit, double x, double y,
                 Tiling tiling, float *samples);

#endif
