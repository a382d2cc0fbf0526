#include "tests/gradient/gradient_check.h"

#include "tests/unit/random_rule.h"

#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { DIRECTIONS = 3, SINGLES = 4, STEPS = 4 };
static const double tolerance = 1e-6;
static const double steps[STEPS] = {1e-4, 1e-5, 1e-6, 1e-7};
// Rounding errors that an objective gathers, in units of DBL_EPSILON of its value.
static const double rounding = 500;

double weighted_sum(const real *weights, const real *values, size_t count) {
    double sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += (double)weights[i] * (double)values[i];
    return sum;
}

// One input being moved along a direction.
typedef struct {
    const char *operation;
    Objective *objective;
    void *context;
    const GradientInput *input;
    real *kept;      // [count] the values as they were
    real *direction; // [count]
    double scale;    // of a single number of the direction
    double greatest; // |objective| met so far
} Probe;

static double length_of(const real *values, size_t count) {
    return sqrt(weighted_sum(values, values, count));
}

static double objective_at(Probe *probe, double step) {
    const GradientInput *input = probe->input;
    for (size_t i = 0; i < input->count; i++)
        input->values[i] = (real)((double)probe->kept[i] + step * (double)probe->direction[i]);
    const double value = probe->objective(probe->context);
    if (!(fabs(value) <= probe->greatest))
        probe->greatest = fabs(value);
    return value;
}

// Exact for polynomials up to the fourth degree.
static double difference(Probe *probe, double step) {
    const double near = objective_at(probe, step) - objective_at(probe, -step);
    const double far = objective_at(probe, 2 * step) - objective_at(probe, -2 * step);
    return (8 * near - far) / (12 * step);
}

static void check_direction(Probe *probe, const char *what) {
    const GradientInput *input = probe->input;
    const double told = weighted_sum(input->derivative, probe->direction, input->count);
    const double response =
        length_of(input->derivative, input->count) * length_of(probe->direction, input->count);
    double measured[STEPS];
    bool agrees = false;
    double allowed = 0;
    for (int i = 0; i < STEPS && !agrees; i++) {
        measured[i] = difference(probe, steps[i]);
        const double noise = rounding * DBL_EPSILON * probe->greatest / steps[i];
        allowed = tolerance * response + noise;
        agrees = fabs(measured[i] - told) <= allowed;
        if (agrees && !input->vanishes && !(response > 10 * sqrt((double)input->count) * noise))
            fail_msg("%s, %s, %s: the derivative (%g) is too small to be told from rounding (%g)",
                     probe->operation, input->name, what, response, noise);
        if (agrees && input->vanishes && !(fabs(told) <= noise))
            fail_msg("%s, %s, %s: the derivative is %g, expected none", probe->operation,
                     input->name, what, told);
    }
    memcpy(input->values, probe->kept, input->count * sizeof(real));
    if (!agrees)
        fail_msg("%s, %s, %s: the backward pass says %.12g, differences %.12g, %.12g, %.12g and "
                 "%.12g (%g would be near enough)",
                 probe->operation, input->name, what, told, measured[0], measured[1], measured[2],
                 measured[3], allowed);
}

static void check_input(Probe *probe, Random *random) {
    const GradientInput *input = probe->input;
    const double root = sqrt((double)input->count);
    const double size = length_of(input->values, input->count) / root;
    probe->scale = size > 0 ? size : 0.1;
    memcpy(probe->kept, input->values, input->count * sizeof(real));
    for (int i = 0; i < DIRECTIONS; i++) {
        char what[32];
        snprintf(what, sizeof what, "direction %d", i);
        random_fill(probe->direction, input->count, probe->scale, random);
        check_direction(probe, what);
    }
    for (int i = 0; i < SINGLES; i++) {
        char what[32];
        const size_t at = (size_t)random_below(random, (int)input->count);
        snprintf(what, sizeof what, "number %zu", at);
        memset(probe->direction, 0, input->count * sizeof(real));
        probe->direction[at] = (real)(probe->scale * root);
        check_direction(probe, what);
    }
}

void gradient_check(const char *operation, Objective *objective, void *context,
                    const GradientInput *inputs, size_t count) {
    Random random = random_seeded(11, 0);
    for (size_t i = 0; i < count; i++) {
        Probe probe = {.operation = operation,
                       .objective = objective,
                       .context = context,
                       .input = &inputs[i]};
        Arena arena;
        test_arena_init(&arena, 2 * (inputs[i].count + ALIGNMENT) * sizeof(real));
        probe.kept = arena_take(&arena, inputs[i].count);
        probe.direction = arena_take(&arena, inputs[i].count);
        check_input(&probe, &random);
        arena_clear(&arena);
    }
}
