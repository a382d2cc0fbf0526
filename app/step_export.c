#include "app/step_export.h"

#include "engine/words.h"

#include <stdlib.h>
#include <string.h>

static const char curves_name[] = "anatomy-curves", table_name[] = "values";

bool step_export_find(const char *name, SteppingPanel *panel, SteppingView *view, Status *status) {
    const char *nearest = NULL;
    view->curves = strcmp(name, curves_name) == 0;
    view->table = strcmp(name, table_name) == 0;
    if (view->curves || view->table) {
        *panel = view->curves ? STEPPING_ANATOMY : STEPPING_TENSOR;
        return true;
    }
    if (stepping_panel_from_name(name, panel))
        return true;
    word_nearest(name, curves_name, &nearest);
    word_nearest(name, table_name, &nearest);
    for (int i = 0; i < STEPPING_PANELS; i++)
        if (stepping_panel_name((SteppingPanel)i))
            word_nearest(name, stepping_panel_name((SteppingPanel)i), &nearest);
    return status_fail(status, STATUS_USAGE,
                       "expected a figure of loss, accuracy, anatomy, anatomy-curves, tensor, "
                       "values, histogram, tensors, stages, points, found '%s'%s%s%s",
                       name, nearest ? "; the nearest is '" : "", nearest ? nearest : "",
                       nearest ? "'" : "");
}

// The place of a tensor among those of the present stage.
static bool find_tensor(const StepSession *session, const char *name, int *index, Status *status) {
    TensorView views[STEPPER_TENSORS];
    Stepper *stepper = debugger_looked_at_stepper(session->debugger);
    const int count = stepper_tensors(stepper, stepper_position(stepper).stage, views);
    *index = 0;
    while (name && *index < count && strcmp(views[*index].name, name) != 0)
        ++*index;
    return *index < count ||
           status_fail(status, STATUS_USAGE, "expected a tensor of this stage, found '%s'", name);
}

bool step_export(const StepSession *session, const char *name, const char *tensor, const char *path,
                 int scale, Theme theme, Status *status) {
    SteppingPanel panel;
    SteppingView view;
    int selected;
    stepping_view_init(&view);
    if (!step_export_find(name, &panel, &view, status) ||
        !find_tensor(session, tensor, &selected, status))
        return false;
    StepSnapshot *snapshot = malloc(sizeof *snapshot);
    if (!snapshot)
        return status_fail(status, STATUS_FAILURE, "%s: out of memory for a figure", path);
    bool done = step_snapshot_take(snapshot, session->debugger, selected, status);
    if (done) {
        snapshot->seed = (uint64_t)session->seed;
        done = stepping_export(panel, snapshot, &view, path, scale, theme, status);
        step_snapshot_clear(snapshot);
    }
    free(snapshot);
    return done;
}
