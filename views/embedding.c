// The embedding of a batch: two of its principal components as a scatter plot, before and now
// beside each other, and how much of the variance the components explain.
#include "views/feature_figures.h"

#include "views/axis.h"
#include "views/nearest.h"
#include "views/plot_axes.h"
#include "views/text.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { LEAST_WIDTH = 30, LEAST_HEIGHT = 8, GAP = 2 };

char features_class_letter(const Features *features, int class) {
    // Digits and glyphs are their own letters, if all of them are.
    bool single = true;
    for (int c = 0; c < features->classes; c++) {
        const char *name = features->class_name[c];
        single = single && isgraph((unsigned char)name[0]) && name[1] == '\0';
    }
    return single ? features->class_name[class][0] : (char)('A' + class);
}

static Ink class_ink(const Features *features, int class, int highlighted) {
    if (highlighted >= 0 && highlighted < features->classes && class != highlighted) {
        return INK_DIM;
    }
    return (Ink)(INK_CLASS_1 + class % CLASS_INKS);
}

// -- The scatter plot
// -------------------------------------------------------------------------------

// The nearest component that there is.
static int component_of(const Embedding *embedding, int wanted) {
    return nearest_index(wanted, embedding->shown - 1);
}

static void axis_of(Axis *axis, const Embedding *embedding, int examples, int component,
                    double cells, double cells_per_tick) {
    double low = INFINITY, high = -INFINITY;
    for (int b = 0; b < examples; b++) {
        const double value = (double)embedding->point[b * embedding->shown + component];
        low = fmin(low, value);
        high = fmax(high, value);
    }
    const int wanted = (int)(cells / cells_per_tick);
    axis_init(axis, low, high, false, wanted < 2 ? 2 : wanted, true, false);
}

// "PC 2 (12.3 %)"
static void name_axis(const Embedding *embedding, int component, char *out, size_t size) {
    char share[32];
    snprintf(out, size, "PC %d (%s %%)", component + 1,
             format_fixed(share, sizeof share, 100 * embedding->share[component], 1));
}

typedef struct {
    Axis x, y;
    Box plot;
    int component[2];
} Scatter;

static void place(Scatter *scatter, const Scene *scene, const Features *features,
                  const Embedding *embedding) {
    const bool own_row = scene->height >= 12;
    scatter->plot.y0 = 2.5;
    scatter->plot.y1 = scene->height - (own_row ? 3 : 2);
    const double down = scatter->plot.y1 - scatter->plot.y0;
    axis_of(&scatter->y, embedding, features->examples, scatter->component[1], down, 2.5);
    scatter->plot.x0 = plot_label_width(&scatter->y) + 1;
    scatter->plot.x1 = scene->width - 1;
    const double across = scatter->plot.x1 - scatter->plot.x0;
    axis_of(&scatter->x, embedding, features->examples, scatter->component[0], across, 10);
}

static void draw_point(Scene *scene, const Scatter *scatter, const Features *features,
                       const Embedding *embedding, int example, int highlighted) {
    const float *point = embedding->point + (size_t)example * (size_t)embedding->shown;
    const Box *plot = &scatter->plot;
    const double x = axis_fraction(&scatter->x, (double)point[scatter->component[0]]);
    const double y = axis_fraction(&scatter->y, (double)point[scatter->component[1]]);
    const int class = features->label[example];
    scene_mark(scene, fmin(plot->x0 + x * (plot->x1 - plot->x0), plot->x1 - 0.01),
               fmin(plot->y1 - y * (plot->y1 - plot->y0), plot->y1 - 0.01), MARK_LETTER,
               features_class_letter(features, class), class_ink(features, class, highlighted));
}

// The classes take turns, so that none lies over all others; what is highlighted comes last.
static void draw_points(Scene *scene, const Scatter *scatter, const Features *features,
                        const Embedding *embedding, int highlighted) {
    for (int last = 0; last < 2; last++) {
        for (int i = 0; i < features->per_class; i++) {
            for (int c = 0; c < features->classes; c++) {
                if ((c == highlighted) == last) {
                    draw_point(scene, scatter, features, embedding, c * features->per_class + i,
                               highlighted);
                }
            }
        }
    }
}

static void draw_scatter(Scene *scene, const Features *features, int when,
                         const EmbeddingView *view) {
    const Embedding *embedding = &features->embedding[when];
    char accuracy[32], note[64], name[64];
    snprintf(note, sizeof note, "few-shot accuracy %s",
             format_fixed(accuracy, sizeof accuracy, features->accuracy[when], 3));
    figure_heading(scene, &(Heading){0}, when == FEATURES_BEFORE ? "before" : "now", "", note);
    if (embedding->shown < 1) {
        figure_sentence(scene,
                        embedding->finite ? "the embedding of the batch is one point"
                                          : "the embedding is not finite",
                        embedding->finite ? INK_DIM : INK_ERROR);
        return;
    }
    Scatter scatter = {.component = {component_of(embedding, view->component[0]),
                                     component_of(embedding, view->component[1])}};
    place(&scatter, scene, features, embedding);
    name_axis(embedding, scatter.component[1], name, sizeof name);
    scene_text(scene, 0, 1.5, ALIGN_LEFT, INK_DIM, WEIGHT_NORMAL, name);
    plot_y_axis(scene, &scatter.y, scatter.plot);
    name_axis(embedding, scatter.component[0], name, sizeof name);
    plot_x_axis(scene, &scatter.x, scatter.plot, name, scene->height >= 12);
    draw_points(scene, &scatter, features, embedding, view->highlighted);
}

// -- The whole
// --------------------------------------------------------------------------------------

// The legend from row `top` on; returns its rows.  draw = false only measures.
static int legend(Scene *scene, const Features *features, int top, int highlighted, bool draw) {
    int x = 0, row = 0;
    for (int c = 0; c < features->classes; c++) {
        const char letter[2] = {features_class_letter(features, c), '\0'};
        // A name that is the letter need not stand twice.
        const char *name =
            strcmp(features->class_name[c], letter) == 0 ? "" : features->class_name[c];
        const int width = *name != '\0' ? 2 + text_width(name) : 1;
        if (x > 0 && x + width > scene->width) {
            row++;
            x = 0;
        }
        if (draw) {
            const Ink ink = class_ink(features, c, highlighted);
            scene_text(scene, x, top + row + 0.5, ALIGN_LEFT, ink, WEIGHT_BOLD, letter);
            scene_text(scene, x + 2, top + row + 0.5, ALIGN_LEFT,
                       ink == INK_DIM ? INK_DIM : INK_TEXT, WEIGHT_NORMAL, name);
        }
        x += width + 2;
    }
    return row + 1;
}

static void append_scatter(Scene *scene, const Features *features, int when,
                           const EmbeddingView *view, Box box) {
    Scene part;
    scene_init(&part, box.x1 - box.x0, box.y1 - box.y0);
    draw_scatter(&part, features, when, view);
    scene_append(scene, &part, box.x0, box.y0);
    scene_clear(&part);
}

void figure_embedding(Scene *scene, const Heading *heading, const Features *features,
                      const EmbeddingView *view, const char *empty) {
    static const char *const title = "embedding";
    if (features == NULL) {
        figure_heading(scene, heading, title, "", "");
        figure_sentence(scene, empty, INK_DIM);
        return;
    }
    char caption[160], note[64], fitted[176];
    snprintf(note, sizeof note, "principal components of %d examples", features->examples);
    figure_heading(scene, heading, title, "", note);
    const int below = legend(scene, features, 0, view->highlighted, false) + 1;
    const double top = scene->height >= 24 ? 2 : 1, bottom = scene->height - below;
    const bool beside = scene->width >= 2 * LEAST_WIDTH + GAP;
    const bool stacked = !beside && bottom - top >= 2 * LEAST_HEIGHT;
    if (scene->width < LEAST_WIDTH || bottom - top < LEAST_HEIGHT) {
        figure_sentence(scene, "no room: zoom, or export", INK_DIM);
        return;
    }
    const double width = beside ? floor((scene->width - GAP) / 2) : scene->width;
    const double middle = stacked ? top + floor((bottom - top) / 2) : bottom;
    if (beside || stacked) {
        append_scatter(scene, features, FEATURES_BEFORE, view, (Box){0, top, width, middle});
    }
    append_scatter(scene, features, FEATURES_NOW, view,
                   (Box){scene->width - width, stacked ? middle : top, scene->width, bottom});
    legend(scene, features, (int)bottom, view->highlighted, true);
    features_caption(features, caption, sizeof caption);
    text_fit(fitted, sizeof fitted, caption, (int)scene->width);
    scene_text(scene, 0, scene->height - 0.5, ALIGN_LEFT, INK_DIM, WEIGHT_NORMAL, fitted);
}

// -- Variance explained
// -----------------------------------------------------------------------------

void figure_variance(Scene *scene, const Heading *heading, const Features *features,
                     const ChartView *view, const char *empty) {
    static const char *const names[] = {"before", "now"};
    static const char *const title = "variance explained";
    double x[2][FEATURES_SHARES], y[2][FEATURES_SHARES];
    char whole[128];
    Chart chart = {.title = title,
                   .x_name = "components",
                   .y_name = "cumulative share",
                   .empty = features == NULL ? empty : "the embedding does not vary",
                   .x_whole = true,
                   .y_limit_low = 0,
                   .y_limit_high = 1};
    for (int when = 0; features != NULL && when < 2; when++) {
        const Embedding *embedding = &features->embedding[when];
        double sum = 0;
        size_t count = 0;
        for (int k = 0; k < embedding->components && count < FEATURES_SHARES; k++) {
            if (k == 0) { // no component explains nothing
                x[when][count] = y[when][count] = 0;
                count++;
            }
            sum += embedding->share[k];
            x[when][count] = k + 1;
            y[when][count++] = fmin(sum, 1);
        }
        chart.series[chart.series_count++] = (Series){.name = names[when],
                                                      .letter = (char)('a' + when),
                                                      .x = x[when],
                                                      .y = y[when],
                                                      .count = count,
                                                      .ink = (Ink)(INK_CURVE_1 + when),
                                                      .points = true};
    }
    if (features != NULL) {
        char before[32], now[32];
        const Embedding *embedding = features->embedding;
        snprintf(whole, sizeof whole, "%s: participation ratio %s before, %s now", title,
                 format_number(before, sizeof before, embedding_dimensions(&embedding[0]), 3),
                 format_number(now, sizeof now, embedding_dimensions(&embedding[1]), 3));
        chart.title = whole;
    }
    figure_chart(scene, heading, &chart, view);
}
