// The Step screen: the inner loop under a debugger (engine/debugger.h), on a thread of its own.
#include "app/screen_step.h"

#include "app/screens.h"
#include "app/step_export.h"
#include "views/nearest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_REPEATS = 1000000 };
// A key waits so long for its answer before the screen is drawn without it.
static const double seconds_for_answer = 0.03;

// ---- opening ----

// The rule of the run that is shown.
static void choose_rule_of_run(StepOpening *opening, const Workbench *workbench) {
    const RunDirectory *run = workbench_run(workbench);
    const Settings *settings = workbench_settings(workbench);
    char path[PATH_MAX];
    Status status;
    memset(opening, 0, sizeof *opening);
    settings_default(&opening->settings);
    if (settings)
        opening->settings = *settings;
    if (run && run_directory_file(run, "rule.safetensors", path, &status))
        memcpy(opening->rule, path, sizeof path);
    if (workbench->plan.data_path)
        snprintf(opening->data_path, sizeof opening->data_path, "%s", workbench->plan.data_path);
}

// What this process trains, or the rule of the run that is watched.
static void open_shown_run(StepScreen *screen, Workbench *workbench) {
    if (workbench->plan.stepping && !screen->opened)
        screen->opening = *workbench->plan.stepping;
    else
        choose_rule_of_run(&screen->opening, workbench);
    screen->copy_asked = false;
    if (workbench->plan.thread && !workbench->watch) {
        step_screen_ask_copy(screen, workbench, 0);
    } else if (!step_thread_open(screen->thread, &screen->opening)) {
        workbench_say(workbench, "too many commands wait");
    }
}

// Another run than before is opened; else the session goes on.
static void enter(void *state, Workbench *workbench) {
    StepScreen *screen = state;
    const RunDirectory *run = workbench_run(workbench);
    const char *path = run ? run->path : "";
    if (screen->opened && strcmp(path, screen->run) == 0)
        return;
    open_shown_run(screen, workbench);
    snprintf(screen->run, sizeof screen->run, "%s", path);
    screen->opened = true;
}

static void *open_step(Workbench *workbench) {
    (void)workbench;
    Status status;
    StepScreen *screen = calloc(1, sizeof *screen);
    if (!screen || !step_thread_start(&screen->thread, &status)) {
        free(screen);
        return NULL;
    }
    stepping_view_init(&screen->view);
    snprintf(screen->waiting, sizeof screen->waiting, "reading the rule and its data");
    return screen;
}

static void close_step(void *state) {
    StepScreen *screen = state;
    step_thread_free(screen->thread);
    free(screen);
}

// ---- news ----

// The copy that the training has made moves to the thread.
static void take_copy(StepScreen *screen, Workbench *workbench) {
    UnrollCopy copy;
    char label[RULE_LABEL];
    if (!screen->copy_asked || !workbench->plan.thread ||
        !training_thread_take_copy(workbench->plan.thread, &copy))
        return;
    screen->copy_asked = false;
    snprintf(label, sizeof label, "theta after outer step %ld", copy.start.outer_step);
    if (!step_thread_open_copy(screen->thread, &copy, label))
        workbench_say(workbench, "no memory for a copy");
}

static bool tick(void *state, Workbench *workbench) {
    StepScreen *screen = state;
    char text[STEP_THREAD_MESSAGE];
    take_copy(screen, workbench);
    const bool news = step_thread_has_news(screen->thread);
    if (step_thread_message(screen->thread, text)) {
        workbench_say(workbench, "%s", text);
        if (!screen->copy_asked)
            snprintf(screen->waiting, sizeof screen->waiting, "%s", text);
    }
    screen->snapshot = step_thread_look(screen->thread);
    const bool busy = step_thread_busy(screen->thread) > 0, changed = busy || screen->was_busy;
    screen->was_busy = busy;
    return news || changed;
}

static void draw(const void *state, const Workbench *workbench, CellGrid *grid) {
    const StepScreen *screen = state;
    const double seconds = step_thread_busy(screen->thread);
    char busy[64] = "";
    if (screen->count > 0)
        snprintf(busy, sizeof busy, "%ld ...", screen->count);
    else if (seconds > seconds_for_answer)
        snprintf(busy, sizeof busy, "BUSY %d s (Esc stops)", (int)seconds);
    stepping_draw(grid, screen->snapshot, &screen->view, screen->waiting, busy, &workbench->style);
}

// ---- export ----

static int panels(const void *state, const Workbench *workbench, const char *names[SCREEN_PANELS],
                  int *focused) {
    (void)workbench;
    const StepScreen *screen = state;
    int count = 0;
    for (int panel = 0; screen->snapshot && panel < STEPPING_PANELS; panel++) {
        const char *name = stepping_panel_name((SteppingPanel)panel);
        if (!name)
            continue;
        if (panel == (int)screen->view.focus)
            *focused = count;
        names[count++] = name;
    }
    return count;
}

static bool export_panel(const void *state, const Workbench *workbench, const char *name,
                         const char *path, Status *status) {
    (void)workbench;
    const StepScreen *screen = state;
    SteppingView view = screen->view;
    SteppingPanel panel;
    if (!screen->snapshot)
        return status_fail(status, STATUS_FAILURE, "%s: there is nothing to show yet", path);
    return (stepping_panel_from_name(name, &panel) ||
            step_export_find(name, &panel, &view, status)) &&
           stepping_export(panel, screen->snapshot, &view, path, 2, THEME_LIGHT, status);
}

// Inner step and stage.
static long picture_number(const void *state) {
    const StepScreen *screen = state;
    return screen->snapshot ? 100L * screen->snapshot->at.step + screen->snapshot->at.stage : 0;
}

// ---- moving ----

// Tells the thread a line and shows what comes of it, if that comes soon.
static void do_line(StepScreen *screen, Workbench *workbench, const char *line) {
    if (!step_thread_send(screen->thread, line)) {
        workbench_say(workbench, "too many commands wait; Esc forgets them");
        return;
    }
    step_thread_wait(screen->thread, seconds_for_answer);
    tick(screen, workbench);
}

static void move(void *state, Workbench *workbench, int key) {
    StepScreen *screen = state;
    char line[32];
    if (screen->count > 0 && key != 'c' && key != 'C')
        snprintf(line, sizeof line, "%ld%c", screen->count, key);
    else
        snprintf(line, sizeof line, "%c", key);
    screen->count = 0;
    do_line(screen, workbench, line);
}

static void digit(void *state, Workbench *workbench, int key) {
    (void)workbench;
    StepScreen *screen = state;
    const long count = 10 * screen->count + (key - '0');
    if (count <= MOST_REPEATS)
        screen->count = count;
}

static void where(void *state, Workbench *workbench, int key) {
    (void)key;
    const StepScreen *screen = state;
    const StepSnapshot *snapshot = screen->snapshot;
    char copied[64] = "";
    if (!snapshot)
        return;
    if (snapshot->copied)
        snprintf(copied, sizeof copied, "copy of worker %d, outer step %ld, ", snapshot->worker + 1,
                 snapshot->outer_step);
    workbench_say(workbench, "%s%s, %s, inner step %d, %s, seed %llu, %s", copied, snapshot->rule,
                  snapshot->task, snapshot->at.step, snapshot->stage,
                  (unsigned long long)snapshot->seed, snapshot->architecture);
}

static void other_future(void *state, Workbench *workbench, int key) {
    (void)key;
    do_line(state, workbench, "look");
}

static void back(void *state, Workbench *workbench, int key) {
    (void)workbench;
    (void)key;
    StepScreen *screen = state;
    if (screen->count > 0)
        screen->count = 0;
    else if (step_thread_busy(screen->thread) > 0)
        step_thread_stop(screen->thread);
    else
        screen->view.zoomed = false;
}

// ---- looking ----

static bool is_in_table(const StepScreen *screen) {
    return screen->view.table && screen->view.focus == STEPPING_TENSOR;
}

static void go_to_row(StepScreen *screen, int row) {
    const TensorView *tensor = &screen->snapshot->tensor;
    const int last = (tensor->rank > 1 ? tensor->shape[0] : 1) - 1;
    screen->view.first_row = nearest_index(row, last);
}

static void go_to_column(StepScreen *screen, int column) {
    const TensorView *tensor = &screen->snapshot->tensor;
    const int rows = tensor->rank > 1 ? tensor->shape[0] : 1;
    const int last = (int)(tensor->count / (size_t)rows) - 1;
    screen->view.first_column = nearest_index(column, last);
}

static void select_tensor(StepScreen *screen, Workbench *workbench, int index) {
    const int last = screen->snapshot->tensor_count - 1;
    screen->tensor = nearest_index(index, last);
    screen->view.first_row = screen->view.first_column = 0;
    step_thread_select(screen->thread, screen->tensor);
    step_thread_wait(screen->thread, seconds_for_answer);
    tick(screen, workbench);
}

static void go_by(StepScreen *screen, Workbench *workbench, int by) {
    if (!screen->snapshot)
        return;
    if (is_in_table(screen))
        go_to_row(screen, screen->view.first_row + by);
    else
        select_tensor(screen, workbench, screen->snapshot->selected + by);
}

static void down(void *state, Workbench *workbench, int key) {
    (void)key;
    go_by(state, workbench, 1);
}

static void up(void *state, Workbench *workbench, int key) {
    (void)key;
    go_by(state, workbench, -1);
}

static void page_down(void *state, Workbench *workbench, int key) {
    (void)key;
    go_by(state, workbench, 10);
}

static void page_up(void *state, Workbench *workbench, int key) {
    (void)key;
    go_by(state, workbench, -10);
}

static void first(void *state, Workbench *workbench, int key) {
    (void)key;
    StepScreen *screen = state;
    if (!screen->snapshot)
        return;
    if (is_in_table(screen))
        screen->view.first_row = screen->view.first_column = 0;
    else
        select_tensor(screen, workbench, 0);
}

static void left(void *state, Workbench *workbench, int key) {
    (void)workbench;
    (void)key;
    StepScreen *screen = state;
    if (screen->snapshot)
        go_to_column(screen, screen->view.first_column - 4);
}

static void right(void *state, Workbench *workbench, int key) {
    (void)workbench;
    (void)key;
    StepScreen *screen = state;
    if (screen->snapshot)
        go_to_column(screen, screen->view.first_column + 4);
}

// The table has the focus with its first show, so that the arrows are its.
static void values(void *state, Workbench *workbench, int key) {
    (void)workbench;
    (void)key;
    StepScreen *screen = state;
    screen->view.table = !screen->view.table;
    screen->view.focus = screen->view.table ? STEPPING_TENSOR : STEPPING_TENSORS;
}

static void curves(void *state, Workbench *workbench, int key) {
    (void)workbench;
    (void)key;
    StepScreen *screen = state;
    screen->view.curves = !screen->view.curves;
    screen->view.focus = STEPPING_ANATOMY;
}

static void layer_by(StepScreen *screen, int by) {
    const int layers = screen->snapshot ? screen->snapshot->layers : 1;
    screen->view.layer = (screen->view.layer - 1 + by + layers) % layers + 1;
}

static void next_layer(void *state, Workbench *workbench, int key) {
    (void)workbench;
    (void)key;
    layer_by(state, 1);
}

static void previous_layer(void *state, Workbench *workbench, int key) {
    (void)workbench;
    (void)key;
    layer_by(state, -1);
}

static void next_panel(void *state, Workbench *workbench, int key) {
    (void)workbench;
    (void)key;
    SteppingView *view = &((StepScreen *)state)->view;
    view->focus = stepping_next_panel(view->focus, 1);
}

static void previous_panel(void *state, Workbench *workbench, int key) {
    (void)workbench;
    (void)key;
    SteppingView *view = &((StepScreen *)state)->view;
    view->focus = stepping_next_panel(view->focus, -1);
}

static void zoom(void *state, Workbench *workbench, int key) {
    (void)workbench;
    (void)key;
    SteppingView *view = &((StepScreen *)state)->view;
    view->zoomed = !view->zoomed;
}

static void log_y(void *state, Workbench *workbench, int key) {
    (void)workbench;
    (void)key;
    SteppingView *view = &((StepScreen *)state)->view;
    ChartView *chart = view->focus == STEPPING_ANATOMY    ? &view->shares
                       : view->focus == STEPPING_ACCURACY ? &view->accuracy
                                                          : &view->loss;
    chart->log_y = !chart->log_y;
}

const ScreenKind screen_step = {
    .name = "Step",
    .subject = "the inner loop, step by step",
    .mode = MODE_STEP,
    .number = 2,
    .open = open_step,
    .close = close_step,
    .enter = enter,
    .draw = draw,
    .tick = tick,
    .panels = panels,
    .export_panel = export_panel,
    .picture_number = picture_number,
    .command = step_screen_command,
    .complete = step_screen_complete,
    .handlers =
        {
            [ACTION_MOVE] = move,
            [ACTION_DIGIT] = digit,
            [ACTION_WHERE] = where,
            [ACTION_OTHER_FUTURE] = other_future,
            [ACTION_VALUES] = values,
            [ACTION_CURVES] = curves,
            [ACTION_NEXT_PANEL] = next_panel,
            [ACTION_PREVIOUS_PANEL] = previous_panel,
            [ACTION_ZOOM] = zoom,
            [ACTION_CHART_LOG_Y] = log_y,
            [ACTION_NEXT_ITEM] = next_layer,
            [ACTION_PREVIOUS_ITEM] = previous_layer,
            [ACTION_DOWN] = down,
            [ACTION_UP] = up,
            [ACTION_PAGE_DOWN] = page_down,
            [ACTION_PAGE_UP] = page_up,
            [ACTION_FIRST] = first,
            [ACTION_LEFT] = left,
            [ACTION_RIGHT] = right,
            [ACTION_BACK] = back,
        },
};
