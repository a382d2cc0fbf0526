// How well a representation serves few-shot classification: classifiers learn from the labelled
// examples of a problem and are tried on its test examples.
//
// Where features depend on the batch, labelled and test examples go through the base model in one
// batch, as in the meta-objective (spec 4): with the labelled ones a batch of FEW_SHOT_TESTS test
// examples of each class at a time, each with classifiers of its own.
#ifndef ENGINE_TRANSFER_FEW_SHOT_H
#define ENGINE_TRANSFER_FEW_SHOT_H

#include "engine/transfer/classifier.h"
#include "engine/transfer/problem.h"
#include "engine/transfer/representation.h"

enum { FEW_SHOT_TESTS = 10 };

// accuracy of each kind of classifier with the first `shots` labelled examples of every class;
// NaN where the features are not finite.
bool few_shot_accuracy(const Problem *problem, int shots, const Representation *representation,
                       ClassifierStrength strength, double accuracy[CLASSIFIERS], Status *status);

#endif
