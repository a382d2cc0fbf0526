// What a debugger shows, as JSON (README, "Stepping").  Numbers that are not finite are strings.
// A NULL object takes nothing.
#ifndef APP_STEP_JSON_H
#define APP_STEP_JSON_H

#include "engine/debugger.h"

#include <cJSON.h>

// What stays the same: rule, task, architecture, rate, horizon, where it was copied from.
void step_json_start(cJSON *object, const Stepper *stepper);
// step, stage, stage_name, formula, truncation, future, loss, accuracy, watches, what_if.
void step_json_position(cJSON *object, const Debugger *debugger);
// "tensors": name, shape and figures of each tensor of the present stage.
void step_json_tensors(cJSON *object, Stepper *stepper);
// One tensor: the same, its histogram, and all its values if they are wanted.
void step_json_tensor(cJSON *object, const TensorView *tensor, bool values);
// "layers" [of layer, or all for 0]: every part of the step with norm, share and projection.
void step_json_anatomy(cJSON *object, const Stepper *stepper, int layer);
// Curves of both futures over inner steps: `name` is loss, accuracy, or layerL.PART.share or
// .projection.  False if it is none of them.
bool step_json_curve(cJSON *object, const Debugger *debugger, const char *name, Status *status);

#endif
