#include "tests/unit/small_stepping.h"

StepPlan small_step_plan(void) {
    StepPlan plan = {.data = "shapes?seed=3&size=6", .base = "8:tanh"};
    Settings *settings = &plan.settings;
    settings_default(settings);
    settings->hidden = 4;
    settings->error_channels = 3;
    settings->readout_rank = 2;
    settings->top_hidden = 4;
    settings->embedding = 6;
    settings->batch = 12;
    settings->evaluate_shots = 2;
    settings->evaluate_steps = 20;
    settings->truncation_min = 3;
    settings->truncation_max = 3;
    return plan;
}
