// The filmstrip: receptive fields of the same units over meta-training.
#include "views/feature_figures.h"

#include "views/filter_tile.h"
#include "views/text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

// The unit numbers to the left.
enum { MARGIN = 5 };

static FiltersView frame_filters(const Filmstrip *filmstrip, int frame, FeaturesWeight weight,
                                 bool grey) {
    return (FiltersView){.height = filmstrip->height,
                         .width = filmstrip->width,
                         .channels = filmstrip->channels,
                         .units = filmstrip->units,
                         .grey = grey,
                         .weights = filmstrip->frame[frame].weight[weight]};
}

// frames: as many as are shown.
static void write_caption(const Filmstrip *filmstrip, int frames, char *out, size_t size) {
    char chosen[32] = "";
    if (frames < filmstrip->count) {
        snprintf(chosen, sizeof chosen, "%d of ", frames);
    }
    snprintf(out, size,
             "%s%d rules by outer step; below: few-shot accuracy on %.40s after %d inner steps",
             chosen, filmstrip->count, filmstrip->data, filmstrip->inner_steps);
}

// A column is at least so wide that outer steps of six digits stand apart.
static double column_step(Tiling tiling) {
    return fmax(tiling.step_x, 7);
}

void filmstrip_size(const Filmstrip *filmstrip, double magnification, int units, int *columns,
                    int *rows) {
    const FiltersView filters = frame_filters(filmstrip, 0, FEATURES_W, false);
    const Tiling tiling = filter_tiling(&filters, magnification);
    const int shown = units < filmstrip->units ? units : filmstrip->units;
    *columns = (int)ceil(MARGIN + filmstrip->count * column_step(tiling));
    char caption[192];
    write_caption(filmstrip, filmstrip->count, caption, sizeof caption);
    *columns = *columns < text_width(caption) ? text_width(caption) : *columns;
    *rows = (int)ceil(floor(tiling.top) + 1 + shown * tiling.step_y) + 2;
}

// Outer step above, accuracy below.
static void draw_frame(Scene *scene, const FilmstripFrame *frame, double centre, double bottom) {
    char number[32];
    snprintf(number, sizeof number, "%ld", frame->outer_step);
    scene_text(scene, centre, 1.5, ALIGN_CENTRE, INK_TEXT, WEIGHT_NORMAL, number);
    format_fixed(number, sizeof number, frame->accuracy, 3);
    scene_text(scene, centre, bottom + 0.5, ALIGN_CENTRE, INK_DIM, WEIGHT_NORMAL, number);
}

static void draw_frames(Scene *scene, const Filmstrip *filmstrip, FeaturesWeight weight,
                        Tiling tiling, bool grey, int first, int units, int frames,
                        float *samples) {
    int chosen[FILMSTRIP_FRAMES];
    const int count = filmstrip_choose(filmstrip->count, frames, chosen);
    const double top = floor(tiling.top) + 1, bottom = top + units * tiling.step_y;
    for (int i = 0; i < count; i++) {
        const FiltersView filters = frame_filters(filmstrip, chosen[i], weight, grey);
        const double x = MARGIN + i * column_step(tiling);
        draw_frame(scene, &filmstrip->frame[chosen[i]], x + tiling.width / 2, ceil(bottom));
        for (int n = 0; n < units; n++) {
            filter_tile(scene, &filters, first + n, x, top + n * tiling.step_y, tiling, samples);
        }
    }
    for (int n = 0; n < units; n++) {
        char number[16];
        snprintf(number, sizeof number, "%d", first + n + 1);
        scene_text(scene, MARGIN - 1, top + n * tiling.step_y + tiling.height / 2, ALIGN_RIGHT,
                   INK_DIM, WEIGHT_NORMAL, number);
    }
}

void figure_filmstrip(Scene *scene, const Heading *heading, const Filmstrip *filmstrip,
                      FeaturesWeight weight, double magnification, bool grey, int first,
                      const char *empty) {
    char title[48], note[64];
    snprintf(title, sizeof title, "filmstrip of %s_1", weight == FEATURES_W ? "W" : "V");
    if (filmstrip == NULL || filmstrip->count == 0) {
        figure_heading(scene, heading, title, "", "");
        figure_sentence(scene, empty, INK_DIM);
        return;
    }
    const FiltersView filters = frame_filters(filmstrip, 0, weight, grey);
    const Tiling tiling = filter_tiling(&filters, magnification);
    const int frames = (int)floor((scene->width - MARGIN + column_step(tiling) - tiling.width) /
                                  column_step(tiling));
    const double rows = scene->height - (floor(tiling.top) + 1) - 2;
    int units = (int)floor((rows + tiling.step_y - tiling.height) / tiling.step_y);
    units = units > filmstrip->units ? filmstrip->units : units;
    if (frames < 1 || units < 1) {
        figure_heading(scene, heading, title, "", "");
        figure_sentence(scene, "no room for a frame: zoom, or export", INK_DIM);
        return;
    }
    first = first > filmstrip->units - units ? filmstrip->units - units : first;
    first = first < 0 ? 0 : first;
    snprintf(note, sizeof note, "units %d-%d of %d", first + 1, first + units, filmstrip->units);
    figure_heading(scene, heading, title, "", note);
    float *samples = filter_tile_samples(&filters);
    if (samples == NULL) {
        scene->failed = true;
        return;
    }
    draw_frames(scene, filmstrip, weight, tiling, grey, first, units, frames, samples);
    free(samples);
    char caption[192], fitted[208];
    write_caption(filmstrip, frames, caption, sizeof caption);
    text_fit(fitted, sizeof fitted, caption, (int)scene->width);
    scene_text(scene, 0, scene->height - 0.5, ALIGN_LEFT, INK_DIM, WEIGHT_NORMAL, fitted);
}
