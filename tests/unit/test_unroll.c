// Truncated backpropagation: recomputing changes no bit, memory is what was planned, stopping and
// numbers that are not finite are told.  The gradient itself is the matter of tests/gradient and
// tests/golden.

#include "tests/unit/one_blas_thread.h"
#include "tests/unit/random_unroll.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static const RandomUnrollSizes odd = {.rule = {.H = 10, .D = 5, .R = 3, .T = 7, .E = 6},
                                      .shape = {3, {11, 9, 1, 6}, ACTIVATION_RELU},
                                      .batch = 13,
                                      .steps = 5,
                                      .examples = 9,
                                      .classes = 3,
                                      .targets = 5,
                                      .rate = 0.2};

static const char *const sets[] = {"portable", "avx2", "avx512"}; // of kernels

// The results of one run, all of them.
typedef struct {
    UnrollResult result;
    double *step_loss, *step_accuracy;
    Phi last, dphi;
    real *dtheta;
    size_t dtheta_count;
    Arena arena;
} Results;

static void place(Results *results, const RandomUnroll *unroll) {
    phi_take(&results->last, unroll->task.shape, &results->arena);
    phi_take(&results->dphi, unroll->task.shape, &results->arena);
    results->dtheta_count = unroll->rule.layout.count;
    results->dtheta = arena_take(&results->arena, results->dtheta_count);
}

static void results_run(Results *results, const RandomUnroll *unroll) {
    *results = (Results){.dtheta = NULL};
    place(results, unroll);
    test_arena_init(&results->arena, results->arena.used);
    place(results, unroll);
    const size_t steps = (size_t)unroll->task.steps;
    results->step_loss = calloc(steps, sizeof(double));
    results->step_accuracy = calloc(steps, sizeof(double));
    assert_non_null(results->step_loss);
    assert_non_null(results->step_accuracy);
    results->result = (UnrollResult){.step_loss = results->step_loss,
                                     .step_accuracy = results->step_accuracy,
                                     .last = &results->last,
                                     .dphi = &results->dphi,
                                     .dtheta = results->dtheta};
    unroll_run(unroll->unroll, &unroll->task, &results->result);
}

static void results_clear(Results *results) {
    arena_clear(&results->arena);
    free(results->step_loss);
    free(results->step_accuracy);
}

static void assert_same_bits(const Results *a, const Results *b, int steps) {
    assert_memory_equal(&a->result.loss, &b->result.loss, sizeof(double));
    assert_memory_equal(a->step_loss, b->step_loss, (size_t)steps * sizeof(double));
    assert_memory_equal(a->step_accuracy, b->step_accuracy, (size_t)steps * sizeof(double));
    assert_memory_equal(a->last.block, b->last.block, a->last.count * sizeof(real));
    assert_memory_equal(a->dphi.block, b->dphi.block, a->dphi.count * sizeof(real));
    assert_int_equal(a->dtheta_count, b->dtheta_count);
    assert_memory_equal(a->dtheta, b->dtheta, a->dtheta_count * sizeof(real));
}

static void recomputing_changes_no_bit(void **state) {
    (void)state;
    RandomUnroll recomputed;
    Results a;
    random_unroll_init(&recomputed, &odd, kernels_best(), 1, 1);
    results_run(&a, &recomputed);
    assert_string_equal(a.result.bad_place, "");
    assert_true(a.result.loss > 0);
    for (int steps = 0; steps <= odd.steps + 1; steps++) {
        RandomUnroll kept;
        Results b;
        random_unroll_init(&kept, &odd, kernels_best(), steps, 1);
        results_run(&b, &kept);
        assert_same_bits(&a, &b, odd.steps);
        results_clear(&b);
        random_unroll_clear(&kept);
    }
    results_clear(&a);
    random_unroll_clear(&recomputed);
}

static void runs_repeat(void **state) {
    (void)state;
    RandomUnroll unroll;
    Results a, b;
    random_unroll_init(&unroll, &odd, kernels_best(), 1, 2);
    results_run(&a, &unroll);
    results_run(&b, &unroll); // in memory that the first run has used
    assert_same_bits(&a, &b, odd.steps);
    results_clear(&a);
    results_clear(&b);
    random_unroll_clear(&unroll);
}

static void forward_alone_has_the_same_loss(void **state) {
    (void)state;
    RandomUnroll unroll;
    Results both;
    random_unroll_init(&unroll, &odd, kernels_best(), 1, 3);
    results_run(&both, &unroll);
    double step_loss[5];
    UnrollResult forward = {.step_loss = step_loss};
    unroll_run(unroll.unroll, &unroll.task, &forward);
    assert_memory_equal(step_loss, both.step_loss, sizeof step_loss);
    assert_true(fabs(forward.loss - both.result.loss) <= 1e-15 * forward.loss);
    results_clear(&both);
    random_unroll_clear(&unroll);
}

// Every set of kernels computes the same function: the losses agree within rounding.
static void kernels_agree(void **state) {
    (void)state;
    double first = NAN;
    for (int i = 0; i < 3; i++) {
        const Kernels *kernels = kernels_named(sets[i]);
        if (!kernels)
            continue;
        RandomUnroll unroll;
        random_unroll_init(&unroll, &odd, kernels, 1, 4);
        UnrollResult result = {.loss = NAN};
        unroll_run(unroll.unroll, &unroll.task, &result);
        first = i == 0 ? result.loss : first;
        const double tolerance = REAL_IS_DOUBLE ? 1e-12 : 1e-3;
        assert_true(fabs(result.loss - first) <= tolerance * first);
        random_unroll_clear(&unroll);
    }
}

// ---- memory
// ---------------------------------------------------------------------------------------

static RandomUnrollSizes random_sizes(Random *random) {
    RandomUnrollSizes sizes = {.rule = {.H = random_between(random, 1, 20),
                                        .D = random_between(random, 1, 20),
                                        .R = random_between(random, 1, 5),
                                        .T = random_between(random, 1, 20),
                                        .E = random_between(random, 1, 20)},
                               .batch = random_between(random, 2, 20),
                               .steps = random_between(random, 1, 3),
                               .classes = random_between(random, 2, 4),
                               .rate = 0.1};
    sizes.examples = sizes.classes * random_between(random, 1, 4);
    sizes.targets = sizes.classes + random_between(random, 0, 4);
    sizes.shape.layers = random_between(random, 1, 4);
    for (int l = 0; l < sizes.shape.layers; l++)
        sizes.shape.sizes[l] = random_between(random, 1, 30);
    sizes.shape.sizes[sizes.shape.layers] = sizes.rule.E;
    return sizes;
}

// An arena asserts that nothing takes more than was planned, so running is the test.
static void memory_suffices_for_random_sizes(void **state) {
    (void)state;
    Random random = random_seeded(5, 0);
    for (int i = 0; i < 60; i++) {
        const RandomUnrollSizes sizes = random_sizes(&random);
        RandomUnroll unroll;
        Results results;
        random_unroll_init(&unroll, &sizes, kernels_best(), i % 4, (uint64_t)i);
        results_run(&results, &unroll);
        assert_false(results.result.stopped);
        results_clear(&results);
        random_unroll_clear(&unroll);
    }
}

// A smaller task in the room of a greater one: same bits as in room of its own.
static void greater_room_changes_no_bit(void **state) {
    (void)state;
    RandomUnroll exact, roomy;
    Results a, b;
    random_unroll_init(&exact, &odd, kernels_best(), 1, 6);
    random_unroll_init(&roomy, &odd, kernels_best(), 1, 6);
    unroll_free(roomy.unroll);
    const UnrollSizes room = {.shape = {4, {13, 12, 11, 9, 6}, ACTIVATION_RELU},
                              .batch = 17,
                              .steps = 8,
                              .examples = 12,
                              .targets = 7};
    Status status;
    assert_true(unroll_new(&roomy.unroll, &roomy.rule.rule, kernels_best(), &room, &status));
    results_run(&a, &exact);
    results_run(&b, &roomy);
    assert_same_bits(&a, &b, odd.steps);
    results_clear(&a);
    results_clear(&b);
    random_unroll_clear(&exact);
    random_unroll_clear(&roomy);
}

static void each_step_costs_one_state(void **state) {
    (void)state;
    RandomRule rule;
    random_rule_init(&rule, odd.rule, 7);
    UnrollSizes sizes = {.shape = odd.shape,
                         .batch = odd.batch,
                         .steps = 1,
                         .examples = odd.examples,
                         .targets = odd.targets};
    const size_t one = unroll_bytes(&rule.rule, &sizes);
    sizes.steps = 1001;
    const size_t many = unroll_bytes(&rule.rule, &sizes);
    const size_t state_bytes =
        (phi_count(&odd.shape) * sizeof(real) + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    assert_int_equal(many - one, 1000 * state_bytes);
    random_rule_clear(&rule);
}

static size_t resident_bytes(void) {
    size_t all, resident;
    FILE *file = fopen("/proc/self/statm", "r");
    assert_non_null(file);
    assert_int_equal(fscanf(file, "%zu %zu", &all, &resident), 2);
    fclose(file);
    return resident * (size_t)sysconf(_SC_PAGESIZE);
}

// So a training does not grow on the day when it draws its largest task.
static void touched_memory_is_resident(void **state) {
    (void)state;
    RandomRule rule;
    Unroll *unroll;
    Status status;
    random_rule_init(&rule, odd.rule, 7);
    const UnrollSizes sizes = {.shape = odd.shape,
                               .batch = odd.batch,
                               .steps = 4096,
                               .examples = odd.examples,
                               .targets = odd.targets};
    const size_t bytes = unroll_bytes(&rule.rule, &sizes);
    assert_true(bytes > 1 << 22);
    assert_true(unroll_new(&unroll, &rule.rule, kernels_best(), &sizes, &status));
    const size_t before = resident_bytes();
    unroll_touch(unroll);
    assert_true(resident_bytes() - before > bytes / 10 * 9);
    unroll_free(unroll);
    random_rule_clear(&rule);
}

static void impossible_sizes_are_refused(void **state) {
    (void)state;
    RandomRule rule;
    random_rule_init(&rule, odd.rule, 8);
    const UnrollSizes good = {
        .shape = odd.shape, .batch = 4, .steps = 2, .examples = 6, .targets = 3};
    UnrollSizes bad[5];
    for (int i = 0; i < 5; i++)
        bad[i] = good;
    bad[0].shape.sizes[3] = 5; // not E
    bad[1].shape.layers = 0;
    bad[2].shape.sizes[1] = 0;
    bad[3].batch = 1;
    bad[4].steps = 0;
    for (int i = 0; i < 5; i++) {
        Unroll *unroll = NULL;
        Status status;
        assert_false(unroll_new(&unroll, &rule.rule, kernels_best(), &bad[i], &status));
        assert_int_equal(status.code, STATUS_BAD_DATA);
        assert_null(unroll);
    }
    random_rule_clear(&rule);
}

// ---- stopping and non-finite numbers
// --------------------------------------------------------------

static void a_stopped_run_says_so(void **state) {
    (void)state;
    RandomUnroll unroll;
    Results before, during, after;
    atomic_bool stop = false;
    random_unroll_init(&unroll, &odd, kernels_best(), 1, 9);
    results_run(&before, &unroll);
    assert_false(before.result.stopped);
    unroll.task.stop = &stop;
    atomic_store(&stop, true);
    results_run(&during, &unroll);
    assert_true(during.result.stopped);
    atomic_store(&stop, false);
    results_run(&after, &unroll);
    assert_false(after.result.stopped);
    assert_same_bits(&before, &after, odd.steps);
    results_clear(&before);
    results_clear(&during);
    results_clear(&after);
    random_unroll_clear(&unroll);
}

// Kernels that count their products and ask for a stop at one of them.
static struct {
    const Kernels *kernels;
    long calls, stop_at;
    atomic_bool stop;
} counted;

static void counted_product(int rows, int taps, int in, int out, const real *const *x, int x_stride,
                            const real *w, const real *bias, real *y, int y_stride) {
    if (++counted.calls == counted.stop_at)
        atomic_store(&counted.stop, true);
    counted.kernels->product(rows, taps, in, out, x, x_stride, w, bias, y, y_stride);
}

// The products of one run that is asked to stop at one of them (0: never).
static long count_products(RandomUnroll *unroll, bool gradient, long stop_at, bool *stopped) {
    Results results;
    counted.calls = 0;
    counted.stop_at = stop_at;
    atomic_store(&counted.stop, false);
    unroll->task.stop = &counted.stop;
    if (gradient) {
        results_run(&results, unroll);
        *stopped = results.result.stopped;
        results_clear(&results);
    } else {
        UnrollResult result = {.loss = NAN};
        unroll_run(unroll->unroll, &unroll->task, &result);
        *stopped = result.stopped;
    }
    return counted.calls;
}

// However far a run has come, a request to stop costs no more than the inner step that it is in:
// in the backward sweep that is the step computed again, and its derivative.
static void it_stops_within_an_inner_step(void **state) {
    (void)state;
    Kernels kernels = *kernels_best();
    long whole[4], forward = 0, all = 0;
    bool stopped;
    counted.kernels = kernels_best();
    kernels.product = counted_product;
    RandomUnroll unroll;
    for (int steps = 1; steps <= 3; steps++) {
        RandomUnrollSizes sizes = odd;
        sizes.steps = steps;
        random_unroll_init(&unroll, &sizes, &kernels, 1, 9);
        whole[steps] = count_products(&unroll, true, 0, &stopped);
        forward = steps == 1 ? count_products(&unroll, false, 0, &stopped) : forward;
        random_unroll_clear(&unroll);
    }
    const long backward = whole[3] - whole[2] - forward;
    assert_true(forward > 0 && backward >= forward);
    random_unroll_init(&unroll, &odd, &kernels, 1, 9);
    all = count_products(&unroll, true, 0, &stopped);
    for (long at = 1; at <= all; at += 17) {
        const long rest = count_products(&unroll, true, at, &stopped) - at;
        assert_true(rest < (at <= odd.steps * forward ? forward : backward));
        assert_true(stopped || at > all - backward);
    }
    random_unroll_clear(&unroll);
}

// Runs with one number replaced, forward alone and with the gradient, and compares what is told.
static void check_bad(RandomUnroll *unroll, real *number, real value, int step, const char *place) {
    const real kept = *number;
    *number = value;
    rule_set(&unroll->rule.rule, unroll->rule.theta);
    UnrollResult forward = {.loss = 0};
    unroll_run(unroll->unroll, &unroll->task, &forward);
    assert_int_equal(forward.bad_step, step);
    assert_string_equal(forward.bad_place, place);
    Results both;
    results_run(&both, unroll);
    assert_int_equal(both.result.bad_step, step);
    assert_string_equal(both.result.bad_place, place);
    assert_false(isfinite(both.result.loss));
    results_clear(&both);
    *number = kept;
    rule_set(&unroll->rule.rule, unroll->rule.theta);
}

// The data is const to the unroll; it is ours here.
static real *writable(const real *data) {
    return (real *)(uintptr_t)data;
}

static void the_first_bad_number_is_told(void **state) {
    (void)state;
    RandomUnroll unroll;
    random_unroll_init(&unroll, &odd, kernels_best(), 1, 10);
    check_bad(&unroll, writable(unroll.data[2].x), (real)NAN, 2, "forward: input x_0");
    check_bad(&unroll, writable(unroll.data[0].x), (real)INFINITY, 0, "forward: input x_0");
    check_bad(&unroll, unroll.phi.W[2], (real)NAN, 0, "forward: layer 2 base model");
    check_bad(&unroll, unroll.phi.b[1], (real)INFINITY, 0, "forward: layer 1 base model");
    check_bad(&unroll, unroll.phi.V[3], (real)NAN, 0, "forward: layer 2 error");
    check_bad(&unroll, unroll.phi.V[1], (real)-INFINITY, 0, "forward: layer 0 error");
    check_bad(&unroll, writable(unroll.data[4].labelled.xb), (real)NAN, 4, "meta-objective");
    // All is well again.
    Results results;
    results_run(&results, &unroll);
    assert_int_equal(results.result.bad_step, -1);
    assert_string_equal(results.result.bad_place, "");
    assert_true(isfinite(results.result.loss));
    results_clear(&results);
    random_unroll_clear(&unroll);
}

// Where the beta of a batch norm is first felt: in what reads its output.
static const char *const after_norm[][2] = {
    {"top.bn_in", "top.mix0"},         {"top.bn_mix0", "top.mix1"},
    {"top.bn_mix1", "top.conv0"},      {"top.bn0", "top.conv1"},
    {"top.bn1", "top error"},          {"h.bn_in", "h.conv_in"},
    {"h.bn_conv_in", "h.unit0.conv0"}, {"h.unit0.bn0", "h.unit0.conv1"},
    {"h.unit0.bn1", "h.conv1"},        {"h.bn_conv1", "h.unit1.conv0"},
    {"h.unit1.bn0", "h.unit1.conv1"},  {"h.unit1.bn1", "readout.0_order.top"},
    {"top.conv_out", "top error"},
};

// The place that a bad number in a tensor of theta must lead to, in a model of three layers.
static void expected_place(const char *tensor, char place[UNROLL_PLACE]) {
    char name[THETA_NAME];
    snprintf(name, sizeof name, "%s", tensor);
    *strrchr(name, '.') = '\0';
    const char *stage = name;
    for (size_t i = 0; i < sizeof after_norm / sizeof after_norm[0]; i++)
        if (strcmp(name, after_norm[i][0]) == 0)
            stage = after_norm[i][1];
    int layer = 3; // the embedding's error, its h and what its weights read come first
    if (strcmp(name, "merge") == 0)
        layer = 1;
    else if (strstr(name, "_lower_") || strstr(name, "order.bottom") || strstr(name, "rbf.bottom"))
        layer = 2; // the first that has weights above
    snprintf(place, UNROLL_PLACE, "forward: layer %d %s", layer, stage);
}

// NaN and Inf in every tensor of theta, by every set of kernels: nothing swallows them.  The first
// inner step tells; a second one follows.
static void a_bad_number_anywhere_in_theta_is_told(void **state) {
    (void)state;
    for (int i = 0; i < 3; i++) {
        const Kernels *kernels = kernels_named(sets[i]);
        if (!kernels)
            continue;
        RandomUnroll unroll;
        RandomUnrollSizes sizes = odd;
        sizes.steps = 2;
        random_unroll_init(&unroll, &sizes, kernels, 1, 11);
        const ThetaLayout *layout = &unroll.rule.layout;
        for (int t = 0; t < layout->tensors; t++) {
            const ThetaTensor *tensor = &layout->tensor[t];
            char place[UNROLL_PLACE];
            expected_place(tensor->name, place);
            real *last = unroll.rule.theta + tensor->offset + tensor->count - 1;
            check_bad(&unroll, last, (real)NAN, 0, place);
            check_bad(&unroll, last, (real)INFINITY, 0, place);
        }
        random_unroll_clear(&unroll);
    }
}

// Forward reads w, backward w_transposed: so the derivative alone can be broken.
static void check_bad_backward(RandomUnroll *unroll, ConvolutionIndex index, const char *place) {
    Results both;
    rule_set(&unroll->rule.rule, unroll->rule.theta);
    unroll->rule.rule.convolution[index].w_transposed[0] = (real)NAN;
    results_run(&both, unroll);
    assert_true(isfinite(both.result.loss));
    assert_int_equal(both.result.bad_step, odd.steps - 1);
    assert_string_equal(both.result.bad_place, place);
    results_clear(&both);
}

static void a_bad_derivative_is_told(void **state) {
    (void)state;
    RandomUnroll unroll;
    random_unroll_init(&unroll, &odd, kernels_best(), 1, 12);
    check_bad_backward(&unroll, H_UNIT0_CONV0, "backward: theta top.conv_in.w");
    check_bad_backward(&unroll, H_CONV_IN, "backward: layer1.W"); // of its statistics of W
    check_bad_backward(&unroll, TOP_CONV_IN, "backward: layer1.W");
    // Without tricks: a hidden bias so great that the derivative of batch norm overflows.
    unroll.phi.b[1][0] = (real)(REAL_IS_DOUBLE ? 1e300 : 1e34);
    rule_set(&unroll.rule.rule, unroll.rule.theta);
    Results both;
    results_run(&both, &unroll);
    assert_true(isfinite(both.result.loss));
    assert_true(both.result.bad_step >= 0);
    assert_string_equal(both.result.bad_place, "backward: layer1.W");
    results_clear(&both);
    random_unroll_clear(&unroll);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(recomputing_changes_no_bit),
        cmocka_unit_test(runs_repeat),
        cmocka_unit_test(forward_alone_has_the_same_loss),
        cmocka_unit_test(kernels_agree),
        cmocka_unit_test(memory_suffices_for_random_sizes),
        cmocka_unit_test(greater_room_changes_no_bit),
        cmocka_unit_test(each_step_costs_one_state),
        cmocka_unit_test(touched_memory_is_resident),
        cmocka_unit_test(impossible_sizes_are_refused),
        cmocka_unit_test(a_stopped_run_says_so),
        cmocka_unit_test(it_stops_within_an_inner_step),
        cmocka_unit_test(the_first_bad_number_is_told),
        cmocka_unit_test(a_bad_number_anywhere_in_theta_is_told),
        cmocka_unit_test(a_bad_derivative_is_told),
    };
    return cmocka_run_group_tests(tests, one_blas_thread, NULL);
}
