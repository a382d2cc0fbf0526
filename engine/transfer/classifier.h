// Linear classifiers on top of features, learned from a few labelled examples and tried on others.
//
//   ridge      the meta-objective's regression on centred one-hot targets (spec 4; ridge.h)
//   logistic   multinomial logistic regression with an L2 penalty (logistic.h)
//
// The predicted class is the one of the greatest score.  Both penalties do not see rotations, so
// where there are more features than examples the features are first replaced by their coordinates
// in the space that the labelled examples span: the predictions are the same, the systems small.
#ifndef ENGINE_TRANSFER_CLASSIFIER_H
#define ENGINE_TRANSFER_CLASSIFIER_H

#include "engine/real.h"
#include "engine/status.h"

typedef enum { CLASSIFIER_RIDGE, CLASSIFIER_LOGISTIC, CLASSIFIERS } ClassifierKind;

const char *classifier_name(ClassifierKind kind); // "ridge", "logistic"

// Labelled examples to learn from.
typedef struct {
    int examples, features, classes;
    const real *u;    // [examples, features]
    const int *label; // [examples] 0 .. classes - 1, none without examples
} FewShot;

// Strength of the penalty: the fixed one (ridge: the meta-objective's 0.1; logistic: 1), or the one
// of least error in a cross-validation over the labelled examples (squared error; log loss).  With
// one example of a class there is nothing to choose by, and a middle strength is taken.
typedef enum { STRENGTH_FIXED, STRENGTH_CHOSEN } ClassifierStrength;

// predicted [count] for u [count, features].  All are -1 if the features are not finite.
bool classifier_predict(ClassifierKind kind, ClassifierStrength strength, const FewShot *labelled,
                        const real *u, int count, int *predicted, Status *status);

#endif
