// The tensors of theta as inputs of gradient_check.
#ifndef TESTS_GRADIENT_GRADIENT_THETA_H
#define TESTS_GRADIENT_GRADIENT_THETA_H

#include "tests/gradient/gradient_check.h"
#include "tests/unit/random_rule.h"

// Fills inputs [THETA_TENSORS] with the tensors whose names start with one of the prefixes (a blank
// between them), with derivatives from random_rule->dtheta; returns how many.
// Biases before a batch norm vanish.
size_t theta_inputs(const RandomRule *random_rule, const char *prefixes, GradientInput *inputs);

// Makes the mean of h's bias change positive.  While it is negative, adding its relu makes g blind
// to bias.b, whose derivative then is nothing but rounding.
void theta_open_bias(RandomRule *random_rule);

// dtheta from what the backward passes have summed.
void theta_derivative(RandomRule *random_rule);

#endif
