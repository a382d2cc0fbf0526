#include "app/step_session.h"

#include "app/data_sources.h"
#include "engine/blas.h"
#include "engine/rule_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// States to go back to: some thousand inner steps of a small base model, some hundred of a large.
static const size_t state_budget = (size_t)256 << 20;

enum { RANDOM_THETA_STREAM = 0x7374 };

// ---- rule ----

static bool random_theta(StepSession *session, Status *status) {
    const Settings *settings = &session->settings;
    const RuleSizes sizes = {settings->hidden, settings->error_channels, settings->readout_rank,
                             settings->top_hidden, settings->embedding};
    if (!theta_layout(&session->layout, sizes, status))
        return false;
    session->theta = calloc(session->layout.count, sizeof(real));
    if (!session->theta)
        return status_fail(status, STATUS_FAILURE, "out of memory for a rule");
    Random random = random_seeded((uint64_t)settings->seed, RANDOM_THETA_STREAM);
    theta_initialise(session->theta, &session->layout, &random);
    snprintf(session->label, sizeof session->label, "random theta");
    return true;
}

static bool take_rule(StepSession *session, const char *path, Status *status) {
    if (!path)
        return random_theta(session, status);
    snprintf(session->label, sizeof session->label, "%s", path);
    return rule_file_read(&session->layout, &session->theta, path, status);
}

// ---- data ----

static bool open_spec(StepSession *session, const char *text, const char *data_path,
                      Status *status) {
    DataSpec spec;
    Dataset *dataset = &session->dataset;
    if (!data_spec_parse(&spec, text, status) ||
        !data_source_open(dataset, text, data_path, PART_TEST, status))
        return false;
    // Images at the size of the tasks, or at the one that the SPEC asks for.
    if (spec.options.size > 0)
        session->settings.image_size = spec.options.size;
    const int size = session->settings.image_size;
    if (dataset->vectors || dataset_resize(dataset, size, size, status))
        return true;
    dataset_clear(dataset);
    return false;
}

static bool take_data(StepSession *session, const StepPlan *plan, Status *status) {
    Status missing;
    status_clear(&missing);
    session->has_dataset = plan->data
                               ? open_spec(session, plan->data, plan->data_path, status)
                               : open_spec(session, "fashion", plan->data_path, &missing) ||
                                     open_spec(session, "glyphs-held-out", plan->data_path, status);
    return session->has_dataset;
}

// ---- base model ----

// "64,64:tanh"
static bool take_base(StepSession *session, const char *base, Status *status) {
    if (!base)
        return true;
    const char *colon = strchrnul(base, ':');
    const size_t length = (size_t)(colon - base);
    char layers[SETTINGS_TEXT];
    if (length >= sizeof layers)
        return status_fail(status, STATUS_USAGE, "--base: expected layers such as 64,64");
    memcpy(layers, base, length);
    layers[length] = '\0';
    if (!settings_set(&session->settings, "evaluate", "layers", layers, "--base", status))
        return false;
    return !*colon ||
           settings_set(&session->settings, "evaluate", "activation", colon + 1, "--base", status);
}

// ---- all of it ----

static bool new_stepper(StepSession *session, Stepper **stepper, int seed, Status *status) {
    StepperStart start;
    return stepper_start_fresh(&start, &session->settings, &session->dataset, seed, status) &&
           stepper_new(stepper, &start, &session->layout, session->theta, session->label,
                       state_budget, status);
}

static bool begin(StepSession *session, const StepPlan *plan, Status *status) {
    Stepper *stepper;
    if (!blas_init(status) || !take_rule(session, plan->rule, status))
        return false;
    session->settings.embedding = session->layout.sizes.E;
    return take_base(session, plan->base, status) && take_data(session, plan, status) &&
           new_stepper(session, &stepper, session->seed, status) &&
           debugger_new(&session->debugger, stepper, status);
}

bool step_session_begin(StepSession *session, const StepPlan *plan, Status *status) {
    *session = (StepSession){.settings = plan->settings, .seed = plan->seed};
    if (begin(session, plan, status))
        return true;
    step_session_end(session);
    return false;
}

bool step_session_begin_copy(StepSession *session, const Settings *settings, StepperStart *start,
                             const ThetaLayout *layout, real *theta, const char *label,
                             Status *status) {
    Stepper *stepper;
    *session = (StepSession){.settings = *settings, .layout = *layout, .theta = theta};
    snprintf(session->label, sizeof session->label, "%s", label);
    if (stepper_new(&stepper, start, layout, theta, label, state_budget, status) &&
        debugger_new(&session->debugger, stepper, status))
        return true;
    step_session_end(session);
    return false;
}

void step_session_end(StepSession *session) {
    debugger_free(session->debugger);
    if (session->has_dataset)
        dataset_clear(&session->dataset);
    free(session->theta);
    *session = (StepSession){.debugger = NULL};
}

bool step_session_reseed(StepSession *session, int seed, int *points_gone, Status *status) {
    Stepper *stepper;
    if (!session->has_dataset)
        return status_fail(status, STATUS_USAGE,
                           "a copy of a training unroll has no seed of its own");
    if (!new_stepper(session, &stepper, seed, status))
        return false;
    session->seed = seed;
    debugger_restart(session->debugger, stepper, points_gone);
    return true;
}

bool step_session_load_rule(StepSession *session, const char *path, Status *status) {
    ThetaLayout layout;
    real *theta;
    if (!rule_file_read(&layout, &theta, path, status))
        return false;
    const bool done = debugger_set_rule(session->debugger, &layout, theta, path, status);
    free(theta);
    return done;
}
