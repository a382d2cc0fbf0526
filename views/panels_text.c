// The panels that are text: status, log, key bar, workers.
#include "views/panels.h"

#include "views/text.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

// Words that run from left to right and go on in the next row while there is one.
typedef struct {
    Scene *scene;
    int x, row;
} Flow;

static void flow_break(Flow *flow) {
    if (flow->x > 0 && flow->row + 1 < (int)flow->scene->height) {
        flow->row++;
        flow->x = 0;
    }
}

// False, and nothing drawn, if there is no room any more.
static bool flow_word(Flow *flow, const char *word, int gap, Ink ink, Weight weight) {
    int width = text_width(word);
    if (flow->x + width > flow->scene->width) {
        flow_break(flow);
    }
    if (flow->x + width > flow->scene->width) {
        return false;
    }
    scene_text(flow->scene, flow->x, flow->row + 0.5, ALIGN_LEFT, ink, weight, word);
    flow->x += width + gap;
    return true;
}

static void flow_state(Flow *flow, EngineState state) {
    static const struct {
        const char *name;
        Ink ink;
    } states[] = {
        [ENGINE_STARTING] = {"starting", INK_DIM},
        [ENGINE_TRAINING] = {"training", INK_GOOD},
        [ENGINE_EVALUATING] = {"evaluating", INK_GOOD},
        [ENGINE_PAUSED] = {"PAUSED", INK_WARNING},
        [ENGINE_SAVING] = {"saving", INK_GOOD},
        [ENGINE_FINISHED] = {"finished", INK_TITLE},
        [ENGINE_FAILED] = {"FAILED", INK_ERROR},
        [ENGINE_INTERRUPTED] = {"interrupted", INK_TITLE},
        [ENGINE_KILLED] = {"KILLED", INK_ERROR},
        [ENGINE_UNKNOWN] = {"on another host", INK_WARNING},
    };
    if (state == ENGINE_PAUSED || state == ENGINE_FAILED || state == ENGINE_KILLED) {
        char word[16];
        snprintf(word, sizeof word, " %s ", states[state].name);
        scene_text_reversed(flow->scene, flow->x, flow->row + 0.5, states[state].ink, word);
        flow->x += text_width(word) + 2;
        return;
    }
    flow_word(flow, states[state].name, 2, states[state].ink, WEIGHT_BOLD);
}

// "12.3 GFLOP/s"; a dash for what is not measured yet.
static void flow_rate(Flow *flow, double value, const char *unit) {
    char number[32], word[64];
    snprintf(word, sizeof word, "%s %s",
             isnan(value) ? "-" : format_number(number, sizeof number, value, 3), unit);
    flow_word(flow, word, 2, isnan(value) ? INK_DIM : INK_TEXT, WEIGHT_NORMAL);
}

static void flow_progress(Flow *flow, const Snapshot *snapshot) {
    char done[32], goal[32], word[96];
    format_count(done, sizeof done, snapshot->outer_step);
    if (snapshot->outer_step_goal > 0) {
        snprintf(word, sizeof word, "outer step %s of %s", done,
                 format_count(goal, sizeof goal, snapshot->outer_step_goal));
    } else {
        snprintf(word, sizeof word, "outer step %s", done);
    }
    flow_word(flow, word, 2, INK_TEXT, WEIGHT_BOLD);
    flow_word(flow, format_duration(word, sizeof word, snapshot->seconds), 2, INK_TEXT,
              WEIGHT_NORMAL);
}

void panel_status(Scene *scene, const Snapshot *snapshot) {
    Flow flow = {scene, 0, 0};
    char word[160];
    flow_word(&flow, "rulesmith", 2, INK_TITLE, WEIGHT_BOLD);
    if (snapshot == NULL) {
        flow_state(&flow, ENGINE_STARTING);
        return;
    }
    if (snapshot->watched) {
        flow_word(&flow, "watching", 2, INK_FOCUS, WEIGHT_BOLD);
    }
    flow_state(&flow, snapshot->state);
    flow_progress(&flow, snapshot);
    if (scene->height >= 2) { // the run has the rest of the first row
        text_fit(word, sizeof word, snapshot->run, (int)scene->width - flow.x);
        if (flow.x + 8 < scene->width) {
            flow_word(&flow, word, 2, INK_DIM, WEIGHT_NORMAL);
        }
        flow_break(&flow);
    }
    if (!snapshot->watched || !isnan(snapshot->outer_steps_per_second)) {
        flow_rate(&flow, snapshot->outer_steps_per_second, "outer/s");
    }
    if (!snapshot->watched) { // who watches cannot know
        flow_rate(&flow, snapshot->inner_steps_per_second, "inner/s");
        flow_rate(&flow, snapshot->gflops, "GFLOP/s");
    }
    if (snapshot->non_finite > 0) {
        snprintf(word, sizeof word, "%ld dropped (not finite)", snapshot->non_finite);
        flow_word(&flow, word, 2, INK_ERROR, WEIGHT_BOLD);
    }
    if (snapshot->threads > 0) {
        snprintf(word, sizeof word, "%d thread%s %s", snapshot->threads,
                 snapshot->threads == 1 ? "" : "s", snapshot->kernels);
    } else {
        snprintf(word, sizeof word, "%s", snapshot->kernels);
    }
    flow_word(&flow, word, 2, INK_DIM, WEIGHT_NORMAL);
    flow_word(&flow, snapshot->preset, 2, INK_DIM, WEIGHT_NORMAL);
    if (scene->height < 2 && flow.x + 8 < scene->width) {
        text_fit(word, sizeof word, snapshot->run, (int)scene->width - flow.x);
        flow_word(&flow, word, 2, INK_DIM, WEIGHT_NORMAL);
    }
}

void panel_log(Scene *scene, const Snapshot *snapshot, const Heading *heading) {
    int rows = (int)scene->height, top = 0, count = snapshot != NULL ? snapshot->log_count : 0;
    if (rows >= 3) {
        figure_heading(scene, heading, "log", "", "");
        top = 1;
    }
    int shown = count < rows - top ? count : rows - top;
    for (int i = 0; i < shown; i++) {
        int line = count - shown + i;
        char fitted[SNAPSHOT_LOG_TEXT + 4];
        bool failure = snapshot->state == ENGINE_FAILED && line == count - 1;
        text_fit(fitted, sizeof fitted, snapshot->log[line], (int)scene->width);
        scene_text(scene, 0, top + i + 0.5, ALIGN_LEFT,
                   failure             ? INK_ERROR
                   : line == count - 1 ? INK_TEXT
                                       : INK_DIM,
                   WEIGHT_NORMAL, fitted);
    }
}

void panel_keys(Scene *scene, const char *const *key_bar) {
    Flow flow = {scene, 0, 0};
    for (int i = 0; key_bar != NULL && key_bar[i] != NULL; i++) {
        const char *tab = strchr(key_bar[i], '\t');
        char key[32];
        if (tab == NULL) {
            continue;
        }
        snprintf(key, sizeof key, "%.*s", (int)(tab - key_bar[i]), key_bar[i]);
        if (flow.x + text_width(key) + 1 + text_width(tab + 1) > scene->width) {
            break;
        }
        flow_word(&flow, key, 1, INK_KEY, WEIGHT_BOLD);
        flow_word(&flow, tab + 1, 2, INK_TEXT, WEIGHT_NORMAL);
    }
}

enum { WORKER_COLUMNS = 6, WORKER_ENTRY = 64 };

static void describe_worker(const WorkerView *worker, int number, char entries[][WORKER_ENTRY]) {
    snprintf(entries[0], WORKER_ENTRY, "%d", number);
    snprintf(entries[1], WORKER_ENTRY, "%s", worker->task);
    snprintf(entries[2], WORKER_ENTRY, "%s", worker->architecture);
    if (worker->phase == WORKER_IDLE && worker->horizon == 0) {
        snprintf(entries[3], WORKER_ENTRY, "idle");
    } else {
        snprintf(entries[3], WORKER_ENTRY, "%d/%d", worker->inner_step, worker->horizon);
    }
    if (isnan(worker->meta_loss)) {
        snprintf(entries[4], WORKER_ENTRY, "-");
    } else {
        format_fixed(entries[4], WORKER_ENTRY, worker->meta_loss, 3);
    }
    if (isnan(worker->accuracy)) {
        snprintf(entries[5], WORKER_ENTRY, "-");
    } else {
        format_fixed(entries[5], WORKER_ENTRY, worker->accuracy, 3);
    }
}

void panel_workers(Scene *scene, const Snapshot *snapshot, const DashboardView *view,
                   const Heading *heading) {
    char text[SNAPSHOT_WORKERS * WORKER_COLUMNS][WORKER_ENTRY];
    const char *entries[SNAPSHOT_WORKERS * WORKER_COLUMNS];
    Ink inks[SNAPSHOT_WORKERS];
    int count = snapshot != NULL ? snapshot->worker_count : 0;
    for (int w = 0; w < count; w++) {
        const WorkerView *worker = &snapshot->workers[w];
        describe_worker(worker, w + 1, text + w * WORKER_COLUMNS);
        inks[w] = worker->phase == WORKER_UNROLLING ? INK_TEXT : INK_DIM;
        for (int c = 0; c < WORKER_COLUMNS; c++) {
            entries[w * WORKER_COLUMNS + c] = text[w * WORKER_COLUMNS + c];
        }
    }
    Table table = {
        .title = "workers",
        .empty = "no worker yet",
        .columns = {{"#", 0, ALIGN_RIGHT, 4},
                    {"task", 12, ALIGN_LEFT, 1},
                    {"architecture", 8, ALIGN_LEFT, 3},
                    {"inner", 0, ALIGN_RIGHT, 0},
                    {"loss", 0, ALIGN_RIGHT, 2},
                    {"accuracy", 0, ALIGN_RIGHT, 5}},
        .column_count = WORKER_COLUMNS,
        .entries = entries,
        .inks = inks,
        .row_count = count,
        .first = view->first_worker,
        .selected = -1,
    };
    figure_table(scene, heading, &table);
}
