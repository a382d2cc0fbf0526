// Transfer accuracy on a held-out data set: an inner loop without labels, and after some of its
// steps the few-shot accuracy of the features (the meta-objective's ridge regression on `shots`
// examples per class, tested on other examples).
//
// Everything is drawn from the seed of the evaluation alone, so every evaluation of a run uses the
// same draws and its curve moves only with theta.
#ifndef ENGINE_EVALUATION_H
#define ENGINE_EVALUATION_H

#include "engine/snapshot.h"
#include "engine/worker.h"

enum { EVALUATION_CLASSES = 10 };

typedef struct {
    const Settings *settings;
    const Dataset *dataset;    // borrowed
    int classes;               // of the problem: all of the data set's, EVALUATION_CLASSES at most
    int marks[SNAPSHOT_MARKS]; // inner steps 0, T/4, T/2, T
} Evaluation;

void evaluation_init(Evaluation *evaluation, const Settings *settings, const Dataset *dataset);

// The base model that evaluate.layers names, for `inputs` input features.
bool evaluation_shape(const Settings *settings, int inputs, PhiShape *shape, Status *status);

// What a seed decides: the few-shot problem and the numbers to draw phi_0 and data from.
typedef struct {
    Task task; // not augmented
    PhiShape shape;
    Random initial;    // of phi_0
    Random unlabelled; // of the inner loop's batches
    Random labelled;   // of the test, the same at every mark
} EvaluationDraws;

bool evaluation_draws_init(EvaluationDraws *draws, const Evaluation *evaluation, int seed,
                           Status *status);
void evaluation_draws_clear(EvaluationDraws *draws);

typedef struct {
    bool stopped;
    double accuracy[SNAPSHOT_MARKS]; // NaN where the features were not finite
    Phi *last;                       // phi_T goes there, or NULL; of the shape of evaluation_shape
    int *permutation;                // [inputs] of the inputs goes there, or NULL
} EvaluationResult;

// One seed: phi_0, unlabelled and labelled data and the permutation follow from it.
bool evaluation_run(const Evaluation *evaluation, int seed, double inner_rate, WorkerRoom *room,
                    const atomic_bool *stop, EvaluationResult *result, Status *status);

// The same test on raw pixels instead of features, ridge strength chosen by cross-validation on the
// labelled examples.
bool evaluation_raw_pixels(const Evaluation *evaluation, int seed, WorkerRoom *room,
                           double *accuracy, Status *status);

#endif
