#include "engine/stepper_start.h"

#include <stdlib.h>

enum { TRUNCATION_STREAM = 0x7374657072 };

static bool take_phi(StepperStart *start, Status *status) {
    real *block = aligned_alloc(ALIGNMENT, phi_count(&start->shape) * sizeof(real));
    if (!block)
        return status_fail(status, STATUS_FAILURE, "out of memory for a base model");
    phi_place(&start->phi, &start->shape, block);
    return true;
}

// What settings say of any inner loop.
static StepperStart start_of(const Settings *settings) {
    return (StepperStart){.batch = settings->batch,
                          .rate = settings->inner_rate,
                          .truncation_min = settings->truncation_min,
                          .truncation_max = settings->truncation_max};
}

bool stepper_start_fresh(StepperStart *start, const Settings *settings, const Dataset *dataset,
                         int seed, Status *status) {
    Evaluation evaluation;
    EvaluationDraws draws;
    evaluation_init(&evaluation, settings, dataset);
    if (!evaluation_draws_init(&draws, &evaluation, seed, status))
        return false;
    *start = start_of(settings);
    start->task = draws.task;
    start->shape = draws.shape;
    start->horizon = settings->evaluate_steps;
    start->data = draws.unlabelled;
    start->labelled = draws.labelled;
    start->truncations =
        random_seeded((uint64_t)settings->seed, TRUNCATION_STREAM + (uint64_t)seed);
    if (!take_phi(start, status)) {
        stepper_start_clear(start);
        return false;
    }
    phi_initialise(&start->phi, &start->shape, &draws.initial);
    return true;
}

bool stepper_start_copy(StepperStart *start, const Worker *worker, const UnrollSizes *sizes,
                        const TaskSource *source, Status *status) {
    WorkerState state;
    if (!worker_copy_start(worker, sizes, source, &state, status))
        return false;
    *start = start_of(source->settings);
    start->task = state.task;
    start->shape = task_phi_shape(&state.task);
    start->phi = state.phi;
    start->inner_step = state.inner_step;
    start->horizon = state.horizon;
    start->one_stream = true;
    start->data = state.random;
    start->copied = true;
    return true; // task and phi have moved
}

void stepper_start_clear(StepperStart *start) {
    task_clear(&start->task);
    free(start->phi.block);
    *start = (StepperStart){0};
}
