// Methods that learn a representation of a data set, in one table: from unlabelled examples, from
// the labelled ones of a few-shot problem alone (the supervised ones), or from the tasks of
// meta-training, of which they carry the weights over.
//
// A method runs a lesson: it tells of the representation it has by calls of `mark`, the last of
// which is of what it has learned in the end.
#ifndef ENGINE_TRANSFER_METHOD_H
#define ENGINE_TRANSFER_METHOD_H

#include "engine/task.h"
#include "engine/transfer/problem.h"
#include "engine/transfer/representation.h"
#include "engine/transfer/update.h"

#include <stdatomic.h>

// The same for all lessons of an evaluation; borrowed.
typedef struct {
    PhiShape shape;   // of the base model; sizes[0] is set for each problem
    int batch;        // unlabelled examples of an update
    int steps;        // updates by the rule
    double rate;      // inner learning rate of the rule
    const Rule *rule; // NULL: methods that need one fail
    const Kernels *kernels;
    int vae_steps, supervised_steps, prototype_steps;
    const TaskSource *tasks; // of meta-training; NULL: methods that need them fail
    bool permute_tasks;      // each of those tasks permutes its inputs
    int marks; // how often methods that learn step by step tell of themselves, evenly; at least 1
} MethodPlan;

typedef struct Lesson Lesson;

// After `step` updates, whose mean loss since the last mark was `loss` (NaN: none).  False ends the
// lesson as a failure.
typedef bool LessonMark(void *context, int step, double loss, const Representation *representation,
                        Status *status);

struct Lesson {
    const MethodPlan *plan;
    const Problem *problem;
    int shots;               // labelled examples of each class that supervised methods see
    uint64_t seed;           // of phi_0 and the order of examples; the same for all methods
    const atomic_bool *stop; // polled at every update; NULL: never
    bool stopped;            // set when it was
    LessonMark *mark;
    void *context;
};

typedef struct {
    const char *name;
    const char *help; // one line
    bool supervised;  // learns anew for every number of shots
    bool needs_rule;
    bool needs_tasks;
    bool best_too;         // a report tells its best mark beside its last one
    bool chooses_strength; // its classifiers' penalties are chosen by cross-validation
    bool (*learn)(Lesson *lesson, Status *status);
} Method;

const Method *methods_table(size_t *count);
const Method *method_named(const char *name); // or NULL

#endif
