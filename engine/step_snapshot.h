// What a debugger shows, copied: views read it on another thread while the debugger goes on.
#ifndef ENGINE_STEP_SNAPSHOT_H
#define ENGINE_STEP_SNAPSHOT_H

#include "engine/debugger.h"
#include "engine/snapshot.h"

// One tensor of the present stage.
typedef struct {
    char name[TENSOR_NAME], shape[TENSOR_SHAPE]; // "layer1.D", "196x128"
    TensorStatistics statistics;
} StepTensorRow;

// What came of the inner steps first .. first + count - 1 in one future.
typedef struct {
    int count;                         // 0: there is no such future
    double start_loss, start_accuracy; // of phi_first
    double *loss, *accuracy;           // [count] of phi_{t+1}; owned
} StepCurve;

typedef struct {
    PointKind kind;
    int number;
    char text[EXPRESSION_TEXT];
    bool known;   // it has a value here
    double value; // 1 or 0 of a condition
} StepPointRow;

typedef struct {
    // What is stepped through.
    char rule[RULE_LABEL], data[DATASET_NAME], task[48], architecture[64]; // "196-64-32 relu"
    uint64_t seed;                                                         // as the caller tells it
    double rate;
    bool copied; // from a worker of a running training, after that outer step
    int worker;
    long outer_step;

    StepperPosition at;
    int layers;
    char stage[STAGE_NAME];
    const char *formula;   // constant
    double loss, accuracy; // few-shot, of the newest phi
    Future looked_at;      // all but `curve` is of this future
    bool has_what_if;
    char what_if[VARIATION_TEXT]; // what is different in the second future here

    StepTensorRow tensors[STEPPER_TENSORS];
    int tensor_count, selected;

    // The selected tensor.
    TensorView tensor; // its values are gone
    float *values;     // [tensor.count]; owned
    HistogramView histogram;

    StepCurve curve[FUTURES];
    // [share_count, layers, ANATOMY_PARTS] of the steps from `first` on: share of each part in the
    // step of each layer, NaN where there is none; owned
    float *share;
    int share_count;

    StepPointRow points[DEBUGGER_POINTS];
    int point_count;
} StepSnapshot;

// selected: index of the tensor whose values are wanted; the nearest there is is taken.  False
// without memory; then there is nothing to clear.
bool step_snapshot_take(StepSnapshot *snapshot, const Debugger *debugger, int selected,
                        Status *status);
void step_snapshot_clear(StepSnapshot *snapshot);

// Of part k (anatomy.h) in the step with that index (0: the first).
static inline float step_snapshot_share(const StepSnapshot *snapshot, int index, int layer,
                                        int part) {
    return snapshot
        ->share[((ptrdiff_t)index * snapshot->layers + layer - 1) * ANATOMY_PARTS + part];
}

#endif
