// Where a stepper starts: a task, a base model somewhere in its inner loop, and the random numbers
// that its data come from.  Either a fresh inner loop, that of an evaluation (evaluation.h) with
// one seed, or a copy of the unroll that a worker of a running training will do next.
#ifndef ENGINE_STEPPER_START_H
#define ENGINE_STEPPER_START_H

#include "engine/evaluation.h"
#include "engine/theta.h"

typedef struct {
    Task task; // owned
    PhiShape shape;
    Phi phi; // phi_t of t = inner_step; owned block
    int batch;
    double rate;
    int truncation_min, truncation_max; // inner steps, log-uniform
    int inner_step;                     // t
    int horizon;                        // inner steps of the task
    // Where x_t and the few-shot batches come from.  A training unroll draws its truncation, and
    // then x, a and b of every step, from `data` alone; otherwise x comes from `data`, truncations
    // from `truncations`, and a and b from `labelled`, the same after every step.
    bool one_stream;
    Random data, labelled, truncations;
    // Of a copy.
    bool copied;
    int worker;
    long outer_step;
} StepperStart;

// The inner loop of evaluation number `seed` on a data set (indexed, at any size), as evaluate_* of
// the settings say.  phi_0 and x_t are those of evaluation_run.
bool stepper_start_fresh(StepperStart *start, const Settings *settings, const Dataset *dataset,
                         int seed, Status *status);

// What the worker will do next; not while it is doing a step.  The training goes on undisturbed.
bool stepper_start_copy(StepperStart *start, const Worker *worker, const UnrollSizes *sizes,
                        const TaskSource *source, Status *status);

void stepper_start_clear(StepperStart *start);

#endif
