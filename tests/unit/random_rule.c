#include "tests/unit/random_rule.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

void test_arena_init(Arena *arena, size_t bytes) {
    Status status;
    if (!arena_init(arena, bytes, &status))
        fail_msg("%s", status.text);
}

void random_fill(real *values, size_t count, double deviation, Random *random) {
    for (size_t i = 0; i < count; i++)
        values[i] = (real)(deviation * random_normal(random));
}

real *random_take(Arena *arena, size_t count, double deviation, Random *random) {
    real *values = arena_take(arena, count);
    random_fill(values, count, deviation, random);
    return values;
}

real *zeros_take(Arena *arena, size_t count) {
    real *values = arena_take(arena, count);
    memset(values, 0, count * sizeof(real));
    return values;
}

static void fill_theta(RandomRule *random_rule, uint64_t seed) {
    Random random = random_seeded(seed, 0);
    const ThetaLayout *layout = &random_rule->layout;
    theta_initialise(random_rule->theta, layout, &random);
    for (int i = 0; i < layout->tensors; i++) {
        const ThetaTensor *tensor = &layout->tensor[i];
        for (size_t k = 0; tensor->initial != INITIAL_WEIGHT && k < tensor->count; k++)
            random_rule->theta[tensor->offset + k] += (real)(0.3 * random_normal(&random));
    }
}

// Places the gradient; also used to measure.
static void place(RandomRule *random_rule) {
    const size_t count = random_rule->layout.count;
    random_rule->theta = arena_take(&random_rule->arena, count);
    random_rule->dtheta = arena_take(&random_rule->arena, count);
    rule_gradient_take(&random_rule->gradient, &random_rule->rule, &random_rule->arena);
}

void random_rule_init(RandomRule *random_rule, RuleSizes sizes, uint64_t seed) {
    Status status;
    *random_rule = (RandomRule){.theta = NULL};
    if (!theta_layout(&random_rule->layout, sizes, &status) ||
        !rule_init(&random_rule->rule, &random_rule->layout, &status))
        fail_msg("%s", status.text);
    place(random_rule);
    test_arena_init(&random_rule->arena, random_rule->arena.used);
    place(random_rule);
    rule_gradient_zero(&random_rule->gradient);
    fill_theta(random_rule, seed);
    rule_set(&random_rule->rule, random_rule->theta);
}

void random_rule_clear(RandomRule *random_rule) {
    rule_clear(&random_rule->rule);
    arena_clear(&random_rule->arena);
}
