#include "tests/unit/random_unroll.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

// One-hot classes in turn, then normal regression targets.
static real *take_targets(const RandomUnrollSizes *sizes, Arena *arena, Random *random) {
    const size_t count = (size_t)sizes->examples * (size_t)sizes->targets;
    real *y = random_take(arena, count, 1, random);
    for (int i = 0; i < sizes->examples; i++)
        for (int c = 0; c < sizes->classes; c++)
            y[i * sizes->targets + c] = c == i % sizes->classes;
    return y;
}

static StepData take_data(const RandomUnrollSizes *sizes, Arena *arena, Random *random) {
    const size_t inputs = (size_t)sizes->shape.sizes[0];
    const size_t labelled = (size_t)sizes->examples * inputs;
    return (StepData){.x = random_take(arena, (size_t)sizes->batch * inputs, 1, random),
                      .labelled = {.examples = sizes->examples,
                                   .classes = sizes->classes,
                                   .targets = sizes->targets,
                                   .xa = random_take(arena, labelled, 1, random),
                                   .ya = take_targets(sizes, arena, random),
                                   .xb = random_take(arena, labelled, 1, random),
                                   .yb = take_targets(sizes, arena, random)}};
}

static size_t bytes_of(const RandomUnrollSizes *sizes) {
    const size_t inputs = (size_t)sizes->shape.sizes[0], tensors = 5;
    const size_t step = (size_t)sizes->batch * inputs +
                        2 * (size_t)sizes->examples * (inputs + (size_t)sizes->targets);
    return (2 * phi_count(&sizes->shape) + (size_t)sizes->steps * step) * sizeof(real) +
           (2 + tensors * (size_t)sizes->steps) * ALIGNMENT;
}

void random_unroll_init(RandomUnroll *random_unroll, const RandomUnrollSizes *sizes,
                        const Kernels *kernels, int kept, uint64_t seed) {
    Random random = random_seeded(seed, 1);
    Status status;
    RandomUnroll *at = random_unroll;
    *at = (RandomUnroll){.unroll = NULL};
    random_rule_init(&at->rule, sizes->rule, seed);
    test_arena_init(&at->arena, bytes_of(sizes));
    phi_take(&at->phi, &sizes->shape, &at->arena);
    random_fill(at->phi.block, at->phi.count, 0.5, &random);
    phi_take(&at->dphi, &sizes->shape, &at->arena);
    at->data = calloc((size_t)sizes->steps, sizeof *at->data);
    assert_non_null(at->data);
    for (int k = 0; k < sizes->steps; k++)
        at->data[k] = take_data(sizes, &at->arena, &random);
    at->task = (UnrollTask){.shape = &sizes->shape,
                            .batch = sizes->batch,
                            .steps = sizes->steps,
                            .examples = sizes->examples,
                            .classes = sizes->classes,
                            .targets = sizes->targets,
                            .rate = sizes->rate,
                            .phi = &at->phi,
                            .data = at->data};
    const UnrollSizes room = {.shape = sizes->shape,
                              .batch = sizes->batch,
                              .steps = sizes->steps,
                              .examples = sizes->examples,
                              .targets = sizes->targets,
                              .kept = kept};
    if (!unroll_new(&at->unroll, &at->rule.rule, kernels, &room, &status))
        fail_msg("%s", status.text);
}

void random_unroll_clear(RandomUnroll *random_unroll) {
    unroll_free(random_unroll->unroll);
    random_rule_clear(&random_unroll->rule);
    arena_clear(&random_unroll->arena);
    free(random_unroll->data);
}
