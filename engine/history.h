// The writer's side of a History (snapshot.h): points are kept in blocks that never move, so
// readers of earlier points need no lock.  One thread appends; publishing a snapshot makes the
// points visible.
//
// A run of weeks stays within a fixed memory: a series that is full is thinned in its older half,
// evenly over outer steps.  Outer points are put together there (OuterPoint), of evaluations and
// rows some are left out.  So the newest HISTORY_OUTER / 2 outer steps at least are there one by
// one, and no extreme of an older one is lost.  Who holds the history from before keeps it as it
// was.  metrics.jsonl has all points of a run.
#ifndef ENGINE_HISTORY_H
#define ENGINE_HISTORY_H

#include "engine/snapshot.h"
#include "engine/status.h"

History *history_new(void); // NULL without memory, with one holder
// The same, and all memory that its points will ever need is resident from the start, that of
// weights from their first row on.
History *history_new_resident(void);
void history_free(History *history);

// Whoever shows points of a history may outlive its writer: a hold keeps all of it until it is let
// go.  history_free lets the writer's own go.  From any thread.
const History *history_hold(const History *history);
void history_let_go(const History *history);

enum { HISTORY_OUTER = 4096, HISTORY_EVALUATIONS = 512 }; // most points, most rows

// *history is another one afterwards if it had to be thinned; the writer's hold of the one before
// has then been let go.  False without memory; *history is unchanged then.
bool history_append_outer(History **history, const OuterPoint *point);
bool history_append_evaluation(History **history, const EvaluationPoint *point);
// Before the first row of percentiles.
void history_begin_weights(History *history, const WeightNames *names);
bool history_append_weights(History **history, const double *row); // [weight_row_columns]

size_t history_outer_count(const History *history); // for the writer; readers use their snapshot's
size_t history_evaluation_count(const History *history);
size_t history_weight_count(const History *history);

#endif
