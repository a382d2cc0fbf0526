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

#include "engine/data/dataset.h"
#include "engine/embedding.h"
#include "engine/phi.h"
#include "engine/settings.h"
#include "engine/theta.h"

#include <stdatomic.h>

typedef enum { FEATURES_W, FEATURES_V, FEATURES_WEIGHTS } FeaturesWeight;
// Of weights all three, of activations the first two.
typedef enum { FEATURES_BEFORE, FEATURES_NOW, FEATURES_DIFFERENCE, FEATURES_WHEN } FeaturesWhen;

enum { FEATURES_CLASSES = 10, FEATURES_CLASS_NAME = 48, FEATURES_SOURCE = 96 };

typedef struct {
    const ThetaLayout *layout;
    const real *theta;        // [layout->count]
    const Settings *settings; // the inner loop's batch and rate, evaluate_*, image_size, seed
    const Dataset *dataset;
    int seed;           // of the evaluation: 0 for the base model that a run shows
    int examples;       // wanted in the batch; as many of each class, at least one
    const char *source; // the run or rule file, told on to the features
    long outer_step;    // of theta; -1: not known
} FeaturesPlan;

typedef struct {
    char source[FEATURES_SOURCE];
    long outer_step;
    uint64_t seed;               // of the settings
    char data[64];               // name of the data set
    int height, width, channels; // of an input
    PhiShape shape;              // inputs, hidden layers, embedding
    int inner_steps;             // between before and now
    double accuracy[2];          // few-shot, before and now
    // The batch, sorted by class.
    int classes;
    int class_of[FEATURES_CLASSES]; // label -> class of the data set, rising
    char class_name[FEATURES_CLASSES][FEATURES_CLASS_NAME];
    int per_class, examples;
    int *label;   // [examples] 0 .. classes - 1, rising
    int *example; // [examples] of the data set
    // First-layer weights [inputs, N_1] of before, now and difference.
    float *weight[FEATURES_WEIGHTS][FEATURES_WHEN];
    Embedding embedding[2];      // x_L of the batch before and now along its principal components
    float *x[2][PHI_LAYERS + 1]; // [N_l, examples] before and now; x_0 the inputs
    float *values;               // owns all of the above floats
} Features;

// *made belongs to the caller.  Interrupted by *stop (which may be NULL) it returns true with *made
// == NULL.
bool features_compute(Features **made, const FeaturesPlan *plan, const atomic_bool *stop,
                      Status *status);

// The same with the rule of a file: the plan's layout, theta and outer_step are taken from there.
bool features_of_rule_file(Features **made, const FeaturesPlan *plan, const char *path,
                           const atomic_bool *stop, Status *status);

void features_free(Features *features);

#endif
