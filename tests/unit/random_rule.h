// For tests: an update rule whose every parameter is random (theta_initialise leaves biases, betas
// and merge at round values, where mistakes hide), and random tensors.  Equal seeds give equal
// numbers.
#ifndef TESTS_UNIT_RANDOM_RULE_H
#define TESTS_UNIT_RANDOM_RULE_H

#include "engine/rule.h"

typedef struct {
    ThetaLayout layout;
    Rule rule; // holds theta after random_rule_set
    RuleGradient gradient;
    real *theta, *dtheta; // [layout.count]
    Arena arena;          // owns theta, dtheta and the gradient
} RandomRule;

// Weights as theta_initialise makes them; biases, betas and merge normal around their initial
// values.
void random_rule_init(RandomRule *random_rule, RuleSizes sizes, uint64_t seed);
void random_rule_clear(RandomRule *random_rule);

// count normal numbers from an arena.
real *random_take(Arena *arena, size_t count, double deviation, Random *random);
real *zeros_take(Arena *arena, size_t count);
void random_fill(real *values, size_t count, double deviation, Random *random);

// Memory for a test; without it the test fails.
void test_arena_init(Arena *arena, size_t bytes);

#endif
