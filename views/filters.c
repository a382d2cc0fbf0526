// First-layer receptive fields as a sheet of tiles.
#include "views/figure.h"

#include "views/filter_tile.h"
#include "views/text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

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
    Tiling tiling = filter_tiling(filters, magnification);
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

static void draw_tiles(Scene *scene, const FiltersView *filters, Tiling tiling, int first,
                       int count, int across, float *samples) {
    for (int i = 0; i < count; i++) {
        const int row = i / across, column = i % across;
        filter_tile(scene, filters, first + i, column * tiling.step_x,
                    tiling.top + row * tiling.step_y, tiling, samples);
    }
}

void figure_filters(Scene *scene, const Heading *heading, const FiltersView *filters,
                    double magnification, int first) {
    const char *const title =
        filters == NULL || filters->title[0] == '\0' ? "first-layer filters" : filters->title;
    if (filters == NULL || filters->units < 1 || filters->weights == NULL) {
        figure_heading(scene, heading, title, "", "");
        figure_sentence(scene, "no evaluation yet", INK_DIM);
        return;
    }
    Tiling tiling = filter_tiling(filters, magnification);
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
    float *samples = filter_tile_samples(filters);
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
