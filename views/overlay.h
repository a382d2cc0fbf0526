// Several runs in one chart: one curve for each, over outer steps.
#ifndef VIEWS_OVERLAY_H
#define VIEWS_OVERLAY_H

#include "engine/snapshot.h"
#include "engine/status.h"
#include "views/cells.h"
#include "views/figure.h"

typedef enum { OVERLAY_LOSS, OVERLAY_ACCURACY, OVERLAY_GRADIENT, OVERLAY_KINDS } OverlayKind;

typedef struct {
    const char *name;
    char letter;                          // at the end of its curve
    const History *history;               // borrowed
    size_t outer_count, evaluation_count; // points of it that may be read
} OverlayRun;

// "loss", "accuracy", "gradient": for commands and file names.
const char *overlay_name(OverlayKind kind);

// runs [count], of which the first CHART_SERIES are drawn: the meta-loss or the norm of the
// gradient before clipping, smoothed by the view's factor (with the raw curve behind it if there is
// only one run), or the accuracy on the first held-out set after all inner steps.  empty: the
// sentence for no runs.
void figure_overlay(Scene *scene, const Heading *heading, OverlayKind kind, const OverlayRun *runs,
                    int count, const char *empty, const ChartView *view);

// The same as PNG, with the names of the runs in a text chunk; OVERLAY_KINDS: all, one below the
// other.
bool overlay_export(OverlayKind kind, const OverlayRun *runs, int count, const ChartView *view,
                    const char *path, int scale, Theme theme, Status *status);

#endif
