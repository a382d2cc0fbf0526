// For tests: an unroll with random rule, base model and data.  Equal seeds give equal numbers.
#ifndef TESTS_UNIT_RANDOM_UNROLL_H
#define TESTS_UNIT_RANDOM_UNROLL_H

#include "tests/unit/random_rule.h"

#include "engine/unroll.h"

typedef struct {
    RuleSizes rule;
    PhiShape shape;
    int batch, steps, examples, classes, targets;
    double rate;
} RandomUnrollSizes;

typedef struct {
    RandomRule rule;
    Phi phi, dphi;
    StepData *data;  // [steps]
    UnrollTask task; // points at all of the above
    Unroll *unroll;  // of exactly these sizes
    Arena arena;
} RandomUnroll;

// Weights of the base model have deviation 0.5, so that every layer matters.
void random_unroll_init(RandomUnroll *random_unroll, const RandomUnrollSizes *sizes,
                        const Kernels *kernels, int kept, uint64_t seed);
void random_unroll_clear(RandomUnroll *random_unroll);

#endif
