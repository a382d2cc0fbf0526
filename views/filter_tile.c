#include "views/filter_tile.h"

#include <math.h>
#include <stdlib.h>

// A cell is twice as high as wide, so a square weight of `magnification` cells across is half as
// many high.
Tiling filter_tiling(const FiltersView *filters, double magnification) {
    Tiling tiling = {filters->width * magnification, filters->height * magnification / 2, 0, 0, 1};
    bool whole = magnification == floor(magnification); // a terminal's tiles begin in whole cells
    tiling.step_x = whole ? ceil(tiling.width) + 1 : tiling.width + 0.5;
    tiling.step_y =
        whole ? ceil(tiling.height) + (filters->height % 2 == 0 ? 1 : 0.5) : tiling.height + 0.25;
    tiling.step_y = whole ? ceil(tiling.step_y) : tiling.step_y;
    tiling.top = whole ? 1 : 1.5;
    return tiling;
}

float *filter_tile_samples(const FiltersView *filters) {
    return malloc((size_t)filters->height * (size_t)filters->width * (size_t)filters->channels *
                  sizeof(float));
}

// samples [height, width, channels] of one unit, in the range of its colour map.
static void normalise(const FiltersView *filters, int unit, float *samples) {
    int count = filters->height * filters->width * filters->channels;
    float largest = 0;
    for (int i = 0; i < count; i++) {
        float weight = filters->weights[(size_t)i * (size_t)filters->units + (size_t)unit];
        samples[i] = weight;
        largest = isfinite(weight) ? fmaxf(largest, fabsf(weight)) : largest;
    }
    for (int i = 0; i < count; i++) {
        float value = largest > 0 ? samples[i] / largest : 0;
        const bool from_zero = filters->channels == 3 || filters->grey;
        samples[i] = isnan(samples[i]) ? NAN : from_zero ? 0.5f + 0.5f * value : value;
    }
}

void filter_tile(Scene *scene, const FiltersView *filters, int unit, double x, double y,
                 Tiling tiling, float *samples) {
    ColourMap map = filters->channels == 3 ? MAP_COLOUR : filters->grey ? MAP_GREY : MAP_DIVERGING;
    normalise(filters, unit, samples);
    scene_image(scene, (Box){x, y, x + tiling.width, y + tiling.height}, map, filters->height,
                filters->width, samples);
}
