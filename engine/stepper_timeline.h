// What a stepper remembers: states of the inner loop to go back to, the variations of the rule and
// from which step they hold, and what every step came to.
//
// A state is never changed once it is made, so states are shared by reference (between the present
// and the past, and between a stepper and its forks); references are counted and all belong to one
// thread.
#ifndef ENGINE_STEPPER_TIMELINE_H
#define ENGINE_STEPPER_TIMELINE_H

#include "engine/anatomy.h"
#include "engine/phi.h"

// Everything that the inner steps from t on depend on, besides rule and task.
typedef struct {
    int references;
    int step;                             // t
    int truncation_begin, truncation_end; // of the truncation that the step before belongs to
    Random data, truncations;
    Phi phi; // owned block
} InnerState;

InnerState *inner_state_new(const PhiShape *shape); // one reference, phi zero; NULL without memory
InnerState *inner_state_hold(InnerState *state);    // another reference
void inner_state_drop(InnerState *state);           // one less; NULL is allowed

enum { RULE_LABEL = 96 };

// A prepared rule, shared in the same way.
typedef struct {
    int references;
    char label[RULE_LABEL]; // where it comes from
    Rule rule;
} SharedRule;

SharedRule *shared_rule_new(const ThetaLayout *layout, const real *theta, const char *label,
                            Status *status);
SharedRule *shared_rule_hold(SharedRule *shared);
void shared_rule_drop(SharedRule *shared);

// What the inner steps from `step` on are made with.
typedef struct {
    int step;
    SharedRule *shared;   // one reference
    double factor[TERMS]; // of merge.w: 1, or 0 for a term that is switched off
    double rate;
    Rule rule; // shared's arrays, merge.w times factor
} Variation;

// What a step t -> t+1 came to: the few-shot problem on phi_{t+1}.
typedef struct {
    double loss, accuracy;
} StepRecord;

typedef struct {
    int layers, first; // L, and t of the first state
    // States in rising order, the first one always; others where t - first is a multiple of stride,
    // which is doubled when they would take more than budget bytes.
    InnerState **kept;
    int kept_count, kept_capacity, stride;
    size_t budget;
    Variation *variation; // [variation_count] rising steps; the first from `first` on
    int variation_count, variation_capacity;
    // [record_count] of steps first, first + 1, ...; anatomy [record_count, layers]
    StepRecord *record;
    Anatomy *anatomy;
    int record_count, record_capacity;
} Timeline;

// `variation` is moved in.  On failure the timeline is empty and may be cleared.
bool timeline_init(Timeline *timeline, InnerState *first, int layers, const Variation *variation,
                   size_t budget, Status *status);
void timeline_clear(Timeline *timeline);
bool timeline_copy(Timeline *copy, const Timeline *timeline, Status *status);

// Keeps the state, if it is time for one and it is later than all that are kept.  Without memory
// it is not kept, which costs time only.
void timeline_keep(Timeline *timeline, InnerState *state);
InnerState *timeline_latest(const Timeline *timeline, int step); // the last with t <= step

const Variation *timeline_variation(const Timeline *timeline, int step); // in force at a step
// Room for one more variation.
bool timeline_vary_room(Timeline *timeline, Status *status);
// After timeline_vary_room: from variation->step on (moved in); later variations, and states and
// records after that step, are forgotten.
void timeline_vary(Timeline *timeline, const Variation *variation);
void variation_clear(Variation *variation);

// Room for the record of a step, which is the next one or is there already.
bool timeline_record_room(Timeline *timeline, int step, Status *status);
bool timeline_has_record(const Timeline *timeline, int step);
// After timeline_record_room.  anatomy [layers] of layers 1 .. L
Anatomy *timeline_record(Timeline *timeline, int step, StepRecord record);

#endif
