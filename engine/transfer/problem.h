// A few-shot problem of a data set, all of which follows from a seed: its classes, a permutation of
// the inputs, and for each class which examples are labelled, which are for the test, and which are
// there to learn from without labels.
//
//   test       as many of each class, drawn first; never seen by any method before it is tested
//   labelled   of the rest, `shots` of each class; the k-shot problem has the first k of them
//   unlabelled the rest with the labelled ones
#ifndef ENGINE_TRANSFER_PROBLEM_H
#define ENGINE_TRANSFER_PROBLEM_H

#include "engine/data/dataset.h"
#include "engine/random.h"
#include "engine/real.h"

typedef struct {
    int classes;  // at most; drawn from those with enough examples
    int shots;    // labelled examples of each class, the greatest k
    int tests;    // test examples of all classes together; half of a class at most
    bool permute; // unless the data set was asked for with or without
    uint64_t seed;
} ProblemPlan;

typedef struct {
    const Dataset *dataset; // borrowed
    int inputs;             // N_0 = height * width * channels
    int *permutation;       // [inputs] position in the input -> byte of an example; owned, as below
    int classes;
    int shots;
    int *labelled;        // [shots, classes] examples: shot by shot, in each class by class
    int test_count;       // a multiple of classes
    int *test;            // [test_count] class by class in turn: example i is of class i % classes
    int unlabelled_count; // [unlabelled_count]
    int *unlabelled;
} Problem;

// An error if fewer than two classes have shots + 1 examples.
bool problem_init(Problem *problem, const Dataset *dataset, const ProblemPlan *plan,
                  Status *status);
void problem_clear(Problem *problem);

// x [count, inputs]: examples of the data set as inputs; of images black is 0, white 1.
void problem_inputs(const Problem *problem, const int *examples, int count, real *x);

// x [count, inputs]: drawn from the unlabelled examples, each as likely.
void problem_unlabelled(const Problem *problem, Random *random, int count, real *x);

#endif
