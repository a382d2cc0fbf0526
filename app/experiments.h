// The plans of the experiments: what each measures, and where it stands in its figure.
#ifndef APP_EXPERIMENTS_H
#define APP_EXPERIMENTS_H

#include "app/experiment.h"

// Bars for each data set: the methods (the paper's figure of transfer).
bool plan_transfer(ExperimentRun *run, Status *status);

// Curves for each data set, over the updates of the autoencoder: its loss, and the accuracy of its
// encoder beside that of random features.  The point where they part is the mismatch of objectives.
bool plan_mismatch(ExperimentRun *run, Status *status);

// Bars for each data set, its inputs intact and permuted by every seed: a prototypical network
// trained on tasks of meta-training with intact and with permuted inputs, whose weights are carried
// over; the rule, random features and the inputs themselves, to which the order of inputs is
// nothing.
bool plan_permutation(ExperimentRun *run, Status *status);

// Curves for each data set, over the width or the number of hidden layers: the rule after T/2, T
// and 2 T inner steps (T as it was tried) and the same base model as it is initialised.
bool plan_width(ExperimentRun *run, Status *status);
bool plan_depth(ExperimentRun *run, Status *status);

// Bars for each data set: for each activation the rule after T/2, T, 2 T inner steps, and random.
bool plan_activations(ExperimentRun *run, Status *status);

// Curves for each data set, over the outer step at which a run kept a rule: that rule, random
// features and the inputs themselves.  On text early rules help and late ones fit images too well.
bool plan_text(ExperimentRun *run, Status *status);

// For each data set a filmstrip of first-layer receptive fields over the same outer steps, and
// curves of their smoothness and of accuracy beside those of random features.
bool plan_filters(ExperimentRun *run, Status *status);

// For each data set the embedding of a batch before and after the inner loop, the share of its
// variance that the first components explain, along how many it varies, and accuracy.
bool plan_embedding(ExperimentRun *run, Status *status);

#endif
