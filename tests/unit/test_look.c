// Looks at representations: variance explained, dimensions and the smoothness of receptive fields,
// of examples where all three are known.
#include "tests/unit/check.h"
#include "tests/unit/one_blas_thread.h"

#include "engine/transfer/look.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum { SIDE = 4, CHANNELS = 3, INPUTS = SIDE * SIDE * CHANNELS, EXAMPLES = 64 };

// Two classes of images of which the first two bytes alone vary, the first twice as far.
static void problem_of(Dataset *dataset, Problem *problem, bool permute) {
    const ProblemPlan plan = {.classes = 2, .shots = 1, .tests = 32, .permute = permute, .seed = 3};
    Status status;
    check(dataset_init(dataset, "toy", EXAMPLES, SIDE, SIDE, CHANNELS, &status), &status);
    for (int i = 0; i < EXAMPLES; i++) {
        uint8_t *pixels = dataset->pixels + (ptrdiff_t)i * INPUTS;
        dataset->labels[i] = i % 2;
        pixels[0] = i / 2 % 2 ? 200 : 0;
        pixels[1] = i / 4 % 2 ? 100 : 0;
    }
    check(dataset_index(dataset, 2, &status), &status);
    check(problem_init(problem, dataset, &plan, &status), &status);
    // All examples, so that the two bytes are independent.
    for (int i = 0; i < problem->test_count; i++)
        problem->test[i] = i;
}

static bool near(double a, double b) {
    return fabs(a - b) <= 1e-5;
}

static void test_variance(void **state) {
    (void)state;
    Dataset dataset;
    Problem problem;
    Look look;
    Status status;
    problem_of(&dataset, &problem, true);
    const Representation inputs = {.kind = REPRESENTATION_INPUTS, .inputs = INPUTS};
    assert_int_equal(problem.test_count, 32);
    check(look_at(&look, &problem, &inputs, &status), &status);
    assert_true(near(look.explained[0], 0.8)); // 4 to 1
    assert_true(near(look.explained[1], 1));
    assert_true(near(look.explained[LOOK_SHARES - 1], 1));
    assert_true(near(look.dimensions, 1 / (0.8 * 0.8 + 0.2 * 0.2)));
    assert_true(isnan(look.smoothness));
    problem_clear(&problem);
    dataset_clear(&dataset);
}

// Receptive fields of three units in image order: a slope, a chequerboard, nothing.
static double field(int unit, int pixel) {
    const int x = pixel / CHANNELS % SIDE, y = pixel / CHANNELS / SIDE;
    return unit == 0 ? x + y : unit == 1 ? ((x + y) % 2 ? 1 : -1) : 5;
}

// The sum over pairs, counted the plain way.
static double counted(int unit) {
    double mean = 0, variance = 0, product = 0;
    int pairs = 0;
    for (int p = 0; p < INPUTS; p++)
        mean += field(unit, p) / INPUTS;
    for (int p = 0; p < INPUTS; p++)
        variance += (field(unit, p) - mean) * (field(unit, p) - mean) / INPUTS;
    for (int p = 0; p < INPUTS; p++)
        for (int q = 0; q < p; q++) {
            const int dx = p / CHANNELS % SIDE - q / CHANNELS % SIDE;
            const int dy = p / CHANNELS / SIDE - q / CHANNELS / SIDE;
            if (p % CHANNELS != q % CHANNELS || dx * dx + dy * dy != 1)
                continue;
            product += (field(unit, p) - mean) * (field(unit, q) - mean);
            pairs++;
        }
    return product / pairs / variance;
}

static void test_smoothness(void **state) {
    (void)state;
    const PhiShape shape = {1, {INPUTS, 3}, ACTIVATION_RELU};
    Dataset dataset;
    Problem problem;
    Phi phi;
    Look look;
    Status status;
    Arena arena = {0};
    phi_take(&phi, &shape, &arena);
    check(arena_init(&arena, arena.peak, &status), &status);
    phi_take(&phi, &shape, &arena);
    phi_zero(&phi);
    const double slope = counted(0), board = counted(1);
    assert_true(slope > 0.5 && near(board, -1));
    for (int permute = 0; permute < 2; permute++) {
        problem_of(&dataset, &problem, permute);
        for (int k = 0; k < INPUTS; k++)
            for (int unit = 0; unit < 3; unit++)
                phi.W[1][k * 3 + unit] = (real)field(unit, problem.permutation[k]);
        const Representation model = {
            .kind = REPRESENTATION_BASE_MODEL, .inputs = INPUTS, .shape = &shape, .phi = &phi};
        check(look_at(&look, &problem, &model, &status), &status);
        assert_true(near(look.smoothness, (slope + board + 0) / 3));
        assert_true(look.explained[0] > 0);
        problem_clear(&problem);
        dataset_clear(&dataset);
    }
    // Features that are not finite.
    problem_of(&dataset, &problem, false);
    phi.W[1][0] = NAN;
    const Representation model = {
        .kind = REPRESENTATION_BASE_MODEL, .inputs = INPUTS, .shape = &shape, .phi = &phi};
    check(look_at(&look, &problem, &model, &status), &status);
    assert_true(isnan(look.explained[0]) && isnan(look.dimensions) && isnan(look.smoothness));
    problem_clear(&problem);
    dataset_clear(&dataset);
    arena_clear(&arena);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_variance),
        cmocka_unit_test(test_smoothness),
    };
    return cmocka_run_group_tests(tests, one_blas_thread, NULL);
}
