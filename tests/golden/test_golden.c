// `metagrad` against the golden vectors of the specification, which an independent implementation
// computed in double precision, with every set of kernels that this processor runs.
//
// The vectors are not part of this tree: they lie in golden/ of the folder that RULESMITH_SHARED
// names, or of ../shared.  Without them the tests are skipped, and say so.
#include "engine/blas.h"
#include "engine/files/safetensors.h"
#include "engine/inner_step.h"
#include "engine/metagrad.h"
#include "engine/phi_file.h"
#include "engine/rule_file.h"

#include "tests/unit/random_rule.h"
#include "tests/unit/temporary_folder.h"

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

// Norm of the difference over norm of the reference, per tensor (README of the golden vectors).
#if REAL_IS_DOUBLE
static const double state_tolerance = 1e-9, gradient_tolerance = 1e-9, whole_tolerance = 1e-9;
// Of the norm of the whole gradient of theta: below it a gradient is nothing but rounding.  A bias
// before a batch norm has the derivative 0, which we write as 0 and the reference has as 1e-17 or
// so; and bias.b is cancelled by the relu of the bias change.
static const double rounding = 1e-12;
#else
// Single ReLUs flip in float, hence the width.
static const double state_tolerance = 1e-5, gradient_tolerance = 5e-2, whole_tolerance = 1e-2;
static const double rounding = 1e-6;
#endif

typedef struct {
    const char *name, *kernels;
    bool insides; // expected has tensors of the inside of the first step, which metagrad does not
                  // write
} Case;

static const char *folder; // of what metagrad writes

static const char *golden_file(const char *name, const char *part, char path[512]) {
    const char *shared = getenv("RULESMITH_SHARED");
    snprintf(path, 512, "%s/golden/%s.%s.safetensors", shared && *shared ? shared : "../shared",
             name, part);
    return path;
}

static void skip_without_vectors(void) {
    char path[512];
    if (access(golden_file("tiny", "theta", path), R_OK) == 0)
        return;
    print_message("no golden vectors: %s is not there\n", path);
    skip();
}

static Safetensors *open_or_fail(const char *path) {
    Safetensors *file;
    Status status;
    if (!safetensors_read(&file, path, &status))
        fail_msg("%s", status.text);
    return file;
}

// The numbers of a tensor, to be freed.
static double *numbers_of(const Safetensors *file, const Tensor *tensor) {
    int shape[3] = {0};
    Status status;
    assert_in_range(tensor->rank, 1, 3);
    for (int i = 0; i < tensor->rank; i++)
        shape[i] = (int)tensor->shape[i];
    double *values = calloc((size_t)tensor->count + 1, sizeof *values);
    assert_non_null(values);
    if (!safetensors_copy_double(file, tensor->name, tensor->rank, shape, true, values, &status))
        fail_msg("%s", status.text);
    return values;
}

// Squares of the difference of two tensors and of the second one.
typedef struct {
    double difference, reference;
} Squares;

static void add_squares(Squares *squares, size_t count, const double *found,
                        const double *expected) {
    for (size_t i = 0; i < count; i++) {
        squares->difference += (found[i] - expected[i]) * (found[i] - expected[i]);
        squares->reference += expected[i] * expected[i];
    }
}

static bool near_enough(const Squares *squares, double tolerance, double floor) {
    return sqrt(squares->difference) <= tolerance * sqrt(squares->reference) + floor;
}

static bool starts_with(const char *text, const char *start) {
    return strncmp(text, start, strlen(start)) == 0;
}

// ---- metagrad
// -------------------------------------------------------------------------------------

static double norm_of_theta_gradient(const Safetensors *expected) {
    Squares squares = {0, 0};
    for (size_t i = 0; i < (size_t)safetensors_count(expected); i++) {
        const Tensor *tensor = safetensors_tensor(expected, i);
        if (!starts_with(tensor->name, "grad.theta."))
            continue;
        double *values = numbers_of(expected, tensor);
        add_squares(&squares, (size_t)tensor->count, values, values);
        free(values);
    }
    return sqrt(squares.reference);
}

static void assert_same_shape(const Tensor *found, const Tensor *expected) {
    assert_int_equal(found->rank, expected->rank);
    for (int i = 0; i < found->rank; i++)
        assert_int_equal(found->shape[i], expected->shape[i]);
    assert_int_equal(found->dtype, REAL_IS_DOUBLE ? DTYPE_F64 : DTYPE_F32);
}

typedef struct {
    const Case *about;
    const Safetensors *found, *expected;
    double floor;  // of gradients
    Squares whole; // of the gradient of theta
    double worst;  // relative difference of a tensor above the floor
    int compared;
} Comparison;

static void compare_tensor(Comparison *at, const Tensor *found, const Tensor *expected) {
    const bool gradient = starts_with(expected->name, "grad.");
    double *values = numbers_of(at->found, found), *reference = numbers_of(at->expected, expected);
    Squares squares = {0, 0};
    assert_same_shape(found, expected);
    add_squares(&squares, (size_t)found->count, values, reference);
    if (starts_with(expected->name, "grad.theta."))
        add_squares(&at->whole, (size_t)found->count, values, reference);
    free(values);
    free(reference);
    const double relative = sqrt(squares.difference / squares.reference);
    if (!near_enough(&squares, gradient ? gradient_tolerance : state_tolerance,
                     gradient ? at->floor : 0))
        fail_msg("%s, %s kernels, %s: off by %g of its norm %g", at->about->name,
                 at->about->kernels, expected->name, relative, sqrt(squares.reference));
    if (sqrt(squares.reference) > at->floor && relative > at->worst)
        at->worst = relative;
    at->compared++;
}

// All that is expected is found (but for the insides), and nothing else.
static void compare_files(Comparison *at) {
    int insides = 0;
    for (size_t i = 0; i < (size_t)safetensors_count(at->expected); i++) {
        const Tensor *expected = safetensors_tensor(at->expected, i);
        const Tensor *found = safetensors_find(at->found, expected->name);
        if (found)
            compare_tensor(at, found, expected);
        else if (at->about->insides && strchr("zxdh", expected->name[0]))
            insides++;
        else
            fail_msg("%s: metagrad did not write %s", at->about->name, expected->name);
    }
    assert_int_equal(insides > 0, at->about->insides);
    for (size_t i = 0; i < (size_t)safetensors_count(at->found); i++) {
        const char *name = safetensors_tensor(at->found, i)->name;
        if (!safetensors_find(at->expected, name) && !starts_with(name, "class_accuracy"))
            fail_msg("%s: metagrad wrote %s, which nobody expects", at->about->name, name);
    }
}

static void metagrad_agrees(void **state) {
    skip_without_vectors();
    const Case *about = *state;
    const Kernels *kernels = kernels_named(about->kernels);
    if (!kernels) {
        print_message("this processor does not run the %s kernels\n", about->kernels);
        skip();
    }
    char theta[512], phi[512], inputs[512], expected[512];
    const char *out = in_folder(folder, "out.safetensors");
    Status status;
    if (!metagrad_with(kernels, golden_file(about->name, "theta", theta),
                       golden_file(about->name, "phi0", phi),
                       golden_file(about->name, "inputs", inputs), out, &status))
        fail_msg("%s", status.text);
    Safetensors *found_file = open_or_fail(out);
    Safetensors *expected_file = open_or_fail(golden_file(about->name, "expected", expected));
    Comparison at = {.about = about, .found = found_file, .expected = expected_file};
    at.floor = rounding * norm_of_theta_gradient(expected_file);
    compare_files(&at);
    if (!near_enough(&at.whole, whole_tolerance, 0))
        fail_msg("%s, %s kernels: the gradient of theta is off by %g", about->name, about->kernels,
                 sqrt(at.whole.difference / at.whole.reference));
    assert_true(at.compared > THETA_TENSORS / 2);
    print_message(
        "%s, %s kernels: %d tensors, the worst off by %.1e, the gradient of theta by %.1e\n",
        about->name, about->kernels, at.compared, at.worst,
        sqrt(at.whole.difference / at.whole.reference));
    safetensors_free(found_file);
    safetensors_free(expected_file);
}

// ---- the insides of the first step
// ----------------------------------------------------------------

typedef struct {
    ThetaLayout layout;
    real *theta, *x0;
    Rule rule;
    PhiShape shape;
    Phi phi, next;
    int batch;
    InnerStep step;
    Arena arena;
    Safetensors *expected;
} Insides;

static void read_insides(Insides *at, const char *name) {
    char path[512];
    Status status;
    if (!rule_file_read(&at->layout, &at->theta, golden_file(name, "theta", path), &status) ||
        !phi_file_read(&at->shape, &at->phi, golden_file(name, "phi0", path), &status) ||
        !rule_init(&at->rule, &at->layout, &status))
        fail_msg("%s", status.text);
    rule_set(&at->rule, at->theta);
    at->expected = open_or_fail(golden_file(name, "expected", path));
    Safetensors *inputs = open_or_fail(golden_file(name, "inputs", path));
    const Tensor *x0 = safetensors_find(inputs, "x0");
    assert_non_null(x0);
    at->batch = (int)x0->shape[0];
    const int shape[2] = {at->batch, at->shape.sizes[0]};
    at->x0 = calloc((size_t)x0->count, sizeof(real));
    assert_non_null(at->x0);
    assert_true(safetensors_copy_real(inputs, "x0", 2, shape, true, at->x0, &status));
    safetensors_free(inputs);
}

static void step_forward(Insides *at) {
    test_arena_init(&at->arena, 1 << 24);
    phi_take(&at->next, &at->shape, &at->arena);
    inner_step_take(&at->step, &at->rule, &at->shape, at->batch, &at->arena);
    inner_step_forward(&at->step, &at->rule, kernels_best(), &at->phi, at->x0, (real)0.05,
                       &at->next, &at->arena);
}

static void insides_clear(Insides *at) {
    safetensors_free(at->expected);
    arena_clear(&at->arena);
    rule_clear(&at->rule);
    free(at->phi.block);
    free(at->theta);
    free(at->x0);
}

// Compares with the expected tensor of that name; ours is values [units, batch, stride], of which
// the first `channels` count.  transposed: the expected one is [batch, units].
static void compare_inside(const Insides *at, const char *name, const real *values, int units,
                           int stride, int channels, bool transposed) {
    const Tensor *tensor = safetensors_find(at->expected, name);
    if (!tensor)
        fail_msg("the golden vectors have no %s", name);
    const int batch = at->batch;
    assert_int_equal(tensor->count, units * batch * channels);
    double *expected = numbers_of(at->expected, tensor), *found = calloc((size_t)tensor->count, 8);
    assert_non_null(found);
    for (int n = 0; n < units; n++)
        for (int b = 0; b < batch; b++)
            for (int c = 0; c < channels; c++)
                found[(transposed ? b * units + n : n * batch + b) * channels + c] =
                    (double)values[(n * batch + b) * stride + c];
    Squares squares = {0, 0};
    add_squares(&squares, (size_t)tensor->count, found, expected);
    if (!near_enough(&squares, state_tolerance, 0))
        fail_msg("%s is off by %g", name, sqrt(squares.difference / squares.reference));
    free(expected);
    free(found);
}

static void compare_h(const Insides *at, int l) {
    const int units = at->shape.sizes[l], H = at->layout.sizes.H;
    Arena arena;
    char name[16];
    test_arena_init(&arena, (size_t)(units * at->batch * padded(H)) * sizeof(real));
    real *values = arena_take(&arena, (size_t)(units * at->batch * padded(H)));
    compute_h_values(&at->step.h[l], &at->rule, kernels_best(), values);
    snprintf(name, sizeof name, "h%d", l);
    compare_inside(at, name, values, units, padded(H), H, false);
    arena_clear(&arena);
}

static void insides_agree(void **state) {
    (void)state;
    skip_without_vectors();
    Insides *at = calloc(1, sizeof *at);
    assert_non_null(at);
    read_insides(at, "tiny");
    at->shape.activation = ACTIVATION_RELU;
    step_forward(at);
    const int L = at->shape.layers, D = at->layout.sizes.D;
    for (int l = 0; l <= L; l++) {
        const int units = at->shape.sizes[l];
        char name[16];
        snprintf(name, sizeof name, "z%d", l);
        if (l > 0)
            compare_inside(at, name, at->step.model.z[l], units, 1, 1, true);
        snprintf(name, sizeof name, "x%d", l);
        if (l > 0)
            compare_inside(at, name, at->step.model.x[l], units, 1, 1, true);
        snprintf(name, sizeof name, "d%d_after%d", l, l + 1);
        compare_inside(at, l == L ? "d_top" : name, at->step.d[l], units, D, D, false);
        compare_h(at, l);
    }
    insides_clear(at);
    free(at);
}

static int start(void **state) {
    (void)state;
    Status status;
    folder = temporary_folder();
    return blas_init(&status) ? 0 : -1;
}

int main(void) {
    static Case cases[] = {
        {"tiny", "avx512", true},   {"tiny", "avx2", true},   {"tiny", "portable", true},
        {"small", "avx512", false}, {"small", "avx2", false}, {"small", "portable", false},
        {"paper", "avx512", false}, {"paper", "avx2", false}, {"paper", "portable", false},
    };
    enum { CASES = sizeof cases / sizeof cases[0] };
    char names[CASES][32];
    struct CMUnitTest tests[CASES + 1] = {cmocka_unit_test(insides_agree)};
    for (int i = 0; i < CASES; i++) {
        snprintf(names[i], sizeof names[i], "%s_%s", cases[i].name, cases[i].kernels);
        tests[i + 1] = (struct CMUnitTest){
            .name = names[i], .test_func = metagrad_agrees, .initial_state = &cases[i]};
    }
    return cmocka_run_group_tests(tests, start, NULL);
}
