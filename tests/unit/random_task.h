// For tests: tasks of random images, and labelled batches of them.
#ifndef TESTS_UNIT_RANDOM_TASK_H
#define TESTS_UNIT_RANDOM_TASK_H

#include "engine/task.h"

// Of usual_images and usual_settings: height and width, a task's image_size, classes, examples of
// each.
enum { SIDE = 20, SIZE = 14, CLASSES = 12, PER_CLASS = 24 };

Settings usual_settings(void);

// Class c has sizes[c] examples, in mixed order; the pixels are random.
Dataset random_images(const char *name, const int *sizes, int classes, int side, int channels);
Dataset usual_images(void);

// A task of this data set alone; the test fails if it is refused.
Task draw(const Settings *settings, const Dataset *dataset, uint64_t seed);

typedef struct {
    real *x, *y;        // [rows, inputs], [rows, columns]
    int *label, *drawn; // [rows]
    int rows, columns;
} Batch;

Batch labelled(const Task *task, Random *random, const int *exclude);
void batch_clear(Batch *batch);

// How often value is in the list.
int times(const int *list, int count, int value);

#endif
