// Rule and base model files, and metagrad's inputs: what is written is read back, and each way in
// which a file can be wrong gives one sentence that names the file and the tensor or key.
#include "engine/blas.h"
#include "engine/files/safetensors.h"
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

static const RuleSizes sizes = {.H = 3, .D = 2, .R = 2, .T = 4, .E = 5};
static const PhiShape shape = {2, {6, 4, 5}, ACTIVATION_TANH};
enum { BATCH = 4, STEPS = 2, EXAMPLES = 6, CLASSES = 2, COLUMNS = 3 };

static const char *folder; // of all files

static const char *path_of(const char *name) {
    return in_folder(folder, name);
}

// ---- files with one mistake
// -----------------------------------------------------------------------

// A file that is right but for this.
typedef struct {
    const char *omit;        // tensor or metadata key that is left out
    const char *misshape;    // tensor that is one row longer
    const char *poison;      // tensor with a NaN at index 1
    const char *unknown;     // tensor that nobody knows
    const char *key, *value; // metadata that replaces the right one, or is added
    bool bare;               // no metadata at all
    Dtype dtype;             // of all tensors
} Mistake;

static bool is(const char *name, const char *chosen) {
    return chosen && strcmp(name, chosen) == 0;
}

static void succeed(bool done, const Status *status) {
    if (!done)
        fail_msg("%s", status->text);
}

static void add_tensor(SafetensorsWriter *writer, const Mistake *mistake, const char *name,
                       int rank, const int *lengths, const real *values) {
    if (is(name, mistake->omit))
        return;
    uint64_t axes[3] = {0}, count = 1;
    for (int i = 0; i < rank; i++) {
        axes[i] = (uint64_t)lengths[i] + (i == 0 && is(name, mistake->misshape));
        count *= axes[i];
    }
    float *singles = calloc(count + 1, sizeof *singles);
    double *doubles = calloc(count + 1, sizeof *doubles);
    assert_true(singles && doubles);
    for (uint64_t i = 0; !is(name, mistake->misshape) && i < count; i++)
        doubles[i] = (double)values[i];
    if (is(name, mistake->poison))
        doubles[1] = NAN;
    for (uint64_t i = 0; i < count; i++)
        singles[i] = (float)doubles[i];
    Status status;
    succeed(safetensors_add(writer, name, mistake->dtype, rank, axes,
                            mistake->dtype == DTYPE_F32 ? (const void *)singles : doubles, &status),
            &status);
    free(singles);
    free(doubles);
}

static void add_metadata(SafetensorsWriter *writer, const Mistake *mistake, const char *key,
                         const char *value) {
    Status status;
    if (mistake->bare || is(key, mistake->omit) || is(key, mistake->key))
        return;
    succeed(safetensors_add_metadata(writer, key, value, &status), &status);
}

static const char *finish(SafetensorsWriter *writer, const Mistake *mistake, const char *name) {
    Status status;
    const char *path = path_of(name);
    if (mistake->unknown)
        add_tensor(writer, &(Mistake){.dtype = DTYPE_F32}, mistake->unknown, 1, (int[]){1},
                   (const real[]){1});
    if (mistake->key)
        succeed(safetensors_add_metadata(writer, mistake->key, mistake->value, &status), &status);
    succeed(safetensors_write(writer, path, &status), &status);
    safetensors_writer_free(writer);
    return path;
}

static void add_sizes(SafetensorsWriter *writer, const Mistake *mistake) {
    add_metadata(writer, mistake, "H", "3");
    add_metadata(writer, mistake, "D", "2");
    add_metadata(writer, mistake, "R", "2");
    add_metadata(writer, mistake, "T", "4");
    add_metadata(writer, mistake, "E", "5");
}

static const char *write_rule(const RandomRule *rule, const Mistake *mistake) {
    SafetensorsWriter *writer = safetensors_writer_new();
    assert_non_null(writer);
    for (int i = rule->layout.tensors - 1; i >= 0; i--) {
        const ThetaTensor *tensor = &rule->layout.tensor[i];
        add_tensor(writer, mistake, tensor->name, tensor->rank, tensor->shape,
                   rule->theta + tensor->offset);
    }
    add_sizes(writer, mistake);
    return finish(writer, mistake, "rule.safetensors");
}

static const char *write_phi(const Phi *phi, const Mistake *mistake) {
    SafetensorsWriter *writer = safetensors_writer_new();
    assert_non_null(writer);
    for (int i = 0; i < phi_tensor_count(&shape); i++) {
        const PhiTensor tensor = phi_tensor(phi, &shape, i);
        add_tensor(writer, mistake, tensor.name, tensor.rank, tensor.shape, tensor.values);
    }
    add_metadata(writer, mistake, "sizes", "6,4,5");
    add_metadata(writer, mistake, "activation", "tanh");
    return finish(writer, mistake, "phi.safetensors");
}

static const char *write_inputs(const Mistake *mistake) {
    static const struct {
        const char *name;
        int rows, columns;
    } tensors[] = {{"x", BATCH, 6},
                   {"xa", EXAMPLES, 6},
                   {"ya", EXAMPLES, COLUMNS},
                   {"xb", EXAMPLES, 6},
                   {"yb", EXAMPLES, COLUMNS}};
    SafetensorsWriter *writer = safetensors_writer_new();
    Random random = random_seeded(3, 0);
    assert_non_null(writer);
    for (int k = 0; k < STEPS; k++)
        for (size_t i = 0; i < sizeof tensors / sizeof tensors[0]; i++) {
            real values[EXAMPLES * 6];
            char name[16];
            random_fill(values, sizeof values / sizeof values[0], 1, &random);
            snprintf(name, sizeof name, "%s%d", tensors[i].name, k);
            add_tensor(writer, mistake, name, 2, (int[]){tensors[i].rows, tensors[i].columns},
                       values);
        }
    add_metadata(writer, mistake, "inner_lr", "0.125");
    add_metadata(writer, mistake, "unroll", "2");
    add_metadata(writer, mistake, "activation", "tanh");
    add_metadata(writer, mistake, "classes", "2");
    return finish(writer, mistake, "inputs.safetensors");
}

// ---- what all tests have
// --------------------------------------------------------------------------

typedef struct {
    RandomRule rule;
    Phi phi;
    Arena arena;
} Right;

static const Mistake none = {.dtype = DTYPE_F64};

static int make_right(void **state) {
    Right *right = calloc(1, sizeof *right);
    Status status;
    if (!right || !blas_init(&status))
        return -1;
    folder = temporary_folder();
    Random random = random_seeded(2, 0);
    random_rule_init(&right->rule, sizes, 1);
    test_arena_init(&right->arena, phi_count(&shape) * sizeof(real));
    phi_take(&right->phi, &shape, &right->arena);
    phi_zero(&right->phi);
    for (int i = 0; i < phi_tensor_count(&shape); i++) {
        const PhiTensor tensor = phi_tensor(&right->phi, &shape, i);
        random_fill(tensor.values, tensor.count, 0.5, &random);
    }
    *state = right;
    return 0;
}

static int free_right(void **state) {
    Right *right = *state;
    random_rule_clear(&right->rule);
    arena_clear(&right->arena);
    free(right);
    return 0;
}

// The error is of bad data, opens with the file and names the culprit.
static void assert_error(const Status *status, const char *path, const char *culprit) {
    assert_int_equal(status->code, STATUS_BAD_DATA);
    if (!strstr(status->text, path) || !strstr(status->text, culprit))
        fail_msg("the error is '%s', expected it to name %s and %s", status->text, path, culprit);
}

// ---- rules
// ----------------------------------------------------------------------------------------

static void assert_rule_reads(const RandomRule *rule, const char *path, double tolerance) {
    ThetaLayout layout;
    real *theta;
    Status status;
    succeed(rule_file_read(&layout, &theta, path, &status), &status);
    assert_memory_equal(&layout.sizes, &sizes, sizeof sizes);
    assert_int_equal(layout.count, rule->layout.count);
    for (size_t i = 0; i < layout.count; i++)
        assert_true(fabs((double)(theta[i] - rule->theta[i])) <=
                    tolerance * fabs((double)rule->theta[i]));
    free(theta);
}

static void a_rule_comes_back(void **state) {
    const Right *right = *state;
    const RuleNote notes[] = {{"preset", "small"}, {"outer_step", "400"}};
    const char *path = path_of("rule.safetensors");
    Status status;
    Safetensors *file;
    succeed(rule_file_write(&right->rule.layout, right->rule.theta, notes, 2, path, &status),
            &status);
    assert_rule_reads(&right->rule, path, 0);
    succeed(safetensors_read(&file, path, &status), &status);
    static const char *const expected[][2] = {
        {"H", "3"},       {"D", "2"},       {"R", "2"},          {"T", "4"},           {"E", "5"},
        {"kind", "rule"}, {"version", "1"}, {"preset", "small"}, {"outer_step", "400"}};
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++)
        assert_string_equal(safetensors_metadata(file, expected[i][0]), expected[i][1]);
    safetensors_free(file);
}

static void rules_of_others_are_read(void **state) {
    const Right *right = *state;
    assert_rule_reads(&right->rule, write_rule(&right->rule, &none), 0);
    assert_rule_reads(&right->rule, write_rule(&right->rule, &(Mistake){.dtype = DTYPE_F32}), 1e-7);
    assert_rule_reads(&right->rule,
                      write_rule(&right->rule, &(Mistake){.bare = true, .dtype = DTYPE_F64}), 0);
}

static void wrong_rules_are_refused(void **state) {
    const Right *right = *state;
    static const struct {
        Mistake mistake;
        const char *culprit;
    } cases[] = {
        {{.omit = "merge.b", .dtype = DTYPE_F64}, "merge.b"},
        {{.omit = "delta.w", .dtype = DTYPE_F64}, "delta.w"},
        {{.misshape = "bias.w", .dtype = DTYPE_F64}, "bias.w"},
        {{.misshape = "h.conv1.w", .dtype = DTYPE_F64}, "h.conv1.w"},
        {{.poison = "top.conv0.w", .dtype = DTYPE_F64}, "top.conv0.w"},
        {{.unknown = "top.conv2.w", .dtype = DTYPE_F64}, "top.conv2.w"},
        {{.key = "H", .value = "4", .dtype = DTYPE_F64}, "'H'"},
        {{.key = "E", .value = "five", .dtype = DTYPE_F64}, "'E'"},
        {{.key = "kind", .value = "checkpoint", .dtype = DTYPE_F64}, "'kind'"},
        {{.key = "version", .value = "2", .dtype = DTYPE_F64}, "'version'"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *path = write_rule(&right->rule, &cases[i].mistake);
        ThetaLayout layout;
        real *theta;
        Status status;
        assert_false(rule_file_read(&layout, &theta, path, &status));
        assert_null(theta);
        assert_error(&status, path, cases[i].culprit);
    }
}

static void rules_in_integers_are_refused(void **state) {
    const Right *right = *state;
    const int64_t numbers[] = {1};
    SafetensorsWriter *writer = safetensors_writer_new();
    Status status;
    assert_non_null(writer);
    const Mistake without = {.omit = "merge.b", .dtype = DTYPE_F64};
    for (int i = 0; i < right->rule.layout.tensors; i++) {
        const ThetaTensor *tensor = &right->rule.layout.tensor[i];
        add_tensor(writer, &without, tensor->name, tensor->rank, tensor->shape,
                   right->rule.theta + tensor->offset);
    }
    succeed(safetensors_add(writer, "merge.b", DTYPE_I64, 1, &(uint64_t){1}, numbers, &status),
            &status);
    const char *path = finish(writer, &none, "rule.safetensors");
    ThetaLayout layout;
    real *theta;
    assert_false(rule_file_read(&layout, &theta, path, &status));
    assert_error(&status, path, "merge.b");
}

// ---- base models
// ----------------------------------------------------------------------------------

static void assert_phi_reads(const Phi *phi, const char *path, Activation activation) {
    PhiShape found;
    Phi read;
    Status status;
    succeed(phi_file_read(&found, &read, path, &status), &status);
    assert_int_equal(found.layers, shape.layers);
    assert_memory_equal(found.sizes, shape.sizes, sizeof found.sizes);
    assert_int_equal(found.activation, activation);
    assert_int_equal(read.count, phi->count);
    assert_memory_equal(read.block, phi->block, phi->count * sizeof(real));
    free(read.block);
}

static void a_base_model_comes_back(void **state) {
    const Right *right = *state;
    const char *path = path_of("phi.safetensors");
    Status status;
    succeed(phi_file_write(&shape, &right->phi, path, &status), &status);
    assert_phi_reads(&right->phi, path, ACTIVATION_TANH);
    assert_phi_reads(&right->phi, write_phi(&right->phi, &none), ACTIVATION_TANH);
    assert_phi_reads(&right->phi,
                     write_phi(&right->phi, &(Mistake){.bare = true, .dtype = DTYPE_F64}),
                     ACTIVATION_COUNT);
}

static void wrong_base_models_are_refused(void **state) {
    const Right *right = *state;
    static const struct {
        Mistake mistake;
        const char *culprit;
    } cases[] = {
        {{.omit = "layer1.W", .dtype = DTYPE_F64}, "layer1.W"},
        {{.omit = "layer2.W", .dtype = DTYPE_F64}, "sizes"},
        {{.omit = "layer2.V", .dtype = DTYPE_F64}, "layer2.V"},
        {{.misshape = "layer2.W", .dtype = DTYPE_F64}, "layer2.W"},
        {{.misshape = "layer1.b", .dtype = DTYPE_F64}, "layer1.b"},
        {{.poison = "layer1.V", .dtype = DTYPE_F64}, "layer1.V"},
        {{.unknown = "layer3.b", .dtype = DTYPE_F64}, "layer3.b"},
        {{.unknown = "layer4.W", .dtype = DTYPE_F64}, "layer4.W"},
        {{.key = "sizes", .value = "6,5,5", .dtype = DTYPE_F64}, "'sizes'"},
        {{.key = "activation", .value = "wavy", .dtype = DTYPE_F64}, "'activation'"},
        {{.key = "kind", .value = "rule", .dtype = DTYPE_F64}, "'kind'"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *path = write_phi(&right->phi, &cases[i].mistake);
        PhiShape found;
        Phi phi;
        Status status;
        assert_false(phi_file_read(&found, &phi, path, &status));
        assert_null(phi.block);
        assert_error(&status, path, cases[i].culprit);
    }
}

// ---- metagrad
// -------------------------------------------------------------------------------------

static bool run_metagrad(const Right *right, const char *inputs, Status *status) {
    return metagrad(write_rule(&right->rule, &none), write_phi(&right->phi, &none), inputs,
                    path_of("out.safetensors"), status);
}

static void metagrad_writes_its_results(void **state) {
    Status status;
    Safetensors *file;
    succeed(run_metagrad(*state, write_inputs(&none), &status), &status);
    succeed(safetensors_read(&file, path_of("out.safetensors"), &status), &status);
    static const char *const expected[] = {
        "loss",           "meta_loss0",         "meta_loss1",
        "accuracy1",      "class_accuracy0",    "step1.layer1.W",
        "step2.layer2.V", "grad.theta.merge.w", "grad.phi0.layer2.b"};
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++)
        if (!safetensors_find(file, expected[i]))
            fail_msg("metagrad did not write %s", expected[i]);
    safetensors_free(file);
}

static void wrong_inputs_are_refused(void **state) {
    static const struct {
        Mistake mistake;
        const char *culprit;
    } cases[] = {
        {{.omit = "x0", .dtype = DTYPE_F64}, "x0"},
        {{.omit = "yb1", .dtype = DTYPE_F64}, "yb1"},
        {{.misshape = "x1", .dtype = DTYPE_F64}, "x1"},
        {{.misshape = "xa0", .dtype = DTYPE_F64}, "xa0"},
        {{.misshape = "ya1", .dtype = DTYPE_F64}, "ya1"},
        {{.poison = "xb1", .dtype = DTYPE_F64}, "xb1"},
        {{.unknown = "x2", .dtype = DTYPE_F64}, "x2"},
        {{.omit = "inner_lr", .dtype = DTYPE_F64}, "'inner_lr'"},
        {{.omit = "unroll", .dtype = DTYPE_F64}, "'unroll'"},
        {{.omit = "activation", .dtype = DTYPE_F64}, "'activation'"},
        {{.omit = "classes", .dtype = DTYPE_F64}, "'classes'"},
        {{.key = "inner_lr", .value = "0,1", .dtype = DTYPE_F64}, "'inner_lr'"},
        {{.key = "inner_lr", .value = "nan", .dtype = DTYPE_F64}, "'inner_lr'"},
        {{.key = "inner_lr", .value = "-1", .dtype = DTYPE_F64}, "'inner_lr'"},
        {{.key = "unroll", .value = "0", .dtype = DTYPE_F64}, "'unroll'"},
        {{.key = "unroll", .value = "3", .dtype = DTYPE_F64}, "x2"},
        {{.key = "unroll", .value = "99999999999999999999", .dtype = DTYPE_F64}, "'unroll'"},
        {{.key = "classes", .value = "4", .dtype = DTYPE_F64}, "'classes'"},
        {{.key = "activation", .value = "relu", .dtype = DTYPE_F64}, "'activation'"},
        {{.key = "batch", .value = "5", .dtype = DTYPE_F64}, "'batch'"},
        {{.key = "regression_targets", .value = "2", .dtype = DTYPE_F64}, "regression_targets"},
        {{.key = "D", .value = "8", .dtype = DTYPE_F64}, "'D'"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *path = write_inputs(&cases[i].mistake);
        Status status;
        unlink(path_of("out.safetensors"));
        if (run_metagrad(*state, path, &status))
            fail_msg("case %zu (%s) was accepted", i, cases[i].culprit);
        assert_error(&status, path, cases[i].culprit);
        assert_int_equal(access(path_of("out.safetensors"), F_OK), -1);
    }
}

// A rule for 5 units of embedding and a base model that ends in 4.
static void files_that_do_not_fit_together_are_refused(void **state) {
    const Right *right = *state;
    const PhiShape other = {1, {6, 4}, ACTIVATION_TANH};
    const char *path = path_of("other.safetensors");
    Phi phi;
    Status status;
    Arena arena;
    test_arena_init(&arena, phi_count(&other) * sizeof(real));
    phi_take(&phi, &other, &arena);
    phi_zero(&phi);
    succeed(phi_file_write(&other, &phi, path, &status), &status);
    assert_false(metagrad(write_rule(&right->rule, &none), path, write_inputs(&none),
                          path_of("out.safetensors"), &status));
    assert_error(&status, path, "E = 5");
    arena_clear(&arena);
}

static void missing_files_are_told(void **state) {
    const Right *right = *state;
    Status status;
    const char *missing = path_of("nowhere.safetensors");
    assert_false(metagrad(missing, missing, missing, path_of("out.safetensors"), &status));
    assert_error(&status, missing, "No such file");
    assert_false(run_metagrad(right, missing, &status));
    assert_error(&status, missing, "No such file");
}

// Targets without any spread cannot be scaled: the loss is not a number, and nothing is written.
static void a_diverged_unroll_is_told(void **state) {
    const Right *right = *state;
    SafetensorsWriter *writer = safetensors_writer_new();
    real values[EXAMPLES * 6] = {0};
    Random random = random_seeded(4, 0);
    Status status;
    assert_non_null(writer);
    random_fill(values, sizeof values / sizeof values[0], 1, &random);
    add_tensor(writer, &none, "x0", 2, (int[]){BATCH, 6}, values);
    add_tensor(writer, &none, "xa0", 2, (int[]){EXAMPLES, 6}, values);
    add_tensor(writer, &none, "xb0", 2, (int[]){EXAMPLES, 6}, values);
    memset(values, 0, sizeof values);
    add_tensor(writer, &none, "ya0", 2, (int[]){EXAMPLES, COLUMNS}, values);
    add_tensor(writer, &none, "yb0", 2, (int[]){EXAMPLES, COLUMNS}, values);
    add_metadata(writer, &none, "inner_lr", "0.125");
    add_metadata(writer, &none, "unroll", "1");
    add_metadata(writer, &none, "activation", "tanh");
    add_metadata(writer, &none, "classes", "2");
    unlink(path_of("out.safetensors"));
    assert_false(run_metagrad(right, finish(writer, &none, "inputs.safetensors"), &status));
    assert_int_equal(status.code, STATUS_DIVERGED);
    assert_non_null(strstr(status.text, "meta-objective"));
    assert_int_equal(access(path_of("out.safetensors"), F_OK), -1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_rule_comes_back),
        cmocka_unit_test(rules_of_others_are_read),
        cmocka_unit_test(wrong_rules_are_refused),
        cmocka_unit_test(rules_in_integers_are_refused),
        cmocka_unit_test(a_base_model_comes_back),
        cmocka_unit_test(wrong_base_models_are_refused),
        cmocka_unit_test(metagrad_writes_its_results),
        cmocka_unit_test(wrong_inputs_are_refused),
        cmocka_unit_test(files_that_do_not_fit_together_are_refused),
        cmocka_unit_test(missing_files_are_told),
        cmocka_unit_test(a_diverged_unroll_is_told),
    };
    return cmocka_run_group_tests(tests, make_right, free_right);
}
