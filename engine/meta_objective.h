// MetaObjective(phi; a, b) of spec 4: features of two labelled batches in ONE forward pass, ridge
// regression on a, loss and accuracy on b; its gradient flows through the solve.
#ifndef ENGINE_META_OBJECTIVE_H
#define ENGINE_META_OBJECTIVE_H

#include "engine/base_model.h"
#include "engine/ridge.h"

// Two labelled batches as data comes: examples [K, N_0] and targets [K, classes + regression
// targets], one-hot columns first.
typedef struct {
    int examples;         // K, of each batch
    int classes, targets; // columns of y; the first `classes` of them are one-hot labels
    const real *xa, *ya, *xb, *yb;
} LabelledBatches;

typedef struct {
    PhiShape shape;
    int examples, classes, targets;
    BaseModel model; // of the 2 K examples of a and b
    real *joined;    // [2 K, N_0]
    real *dx[PHI_LAYERS + 1], *dz[PHI_LAYERS + 1];
    // The regression, in double: pointers into `numbers`.
    Ridge ridge; // of a; borrowed memory
    double *ub, *yb, *p, *dp, *du, *dw;
    double *numbers;
    double loss;
    double accuracy;        // share of b whose argmax over the class columns of p is its label
    double column_accuracy; // the same with the argmax over all columns of p and of y: differs from
                            // accuracy only where there are regression targets (see metagrad)
} MetaObjective;

void meta_objective_take(MetaObjective *objective, const PhiShape *shape, int examples, int classes,
                         int targets, Arena *arena);

// Sets loss and accuracy.  Both become NaN if the features are not finite.
void meta_objective_forward(MetaObjective *objective, const Phi *phi,
                            const LabelledBatches *batches);

// dphi += scale * d loss / d phi; after forward with the same phi.
void meta_objective_backward(MetaObjective *objective, const Phi *phi, double scale, Phi *dphi);

#endif
