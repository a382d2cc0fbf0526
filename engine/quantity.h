// The numbers of a stepper that conditions may be about:
//
//     step                    t, of phi_t
//     loss, accuracy          few-shot, of the newest phi: phi_{t+1} at the last stage, else phi_t
//     nan                     values of the present stage's tensors that are not finite
//     TENSOR.STATISTIC        layer2.dW.norm; STATISTIC is norm, min, mean, max, std or nan
//     layerL.TERM.share       of a term in the step of layer L, as norm; or .projection (anatomy.h)
//
// A quantity has a value once the stage that makes it is reached, and is new at that stage.  It
// hangs on the position alone, not on the way there.
#ifndef ENGINE_QUANTITY_H
#define ENGINE_QUANTITY_H

#include "engine/stepper.h"

typedef enum {
    QUANTITY_STEP,
    QUANTITY_LOSS,
    QUANTITY_ACCURACY,
    QUANTITY_NON_FINITE,
    QUANTITY_STATISTIC,
    QUANTITY_SHARE,
    QUANTITY_PROJECTION,
} QuantityKind;

typedef enum {
    STATISTIC_NORM,
    STATISTIC_MIN,
    STATISTIC_MEAN,
    STATISTIC_MAX,
    STATISTIC_STD,
    STATISTIC_NAN,
    STATISTIC_COUNT
} Statistic;

const char *statistic_name(Statistic statistic); // "norm"
double statistic_of(const TensorStatistics *statistics, Statistic statistic);

enum { QUANTITY_STAGES = 2 }; // a tensor of phi is there before and after the step

typedef struct {
    QuantityKind kind;
    char tensor[TENSOR_NAME];
    Statistic statistic;
    int layer, part; // of an anatomy
    int stage[QUANTITY_STAGES], stage_count;
} Quantity;

// The stages of this stepper that make a tensor, in rising order; tensor names differ by case where
// the paper's do, else case does not matter.  0 if there is none; the exact name goes to `exact`.
int tensor_stages(Stepper *stepper, const char *name, int stages[QUANTITY_STAGES],
                  char exact[TENSOR_NAME]);

// The quantity of that name, for steppers with this base model; an unknown one is an error
// (STATUS_USAGE) that tells what there is, and the nearest.
bool quantity_find(Quantity *quantity, Stepper *stepper, const char *name, Status *status);

// Whether the present stage makes it.
bool quantity_is_new(const Quantity *quantity, const Stepper *stepper);
// Its value at the present stage; false if it has none yet.
bool quantity_value(const Quantity *quantity, Stepper *stepper, double *value);

// Whether it is kept of every inner step: loss, accuracy, share, projection; and its value on the
// record of a step (0 for the first).
bool quantity_has_curve(const Quantity *quantity);
double quantity_on_record(const Quantity *quantity, const Stepper *stepper, int index);

#endif
