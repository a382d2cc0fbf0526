// Figures of a stepping session as PNG, the same for the Step screen, `rulesmith step` and
// `rulesmith export`.
#ifndef APP_STEP_EXPORT_H
#define APP_STEP_EXPORT_H

#include "app/step_session.h"
#include "views/stepping.h"

// "anatomy", "anatomy-curves", "values" ...: what a panel name means besides the panel itself is
// set in view.  An unknown one is an error that names the nearest.
bool step_export_find(const char *name, SteppingPanel *panel, SteppingView *view, Status *status);

// The figure of that name where the session stands; tensor: "layer1.D", or NULL for the first of
// the stage.
bool step_export(const StepSession *session, const char *name, const char *tensor, const char *path,
                 int scale, Theme theme, Status *status);

#endif
