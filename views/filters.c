// First-layer receptive fields as a sheet of tiles.  A tile is one unit's column of W_1, put back
// in image order and divided by its own largest magnitude, so that zero is always the middle of the
// colour map.
#include "views/figure.h"

#include "views/text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct {
    double width, height;  // of a tile, without the gap
    double step_x, step_y; // from tile to tile
    double top;            // of the first row, below the heading
} Tiling;

// A cell is twice as high as wide, so a square weight of `magnification` cells across is half as
// many high.
static Tiling tiling_of(const FiltersView *filters, double magnification) {
    Tiling tiling = {filters->width * magnification, filters->height * magnification / 2, 0, 0, 1};
    bool whole = magnification == floor(magnification); // a terminal's tiles begin in whole cells
    tiling.step_x = whole ? ceil(tiling.width) + 1 : tiling.width + 0.5;
    tiling.step_y =
        whole ? ceil(tiling.height) + (filters->height % 2 == 0 ? 1 : 0.5) : tiling.height + 0.25;
    tiling.step_y = whole ? ceil(tiling.step_y) : tiling.step_y;
    tiling.top = whole ? 1 : 1.5;
    return tiling;
}

// About twice as many as stand below each other, in full rows if a number nearby allows it.
static int tiles_across(int units) {
    int across = (int)ceil(sqrt(units * 2.0));
    for (int more = 0; more <= across / 2; more++) {
        if (units % (across + more) == 0) {
            return across + more;
        }
    }
    return across;
}

void filters_size(const FiltersView *filters, double magnification, int across, int *columns,
                  int *rows) {
    Tiling tiling = tiling_of(filters, magnification);
    int units = filters->units < 1 ? 1 : filters->units;
    if (across < 1) {
        across = tiles_across(units);
    }
    across = across > units ? units : across;
    int down = (units + across - 1) / across;
    *columns = (int)ceil(across * tiling.step_x);
    *rows = (int)ceil(tiling.top + down * tiling.step_y) + 1;
    int caption = text_width(filters->caption);
    *columns = *columns < caption ? caption : *columns;
    *columns = *columns < 24 ? 24 : *columns;
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
        samples[i] = isnan(samples[i]) ? NAN : filters->channels == 3 ? 0.5f + 0.5f * value : value;
    }
}

static void draw_tiles(Scene *scene, const FiltersView *filters, Tiling tiling, int first,
                       int count, int across, float *samples) {
    ColourMap map = filters->channels == 3 ? MAP_COLOUR : MAP_DIVERGING;
    for (int i = 0; i < count; i++) {
        const int row = i / across, column = i % across;
        double x = column * tiling.step_x, y = tiling.top + row * tiling.step_y;
        normalise(filters, first + i, samples);
        scene_image(scene, (Box){x, y, x + tiling.width, y + tiling.height}, map, filters->height,
                    filters->width, samples);
    }
}

void figure_filters(Scene *scene, const Heading *heading, const FiltersView *filters,
                    double magnification, int first) {
    static const char *const title = "first-layer filters";
    if (filters == NULL || filters->units < 1 || filters->weights == NULL) {
        figure_heading(scene, heading, title, "", "");
        figure_sentence(scene, "no evaluation yet", INK_DIM);
        return;
    }
    Tiling tiling = tiling_of(filters, magnification);
    bool caption = scene->height >= 4;
    int across = (int)floor((scene->width + tiling.step_x - tiling.width) / tiling.step_x);
    int down = (int)floor((scene->height - tiling.top - caption + tiling.step_y - tiling.height) /
                          tiling.step_y);
    int room = across > 0 && down > 0 ? across * down : 0;
    first = first > filters->units - room ? filters->units - room : first;
    first = first < 0 ? 0 : first;
    int count = filters->units - first < room ? filters->units - first : room;
    char note[64] = "";
    if (count < filters->units) {
        snprintf(note, sizeof note, "%d-%d of %d", first + 1, first + count, filters->units);
    }
    if (room == 0) {
        figure_heading(scene, heading, title, "", "");
        figure_sentence(scene, "no room for a tile: zoom, or export", INK_DIM);
        return;
    }
    figure_heading(scene, heading, title, "", note);
    float *samples = malloc((size_t)filters->height * (size_t)filters->width *
                            (size_t)filters->channels * sizeof *samples);
    if (samples == NULL) {
        scene->failed = true;
        return;
    }
    draw_tiles(scene, filters, tiling, first, count, across, samples);
    free(samples);
    if (caption) {
        char fitted[160];
        text_fit(fitted, sizeof fitted, filters->caption, (int)scene->width);
        scene_text(scene, 0, scene->height - 0.5, ALIGN_LEFT, INK_DIM, WEIGHT_NORMAL, fitted);
    }
}
