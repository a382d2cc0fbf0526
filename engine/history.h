// The writer's side of a History (snapshot.h): points are kept in chunks that never move, so
// readers of earlier points need no lock.  One thread appends; publishing a snapshot makes the
// points visible.
#ifndef ENGINE_HISTORY_H
#define ENGINE_HISTORY_H

#include "engine/snapshot.h"
#include "engine/status.h"

History *history_new(void); // NULL without memory, with one holder
void history_free(History *history);

// Whoever shows points of a history may outlive its writer: a hold keeps all of it until it is let
// go.  history_free lets the writer's own go.  From any thread.
const History *history_hold(const History *history);
void history_let_go(const History *history);

// False without memory or beyond the greatest number of points (4 million); history is unchanged
// then.
bool history_append_outer(History *history, const OuterPoint *point);
bool history_append_evaluation(History *history, const EvaluationPoint *point);
// Before the first row of percentiles.
void history_begin_weights(History *history, const WeightNames *names);
bool history_append_weights(History *history, const double *row); // [weight_row_columns]

size_t history_outer_count(const History *history); // for the writer; readers use their snapshot's
size_t history_evaluation_count(const History *history);
size_t history_weight_count(const History *history);

#endif
