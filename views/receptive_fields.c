// First-layer weights of features: as the filters of one sheet, and six sheets side by side.
#include "views/feature_figures.h"

#include "views/text.h"

#include <math.h>
#include <stdio.h>

enum { SHEET_UNITS = 32, SHEET_ACROSS = 8, SHEET_GAP = 3 };

void features_weight_title(FeaturesWeight weight, FeaturesWhen when, char *out, size_t size) {
    static const char *const whens[] = {"before", "now", "now - before"};
    snprintf(out, size, "%s_1 %s", weight == FEATURES_W ? "W" : "V", whens[when]);
}

void features_caption(const Features *features, char *out, size_t size) {
    char architecture[64] = "", step[48] = "";
    size_t used = 0;
    for (int l = 0; l <= features->shape.layers && used < sizeof architecture; l++) {
        used += (size_t)snprintf(architecture + used, sizeof architecture - used, "%s%d",
                                 l > 0 ? "-" : "", features->shape.sizes[l]);
    }
    if (features->outer_step >= 0) {
        snprintf(step, sizeof step, ", outer step %ld", features->outer_step);
    }
    snprintf(out, size, "%.40s %dx%d, base model %s, %d inner steps%s", features->data,
             features->height, features->width, architecture, features->inner_steps, step);
}

void features_filters(const Features *features, FeaturesWeight weight, FeaturesWhen when, bool grey,
                      FiltersView *filters) {
    *filters = (FiltersView){.height = features->height,
                             .width = features->width,
                             .channels = features->channels,
                             .units = features->shape.sizes[1],
                             .grey = grey,
                             .weights = features->weight[weight][when]};
    features_weight_title(weight, when, filters->title, sizeof filters->title);
    features_caption(features, filters->caption, sizeof filters->caption);
}

// The filters of the first units only, without a caption: it stands below them all.
static void sheet_filters(const Features *features, FeaturesWeight weight, FeaturesWhen when,
                          bool grey, FiltersView *filters) {
    features_filters(features, weight, when, grey, filters);
    filters->caption[0] = '\0';
}

static int sheet_units(const Features *features) {
    const int units = features->shape.sizes[1];
    return units < SHEET_UNITS ? units : SHEET_UNITS;
}

static void one_sheet_size(const Features *features, double magnification, int *columns,
                           int *rows) {
    FiltersView filters;
    sheet_filters(features, FEATURES_W, FEATURES_NOW, false, &filters);
    filters.units = sheet_units(features);
    filters_size(&filters, magnification, SHEET_ACROSS, columns, rows);
}

void feature_sheet_size(const Features *features, double magnification, int *columns, int *rows) {
    int across, down;
    one_sheet_size(features, magnification, &across, &down);
    *columns = FEATURES_WHEN * across + (FEATURES_WHEN - 1) * SHEET_GAP;
    *rows = 2 + FEATURES_WEIGHTS * down + 1;
}

// What the colours mean, at the right end of the last row.
static void draw_colour_bar(Scene *scene, bool grey) {
    enum { STEPS = 33, WIDTH = 12 };
    float samples[STEPS];
    const double y = scene->height - 1, x = scene->width - WIDTH - 3;
    for (int i = 0; i < STEPS; i++) {
        const double share = (double)i / (STEPS - 1);
        samples[i] = (float)(grey ? share : 2 * share - 1);
    }
    scene_text(scene, x - 1, y + 0.5, ALIGN_RIGHT, INK_DIM, WEIGHT_NORMAL,
               "each tile by its largest magnitude: -1");
    scene_image(scene, (Box){x, y + 0.25, x + WIDTH, y + 0.75}, grey ? MAP_GREY : MAP_DIVERGING, 1,
                STEPS, samples);
    scene_text(scene, scene->width, y + 0.5, ALIGN_RIGHT, INK_DIM, WEIGHT_NORMAL, "+1");
}

void figure_feature_sheet(Scene *scene, const Heading *heading, const Features *features,
                          double magnification, bool grey, const char *empty) {
    static const char *const title = "first-layer weights";
    if (features == NULL) {
        figure_heading(scene, heading, title, "", "");
        figure_sentence(scene, empty, INK_DIM);
        return;
    }
    char caption[160];
    int across, down;
    one_sheet_size(features, magnification, &across, &down);
    figure_heading(scene, heading, title, "", "of the base model, before and after the inner loop");
    for (int weight = 0; weight < FEATURES_WEIGHTS; weight++) {
        for (int when = 0; when < FEATURES_WHEN; when++) {
            FiltersView filters;
            Scene part;
            sheet_filters(features, (FeaturesWeight)weight, (FeaturesWhen)when, grey, &filters);
            scene_init(&part, across, down);
            figure_filters(&part, &(Heading){0}, &filters, magnification, 0);
            scene_append(scene, &part, when * (across + SHEET_GAP), 2 + weight * down);
            scene_clear(&part);
        }
    }
    features_caption(features, caption, sizeof caption);
    scene_text(scene, 0, scene->height - 0.5, ALIGN_LEFT, INK_DIM, WEIGHT_NORMAL, caption);
    if (text_width(caption) + 60 <= scene->width) {
        draw_colour_bar(scene, grey);
    }
}
