// What `rulesmith step` and the Step screen step through: a rule, a data set, a base model, a seed,
// and the debugger on them.
#ifndef APP_STEP_SESSION_H
#define APP_STEP_SESSION_H

#include "engine/data/dataset.h"
#include "engine/debugger.h"
#include "engine/settings.h"

// What is wanted; texts are borrowed.
typedef struct {
    Settings settings;     // the inner loop's batch and rate, evaluate_*, image_size, seed
    const char *rule;      // rule file; NULL: a random theta of the settings' sizes
    const char *data;      // SPEC; NULL: fashion, or the held-out glyphs where there is none
    const char *base;      // "64,64:tanh", hidden layers and activation; NULL: as evaluate_* say
    const char *data_path; // look for data sets here first; or NULL
    int seed;              // of the base model, the few-shot problem and the batches
} StepPlan;

typedef struct {
    Settings settings; // embedding and base model are those in force
    Dataset dataset;   // of a fresh inner loop; empty for a copy
    bool has_dataset;
    ThetaLayout layout;
    real *theta; // [layout.count]; owned
    char label[RULE_LABEL];
    int seed;
    Debugger *debugger;
} StepSession;

// Reads rule and data and stands before the first inner step.  The session must stay where it is,
// since the task points to its data.  On failure there is nothing to end.
bool step_session_begin(StepSession *session, const StepPlan *plan, Status *status);

// On a copy of a training's unroll: start and theta [layout->count] move in.
bool step_session_begin_copy(StepSession *session, const Settings *settings, StepperStart *start,
                             const ThetaLayout *layout, real *theta, const char *label,
                             Status *status);

void step_session_end(StepSession *session);

// The same rule and data from another seed.  A copy has none to choose: an error.
bool step_session_reseed(StepSession *session, int seed, int *points_gone, Status *status);

// Loads another rule as a what-if from the present step on.
bool step_session_load_rule(StepSession *session, const char *path, Status *status);

#endif
