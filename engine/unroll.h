// Truncated backpropagation through K inner steps (spec 1 and 5): the meta-loss of an unroll is the
// mean over its steps of MetaObjective(phi_{t+1}), its gradient stops at phi_0 of the unroll.
//
// Of every inner step phi is kept; the values of the last ones are kept too, as many as there is
// room for, and the backward sweep computes the earlier ones again.  So memory is that room plus K
// small states, whatever K is, and the gradient is bit for bit the same whatever the room.
#ifndef ENGINE_UNROLL_H
#define ENGINE_UNROLL_H

#include "engine/inner_step.h"
#include "engine/meta_objective.h"

#include <stdatomic.h>

// The largest sizes that an unroll must have room for.
typedef struct {
    PhiShape shape; // every task's layers and units are at most these
    int batch;
    int steps;    // K
    int examples; // of each labelled batch
    int targets;  // columns of y
    int kept;     // inner steps whose values have room; 0 is one, more than K is K
} UnrollSizes;

// The data of one inner step.  Forward only, labelled.xa may be NULL: then the state after the step
// is not evaluated.
typedef struct {
    const real *x; // [B, N_0] unlabelled
    LabelledBatches labelled;
} StepData;

enum { UNROLL_PLACE = 80 };

typedef struct Unroll Unroll;

// Memory for unrolls up to these sizes.  A thread needs one of its own; rule is shared, read-only.
bool unroll_new(Unroll **unroll, const Rule *rule, const Kernels *kernels, const UnrollSizes *sizes,
                Status *status);
// Makes its memory resident (touch_pages).
void unroll_touch(Unroll *unroll);
void unroll_free(Unroll *unroll);
size_t unroll_bytes(const Rule *rule, const UnrollSizes *sizes); // what unroll_new allocates
// How many inner steps' values so much memory holds, up to all: for UnrollSizes.kept.
int unroll_steps_kept(const Rule *rule, const UnrollSizes *sizes, double bytes);

typedef struct {
    const PhiShape *shape;
    int batch, steps; // B, K of this unroll
    int examples, classes, targets;
    double rate;             // inner learning rate
    const Phi *phi;          // phi_0 of the unroll
    const StepData *data;    // [K]
    const atomic_bool *stop; // polled once per inner step; NULL = never
} UnrollTask;

typedef struct {
    double loss; // mean over the steps
    double accuracy;
    double *step_loss, *step_accuracy, *step_column_accuracy; // [K], may be NULL
    Phi *last;                                                // phi_K; may be NULL
    Phi *states;                                              // [K] phi_1 .. phi_K, may be NULL
    Phi *dphi;    // derivative with respect to phi_0; may be NULL
    real *dtheta; // [theta count]; NULL: forward only
    bool stopped; // *stop became true: the other results are not valid
    // Where the first non-finite number was met: inner step and place; step -1 = nowhere.  Forward
    // the layer and the stage, backward the tensor of phi or theta whose derivative it is:
    // "forward: layer 2 h.unit0.conv1", "meta-objective", "backward: theta readout.rbf.top.w"
    int bad_step;
    char bad_place[UNROLL_PLACE];
} UnrollResult;

void unroll_run(Unroll *unroll, const UnrollTask *task, UnrollResult *result);

// MetaObjective of one state alone, with the unroll's memory (between runs).
typedef struct {
    double loss, accuracy;
} Evaluated;
Evaluated unroll_evaluate(Unroll *unroll, const PhiShape *shape, const Phi *phi,
                          const LabelledBatches *batches);

// Arithmetic of one inner step of an unroll with its meta-objective, forward and backward, in
// floating-point operations: 2 x multiply-adds, backward as twice forward; recomputation does not
// count.
double unroll_step_operations(const RuleSizes *sizes, const PhiShape *shape, int batch,
                              int examples);

#endif
