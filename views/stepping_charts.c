// Panels of the Step screen that are charts over inner steps, and the bars of the anatomy.
#include "views/stepping_panels.h"

#include "views/text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// ---- few-shot loss and accuracy ----

// t and the value of phi_t for t = first .. first + count; columns [2, count + 1].
static void fill_curve(const StepSnapshot *snapshot, const StepCurve *curve, bool accuracy,
                       double *columns) {
    double *x = columns, *y = columns + curve->count + 1;
    x[0] = snapshot->at.first;
    y[0] = accuracy ? curve->start_accuracy : curve->start_loss;
    for (int i = 0; i < curve->count; i++) {
        x[i + 1] = snapshot->at.first + i + 1;
        y[i + 1] = accuracy ? curve->accuracy[i] : curve->loss[i];
    }
}

// The t of the newest phi that the position has.
static int newest_step(const StepperPosition *at) {
    return at->step + (at->stage == at->stages - 1);
}

void stepping_few_shot(Scene *scene, const StepSnapshot *snapshot, const SteppingView *view,
                       const Heading *heading, bool accuracy) {
    const StepCurve *curves = snapshot->curve;
    const size_t points = (size_t)curves[0].count + 1, more = (size_t)curves[1].count + 1;
    double *columns = malloc(2 * (points + more) * sizeof *columns);
    if (!columns) {
        scene->failed = true;
        return;
    }
    Chart chart = {.title = accuracy ? "few-shot accuracy" : "few-shot loss",
                   .x_name = "inner step",
                   .y_name = accuracy ? "accuracy" : "loss",
                   .empty = "no inner step yet",
                   .x_whole = true,
                   .y_limit_high = accuracy ? 1 : 0};
    static const char *const names[FUTURES] = {"as it was", "what if"};
    static const char letters[FUTURES] = {'a', 'w'};
    for (int i = 0; i < FUTURES; i++) {
        double *x = i == 0 ? columns : columns + 2 * points;
        if (i > 0 && !snapshot->has_what_if)
            break;
        fill_curve(snapshot, &curves[i], accuracy, x);
        const size_t count = (size_t)curves[i].count + 1;
        chart.series[chart.series_count++] =
            (Series){.name = i > 0 ? snapshot->what_if : names[i],
                     .letter = snapshot->has_what_if ? letters[i] : '\0',
                     .x = x,
                     .y = x + count,
                     .count = count,
                     .ink = i > 0 ? INK_CURVE_2 : INK_CURVE_1,
                     .points = true};
    }
    ChartView shown = accuracy ? view->accuracy : view->loss;
    if (shown.cursor)
        shown.cursor_x = newest_step(&snapshot->at);
    figure_chart(scene, heading, &chart, &shown);
    free(columns);
}

// ---- anatomy ----

enum { KEY_COLUMNS = 24, KEY_LEAST = 64 }; // beside the curves: letter, name, share

static double share_at(const StepSnapshot *snapshot, int index, int layer, int part) {
    return index < snapshot->share_count ? (double)step_snapshot_share(snapshot, index, layer, part)
                                         : (double)NAN;
}

// '.' in any locale
static void share_text(double share, char text[16]) {
    if (isnan(share))
        snprintf(text, 16, "NaN");
    else
        snprintf(text, 16, "%d.%d%%", (int)(share * 100), (int)(share * 1000) % 10);
}

static Ink part_ink(int part) {
    return (Ink)(INK_CURVE_1 + part % CURVE_INKS);
}

// What the letters mean, with the shares of the present step.
static void draw_key(Scene *scene, const StepSnapshot *snapshot, int layer, double x) {
    for (int k = 0; k < ANATOMY_PARTS && k + 2 < scene->height; k++) {
        const char letter[2] = {(char)('a' + k), '\0'};
        char share[16];
        scene_text(scene, x, k + 2.5, ALIGN_LEFT, part_ink(k), WEIGHT_BOLD, letter);
        scene_text(scene, x + 2, k + 2.5, ALIGN_LEFT, INK_TEXT, WEIGHT_NORMAL,
                   anatomy_part_name(k));
        share_text(share_at(snapshot, snapshot->at.step - snapshot->at.first, layer, k), share);
        scene_text(scene, scene->width, k + 2.5, ALIGN_RIGHT, INK_TEXT, WEIGHT_NORMAL, share);
    }
}

// columns [1 + ANATOMY_PARTS, share_count]; named: in the legend.
static void fill_parts(Chart *chart, const StepSnapshot *snapshot, int layer, double *columns,
                       bool named) {
    const size_t count = (size_t)snapshot->share_count;
    for (size_t i = 0; i < count; i++)
        columns[i] = snapshot->at.first + (int)i;
    for (int k = 0; k < ANATOMY_PARTS; k++) {
        double *y = columns + (size_t)(k + 1) * count;
        for (size_t i = 0; i < count; i++)
            y[i] = share_at(snapshot, (int)i, layer, k);
        chart->series[chart->series_count++] = (Series){.name = named ? anatomy_part_name(k) : "",
                                                        .letter = (char)('a' + k),
                                                        .x = columns,
                                                        .y = y,
                                                        .count = count,
                                                        .ink = part_ink(k)};
    }
}

static void draw_curves(Scene *scene, const StepSnapshot *snapshot, const SteppingView *view,
                        const Heading *heading, int layer) {
    const bool key = scene->width >= KEY_LEAST && scene->height >= ANATOMY_PARTS + 2;
    double *columns = malloc((1 + ANATOMY_PARTS) * (size_t)snapshot->share_count * sizeof *columns);
    char title[64];
    Scene part;
    if (!columns) {
        scene->failed = true;
        return;
    }
    snprintf(title, sizeof title, "anatomy of the steps of layer %d", layer);
    Chart chart = {.title = title,
                   .x_name = "inner step",
                   .y_name = "share",
                   .empty = "no inner step yet",
                   .x_whole = true,
                   .y_limit_high = 1};
    fill_parts(&chart, snapshot, layer, columns, !key);
    ChartView shown = view->shares;
    if (shown.cursor)
        shown.cursor_x = snapshot->at.step;
    scene_init(&part, scene->width - (key ? KEY_COLUMNS : 0), scene->height);
    figure_chart(&part, heading, &chart, &shown);
    scene_append(scene, &part, 0, 0);
    scene->failed |= part.failed;
    scene_clear(&part);
    if (key)
        draw_key(scene, snapshot, layer, scene->width - KEY_COLUMNS + 1);
    free(columns);
}

enum { NAME_COLUMNS = 15, LEAST_BAR = 13, NUMBER_COLUMNS = 6 };

// The largest share of this step, which has the longest bar.
static double largest_share(const StepSnapshot *snapshot) {
    double largest = 0;
    for (int l = 1; l <= snapshot->layers; l++)
        for (int k = 0; k < ANATOMY_PARTS; k++)
            largest =
                fmax(largest, share_at(snapshot, snapshot->at.step - snapshot->at.first, l, k));
    return largest;
}

// One layer's bars in a column of the scene from x on.
static void draw_bars(Scene *scene, const StepSnapshot *snapshot, int layer, double x, double width,
                      int rows) {
    const double largest = largest_share(snapshot), room = width - NUMBER_COLUMNS - 1;
    char text[16];
    snprintf(text, sizeof text, "layer %d", layer);
    scene_text(scene, x, 1.5, ALIGN_LEFT, INK_DIM, WEIGHT_NORMAL, text);
    for (int k = 0; k < ANATOMY_PARTS && k < rows; k++) {
        const double share = share_at(snapshot, snapshot->at.step - snapshot->at.first, layer, k);
        const double y = k + 2;
        if (share > 0)
            scene_bar(scene, (Box){x, y + 0.1, x + share / largest * room, y + 0.9}, SIDE_RIGHT,
                      part_ink(k));
        share_text(share, text);
        scene_text(scene, x + width - 1, y + 0.5, ALIGN_RIGHT, isnan(share) ? INK_ERROR : INK_TEXT,
                   WEIGHT_NORMAL, text);
    }
}

void stepping_anatomy(Scene *scene, const StepSnapshot *snapshot, const SteppingView *view,
                      const Heading *heading) {
    const int layers = snapshot->layers;
    const int layer = view->layer < 1 ? 1 : view->layer > layers ? layers : view->layer;
    if (view->curves) {
        draw_curves(scene, snapshot, view, heading, layer);
        return;
    }
    const int room = (int)scene->width - NAME_COLUMNS;
    const bool all = room >= layers * LEAST_BAR;
    const int shown = all ? layers : 1, rows = (int)scene->height - 2;
    char note[48] = "";
    if (!all)
        snprintf(note, sizeof note, "layer %d of %d", layer, layers);
    if (rows < ANATOMY_PARTS)
        snprintf(note + strlen(note), sizeof note - strlen(note), "%s%d of %d parts",
                 all ? "" : ", ", rows > 0 ? rows : 0, ANATOMY_PARTS);
    figure_heading(scene, heading, "anatomy of this step", "", note);
    for (int k = 0; k < ANATOMY_PARTS && k < rows; k++)
        scene_text(scene, 0, k + 2.5, ALIGN_LEFT, INK_TEXT, WEIGHT_NORMAL, anatomy_part_name(k));
    const double width = shown > 0 ? (double)room / shown : 0;
    for (int i = 0; i < shown && width > NUMBER_COLUMNS; i++)
        draw_bars(scene, snapshot, all ? i + 1 : layer, NAME_COLUMNS + floor(i * width),
                  floor(width), rows);
}
