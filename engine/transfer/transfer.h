// The transfer evaluation: for each data set, method and seed a few-shot problem is drawn, the
// method learns a representation, and classifiers on top of it are tried on the test examples.
//
// The problem, phi_0 and the order of examples follow from the seed, so all methods are compared on
// the same draws.  Seeds are shared out to threads; the results do not depend on how many.
#ifndef ENGINE_TRANSFER_TRANSFER_H
#define ENGINE_TRANSFER_TRANSFER_H

#include "engine/transfer/few_shot.h"
#include "engine/transfer/look.h"
#include "engine/transfer/method.h"

enum { TRANSFER_METHODS = 16, TRANSFER_SHOTS = 8, TRANSFER_MARKS = 64 };

// Borrowed while a transfer lives.
typedef struct {
    const Dataset *datasets; // [dataset_count]
    int dataset_count;
    const Method *method[TRANSFER_METHODS];
    int method_count;
    int shots[TRANSFER_SHOTS]; // labelled examples of each class, e.g. 1, 5, 10
    int shot_count;
    int seeds;
    uint64_t seed;     // the first seed's problem follows from it
    bool same_problem; // all seeds have the first one's: they differ in phi_0 and order alone
    int classes;       // of a problem, at most
    int tests;         // test examples of a problem, at most
    bool permute;
    MethodPlan learning; // marks: TRANSFER_MARKS at most
    bool curves; // all methods that learn step by step are tested at their marks, not only those
                 // whose best one is told (which takes longer than the rule's inner steps)
    bool look;   // marks have looks
    int threads;
    const atomic_bool *stop; // NULL: never
    atomic_int *done;        // counts finished items (transfer_items of them); may be NULL
} TransferPlan;

typedef struct {
    int step;                     // updates before it
    double loss;                  // mean of the updates' loss since the mark before; NaN: none
    double accuracy[CLASSIFIERS]; // NaN where the features are not finite
    Look look;                    // if asked for
} TransferMark;

// Of one data set, method, number of shots and seed.
typedef struct {
    int marks; // 0: not measured
    TransferMark mark[TRANSFER_MARKS];
    double seconds; // of learning and testing; for all numbers of shots that share the learning
} TransferScore;

typedef struct {
    TransferPlan plan;
    TransferScore *score; // [dataset][method][shots][seed]; owned
} Transfer;

int transfer_items(const TransferPlan *plan);

// One item alone, into score [shot_count].  False if it failed; with *stopped, if the plan's stop
// flag ended it, score means nothing.
bool transfer_measure(const TransferPlan *plan, int dataset, int method, int seed,
                      TransferScore *score, bool *stopped, Status *status);

// True with *stopped if the plan's stop flag ended it; then there are no results and nothing to
// clear, as after a failure (of the first item that failed, in their order).
bool transfer_run(Transfer *transfer, const TransferPlan *plan, bool *stopped, Status *status);
void transfer_clear(Transfer *transfer);

const TransferScore *transfer_score(const Transfer *transfer, int dataset, int method, int shot,
                                    int seed);

// Mean over the seeds and its standard error (NaN with one seed).
typedef struct {
    double mean, error;
} TransferFigure;
TransferFigure transfer_accuracy(const Transfer *transfer, int dataset, int method, int shot,
                                 int mark, ClassifierKind kind);

// The mark of the best mean accuracy over the seeds, the first of several.
int transfer_best_mark(const Transfer *transfer, int dataset, int method, int shot,
                       ClassifierKind kind);

#endif
