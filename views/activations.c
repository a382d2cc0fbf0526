// Activations of a batch as a picture: units down, examples across, sorted by class.
#include "views/feature_figures.h"

#include "views/nearest.h"
#include "views/text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

// What a unit responds to, for the order of the rows.
typedef struct {
    int unit;
    int class;     // of the greatest mean; the number of classes for a unit that is always the same
    double excess; // of that mean over the mean of all
} Response;

// The scale: so large a share of the values lies below full colour.
static const double full_colour_share = 0.99;

static Response response_of(const Features *features, const float *x, int unit) {
    const float *row = x + (size_t)unit * (size_t)features->examples;
    double all = 0, best = -INFINITY;
    Response response = {unit, features->classes, 0};
    for (int c = 0; c < features->classes; c++) {
        double mean = 0;
        for (int i = 0; i < features->per_class; i++) {
            mean += (double)row[c * features->per_class + i] / features->per_class;
        }
        all += mean / features->classes;
        if (mean > best) {
            best = mean;
            response.class = c;
        }
    }
    response.excess = best - all;
    if (!(response.excess > 0)) {
        response.class = features->classes;
    }
    return response;
}

static int compare_responses(const void *a, const void *b) {
    const Response *x = a, *y = b;
    if (x->class != y->class) {
        return x->class < y->class ? -1 : 1;
    }
    if (x->excess != y->excess) {
        return x->excess > y->excess ? -1 : 1;
    }
    return x->unit < y->unit ? -1 : 1;
}

static int compare_magnitudes(const void *a, const void *b) {
    const float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

// The magnitude below which nearly all finite values lie; 1 if there is none.  room [count].
static double full_colour(const float *x, size_t count, float *room) {
    size_t finite = 0;
    for (size_t i = 0; i < count; i++) {
        if (isfinite(x[i])) {
            room[finite++] = fabsf(x[i]);
        }
    }
    qsort(room, finite, sizeof *room, compare_magnitudes);
    const double value =
        finite > 0 ? (double)room[(size_t)((double)(finite - 1) * full_colour_share)] : 0;
    // Of very sparse activations even the 99th percentile is zero.
    const double largest = finite > 0 ? (double)room[finite - 1] : 0;
    return value > 0 ? value : largest > 0 ? largest : 1;
}

typedef struct {
    const Features *features;
    const float *x; // [units, examples]
    int units;
    Response *order; // [units]
    float *samples;  // [units, examples]
    double scale;
} Shown;

static bool shown_init(Shown *shown, const Features *features, int layer, FeaturesWhen when) {
    const int units = features->shape.sizes[layer];
    const size_t count = (size_t)units * (size_t)features->examples;
    *shown = (Shown){.features = features,
                     .x = features->x[when == FEATURES_BEFORE ? 0 : 1][layer],
                     .units = units};
    shown->order = malloc((size_t)units * sizeof *shown->order);
    shown->samples = malloc(count * sizeof *shown->samples);
    if (shown->order == NULL || shown->samples == NULL) {
        return false;
    }
    shown->scale = full_colour(shown->x, count, shown->samples);
    for (int n = 0; n < units; n++) {
        shown->order[n] = response_of(features, shown->x, n);
    }
    if (layer > 0) { // pixels stay where they are
        qsort(shown->order, (size_t)units, sizeof *shown->order, compare_responses);
    }
    return true;
}

static void shown_clear(Shown *shown) {
    free(shown->order);
    free(shown->samples);
}

// The examples of one class.
static void draw_class(Scene *scene, Shown *shown, int class, Box box) {
    const int wide = shown->features->per_class;
    for (int n = 0; n < shown->units; n++) {
        const float *row =
            shown->x + (size_t)shown->order[n].unit * (size_t)shown->features->examples;
        for (int i = 0; i < wide; i++) {
            shown->samples[(size_t)n * (size_t)wide + (size_t)i] =
                (float)((double)row[class * wide + i] / shown->scale);
        }
    }
    scene_image(scene, box, MAP_DIVERGING, shown->units, wide, shown->samples);
}

static void draw_classes(Scene *scene, Shown *shown, double top, double bottom) {
    const Features *features = shown->features;
    const int classes = features->classes;
    int block = ((int)scene->width - (classes - 1)) / classes; // a cell for the rule between two
    const bool ruled = block >= 1;
    block = ruled ? block : 1;
    for (int c = 0; c < classes; c++) {
        const double x = c * (block + ruled);
        char name[FEATURES_CLASS_NAME + 4];
        draw_class(scene, shown, c, (Box){x, top, x + block, bottom});
        if (ruled && c > 0) {
            scene_rule_down(scene, x - 0.5, top, bottom, INK_AXIS);
        }
        text_fit(name, sizeof name, features->class_name[c], block);
        scene_text(scene, x + floor((block - text_width(name)) / 2.0), bottom + 0.5, ALIGN_LEFT,
                   INK_TEXT, WEIGHT_NORMAL, name);
    }
}

// The title, the rest in its note.
static void draw_heading(Scene *scene, const Heading *heading, const Features *features, int layer,
                         FeaturesWhen when) {
    char title[64], note[96];
    const bool top = layer == features->shape.layers;
    snprintf(title, sizeof title, "x_%d %s", layer, when == FEATURES_BEFORE ? "before" : "now");
    snprintf(note, sizeof note, "%s%d %s x %d examples by class",
             top          ? "embedding, "
             : layer == 0 ? "inputs, "
                          : "",
             features->shape.sizes[layer], layer == 0 ? "pixels" : "units", features->examples);
    figure_heading(scene, heading, title, "", note);
}

static void write_caption(const Features *features, int layer, double scale, char *out,
                          size_t size) {
    char from[160], number[32];
    features_caption(features, from, sizeof from);
    snprintf(out, size, "full colour at %s%s; %s", format_number(number, sizeof number, scale, 3),
             layer > 0 ? ", units by the class they respond to most" : "", from);
}

void activations_size(const Features *features, int layer, int *columns, int *rows) {
    // Four pixels for an example, and for a unit as many as make a few hundred.
    const int units = features->shape.sizes[layer];
    int block = (features->per_class + 1) / 2;
    block = block < 9 ? 9 : block;
    *columns = features->classes * (block + 1) - 1;
    char caption[224];
    write_caption(features, layer, 0.123, caption, sizeof caption);
    const int width = text_width(caption) + 2;
    *columns = *columns < width ? width : *columns;
    const int pixels = units >= 128 ? 3 : units >= 48 ? 6 : 10;
    *rows = (units * pixels + 15) / 16 + 4;
}

void figure_activations(Scene *scene, const Heading *heading, const Features *features, int layer,
                        FeaturesWhen when, const char *empty) {
    if (features == NULL) {
        figure_heading(scene, heading, "activations", "", "");
        figure_sentence(scene, empty, INK_DIM);
        return;
    }
    layer = nearest_index(layer, features->shape.layers);
    draw_heading(scene, heading, features, layer, when);
    if (scene->width < features->classes || scene->height < 4) {
        figure_sentence(scene, "no room: zoom, or export", INK_DIM);
        return;
    }
    Shown shown;
    if (shown_init(&shown, features, layer, when)) {
        const bool caption = scene->height >= 6;
        draw_classes(scene, &shown, 1, scene->height - 1 - caption);
        if (caption) {
            char line[224], fitted[240];
            write_caption(features, layer, shown.scale, line, sizeof line);
            text_fit(fitted, sizeof fitted, line, (int)scene->width);
            scene_text(scene, 0, scene->height - 0.5, ALIGN_LEFT, INK_DIM, WEIGHT_NORMAL, fitted);
        }
    } else {
        scene->failed = true;
    }
    shown_clear(&shown);
}
