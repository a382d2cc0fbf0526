#include "engine/step_data.h"

size_t step_data_count(int batch, int inputs, int examples, int targets) {
    return (size_t)batch * (size_t)inputs +
           2 * (size_t)examples * ((size_t)inputs + (size_t)targets);
}

StepData step_data_draw(const Task *task, Random *unlabelled, Random *labelled, int batch,
                        real *values, const StepDataRoom *room) {
    const int examples = task->classes * task->shots, columns = task->classes + task->targets;
    const size_t inputs = (size_t)task->inputs;
    real *x = values, *xa = x + (size_t)batch * inputs;
    real *xb = xa + (size_t)examples * inputs, *ya = xb + (size_t)examples * inputs;
    real *yb = ya + (size_t)examples * (size_t)columns;
    task_unlabelled_batch(task, unlabelled, batch, x);
    task_labelled_batch(task, labelled, xa, ya, room->label, room->drawn, NULL);
    task_labelled_batch(task, labelled, xb, yb, room->label, room->drawn_b, room->drawn);
    return (StepData){.x = x,
                      .labelled = {.examples = examples,
                                   .classes = task->classes,
                                   .targets = columns,
                                   .xa = xa,
                                   .ya = ya,
                                   .xb = xb,
                                   .yb = yb}};
}
