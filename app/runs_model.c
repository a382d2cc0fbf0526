#include "app/runs_model.h"

#include "engine/clock.h"
#include "engine/history.h"
#include "views/nearest.h"

#include <stdio.h>
#include <string.h>

static const double seconds_between_scans = 3, seconds_between_rounds = 0.25;
static const double seconds_of_tick = 0.008;

enum { BYTES_OF_LOOK = 1 << 18 };

void runs_model_init(RunsModel *model, const char *folder) {
    memset(model, 0, sizeof *model);
    run_list_init(&model->list, folder);
}

void runs_model_clear(RunsModel *model) {
    run_list_clear(&model->list);
    run_rows_clear(&model->rows);
}

void runs_model_set_folder(RunsModel *model, const char *folder) {
    run_list_clear(&model->list);
    run_list_init(&model->list, folder);
    runs_model_unmark_all(model);
    model->has_scanned = false;
    model->shown_count = model->cursor = model->next = 0;
    model->at[0] = '\0';
}

// ---- marks ----

static int slot_of(const RunsModel *model, const char *path) {
    for (int i = 0; i < RUNS_MARKED; i++)
        if (*model->marked[i] && strcmp(model->marked[i], path) == 0)
            return i;
    return -1;
}

static RunReader *find(const RunsModel *model, const char *path) {
    for (int i = 0; i < model->list.count; i++)
        if (strcmp(model->list.readers[i]->run.path, path) == 0)
            return model->list.readers[i];
    return NULL;
}

RunReader *runs_model_current(const RunsModel *model) {
    return model->shown_count > 0 ? model->list.readers[model->shown[model->cursor]] : NULL;
}

// ---- the rows ----

static void make_rows(RunsModel *model) {
    run_rows_clear(&model->rows);
    if (!run_rows_init(&model->rows, model->shown_count))
        return;
    for (int i = 0; i < model->shown_count; i++) {
        const RunReader *reader = model->list.readers[model->shown[i]];
        const int slot = slot_of(model, reader->run.path);
        const char letter[] = {slot < 0 ? '\0' : (char)('a' + slot), '\0'};
        run_rows_add(&model->rows, run_list_name(&model->list, reader), letter, reader);
    }
}

// The curves of the run under the cursor are read whole, since they are shown.
static void settle_cursor(RunsModel *model, int cursor) {
    const int last = model->shown_count - 1;
    model->cursor = nearest_index(cursor, last);
    RunReader *reader = runs_model_current(model);
    if (!reader)
        return;
    snprintf(model->at, sizeof model->at, "%s", reader->run.path);
    metrics_file_set_tail(&reader->metrics, 0);
}

// Which runs pass, after anything has changed.  The cursor stays on its run, or in its place if
// that has gone.
static void settle(RunsModel *model) {
    int cursor = model->cursor;
    model->shown_count = 0;
    for (int i = 0; i < model->list.count; i++) {
        const RunReader *reader = model->list.readers[i];
        if (!run_filter_passes(&model->filter, run_list_name(&model->list, reader), reader))
            continue;
        if (strcmp(reader->run.path, model->at) == 0)
            cursor = model->shown_count;
        model->shown[model->shown_count++] = i;
    }
    settle_cursor(model, cursor);
    make_rows(model);
}

// ---- looking ----

static bool scan(RunsModel *model) {
    Status status;
    bool changed;
    char before[sizeof model->trouble];
    memcpy(before, model->trouble, sizeof before);
    model->trouble[0] = '\0';
    if (!run_list_scan(&model->list, &changed, &status)) {
        snprintf(model->trouble, sizeof model->trouble, "%.*s", (int)sizeof model->trouble - 1,
                 status.text);
        return strcmp(before, model->trouble) != 0;
    }
    for (int i = 0; i < model->list.count; i++) {
        RunReader *reader = model->list.readers[i];
        metrics_file_set_most(&reader->metrics, BYTES_OF_LOOK);
        if (slot_of(model, reader->run.path) >= 0)
            metrics_file_set_tail(&reader->metrics, 0);
    }
    return changed || *before;
}

// The next runs of a round, as many as a tick has time for.
static bool look_on(RunsModel *model, double until) {
    bool changed = false;
    while (model->next < model->list.count) {
        changed |= run_reader_look(model->list.readers[model->next++]);
        if (clock_seconds() >= until)
            break;
    }
    return changed;
}

static bool any_behind(const RunsModel *model) {
    for (int i = 0; i < model->list.count; i++)
        if (model->list.readers[i]->metrics.behind)
            return true;
    return false;
}

bool runs_model_tick(RunsModel *model, double now) {
    bool changed = false;
    if (!model->has_scanned || now - model->scanned_at >= seconds_between_scans) {
        changed = scan(model);
        model->scanned_at = now;
        model->next = changed || !model->has_scanned ? 0 : model->next;
        model->has_scanned = true;
    } else if (model->next >= model->list.count &&
               (now - model->round_at >= seconds_between_rounds || any_behind(model))) {
        model->next = 0;
        model->round_at = now;
    }
    changed |= look_on(model, now + seconds_of_tick);
    if (changed)
        settle(model);
    return changed;
}

// ---- choosing ----

bool runs_model_filter(RunsModel *model, const char *text, Status *status) {
    if (!run_filter_parse(&model->filter, text, status))
        return false;
    snprintf(model->filter_text, sizeof model->filter_text, "%s", text);
    settle(model);
    return true;
}

void runs_model_move(RunsModel *model, int by) {
    settle_cursor(model, model->cursor + by);
}

bool runs_model_mark(RunsModel *model) {
    RunReader *reader = runs_model_current(model);
    if (!reader)
        return true;
    int slot = slot_of(model, reader->run.path);
    if (slot >= 0) {
        model->marked[slot][0] = '\0';
        make_rows(model);
        return true;
    }
    for (slot = 0; slot < RUNS_MARKED && *model->marked[slot]; slot++) {
    }
    if (slot == RUNS_MARKED)
        return false;
    snprintf(model->marked[slot], PATH_MAX, "%s", reader->run.path);
    make_rows(model);
    return true;
}

void runs_model_unmark_all(RunsModel *model) {
    for (int i = 0; i < RUNS_MARKED; i++)
        model->marked[i][0] = '\0';
    if (model->rows.rows)
        make_rows(model);
}

// ---- what is shown of them ----

static OverlayRun overlay_of(const RunsModel *model, const RunReader *reader, char letter) {
    const History *history = reader->metrics.curves.history;
    return (OverlayRun){.name = run_list_name(&model->list, reader),
                        .letter = letter,
                        .history = history,
                        .outer_count = history_outer_count(history),
                        .evaluation_count = history_evaluation_count(history)};
}

int runs_model_overlay(const RunsModel *model, OverlayRun runs[CHART_SERIES]) {
    int count = 0;
    for (int i = 0; i < RUNS_MARKED; i++) {
        const RunReader *reader = *model->marked[i] ? find(model, model->marked[i]) : NULL;
        if (reader)
            runs[count++] = overlay_of(model, reader, (char)('a' + i));
    }
    const RunReader *current = runs_model_current(model);
    if (count == 0 && current)
        runs[count++] = overlay_of(model, current, '\0');
    return count;
}

bool runs_model_pair(const RunsModel *model, const RunReader *pair[2]) {
    int count = 0;
    for (int i = 0; i < RUNS_MARKED && count < 2; i++) {
        const RunReader *reader = *model->marked[i] ? find(model, model->marked[i]) : NULL;
        if (reader)
            pair[count++] = reader;
    }
    const RunReader *current = runs_model_current(model);
    if (count == 1 && current && current != pair[0])
        pair[count++] = current;
    return count == 2;
}
