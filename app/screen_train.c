// The Train screen: the dashboard of the running training.
#include "app/screens.h"

#include "views/dashboard.h"

#include <stdlib.h>
#include <string.h>

enum { SCROLL_MAX = 1000000 }; // more than anything is long

typedef struct {
    DashboardView view;
} Train;

static void *open_train(Workbench *workbench) {
    (void)workbench;
    Train *train = calloc(1, sizeof *train);
    if (train)
        dashboard_view_init(&train->view);
    return train;
}

static void draw(const void *state, const Workbench *workbench, CellGrid *grid) {
    const Train *train = state;
    dashboard_draw(grid, workbench->snapshot, &train->view, NULL, &workbench->style, NULL);
}

// -- Export
// ----------------------------------------------------------------------------------------

static int panels(const void *state, const Workbench *workbench, const char *names[SCREEN_PANELS],
                  int *focused) {
    (void)workbench;
    const Train *train = state;
    int count = 0;
    for (int kind = 0; kind < PANEL_COUNT; kind++) {
        if (!panel_name((PanelKind)kind))
            continue;
        // Without a focus the filters: what the rule has learned to see.
        if (kind == (int)train->view.focus ||
            (train->view.focus == PANEL_COUNT && kind == PANEL_FILTERS))
            *focused = count;
        names[count++] = panel_name((PanelKind)kind);
    }
    return count;
}

static bool export_panel(const void *state, const Workbench *workbench, const char *panel,
                         const char *path, Status *status) {
    const Train *train = state;
    PanelKind kind;
    if (!panel_from_name(panel, &kind))
        return status_fail(status, STATUS_USAGE, "the Train screen has no panel '%.40s'", panel);
    return dashboard_export(kind, workbench->snapshot, &train->view, path, 2, THEME_LIGHT, status);
}

// -- Actions
// ---------------------------------------------------------------------------------------

static void pause_or_go_on(void *state, Workbench *workbench, int key) {
    (void)state;
    (void)key;
    workbench_pause_or_go_on(workbench);
}

static void save_now(void *state, Workbench *workbench, int key) {
    (void)state;
    (void)key;
    workbench_save(workbench);
}

static void evaluate_now(void *state, Workbench *workbench, int key) {
    (void)state;
    (void)key;
    workbench_evaluate(workbench);
}

static void focus_by(Train *train, int direction) {
    train->view.focus = dashboard_next_panel(train->view.focus, direction);
}

static void next_panel(void *state, Workbench *workbench, int key) {
    (void)workbench;
    (void)key;
    focus_by(state, 1);
}

static void previous_panel(void *state, Workbench *workbench, int key) {
    (void)workbench;
    (void)key;
    focus_by(state, -1);
}

static void zoom(void *state, Workbench *workbench, int key) {
    (void)workbench;
    (void)key;
    Train *train = state;
    if (train->view.focus == PANEL_COUNT)
        focus_by(train, 1);
    train->view.zoomed = !train->view.zoomed;
}

static void move(Train *train, Workbench *workbench, ChartMove move) {
    const char *answer = dashboard_move(&train->view, workbench->snapshot, move, workbench->rows,
                                        workbench->columns);
    if (answer)
        workbench_say(workbench, "%s", answer);
}

// The actions of charts stand in the order of the moves.
static void move_by_key(void *state, Workbench *workbench, int key) {
    const KeyEntry *entry = keys_find(key, MODE_TRAIN);
    move(state, workbench, (ChartMove)(entry->action - ACTION_CHART_LEFT));
}

static bool chart_has_focus(const Train *train) {
    return dashboard_chart_view(&train->view, train->view.focus) != NULL;
}

static void step_item(Train *train, const Workbench *workbench, int direction) {
    const Snapshot *snapshot = workbench->snapshot;
    const bool transfer = train->view.focus == PANEL_TRANSFER;
    int *item = transfer ? &train->view.held_out : &train->view.histogram;
    const int count = !snapshot                       ? 0
                      : transfer                      ? snapshot->held_out_count
                      : snapshot->histogram_count > 0 ? snapshot->histogram_count
                                                      : dashboard_weight_groups(snapshot);
    if (count > 0)
        *item = (*item + direction + count) % count;
}

static void next_item(void *state, Workbench *workbench, int key) {
    (void)key;
    step_item(state, workbench, 1);
}

static void previous_item(void *state, Workbench *workbench, int key) {
    (void)key;
    step_item(state, workbench, -1);
}

static void over_time(void *state, Workbench *workbench, int key) {
    (void)workbench;
    (void)key;
    DashboardView *view = &((Train *)state)->view;
    view->over_time = !view->over_time;
    if (view->focus == PANEL_HISTOGRAM || view->focus == PANEL_WEIGHTS)
        view->focus = view->over_time ? PANEL_WEIGHTS : PANEL_HISTOGRAM;
}

static void scroll_by(Train *train, const Workbench *workbench, int by) {
    const Snapshot *snapshot = workbench->snapshot;
    const bool filters = train->view.focus == PANEL_FILTERS;
    int *position = filters ? &train->view.first_unit : &train->view.first_worker;
    const int count = !snapshot ? 0 : filters ? snapshot->filters.units : snapshot->worker_count;
    *position += by;
    if (*position > count - 1)
        *position = count - 1;
    if (*position < 0)
        *position = 0;
}

static void down(void *state, Workbench *workbench, int key) {
    (void)key;
    scroll_by(state, workbench, 1);
}

static void up(void *state, Workbench *workbench, int key) {
    (void)key;
    scroll_by(state, workbench, -1);
}

static void page_down(void *state, Workbench *workbench, int key) {
    (void)key;
    scroll_by(state, workbench, 10);
}

static void page_up(void *state, Workbench *workbench, int key) {
    (void)key;
    scroll_by(state, workbench, -10);
}

static void first(void *state, Workbench *workbench, int key) {
    (void)key;
    if (chart_has_focus(state))
        move(state, workbench, CHART_CURSOR_FIRST);
    else
        scroll_by(state, workbench, -SCROLL_MAX);
}

static void last(void *state, Workbench *workbench, int key) {
    (void)key;
    if (chart_has_focus(state))
        move(state, workbench, CHART_CURSOR_LAST);
    else
        scroll_by(state, workbench, SCROLL_MAX);
}

static void back(void *state, Workbench *workbench, int key) {
    (void)key;
    Train *train = state;
    const ChartView *chart = &train->view.charts[PANEL_LOSS]; // window and cursor are shared
    if (train->view.zoomed)
        train->view.zoomed = false;
    else if (chart->cursor || chart->window)
        move(train, workbench, CHART_FOLLOW);
    else
        train->view.focus = PANEL_COUNT;
}

const ScreenKind screen_train = {
    .name = "Train",
    .subject = "the running training",
    .mode = MODE_TRAIN,
    .number = 1,
    .open = open_train,
    .close = free,
    .draw = draw,
    .panels = panels,
    .export_panel = export_panel,
    .handlers =
        {
            [ACTION_PAUSE] = pause_or_go_on,
            [ACTION_SAVE] = save_now,
            [ACTION_EVALUATE] = evaluate_now,
            [ACTION_NEXT_PANEL] = next_panel,
            [ACTION_PREVIOUS_PANEL] = previous_panel,
            [ACTION_ZOOM] = zoom,
            [ACTION_CHART_LEFT] = move_by_key,
            [ACTION_CHART_RIGHT] = move_by_key,
            [ACTION_CHART_PAN_LEFT] = move_by_key,
            [ACTION_CHART_PAN_RIGHT] = move_by_key,
            [ACTION_CHART_ZOOM_IN] = move_by_key,
            [ACTION_CHART_ZOOM_OUT] = move_by_key,
            [ACTION_CHART_FOLLOW] = move_by_key,
            [ACTION_CHART_LOG_X] = move_by_key,
            [ACTION_CHART_LOG_Y] = move_by_key,
            [ACTION_CHART_RANGE] = move_by_key,
            [ACTION_CHART_SMOOTH_LESS] = move_by_key,
            [ACTION_CHART_SMOOTH_MORE] = move_by_key,
            [ACTION_OVER_TIME] = over_time,
            [ACTION_NEXT_ITEM] = next_item,
            [ACTION_PREVIOUS_ITEM] = previous_item,
            [ACTION_DOWN] = down,
            [ACTION_UP] = up,
            [ACTION_PAGE_DOWN] = page_down,
            [ACTION_PAGE_UP] = page_up,
            [ACTION_FIRST] = first,
            [ACTION_LAST] = last,
            [ACTION_BACK] = back,
        },
};
