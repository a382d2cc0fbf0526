// What a Stepper is made of; private to stepper.c and stepper_tensors.c.
#ifndef ENGINE_STEPPER_STATE_H
#define ENGINE_STEPPER_STATE_H

#include "engine/step_data.h"
#include "engine/stepper.h"

// What all forks of a stepper share.
typedef struct {
    int references;
    StepperStart start;
} StepperOrigin;

// Memory for the values of one step, laid out for one rule.
typedef struct {
    SharedRule *placed_for; // one reference
    Arena arena;            // the step's values, the meta-objective, what is shown; then scratch
    InnerStep step;
    MetaObjective objective;
    real *shown; // h of one layer, or differences of phi
} StepperRoom;

struct Stepper {
    StepperOrigin *origin;
    Timeline timeline;
    const Kernels *kernels;
    StepperRoom room;
    real *values; // of the data
    StepDataRoom drawing;
    // The present step: from `now` to `next` with `data`.
    InnerState *now, *next;
    StepData data;
    int truncation_begin, truncation_end;
    int stage;
    StepRecord start_record;
    bool has_start_record;
    bool looked; // the meta-objective holds that of phi_{t+1}, and the step is on record
};

#endif
