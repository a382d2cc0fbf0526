// A copy of a training's unroll, to be looked at while the training goes on undisturbed.
#ifndef ENGINE_TRAINING_COPY_H
#define ENGINE_TRAINING_COPY_H

#include "engine/meta_training.h"
#include "engine/stepper_start.h"

// Its task still points to the training's data sets, which must outlive it.
typedef struct {
    Settings settings;
    StepperStart start; // what the worker will do next; marked as a copy
    ThetaLayout layout;
    real *theta; // [layout.count], owned: the theta that it will be done with
} UnrollCopy;

// Of the worker counted from 0; one that is not there is an error (STATUS_USAGE).  Not while an
// outer step is running.  On failure there is nothing to clear.
bool meta_training_copy_unroll(const MetaTraining *training, int worker, UnrollCopy *copy,
                               Status *status);
void unroll_copy_clear(UnrollCopy *copy);

#endif
