// What a training goes back to when it diverges: two earlier states of theta and Adam.
//
// A state is kept after an outer step in which every worker was finite, at least FALLBACK_EVERY
// outer steps after the one before; the first is the theta that training begins with.  So which
// states there are follows from the training alone, never from the times at which checkpoints were
// written, and every checkpoint carries them: a run that is resumed falls back as it would have.
//
// Going back halves the outer learning rate that the state had.  If not one outer step succeeds
// after that, the state was bad itself, and the older one is next; after it there is none.
#ifndef ENGINE_FALLBACK_H
#define ENGINE_FALLBACK_H

#include "engine/adam.h"
#include "engine/files/safetensors.h"

enum { FALLBACK_STATES = 2, FALLBACK_EVERY = 50, FALLBACK_AFTER_SKIPS = 10 };

typedef struct {
    long outer_step;    // after which it was kept
    long adam_step;     // Adam's own counter
    double rate_factor; // on the outer learning rate
    real *theta;        // [parameters]; owned
    double *first, *second;
} FallbackState;

typedef struct {
    size_t parameters;
    FallbackState state[FALLBACK_STATES]; // newest first
    int count;                            // of them that are kept
    bool fell;                            // and no outer step has succeeded since
} Fallback;

bool fallback_init(Fallback *fallback, size_t parameters, Status *status);
void fallback_clear(Fallback *fallback);
size_t fallback_bytes(size_t parameters);

// Forgets all states and keeps this one.
void fallback_begin(Fallback *fallback, const real *theta, const Adam *adam, long outer_step,
                    double rate_factor);

// An outer step has succeeded; clean: with every worker.
void fallback_note(Fallback *fallback, const real *theta, const Adam *adam, long outer_step,
                   double rate_factor, bool clean);

// The user has chosen another rate: what is gone back to takes half of that.
void fallback_set_rate(Fallback *fallback, double rate_factor);

// Puts theta and adam back and tells which state it was (its rate_factor is the one to go on with),
// or returns NULL and changes nothing if there is none left.
const FallbackState *fallback_take(Fallback *fallback, real *theta, Adam *adam);

// As tensors of a checkpoint: fallback.counters int64 [2]: states, fell; fallback.I.theta,
// fallback.I.adam.first|second, fallback.I.counters int64 [2]: outer step, Adam's step;
// fallback.I.rate_factor.
bool fallback_save(const Fallback *fallback, SafetensorsWriter *writer, Status *status);
// Older checkpoints have no such tensors: then *found is false and nothing changes.  outer_step and
// adam_step: of the checkpoint, which no state may be beyond.
bool fallback_load(Fallback *fallback, const Safetensors *file, long outer_step, bool *found,
                   Status *status);

#endif
