#include "views/feature_screen.h"

#include "views/panels.h"
#include "views/text.h"

#include <stdio.h>

// Cells from which on there is room for more than one figure.
enum { THREE_ACROSS = 96, TWO_DOWN = 38, VARIANCE_BESIDE = 140, VARIANCE_WIDTH = 46, GAP = 1 };

static void add_panel(FeatureLayout *layout, Rectangle place, const FeatureView *view) {
    layout->place[layout->count] = place;
    layout->view[layout->count++] = *view;
}

static void lay_out_weights(const FeatureView *view, Rectangle room, FeatureLayout *layout) {
    const int down = room.rows >= TWO_DOWN ? 2 : 1, rows = room.rows / down;
    const int width = (room.columns - 2 * GAP) / FEATURES_WHEN;
    for (int weight = 0; weight < down; weight++) {
        for (int when = 0; when < FEATURES_WHEN; when++) {
            FeatureView part = *view;
            part.weight = down == 1 ? view->weight : (FeaturesWeight)weight;
            part.when = (FeaturesWhen)when;
            part.uncaptioned = true;
            add_panel(layout,
                      (Rectangle){room.row + weight * rows, room.column + when * (width + GAP),
                                  rows, width},
                      &part);
        }
    }
}

void feature_layout(const FeatureView *view, bool zoomed, int top, int rows, int columns,
                    FeatureLayout *layout) {
    Rectangle room = {top, 0, rows - top, columns};
    layout->count = 0;
    if (room.rows < 1 || room.columns < 1) {
        return;
    }
    if (view->figure == FEATURE_FILTERS && !zoomed && columns >= THREE_ACROSS) {
        lay_out_weights(view, room, layout);
        return;
    }
    if (view->figure == FEATURE_EMBEDDING && !zoomed && columns >= VARIANCE_BESIDE) {
        FeatureView variance = *view;
        variance.figure = FEATURE_VARIANCE;
        room.columns -= VARIANCE_WIDTH + 2 * GAP;
        add_panel(layout, room, view);
        room.column = columns - VARIANCE_WIDTH;
        room.columns = VARIANCE_WIDTH;
        add_panel(layout, room, &variance);
        return;
    }
    add_panel(layout, room, view);
}

static void draw_tabs(Scene *scene, const FeatureScreen *screen) {
    int x = 0;
    for (int i = 0; i < FEATURE_TABS && screen->tabs[i] != NULL; i++) {
        char word[64];
        text_fit(word, sizeof word, screen->tabs[i], 30);
        const int width = text_width(word);
        if (x + width + 2 > scene->width) {
            return;
        }
        if (i == screen->tab) {
            char shown[72];
            snprintf(shown, sizeof shown, " %s ", word);
            scene_text_reversed(scene, x, 0.5, INK_FOCUS, shown);
        } else {
            scene_text(scene, x + 1, 0.5, ALIGN_LEFT, INK_DIM, WEIGHT_NORMAL, word);
        }
        x += width + 3;
    }
    if (x + 8 < scene->width && screen->note != NULL) {
        char note[256];
        text_fit(note, sizeof note, screen->note, (int)scene->width - x - 1);
        scene_text(scene, x + 1, 0.5, ALIGN_LEFT, INK_TEXT, WEIGHT_NORMAL, note);
    }
}

// Under several sheets of weights one caption for all.
static bool draw_caption(CellGrid *grid, Scene *scene, const FeatureScreen *screen,
                         const FeatureLayout *layout, const CellStyle *style) {
    const Features *features = screen->data.features;
    char caption[160], fitted[176];
    if (layout->count < 2 || !layout->view[0].uncaptioned || features == NULL) {
        return true;
    }
    const Rectangle *last = &layout->place[layout->count - 1];
    features_caption(features, caption, sizeof caption);
    text_fit(fitted, sizeof fitted, caption, grid->columns);
    scene_reset(scene, grid->columns, 1);
    scene_text(scene, 0, 0.5, ALIGN_LEFT, INK_DIM, WEIGHT_NORMAL, fitted);
    return cells_draw(grid, last->row + last->rows - 1, 0, scene, style) && !scene->failed;
}

bool feature_screen_draw(CellGrid *grid, const Snapshot *snapshot, const FeatureScreen *screen,
                         const CellStyle *style) {
    FeatureLayout layout;
    Scene scene;
    bool done = true;
    scene_init(&scene, grid->columns, 1);
    panel_status(&scene, snapshot);
    done = cells_draw(grid, 0, 0, &scene, style) && !scene.failed && done;
    scene_reset(&scene, grid->columns, 1);
    draw_tabs(&scene, screen);
    done = cells_draw(grid, 1, 0, &scene, style) && !scene.failed && done;
    feature_layout(screen->view, screen->zoomed, 2, grid->rows - 1, grid->columns, &layout);
    for (int i = 0; i < layout.count; i++) {
        const Rectangle *place = &layout.place[i];
        const Heading heading = {.rule = true};
        scene_reset(&scene, place->columns, place->rows);
        feature_figure(&scene, &heading, &layout.view[i], &screen->data, 1);
        done = cells_draw(grid, place->row, place->column, &scene, style) && !scene.failed && done;
    }
    done = draw_caption(grid, &scene, screen, &layout, style) && done;
    scene_clear(&scene);
    return done;
}
