#include "views/dashboard.h"

#include "views/panels.h"
#include "views/text.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const char *const panel_names[PANEL_COUNT] = {
    [PANEL_LOSS] = "loss",       [PANEL_TRANSFER] = "transfer",   [PANEL_GRADIENT] = "gradient",
    [PANEL_RATE] = "rate",       [PANEL_HISTOGRAM] = "histogram", [PANEL_FILTERS] = "filters",
    [PANEL_WEIGHTS] = "weights", [PANEL_WORKERS] = "workers",
};

void dashboard_view_init(DashboardView *view) {
    *view = (DashboardView){.focus = PANEL_COUNT};
    view->charts[PANEL_LOSS].smoothing = 0.95;
    view->charts[PANEL_GRADIENT].log_y = true;
}

const ChartView *dashboard_chart_view(const DashboardView *view, PanelKind kind) {
    bool chart = kind == PANEL_LOSS || kind == PANEL_TRANSFER || kind == PANEL_GRADIENT ||
                 kind == PANEL_RATE || kind == PANEL_WEIGHTS;
    return chart ? &view->charts[kind] : NULL;
}

const char *panel_name(PanelKind kind) {
    return kind < PANEL_COUNT ? panel_names[kind] : NULL;
}

bool panel_from_name(const char *name, PanelKind *kind) {
    for (int i = 0; i < PANEL_COUNT; i++) {
        if (panel_names[i] != NULL && strcmp(panel_names[i], name) == 0) {
            *kind = (PanelKind)i;
            return true;
        }
    }
    return false;
}

// A terminal shows a weight as half a cell; a picture as four pixels.
static const double weight_in_cells = 1, weight_in_picture = 0.5;

static void draw_panel(Scene *scene, PanelKind kind, const Snapshot *snapshot,
                       const DashboardView *view, const Heading *heading, double magnification) {
    switch (kind) {
    case PANEL_STATUS:
        panel_status(scene, snapshot);
        break;
    case PANEL_LOSS:
    case PANEL_TRANSFER:
    case PANEL_GRADIENT:
    case PANEL_RATE:
    case PANEL_WEIGHTS:
        panel_chart(scene, kind, snapshot, view, heading);
        break;
    case PANEL_HISTOGRAM:
        panel_histogram(scene, snapshot, view, heading);
        break;
    case PANEL_FILTERS:
        figure_filters(scene, heading, snapshot != NULL ? &snapshot->filters : NULL, magnification,
                       view->first_unit);
        break;
    case PANEL_WORKERS:
        panel_workers(scene, snapshot, view, heading);
        break;
    case PANEL_LOG:
        panel_log(scene, snapshot, heading);
        break;
    case PANEL_KEYS:
    case PANEL_COUNT:
        break;
    }
}

void dashboard_panel(Scene *scene, PanelKind kind, const Snapshot *snapshot,
                     const DashboardView *view, const Heading *heading) {
    draw_panel(scene, kind, snapshot, view, heading, weight_in_cells);
}

void dashboard_draw_too_small(CellGrid *grid, const CellStyle *style) {
    char full[64], line[64];
    Scene scene;
    snprintf(full, sizeof full, "needs %dx%d, has %dx%d", LAYOUT_COLUMNS, LAYOUT_ROWS,
             grid->columns, grid->rows);
    text_fit(line, sizeof line, full, grid->columns);
    scene_init(&scene, grid->columns, 1);
    scene_text(&scene, 0, 0.5, ALIGN_LEFT, INK_WARNING, WEIGHT_NORMAL, line);
    cells_draw(grid, 0, 0, &scene, style);
    scene_clear(&scene);
}

static bool shows_over_time(const DashboardView *view, const Snapshot *snapshot) {
    return view->over_time ||
           (snapshot != NULL && snapshot->histogram_count == 0 && snapshot->weight_count > 0);
}

void dashboard_layout(const DashboardView *view, const Snapshot *snapshot, int rows, int columns,
                      Layout *layout) {
    if (view->zoomed && panel_name(view->focus) != NULL) {
        layout_zoomed(rows, columns, view->focus, layout);
    } else {
        layout_train(rows, columns, layout);
        if (layout_find(layout, PANEL_HISTOGRAM) != NULL && shows_over_time(view, snapshot)) {
            layout_show(layout, PANEL_WEIGHTS);
        }
        layout_show(layout, view->focus);
    }
}

bool dashboard_draw(CellGrid *grid, const Snapshot *snapshot, const DashboardView *view,
                    const char *const *key_bar, const CellStyle *style, Layout *layout) {
    Layout own;
    layout = layout != NULL ? layout : &own;
    cells_blank(grid);
    dashboard_layout(view, snapshot, grid->rows, grid->columns, layout);
    if (layout->too_small) {
        dashboard_draw_too_small(grid, style);
        return true;
    }
    Scene scene;
    bool done = true;
    scene_init(&scene, 1, 1);
    for (int i = 0; i < layout->count; i++) {
        const Rectangle *place = &layout->rectangles[i];
        Heading heading = {.rule = true, .focused = layout->kinds[i] == view->focus};
        scene_reset(&scene, place->columns, place->rows);
        if (layout->kinds[i] == PANEL_KEYS) {
            panel_keys(&scene, key_bar);
        } else {
            dashboard_panel(&scene, layout->kinds[i], snapshot, view, &heading);
        }
        done = cells_draw(grid, place->row, place->column, &scene, style) && !scene.failed && done;
    }
    scene_clear(&scene);
    return done;
}

PanelKind dashboard_next_panel(PanelKind focus, int direction) {
    int at = focus < PANEL_COUNT ? (int)focus : direction > 0 ? -1 : 0;
    do {
        at = (at + direction + PANEL_COUNT) % PANEL_COUNT;
    } while (panel_name((PanelKind)at) == NULL);
    return (PanelKind)at;
}

const char *dashboard_move(DashboardView *view, const Snapshot *snapshot, ChartMove move, int rows,
                           int columns) {
    PanelKind kind = dashboard_chart_view(view, view->focus) != NULL ? view->focus : PANEL_LOSS;
    Layout layout;
    dashboard_layout(view, snapshot, rows, columns, &layout);
    const Rectangle *place = layout_find(&layout, kind);
    if (place == NULL) {
        return "the chart is not shown";
    }
    const char *answer = panel_chart_move(view, kind, snapshot, move, place);
    for (int other = 0; other < PANEL_COUNT; other++) {
        if (dashboard_chart_view(view, (PanelKind)other) != NULL) {
            chart_view_share(&view->charts[kind], &view->charts[other]);
        }
    }
    return answer;
}

// What the picture shows, for its text chunk.
static void describe_tensor(PanelKind kind, const Snapshot *snapshot, const DashboardView *view,
                            char *out, size_t size) {
    int histogram = panel_index(view->histogram, snapshot->histogram_count);
    int set = panel_index(view->held_out, snapshot->held_out_count);
    switch (kind) {
    case PANEL_HISTOGRAM:
        snprintf(out, size, "%s",
                 snapshot->histogram_count > 0 ? snapshot->histograms[histogram].name : "none");
        break;
    case PANEL_WEIGHTS:
        snprintf(out, size, "%s over time", panel_weights_name(snapshot, view));
        break;
    case PANEL_FILTERS:
        snprintf(out, size, "phi layer1.W");
        break;
    case PANEL_TRANSFER:
        snprintf(out, size, "transfer accuracy, %s",
                 snapshot->held_out_count > 0 ? snapshot->held_out[set] : "no held-out set");
        break;
    default:
        snprintf(out, size, "%s", panel_name(kind));
        break;
    }
}

static void picture_size(PanelKind kind, const Snapshot *snapshot, int *columns, int *rows) {
    *columns = 100;
    *rows = 30;
    if (kind == PANEL_FILTERS && snapshot->filters.units > 0) {
        filters_size(&snapshot->filters, weight_in_picture, 0, columns, rows);
    } else if (kind == PANEL_WORKERS) {
        *columns = 72;
        *rows = snapshot->worker_count + 2;
    }
}

bool dashboard_export(PanelKind kind, const Snapshot *snapshot, const DashboardView *view,
                      const char *path, int scale, Theme theme, Status *status) {
    if (snapshot == NULL || panel_name(kind) == NULL) {
        return status_fail(status, STATUS_FAILURE, "%s: there is nothing to show yet", path);
    }
    if (kind == PANEL_FILTERS && snapshot->filters.units < 1) {
        return status_fail(status, STATUS_FAILURE,
                           "%s: no evaluation yet, so there are no filters to show", path);
    }
    char step[32], seed[32], tensor[96];
    snprintf(step, sizeof step, "%ld", snapshot->outer_step);
    snprintf(seed, sizeof seed, "%" PRIu64, snapshot->seed);
    describe_tensor(kind, snapshot, view, tensor, sizeof tensor);
    PictureNote notes[] = {
        {"run", snapshot->run}, {"outer step", step}, {"tensor", tensor}, {"seed", seed}};
    PictureOptions options = {.scale = scale, .theme = theme, .notes = notes, .note_count = 4};
    DashboardView whole = *view;
    whole.first_worker = whole.first_unit = 0;
    Heading heading = {0};
    Scene scene;
    int columns, rows;
    picture_size(kind, snapshot, &columns, &rows);
    scene_init(&scene, columns, rows);
    draw_panel(&scene, kind, snapshot, &whole, &heading, weight_in_picture);
    bool done = picture_export(&scene, path, &options, status);
    scene_clear(&scene);
    return done;
}
