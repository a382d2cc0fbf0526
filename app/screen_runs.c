// The Runs screen: the runs under a folder, the curves of some of them in one chart, what differs
// between two; watch, resume, stop.
#include "app/screens.h"

#include "app/runs_model.h"
#include "app/started_runs.h"
#include "engine/clock.h"
#include "views/picture.h"
#include "views/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { DIFF = OVERLAY_KINDS, ITEMS }; // what the lower half shows: an OverlayKind, or the diff
enum { TWO_ABREAST = 110 };           // columns from which on two charts stand side by side

static const double seconds_to_confirm = 5;

typedef struct {
    RunsModel model;
    StartedRuns started;
    int item;
    bool zoomed;
    ChartView charts[OVERLAY_KINDS];
    char stopping[PATH_MAX]; // the run that x was pressed on once
    double stop_until;
} Runs;

static const char *const panel_names[] = {"runs", "runs-loss", "runs-accuracy", "runs-gradient",
                                          "runs-diff"};
enum { LIST_PANEL, FIRST_CHART_PANEL, DIFF_PANEL = FIRST_CHART_PANEL + OVERLAY_KINDS, PANELS };

// The folder that the shown run lies in.
static void folder_of(const RunDirectory *run, char folder[PATH_MAX]) {
    snprintf(folder, PATH_MAX, "%s", run ? run->path : "runs/x");
    char *slash = strrchr(folder, '/');
    if (!slash)
        snprintf(folder, PATH_MAX, ".");
    else
        slash[slash == folder] = '\0'; // "/" stays
}

static void *open_runs(Workbench *workbench) {
    Runs *runs = calloc(1, sizeof *runs);
    char folder[PATH_MAX];
    if (!runs)
        return NULL;
    folder_of(workbench_run(workbench), folder);
    runs_model_init(&runs->model,
                    workbench->plan.runs_folder ? workbench->plan.runs_folder : folder);
    // The cursor begins on the run that is shown.
    if (workbench_run(workbench))
        snprintf(runs->model.at, sizeof runs->model.at, "%s", workbench_run(workbench)->path);
    started_runs_init(&runs->started);
    runs->charts[OVERLAY_LOSS].smoothing = runs->charts[OVERLAY_GRADIENT].smoothing = 0.95;
    runs->charts[OVERLAY_GRADIENT].log_y = true;
    return runs;
}

static void close_runs(void *state) {
    Runs *runs = state;
    runs_model_clear(&runs->model);
    started_runs_clear(&runs->started);
    free(runs);
}

static bool tick(void *state, Workbench *workbench) {
    Runs *runs = state;
    char text[STARTED_RUN_TEXT];
    if (started_runs_look(&runs->started, text))
        workbench_say(workbench, "%s", text);
    return runs_model_tick(&runs->model, clock_seconds());
}

// ---- drawing ----

static void draw_list(Scene *scene, const Runs *runs, const Heading *heading) {
    const RunsModel *model = &runs->model;
    char title[PATH_MAX + RUN_FILTER_TEXT + 32];
    char empty[PATH_MAX + 64];
    Table table;
    snprintf(title, sizeof title, "runs in %s%s%s%s", model->list.folder,
             *model->filter_text ? " that pass " : "", model->filter_text,
             model->list.more ? ", not all" : "");
    if (*model->trouble)
        snprintf(empty, sizeof empty, "%s", model->trouble);
    else
        snprintf(empty, sizeof empty, "%s",
                 !model->has_scanned     ? "looking"
                 : model->list.count > 0 ? "no run passes the filter"
                                         : "no run here");
    run_rows_table(&model->rows, title, empty, &table);
    // In a scene of that height the cursor is in sight.
    const int room = (int)scene->height - 2;
    table.selected = model->cursor;
    table.first = model->cursor >= room ? model->cursor - room + 1 : 0;
    figure_table(scene, heading, &table);
}

static void draw_diff(Scene *scene, const Runs *runs, const Heading *heading) {
    const RunReader *pair[2];
    const char *entries[3 * SETTINGS_DIFFS];
    SettingDiff *diffs = malloc(SETTINGS_DIFFS * sizeof *diffs);
    if (!diffs || !runs_model_pair(&runs->model, pair) || !pair[0]->has_settings ||
        !pair[1]->has_settings) {
        figure_heading(scene, heading, "settings that differ", "", "");
        figure_sentence(scene,
                        diffs ? "mark two runs (Space), or one and go to another" : "no memory",
                        INK_DIM);
        free(diffs);
        return;
    }
    const int count = settings_diff(&pair[0]->settings, &pair[1]->settings, diffs);
    const Table table = settings_diff_table(diffs, count, run_list_name(&runs->model.list, pair[0]),
                                            run_list_name(&runs->model.list, pair[1]), 8, entries);
    figure_table(scene, heading, &table);
    free(diffs);
}

static void draw_item(Scene *scene, const Runs *runs, int item, const Heading *heading) {
    OverlayRun overlay[CHART_SERIES];
    if (item == DIFF) {
        draw_diff(scene, runs, heading);
        return;
    }
    const int count = runs_model_overlay(&runs->model, overlay);
    figure_overlay(scene, heading, (OverlayKind)item, overlay, count, "no run",
                   &runs->charts[item]);
}

// What there is no column for: where it is, who writes it, why it ended, what could not be read.
static void draw_details(Scene *scene, const Runs *runs) {
    const RunReader *reader = runs_model_current(&runs->model);
    char text[PATH_MAX + 1024];
    char line[1024];
    if (!reader)
        return;
    int length = snprintf(text, sizeof text, "%s", reader->run.path);
    if (reader->life == RUN_WRITTEN)
        length += snprintf(text + length, sizeof text - (size_t)length, "  process %ld on %s",
                           reader->status.pid, reader->status.host);
    if (*reader->status.reason)
        length +=
            snprintf(text + length, sizeof text - (size_t)length, "  %s", reader->status.reason);
    if (*reader->trouble)
        snprintf(text + length, sizeof text - (size_t)length, "  %s", reader->trouble);
    text_fit(line, sizeof line, text, (int)scene->width);
    scene_text(scene, 0, 0.5, ALIGN_LEFT, *reader->trouble ? INK_WARNING : INK_DIM, WEIGHT_NORMAL,
               line);
}

static void draw_items(const Runs *runs, const Workbench *workbench, CellGrid *grid, int row,
                       int rows) {
    const bool two = grid->columns >= TWO_ABREAST && runs->item != DIFF && !runs->zoomed;
    const int half = (grid->columns - 1) / 2;
    const Heading heading = {.rule = true, .focused = runs->zoomed};
    for (int i = 0; i < (two ? 2 : 1); i++) {
        Scene scene;
        scene_init(&scene, two ? (i ? grid->columns - half - 1 : half) : grid->columns, rows);
        draw_item(&scene, runs, two ? (runs->item + i) % OVERLAY_KINDS : runs->item, &heading);
        cells_draw(grid, row, i ? half + 1 : 0, &scene, &workbench->style);
        scene_clear(&scene);
    }
}

static void draw(const void *state, const Workbench *workbench, CellGrid *grid) {
    const Runs *runs = state;
    const int body = grid->rows - 1;
    if (runs->zoomed) {
        draw_items(runs, workbench, grid, 0, body);
        return;
    }
    // The list has what it needs, up to two fifths.
    const int most = body * 2 / 5 < 5 ? 5 : body * 2 / 5;
    const int wanted = runs->model.shown_count + 2;
    const int list = wanted < 5 ? 5 : wanted > most ? most : wanted;
    const Heading heading = {.rule = true};
    Scene scene;
    scene_init(&scene, grid->columns, list);
    draw_list(&scene, runs, &heading);
    cells_draw(grid, 0, 0, &scene, &workbench->style);
    scene_reset(&scene, grid->columns, 1);
    draw_details(&scene, runs);
    cells_draw(grid, list, 0, &scene, &workbench->style);
    scene_clear(&scene);
    draw_items(runs, workbench, grid, list + 1, body - list - 1);
}

// ---- export ----

static int panels(const void *state, const Workbench *workbench, const char *names[SCREEN_PANELS],
                  int *focused) {
    (void)workbench;
    const Runs *runs = state;
    memcpy(names, panel_names, sizeof panel_names);
    *focused = FIRST_CHART_PANEL + runs->item;
    return PANELS;
}

// The list or the diff, as large as they are.
static bool export_table(const Runs *runs, bool list, const char *path, Status *status) {
    const Heading heading = {0};
    Scene scene;
    scene_init(&scene, 120, list ? runs->model.shown_count + 2 : 30);
    if (list)
        draw_list(&scene, runs, &heading);
    else
        draw_diff(&scene, runs, &heading);
    const PictureNote notes[] = {{"folder", runs->model.list.folder}};
    const PictureOptions options = {
        .scale = 2, .theme = THEME_LIGHT, .notes = notes, .note_count = 1};
    const bool done = picture_export(&scene, path, &options, status);
    scene_clear(&scene);
    return done;
}

static bool export_panel(const void *state, const Workbench *workbench, const char *panel,
                         const char *path, Status *status) {
    (void)workbench;
    const Runs *runs = state;
    OverlayRun overlay[CHART_SERIES];
    int found = 0;
    while (found < PANELS && strcmp(panel_names[found], panel) != 0)
        found++;
    if (found == PANELS)
        return status_fail(status, STATUS_USAGE, "the Runs screen has no panel '%.40s'", panel);
    if (found == LIST_PANEL || found == DIFF_PANEL)
        return export_table(runs, found == LIST_PANEL, path, status);
    const int item = found - FIRST_CHART_PANEL;
    const int count = runs_model_overlay(&runs->model, overlay);
    return overlay_export((OverlayKind)item, overlay, count, &runs->charts[item], path, 2,
                          THEME_LIGHT, status);
}

// ---- watching, resuming, stopping ----

static bool is_own(const Workbench *workbench, const RunReader *reader) {
    return workbench->plan.thread && workbench->plan.run && reader->status.pid == (long)getpid() &&
           reader->life == RUN_WRITTEN;
}

static void watch(void *state, Workbench *workbench, int key) {
    (void)key;
    const RunReader *reader = runs_model_current(&((Runs *)state)->model);
    if (!reader)
        return;
    if (workbench_watch(workbench, is_own(workbench, reader) ? NULL : reader->run.path))
        workbench->wanted = MODE_TRAIN;
}

static void resume(void *state, Workbench *workbench, int key) {
    (void)key;
    Runs *runs = state;
    const RunReader *reader = runs_model_current(&runs->model);
    Status status;
    pid_t pid;
    if (!reader)
        return;
    if (reader->life == RUN_WRITTEN)
        workbench_say(workbench, "%.300s goes on already, in process %ld", reader->run.path,
                      reader->status.pid);
    else if (!started_runs_resume(&runs->started, reader->run.path, &pid, &status))
        workbench_say(workbench, "%.400s", status.text);
    else
        workbench_say(workbench, "%.300s goes on in process %ld; x stops it, leaving does not",
                      reader->run.path, (long)pid);
}

static void stop_now(Runs *runs, Workbench *workbench, const RunReader *reader) {
    runs->stopping[0] = '\0';
    if (is_own(workbench, reader)) {
        training_thread_send(workbench->plan.thread, TRAINING_QUIT, 0);
        workbench_say(workbench, "saving and stopping");
    } else if (started_runs_stop(&runs->started, reader->run.path)) {
        workbench_say(workbench, "%.300s: asked to save and stop", reader->run.path);
    }
}

static void stop(void *state, Workbench *workbench, int key) {
    (void)key;
    Runs *runs = state;
    const RunReader *reader = runs_model_current(&runs->model);
    if (!reader)
        return;
    const char *path = reader->run.path;
    if (!is_own(workbench, reader) && !started_runs_has(&runs->started, path)) {
        if (reader->life == RUN_WRITTEN)
            workbench_say(workbench, "%.300s was not started here: process %ld writes it", path,
                          reader->status.pid);
        else
            workbench_say(workbench, "%.300s is not running", path);
        return;
    }
    if (strcmp(runs->stopping, path) == 0 && clock_seconds() < runs->stop_until) {
        stop_now(runs, workbench, reader);
        return;
    }
    snprintf(runs->stopping, sizeof runs->stopping, "%s", path);
    runs->stop_until = clock_seconds() + seconds_to_confirm;
    workbench_say(workbench, "x again saves and stops %.300s", path);
}

// ---- other actions ----

static bool filter(void *state, const char *text, Status *status) {
    return runs_model_filter(&((Runs *)state)->model, text, status);
}

static void mark(void *state, Workbench *workbench, int key) {
    (void)key;
    RunsModel *model = &((Runs *)state)->model;
    if (!runs_model_mark(model))
        workbench_say(workbench, "%d runs are marked, which is the most", RUNS_MARKED);
    else
        runs_model_move(model, 1);
}

static void unmark(void *state, Workbench *workbench, int key) {
    (void)workbench;
    (void)key;
    runs_model_unmark_all(&((Runs *)state)->model);
}

static void diff(void *state, Workbench *workbench, int key) {
    (void)workbench;
    (void)key;
    Runs *runs = state;
    runs->item = runs->item == DIFF ? OVERLAY_LOSS : (int)DIFF;
}

static void next_item(void *state, Workbench *workbench, int key) {
    (void)workbench;
    Runs *runs = state;
    runs->item = (runs->item + (key == '[' ? ITEMS - 1 : 1)) % ITEMS;
}

static void log_y(void *state, Workbench *workbench, int key) {
    (void)workbench;
    (void)key;
    Runs *runs = state;
    if (runs->item != DIFF)
        runs->charts[runs->item].log_y = !runs->charts[runs->item].log_y;
}

static void zoom(void *state, Workbench *workbench, int key) {
    (void)workbench;
    (void)key;
    Runs *runs = state;
    runs->zoomed = !runs->zoomed;
}

static void move_by(void *state, int by) {
    runs_model_move(&((Runs *)state)->model, by);
}

static void down(void *state, Workbench *workbench, int key) {
    (void)workbench;
    (void)key;
    move_by(state, 1);
}

static void up(void *state, Workbench *workbench, int key) {
    (void)workbench;
    (void)key;
    move_by(state, -1);
}

static void page_down(void *state, Workbench *workbench, int key) {
    (void)workbench;
    (void)key;
    move_by(state, 10);
}

static void page_up(void *state, Workbench *workbench, int key) {
    (void)workbench;
    (void)key;
    move_by(state, -10);
}

static void first(void *state, Workbench *workbench, int key) {
    (void)workbench;
    (void)key;
    move_by(state, -RUN_LIST_MOST);
}

static void last(void *state, Workbench *workbench, int key) {
    (void)workbench;
    (void)key;
    move_by(state, RUN_LIST_MOST);
}

// Zoom, diff, filter: the one that hides most first.
static void back(void *state, Workbench *workbench, int key) {
    (void)workbench;
    (void)key;
    Runs *runs = state;
    Status ignored;
    if (runs->zoomed)
        runs->zoomed = false;
    else if (runs->item == DIFF)
        runs->item = OVERLAY_LOSS;
    else
        runs_model_filter(&runs->model, "", &ignored);
}

const ScreenKind screen_runs = {
    .name = "Runs",
    .subject = "the runs under a folder",
    .mode = MODE_RUNS,
    .number = 5,
    .open = open_runs,
    .close = close_runs,
    .draw = draw,
    .tick = tick,
    .panels = panels,
    .export_panel = export_panel,
    .filter = filter,
    .handlers =
        {
            [ACTION_WATCH] = watch,
            [ACTION_MARK] = mark,
            [ACTION_UNMARK] = unmark,
            [ACTION_DIFF] = diff,
            [ACTION_RESUME_RUN] = resume,
            [ACTION_STOP_RUN] = stop,
            [ACTION_NEXT_ITEM] = next_item,
            [ACTION_PREVIOUS_ITEM] = next_item,
            [ACTION_CHART_LOG_Y] = log_y,
            [ACTION_ZOOM] = zoom,
            [ACTION_DOWN] = down,
            [ACTION_UP] = up,
            [ACTION_PAGE_DOWN] = page_down,
            [ACTION_PAGE_UP] = page_up,
            [ACTION_FIRST] = first,
            [ACTION_LAST] = last,
            [ACTION_BACK] = back,
        },
};
