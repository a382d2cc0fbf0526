// What is done about numbers that are not finite: told with everything that helps to find their
// cause, acted on as outer.non_finite says, and after FALLBACK_AFTER_SKIPS outer steps in a row
// without any worker left, or when theta itself is not finite, an earlier state takes their place.
#include "engine/training_state.h"
#include "engine/vector.h"

#include <string.h>

void divergence_note_worker(MetaTraining *training, int index) {
    const Worker *worker = &training->worker[index];
    const WorkerState *state = worker_next_state(&training->worker[index]);
    training->non_finite++;
    training_log(training,
                 "outer step %ld: worker %d, task %s (%s), inner step %d: not finite in %s",
                 training->outer_step + 1, index, state->task.name, state->task.architecture,
                 worker->bad_step, worker->bad_place);
}

static bool policy_is(const MetaTraining *training, const char *policy) {
    return strcmp(training->settings.non_finite, policy) == 0;
}

bool divergence_apply_policy(MetaTraining *training, int dropped, Status *status) {
    if (dropped == 0)
        return true;
    if (policy_is(training, "halve-lr")) {
        training->rate_factor /= 2;
        training_log(training, "outer step %ld: outer learning rate halved, factor now %g",
                     training->outer_step + 1, training->rate_factor);
    }
    if (policy_is(training, "stop"))
        return status_fail(status, STATUS_DIVERGED,
                           "outer step %ld: %d worker%s met a number that is not finite, and "
                           "outer.non_finite is stop: %s",
                           training->outer_step + 1, dropped, dropped == 1 ? "" : "s",
                           training->log_count > 0 ? training->log[training->log_count - 1] : "");
    return true;
}

// The first tensor of theta that holds a number that is not finite, or NULL.
static const char *bad_tensor(const MetaTraining *training) {
    const ThetaLayout *layout = &training->layout;
    for (int i = 0; i < layout->tensors; i++)
        if (!vector_finite(training->theta + layout->tensor[i].offset, layout->tensor[i].count))
            return layout->tensor[i].name;
    return NULL;
}

static bool fall_back(MetaTraining *training, const char *why, Status *status) {
    const FallbackState *state =
        fallback_take(&training->fallback, training->theta, &training->adam);
    if (!state)
        return status_fail(status, STATUS_DIVERGED,
                           "outer step %ld: %s, also after falling back; no earlier state is left",
                           training->outer_step, why);
    training->rate_factor = state->rate_factor;
    rule_set(&training->rule, training->theta);
    training_begin_average(training); // what it has gathered on the way here may be bad, too
    training_log(training,
                 "outer step %ld: %s: fell back to theta and Adam of outer step %ld, outer "
                 "learning rate halved, factor now %g",
                 training->outer_step, why, state->outer_step, training->rate_factor);
    return true;
}

bool divergence_settle(MetaTraining *training, int counted, int dropped, Status *status) {
    char why[THETA_NAME + 64];
    const char *tensor = counted > 0 ? bad_tensor(training) : NULL;
    if (counted > 0 && !tensor) {
        training->skipped_in_a_row = 0;
        fallback_note(&training->fallback, training->theta, &training->adam, training->outer_step,
                      training->rate_factor, dropped == 0);
        return true;
    }
    if (counted == 0 && ++training->skipped_in_a_row < FALLBACK_AFTER_SKIPS)
        return true;
    if (tensor)
        snprintf(why, sizeof why, "theta %s is not finite after the update", tensor);
    else
        snprintf(why, sizeof why, "%d outer steps in a row without a finite worker",
                 FALLBACK_AFTER_SKIPS);
    training->skipped_in_a_row = 0;
    if (policy_is(training, "stop"))
        return status_fail(status, STATUS_DIVERGED,
                           "outer step %ld: %s, and outer.non_finite is "
                           "stop",
                           training->outer_step, why);
    return fall_back(training, why, status);
}
