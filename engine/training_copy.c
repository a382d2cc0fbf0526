#include "engine/training_copy.h"

#include "engine/training_state.h"

#include <stdlib.h>
#include <string.h>

bool meta_training_copy_unroll(const MetaTraining *training, int worker, UnrollCopy *copy,
                               Status *status) {
    const int workers = training->settings.workers;
    if (worker < 0 || worker >= workers)
        return status_fail(status, STATUS_USAGE, "expected a worker from 1 to %d, found %d",
                           workers, worker + 1);
    const size_t bytes = training->layout.count * sizeof(real);
    *copy = (UnrollCopy){.settings = training->settings, .layout = training->layout};
    copy->theta = malloc(bytes);
    if (!copy->theta)
        return status_fail(status, STATUS_FAILURE, "out of memory for a copy of theta");
    memcpy(copy->theta, training->theta, bytes);
    if (!stepper_start_copy(&copy->start, &training->worker[worker], &training->sizes,
                            &training->source, status)) {
        free(copy->theta);
        return false;
    }
    copy->start.worker = worker;
    copy->start.outer_step = training->outer_step;
    return true;
}

void unroll_copy_clear(UnrollCopy *copy) {
    stepper_start_clear(&copy->start);
    free(copy->theta);
    copy->theta = NULL;
}
