// rulesmith export step-FIGURE: what the Step screen shows at the end of an inner loop, without a
// terminal.  For any other moment `rulesmith step` exports the same figures from a script.
#ifndef APP_EXPORT_STEPS_H
#define APP_EXPORT_STEPS_H

#include "app/options.h"

// "step-accuracy", "step-anatomy" ...
bool is_step_figure(const char *name);

// The rule of --rule or of --run, on --data, after --steps inner steps; --tensor for one of the
// stage's.
bool export_steps(const Options *options, Status *status);

#endif
