// A task of the meta-training distribution (spec 5): data set, classes, input permutation,
// augmentation, base-model architecture and number of inner steps; all of it follows from one seed,
// so a checkpoint keeps the seed and nothing else of it.
#ifndef ENGINE_TASK_H
#define ENGINE_TASK_H

#include "engine/data/dataset.h"
#include "engine/phi.h"
#include "engine/random.h"
#include "engine/real.h"
#include "engine/settings.h"

enum {
    TASK_CLASSES = 64, // most classes of a task
    TASK_TARGETS = 4,  // regression targets of an augmented task: cos, sin of the angle, two shifts
};

// What a base model sees of an example: an image, or a vector as an image of one row.
typedef struct {
    int height, width, channels;
} TaskInput;

TaskInput task_input(const Settings *settings, const Dataset *dataset);
int task_input_count(const Settings *settings, const Dataset *dataset); // N_0

typedef struct {
    uint64_t seed;
    const Dataset *dataset; // borrowed
    TaskInput input;
    int classes;
    int class_of[TASK_CLASSES]; // label of the task -> class of the data set
    int shots;                  // labelled examples per class in a labelled batch
    bool augmented;
    double rotation, shift, noise; // greatest angle (radians), shift (pixels of the view), noise
    int targets;                   // 0, or TASK_TARGETS
    int image_size;                // height = width of the view of an image
    int inputs;                    // N_0
    int *permutation;              // [inputs] position in the input -> pixel of the view; owned
    int layers;                    // L
    int sizes[PHI_LAYERS + 1];     // N_0 .. N_L
    Activation activation;
    int horizon;           // inner steps until a worker takes a new task
    char name[48];         // "glyphs 14-way rotated"
    char architecture[48]; // "196-64-48-32", "196-64-32 elu"
} Task;

// Where tasks come from, the same for all workers.
typedef struct {
    const Settings *settings;
    const Dataset *sources; // [source_count]
    const double *weights;
    int source_count;
} TaskSource;

// Draws a task.  sources are the meta-training data sets, chosen by weights ([source_count], none
// negative); they must be indexed, and images of 1 or 3 channels and of a size that view.h can
// show. Vectors are never augmented.  A data set that says whether to permute overrules the
// settings.
//   uniform: number of classes (at most as many as have examples), number of hidden layers,
//            activation, and greatest angle, shift and noise of an augmented task (from 0 to the
//            settings')
//   log-uniform: widths (rounded to a multiple of 8 where the range has one) and horizon
// False with a sentence for settings that no task can have: fewer than two classes, fewer classes
// with examples than the minimum, a minimum above its maximum, images that cannot be shown.
bool task_init(Task *task, const Settings *settings, const Dataset *sources, const double *weights,
               int source_count, uint64_t seed, Status *status);
void task_clear(Task *task);

// permutation [inputs] of a task of that data set: drawn if the data set says so or, where it
// leaves that to the settings (as_set), they do; else the identity, for which nothing is drawn.
void task_permute_inputs(const Dataset *dataset, bool as_set, int inputs, int *permutation,
                         Random *random);

// x [count, inputs]: unlabelled views; every class of the task is as likely, and
// within it every example.
void task_unlabelled_batch(const Task *task, Random *random, int count, real *x);

// x [classes * shots, inputs], y [classes * shots, classes + targets]: one-hot label, then the
// targets of the view: cos and sin of its angle (counter-clockwise), shift to the right and down as
// shares of the task's greatest (-1 .. 1; 0 if that is 0).  label [classes * shots] the task's
// labels, each `shots` times, in random order.  drawn [classes * shots] receives the examples of
// the data set; they differ from each other and from those in exclude ([classes * shots], or NULL),
// except where a class has too few: then it repeats excluded ones first and, when all are used,
// starts anew.  Batches a and b of a meta-objective: draw a, then b with exclude = drawn of a.
void task_labelled_batch(const Task *task, Random *random, real *x, real *y, int *label, int *drawn,
                         const int *exclude);

#endif
