// Episodes of a method that learns from other tasks and carries over what it has learned: each is a
// task of the meta-training distribution (task.h) whose examples come with their labels, as many of
// each class to learn from as to be tried on.
#ifndef ENGINE_TRANSFER_EPISODES_H
#define ENGINE_TRANSFER_EPISODES_H

#include "engine/task.h"
#include "engine/transfer/problem.h"

typedef struct {
    Settings settings;        // of the tasks: the source's with the problem's size and classes
    const TaskSource *source; // borrowed
    int classes, shots;       // C, examples of each class in each half
    int inputs;
    real *x, *y; // [C shots, inputs] and [C shots, C + TASK_TARGETS] in the order drawn; owned
    int *label, *drawn; // [C shots], [2 C shots]; owned
} Episodes;

// Episodes for a base model that a problem will be tried with: of as many classes and of images of
// the same size.  permute: every episode has a permutation of the inputs of its own, else none has.
// An error if a source's examples have another number of inputs than the problem's.
bool episodes_init(Episodes *episodes, const TaskSource *source, const Problem *problem,
                   bool permute, Status *status);
void episodes_clear(Episodes *episodes);

int episodes_batch(const Episodes *episodes); // 2 C shots examples

// x [2 C shots, inputs]: example i is of class i % C; the first half is to learn from.
bool episodes_draw(Episodes *episodes, Random *random, real *x, Status *status);

#endif
