#include "views/stepping.h"

#include "views/dashboard.h"
#include "views/stepping_panels.h"
#include "views/text.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const char *const names[STEPPING_PANELS] = {
    [STEPPING_STAGES] = "stages",   [STEPPING_POINTS] = "points",
    [STEPPING_TENSORS] = "tensors", [STEPPING_TENSOR] = "tensor",
    [STEPPING_ANATOMY] = "anatomy", [STEPPING_HISTOGRAM] = "histogram",
    [STEPPING_LOSS] = "loss",       [STEPPING_ACCURACY] = "accuracy",
};

void stepping_view_init(SteppingView *view) {
    *view = (SteppingView){.focus = STEPPING_TENSORS, .layer = 1};
    view->loss.cursor = view->accuracy.cursor = view->shares.cursor = true;
}

const char *stepping_panel_name(SteppingPanel panel) {
    return panel < STEPPING_PANELS ? names[panel] : NULL;
}

bool stepping_panel_from_name(const char *name, SteppingPanel *panel) {
    for (int i = 0; i < STEPPING_PANELS; i++) {
        if (names[i] && strcmp(names[i], name) == 0) {
            *panel = (SteppingPanel)i;
            return true;
        }
    }
    return false;
}

SteppingPanel stepping_next_panel(SteppingPanel panel, int direction) {
    int at = (int)panel;
    do
        at = (at + direction + STEPPING_PANELS) % STEPPING_PANELS;
    while (!names[at]);
    return (SteppingPanel)at;
}

// ---- layout ----

enum { HEAD_ROWS = 3, LEFT_COLUMNS = 25, LEFT_NARROW = 21, THREE_ABREAST = 110, CHART_ROWS = 8 };

static void place(SteppingLayout *layout, SteppingPanel kind, Rectangle rectangle) {
    layout->kinds[layout->count] = kind;
    layout->rectangles[layout->count++] = rectangle;
}

// Panels one under the other, as equally high as whole rows allow.
static void place_stack(SteppingLayout *layout, const SteppingPanel *kinds, int count,
                        Rectangle room) {
    for (int i = 0; i < count; i++) {
        const int start = room.rows * i / count, end = room.rows * (i + 1) / count;
        place(layout, kinds[i],
              (Rectangle){room.row + start, room.column, end - start, room.columns});
    }
}

// Two columns: the tensors over the selected one, and the charts.
static void place_wide(SteppingLayout *layout, Rectangle room) {
    static const SteppingPanel charts[] = {STEPPING_ACCURACY, STEPPING_LOSS};
    const int chart_count = room.rows >= 34 ? 2 : 1; // of CHART_ROWS at least
    const int spare = room.rows - chart_count * CHART_ROWS, all = ANATOMY_PARTS + 2;
    const int anatomy = spare < 0 ? 0 : spare < all ? spare : all;
    const int middle = (room.columns - 1) / 2, next = room.column + middle + 1;
    const int table = room.rows * 2 / 5, histogram = room.rows >= 30 ? 9 : 0;
    const int rest = room.rows - table - histogram;
    place(layout, STEPPING_TENSORS, (Rectangle){room.row, room.column, table, middle});
    if (histogram > 0)
        place(layout, STEPPING_HISTOGRAM,
              (Rectangle){room.row + table, room.column, histogram, middle});
    place(layout, STEPPING_TENSOR,
          (Rectangle){room.row + table + histogram, room.column, rest, middle});
    const int width = room.columns - middle - 1;
    if (anatomy > 0)
        place(layout, STEPPING_ANATOMY, (Rectangle){room.row, next, anatomy, width});
    place_stack(layout, charts, chart_count,
                (Rectangle){room.row + anatomy, next, room.rows - anatomy, width});
}

// One column: the tensors, under them the selected one and the anatomy side by side.
static void place_narrow(SteppingLayout *layout, Rectangle room) {
    const int table = room.rows < 12 ? room.rows : room.rows * 2 / 5, rest = room.rows - table;
    const int half = (room.columns - 1) / 2;
    place(layout, STEPPING_TENSORS, (Rectangle){room.row, room.column, table, room.columns});
    if (rest <= 0)
        return;
    const int row = room.row + table;
    if (half < 22) {
        place(layout, STEPPING_TENSOR, (Rectangle){row, room.column, rest, room.columns});
        return;
    }
    place(layout, STEPPING_TENSOR, (Rectangle){row, room.column, rest, half});
    place(layout, STEPPING_ANATOMY,
          (Rectangle){row, room.column + half + 1, rest, room.columns - half - 1});
}

static bool is_placed(const SteppingLayout *layout, SteppingPanel panel) {
    for (int i = 0; i < layout->count; i++)
        if (layout->kinds[i] == panel)
            return true;
    return false;
}

void stepping_layout(const SteppingView *view, int rows, int columns, SteppingLayout *layout) {
    const int body = rows - 1 - HEAD_ROWS;
    const int left = columns >= 100 ? LEFT_COLUMNS : LEFT_NARROW;
    const int points = body >= 30 ? 9 : body >= 16 ? 5 : 0;
    layout->count = 0;
    place(layout, STEPPING_HEAD, (Rectangle){0, 0, HEAD_ROWS, columns});
    if (view->zoomed) {
        place(layout, view->focus, (Rectangle){HEAD_ROWS, 0, body, columns});
        return;
    }
    place(layout, STEPPING_STAGES, (Rectangle){HEAD_ROWS, 0, body - points, left});
    if (points > 0)
        place(layout, STEPPING_POINTS, (Rectangle){HEAD_ROWS + body - points, 0, points, left});
    const Rectangle rest = {HEAD_ROWS, left + 1, body, columns - left - 1};
    if (columns >= THREE_ABREAST)
        place_wide(layout, rest);
    else
        place_narrow(layout, rest);
    // One that has no place takes the last one's.
    if (!is_placed(layout, view->focus))
        layout->kinds[layout->count - 1] = view->focus;
}

// ---- drawing ----

// "5 of 19: h_2"; a copy says so before everything else.
static void draw_position(Scene *scene, const StepSnapshot *snapshot, const char *busy) {
    char text[1024], copy[64] = "";
    const StepperPosition *at = &snapshot->at;
    if (snapshot->copied)
        snprintf(copy, sizeof copy, "COPY of worker %d, outer step %ld  ", snapshot->worker + 1,
                 snapshot->outer_step);
    const bool changed = snapshot->looked_at == FUTURE_WHAT_IF;
    snprintf(text, sizeof text,
             "%s%s%s%sinner step %d of %d  stage %d of %d: %s  %s%struncation %d-%d  %.40s", busy,
             *busy ? "  " : "", copy, changed ? "WHAT IF  " : "", at->step, at->horizon,
             at->stage + 1, at->stages, snapshot->stage, changed ? snapshot->what_if : "",
             changed ? "  " : "", at->truncation_begin, at->truncation_end, snapshot->task);
    char fitted[512];
    text_fit(fitted, sizeof fitted, text, (int)scene->width);
    scene_text(scene, 0, 0.5, ALIGN_LEFT, *busy ? INK_WARNING : INK_TITLE, WEIGHT_BOLD, fitted);
}

static void draw_line(Scene *scene, int row, Ink ink, const char *text) {
    char fitted[512];
    text_fit(fitted, sizeof fitted, text, (int)scene->width);
    scene_text(scene, 0, row + 0.5, ALIGN_LEFT, ink, WEIGHT_NORMAL, fitted);
}

static void draw_head(Scene *scene, const StepSnapshot *snapshot, const char *busy) {
    char text[512], loss[32], accuracy[32], rate[32], other[64] = "";
    draw_position(scene, snapshot, busy);
    draw_line(scene, 1, INK_CURVE_1, snapshot->formula);
    if (snapshot->has_what_if && snapshot->looked_at == FUTURE_AS_IS)
        snprintf(other, sizeof other, "(other future: %.40s)  ", snapshot->what_if);
    snprintf(text, sizeof text, "loss %s  accuracy %s  %s%s  %s  rate %s  %s",
             format_fixed(loss, sizeof loss, snapshot->loss, 4),
             format_fixed(accuracy, sizeof accuracy, snapshot->accuracy, 3), other, snapshot->data,
             snapshot->architecture, format_number(rate, sizeof rate, snapshot->rate, 3),
             snapshot->rule);
    draw_line(scene, 2, INK_DIM, text);
}

void stepping_panel(Scene *scene, SteppingPanel panel, const StepSnapshot *snapshot,
                    const SteppingView *view, const Heading *heading, int detail) {
    switch (panel) {
    case STEPPING_HEAD:
        draw_head(scene, snapshot, "");
        break;
    case STEPPING_STAGES:
        stepping_stages(scene, snapshot, heading);
        break;
    case STEPPING_POINTS:
        stepping_points(scene, snapshot, heading);
        break;
    case STEPPING_TENSORS:
        stepping_tensors(scene, snapshot, heading);
        break;
    case STEPPING_TENSOR:
        stepping_tensor(scene, snapshot, view, heading, detail);
        break;
    case STEPPING_HISTOGRAM:
        figure_histogram(scene, heading, &snapshot->histogram, "");
        break;
    case STEPPING_ANATOMY:
        stepping_anatomy(scene, snapshot, view, heading);
        break;
    default:
        stepping_few_shot(scene, snapshot, view, heading, panel == STEPPING_ACCURACY);
    }
}

bool stepping_draw(CellGrid *grid, const StepSnapshot *snapshot, const SteppingView *view,
                   const char *waiting, const char *busy, const CellStyle *style) {
    SteppingLayout layout;
    Scene scene;
    bool done = true;
    scene_init(&scene, grid->columns, grid->rows);
    if (!snapshot) {
        figure_sentence(&scene, waiting, INK_DIM);
        done = cells_draw(grid, 0, 0, &scene, style);
        scene_clear(&scene);
        return done;
    }
    stepping_layout(view, grid->rows, grid->columns, &layout);
    for (int i = 0; i < layout.count; i++) {
        const Rectangle *room = &layout.rectangles[i];
        const Heading heading = {.rule = true, .focused = layout.kinds[i] == view->focus};
        scene_reset(&scene, room->columns, room->rows);
        if (layout.kinds[i] == STEPPING_HEAD)
            draw_head(&scene, snapshot, busy);
        else
            stepping_panel(&scene, layout.kinds[i], snapshot, view, &heading, 1);
        done = cells_draw(grid, room->row, room->column, &scene, style) && !scene.failed && done;
    }
    scene_clear(&scene);
    return done;
}

// ---- export ----

enum { PICTURE_DETAIL = 4 };

static void picture_size(SteppingPanel panel, const StepSnapshot *snapshot,
                         const SteppingView *view, int *columns, int *rows) {
    *columns = 100;
    *rows = 30;
    if (panel == STEPPING_STAGES) {
        *columns = 40;
        *rows = snapshot->at.stages + 2;
    } else if (panel == STEPPING_TENSORS) {
        *rows = snapshot->tensor_count + 2;
    } else if (panel == STEPPING_POINTS) {
        *rows = snapshot->point_count > 0 ? snapshot->point_count + 2 : 4;
    } else if (panel == STEPPING_TENSOR && !view->table) {
        stepping_tensor_size(snapshot, PICTURE_DETAIL, columns, rows);
    } else if (panel == STEPPING_ANATOMY && !view->curves) {
        *columns = 20 + 24 * snapshot->layers;
        *rows = ANATOMY_PARTS + 3;
    }
}

bool stepping_export(SteppingPanel panel, const StepSnapshot *snapshot, const SteppingView *view,
                     const char *path, int scale, Theme theme, Status *status) {
    if (!stepping_panel_name(panel))
        return status_fail(status, STATUS_USAGE, "%s: this panel is no figure", path);
    char step[320], seed[32];
    snprintf(step, sizeof step, "%d, stage %d (%s)%s%.200s", snapshot->at.step, snapshot->at.stage,
             snapshot->stage, snapshot->has_what_if ? "; what if: " : "",
             snapshot->has_what_if ? snapshot->what_if : "");
    snprintf(seed, sizeof seed, "%" PRIu64, snapshot->seed);
    const PictureNote notes[] = {{"rule", snapshot->rule},
                                 {"data", snapshot->data},
                                 {"inner step", step},
                                 {"tensor", snapshot->tensor.name},
                                 {"seed", seed}};
    const PictureOptions options = {
        .scale = scale, .theme = theme, .notes = notes, .note_count = 5};
    const Heading heading = {.rule = false};
    SteppingView whole = *view;
    whole.loss.cursor = whole.accuracy.cursor = whole.shares.cursor = false;
    Scene scene;
    int columns, rows;
    picture_size(panel, snapshot, view, &columns, &rows);
    scene_init(&scene, columns, rows);
    stepping_panel(&scene, panel, snapshot, &whole, &heading, PICTURE_DETAIL);
    const bool done = picture_export(&scene, path, &options, status);
    scene_clear(&scene);
    return done;
}
