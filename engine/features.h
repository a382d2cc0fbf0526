// What a rule makes of one base model: its first-layer weights before the inner loop, after it and
// their difference, and what every layer computes of a batch, before and after.
//
// The base model, its phi_0 and the data of its inner loop are those of an evaluation
// (evaluation.h) with one seed, so the features of a run's theta are those of the base model that
// the run evaluates, bit for bit.  The batch is drawn from the same data set and sorted by class;
// labels are for showing only.  Inputs are in image order everywhere: the task's permutation is
// taken back.
//
// Features are made once and then only read, by any thread.
#ifndef ENGINE_FEATURES_H
#define ENGINE_FEATURES_H

#include "engine/evaluation.h"
#include "engine/theta.h"

typedef enum { FEATURES_W, FEATURES_V, FEATURES_WEIGHTS } FeaturesWeight;
// Of weights all three, of activations the first two.
typedef enum { FEATURES_BEFORE, FEATURES_NOW, FEATURES_DIFFERENCE, FEATURES_WHEN } FeaturesWhen;

typedef struct {
    const ThetaLayout *layout;
    const real *theta;        // [layout->count]
    const Settings *settings; // the inner loop's batch and rate, evaluate_*, image_size, seed
    const Dataset *dataset;
    int seed;     // of the evaluation: 0 for the base model that a run shows
    int examples; // wanted in the batch; as many of each class, at least one
} FeaturesPlan;

typedef struct {
    char data[64];               // name of the data set
    int height, width, channels; // of an input
    PhiShape shape;              // inputs, hidden layers, embedding
    int inner_steps;             // between before and now
    double accuracy[2];          // few-shot, before and now
    // The batch, sorted by class.
    int classes;
    int class_of[EVALUATION_CLASSES]; // label -> class of the data set
    int per_class, examples;
    int *label;   // [examples] 0 .. classes - 1, rising
    int *example; // [examples] of the data set
    // First-layer weights [inputs, N_1] of before, now and difference.
    float *weight[FEATURES_WEIGHTS][FEATURES_WHEN];
    float
        *x[2][PHI_LAYERS + 1]; // [N_l, examples] before and now; l = 0 the inputs, L the embedding
    float *values;             // owns all of the above floats
} Features;

// *made belongs to the caller.  Interrupted by *stop (which may be NULL) it returns true with *made
// == NULL.
bool features_compute(Features **made, const FeaturesPlan *plan, const atomic_bool *stop,
                      Status *status);
void features_free(Features *features);

#endif
