// What the Runs screen knows and has chosen: the runs under a folder, those that pass a filter, the
// cursor, the marked ones with their letters.  Looks take a few milliseconds each, so that keys do
// not wait: a long list and long curves come bit by bit.
//
// One thread uses a RunsModel.
#ifndef APP_RUNS_MODEL_H
#define APP_RUNS_MODEL_H

#include "app/run_filter.h"
#include "app/run_list.h"
#include "app/run_table.h"
#include "app/settings_diff.h"
#include "views/overlay.h"

enum { RUNS_MARKED = CHART_SERIES };

typedef struct {
    RunList list;
    RunFilter filter;
    char filter_text[RUN_FILTER_TEXT];
    int shown[RUN_LIST_MOST]; // [shown_count], into list.readers: those that pass
    int shown_count;
    int cursor;                         // into shown
    char at[PATH_MAX];                  // the run under the cursor, which it follows
    char marked[RUNS_MARKED][PATH_MAX]; // slot i has the letter 'a' + i; "": free
    RunRows rows;                       // of shown
    char trouble[256];                  // the folder cannot be read, or ""

    double scanned_at, round_at; // seconds of the monotonic clock
    int next;                    // to be looked at in this round
    bool has_scanned;
} RunsModel;

// Nothing is read yet.
void runs_model_init(RunsModel *model, const char *folder);
void runs_model_clear(RunsModel *model);

// Another folder, with everything forgotten but the filter.
void runs_model_set_folder(RunsModel *model, const char *folder);

// Looks for news; true if there are any.  now: seconds of the monotonic clock.
bool runs_model_tick(RunsModel *model, double now);

// Fails with a sentence on a wrong filter, and changes nothing then.
bool runs_model_filter(RunsModel *model, const char *text, Status *status);

void runs_model_move(RunsModel *model, int by);

// The run under the cursor, or NULL.
RunReader *runs_model_current(const RunsModel *model);

// Marks the run under the cursor, or takes the mark away.  False if all letters are used.
bool runs_model_mark(RunsModel *model);
void runs_model_unmark_all(RunsModel *model);

// The runs whose curves are wanted: the marked ones that are there, in the order of their letters;
// without any, the one under the cursor.  names [CHART_SERIES] and histories are the list's: valid
// until the next tick.  Returns how many.
int runs_model_overlay(const RunsModel *model, OverlayRun runs[CHART_SERIES]);

// The two runs whose settings are compared: the first two marked ones, or the marked one and the
// one under the cursor.  False if there are no two.
bool runs_model_pair(const RunsModel *model, const RunReader *pair[2]);

#endif
