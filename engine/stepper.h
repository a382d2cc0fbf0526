// The inner loop under a debugger: one base model under one rule, moved forwards and backwards by
// stages of a step, with every value of the step to look at.
//
// A position is an inner step t, a stage of the step t -> t+1 (stepper_stage.h), and nothing else:
// the step is computed as a whole when it is entered (bit for bit as unroll_run does), so moving
// between its stages costs nothing, and going back is by a kept state and replay.  The same
// position always has the same bits.
//
// A stepper belongs to one thread at a time.
#ifndef ENGINE_STEPPER_H
#define ENGINE_STEPPER_H

#include "engine/anatomy.h"
#include "engine/stepper_stage.h"
#include "engine/stepper_start.h"
#include "engine/stepper_timeline.h"
#include "engine/tensor_statistics.h"

typedef struct Stepper Stepper;

// At stage 0 of the first step.  `start` moves in, whether or not it succeeds; theta is copied.
// label says where the rule comes from.  budget: bytes for states to go back to.
bool stepper_new(Stepper **stepper, StepperStart *start, const ThetaLayout *layout,
                 const real *theta, const char *label, size_t budget, Status *status);
void stepper_free(Stepper *stepper);

// Another stepper at the same position with the same past; both then go on by themselves.
bool stepper_fork(Stepper **fork, const Stepper *stepper, Status *status);

// ---- position ----

typedef struct {
    int step;    // t
    int first;   // the first t
    int horizon; // of the task; stepping may go on beyond it
    int stage, stages;
    int truncation_begin, truncation_end; // t of the truncation that this step belongs to
} StepperPosition;

StepperPosition stepper_position(const Stepper *stepper);
const StepperStart *stepper_start(const Stepper *stepper); // its phi is that of the first step
const PhiShape *stepper_shape(const Stepper *stepper);
const Variation *stepper_variation(const Stepper *stepper); // of this step

// Goes to a stage of step t >= first, forwards or backwards.  *stop (or NULL) is polled once per
// inner step and leaves the stepper at stage 0 of a step on the way.  False without memory: then at
// such a step too.
bool stepper_go(Stepper *stepper, int step, int stage, const atomic_bool *stop, Status *status);

// ---- values ----

const Phi *stepper_phi(const Stepper *stepper);       // phi_t
const Phi *stepper_next_phi(const Stepper *stepper);  // phi_{t+1}
const StepData *stepper_data(const Stepper *stepper); // of this step
const InnerStep *stepper_values(const Stepper *stepper);

// The tensors of a stage of this step; they stay until the next call or move.  Returns how many.
enum { STEPPER_TENSORS = 6 * PHI_LAYERS };
int stepper_tensors(Stepper *stepper, int stage, TensorView views[STEPPER_TENSORS]);

// ---- what came out ----

// Few-shot loss and accuracy of phi_first, on the data of the first step.
StepRecord stepper_start_record(const Stepper *stepper);
// Of the newest phi that the position has: phi_{t+1} at the last stage, phi_t before.
StepRecord stepper_newest_record(const Stepper *stepper);
// Of steps first .. first + count - 1: all that have been computed with the present variations.
int stepper_record_count(const Stepper *stepper);
const StepRecord *stepper_record(const Stepper *stepper, int index);
const Anatomy *stepper_anatomy(const Stepper *stepper, int index, int layer); // layer 1 .. L

// ---- what if ----

// What this step is made with other than the first: "hebb off, rbf x 3, rate 0.5, rule FILE", or
// "as it was".
enum { VARIATION_TEXT = 512 };
const char *stepper_variation_text(const Stepper *stepper, char text[VARIATION_TEXT]);

// From this step on: the merge weight of a term times factor, another inner rate, another rule.
// What lay ahead is forgotten; the stage stays.  On failure nothing is changed.
bool stepper_set_term(Stepper *stepper, int term, double factor, Status *status);
bool stepper_set_rate(Stepper *stepper, double rate, Status *status);
bool stepper_set_rule(Stepper *stepper, const ThetaLayout *layout, const real *theta,
                      const char *label, Status *status);

#endif
