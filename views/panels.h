// The panels of the Train screen that are neither charts alone nor figures for export.  Used by
// dashboard.c.
#ifndef VIEWS_PANELS_H
#define VIEWS_PANELS_H

#include "views/dashboard.h"

// State, outer step, elapsed time, throughput: in as many rows as the scene has.
void panel_status(Scene *scene, const Snapshot *snapshot);
// The newest log lines; in one row the last one alone, without a heading.
void panel_log(Scene *scene, const Snapshot *snapshot, const Heading *heading);
// key_bar: pairs "key\tmeaning", ended by NULL; those that have room.
void panel_keys(Scene *scene, const char *const *key_bar);

// A panel that is a chart (dashboard_chart_view).
void panel_chart(Scene *scene, PanelKind kind, const Snapshot *snapshot, const DashboardView *view,
                 const Heading *heading);
// Moves in it as it is shown at that place; the answer as chart_view_move's.
const char *panel_chart_move(DashboardView *view, PanelKind kind, const Snapshot *snapshot,
                             ChartMove move, const Rectangle *place);

// The group that the weights over time are of; "none" before the first evaluation.
const char *panel_weights_name(const Snapshot *snapshot, const DashboardView *view);

void panel_histogram(Scene *scene, const Snapshot *snapshot, const DashboardView *view,
                     const Heading *heading);
void panel_workers(Scene *scene, const Snapshot *snapshot, const DashboardView *view,
                   const Heading *heading);

// The index into count things nearest to the wanted one; 0 if there is none.
int panel_index(int wanted, int count);

#endif
