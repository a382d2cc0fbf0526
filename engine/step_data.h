// The data of one inner step drawn from a task: an unlabelled batch x, then two labelled batches a
// and b that share no example.
#ifndef ENGINE_STEP_DATA_H
#define ENGINE_STEP_DATA_H

#include "engine/task.h"
#include "engine/unroll.h"

// Room for drawing, any number of times.
typedef struct {
    int *label, *drawn, *drawn_b; // [examples] of a labelled batch
} StepDataRoom;

// Reals of x [batch, inputs], xa and xb [examples, inputs], ya and yb [examples, targets].
size_t step_data_count(int batch, int inputs, int examples, int targets);

// Draws into values [step_data_count]; the result points there.  x comes from `unlabelled`, a and b
// from `labelled`, which may be the same generator: then they come in this order from it.
StepData step_data_draw(const Task *task, Random *unlabelled, Random *labelled, int batch,
                        real *values, const StepDataRoom *room);

#endif
