// A small inner loop to step through, of shapes and a random theta.
#ifndef TESTS_UNIT_SMALL_STEPPING_H
#define TESTS_UNIT_SMALL_STEPPING_H

#include "app/step_session.h"

enum { SMALL_STAGES = 7 * 2 + 5 }; // its base model has two layers

StepPlan small_step_plan(void);

#endif
