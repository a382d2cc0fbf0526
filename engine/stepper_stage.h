// The stages of one inner step in the order in which data flow (spec 3), as the stepper shows them.
#ifndef ENGINE_STEPPER_STAGE_H
#define ENGINE_STEPPER_STAGE_H

#include "engine/real.h"

typedef enum {
    STAGE_INPUT,    // phi_t and the batch x_t
    STAGE_FORWARD,  // l = 1 .. L
    STAGE_TOP,      // d_L
    STAGE_H,        // for l = L .. 0: h_l, delta_l, d_{l-1} (the last two for l >= 1)
    STAGE_DELTA,    //
    STAGE_DOWN,     //
    STAGE_TERMS,    // for l = 1 .. L: the twelve terms, their merge, the bias change
    STAGE_MERGE,    //
    STAGE_BIAS,     //
    STAGE_APPLY,    // phi_{t+1}
    STAGE_FEW_SHOT, // loss and accuracy of phi_{t+1}
    STAGE_KINDS
} StageKind;

typedef struct {
    StageKind kind;
    int layer; // l; 0 where the kind has none (and for h_0)
} Stage;

int stage_count(int layers); // of one step of a base model with L layers: 7 L + 5

// The stage with an index in 0 .. stage_count - 1, and the reverse.
Stage stage_at(int layers, int index);
int stage_index(int layers, Stage stage);

enum { STAGE_NAME = 40 };
// "forward layer 2", "top error d_3", "h_2", "delta_2", "d_1", "terms of layer 2" ...
void stage_name(int layers, Stage stage, char name[STAGE_NAME]);

// The formula of the specification, in one line.
const char *stage_formula(StageKind kind);

#endif
