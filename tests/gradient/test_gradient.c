// Every differentiable operation of the engine against central differences (double build).
//
// The table below says which case covers which operation; an operation is a function called
// NAME_backward.  A test reads the engine's sources and fails if one of them is not in the table,
// so that no derivative is written without a case.
#include "tests/gradient/cases.h"
#include "tests/unit/one_blas_thread.h"

#include <ctype.h>
#include <glob.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct {
    const char *operation;
    GradientCase *covered_by;
} coverage[] = {
    {"activation_backward", activation_slopes},
    {"base_model_backward", base_model_phi},
    // The kernels, which convolution.c and layer.c call with nothing around them.
    {"product_backward", convolution_along_batch},
    {"relu_backward", layer_norm_relu},
    {"normalise_backward", layer_norm_relu}, // base_model.c has one of this name: base_model_phi
    {"convolution_backward", convolution_along_units},
    {"top_error_backward", top_error_theta},
    {"compute_h_backward", compute_h_inside},
    {"heads_backward", compute_h_inside},
    {"features_backward", compute_h_inside},
    {"weight_statistics_backward", weight_statistics_weights},
    {"statistics_backward", weight_statistics_weights},
    // weight_change.c: the case differentiates with respect to all that each of them writes.
    {"weight_change_backward", weight_change_pulled},
    {"standardise_backward", weight_change_pulled},
    {"column_scale_backward", weight_change_pulled},
    {"readout_backward", weight_change_pulled},
    {"symm_backward", weight_change_pulled},
    {"psd_backward", weight_change_pulled},
    {"bias_change_backward", weight_change_pulled},
    {"merge_backward", weight_change_pulled},
    {"lower_symm_backward", weight_change_pulled},
    {"right_product_backward", weight_change_pulled},
    {"upper_symm_backward", weight_change_pulled},
    {"readout_term_backward", weight_change_pulled},
    {"decorr_backward", weight_change_pulled},
    {"hebb_backward", weight_change_pulled},
    {"term_backward", weight_change_pulled},
    // inner_step.c: V is read by down alone, delta's theta by delta alone.
    {"inner_step_backward", inner_step_phi},
    {"delta_backward", inner_step_phi},
    {"down_backward", inner_step_phi},
    {"changes_backward", inner_step_phi},
    {"meta_objective_backward", meta_objective_classes},
    {"prediction_backward", meta_objective_regression_targets},
    {"labelled_loss_backward", labelled_loss_weights},
    {"vae_backward", vae_weights},
    {"prototypes_backward", prototypes_weights},
    {"decoder_backward", vae_weights},
    {"map_backward", vae_weights},
};
enum { COVERED = sizeof coverage / sizeof coverage[0] };

static bool is_covered(const char *operation, size_t length) {
    for (int i = 0; i < COVERED; i++)
        if (strlen(coverage[i].operation) == length &&
            strncmp(coverage[i].operation, operation, length) == 0)
            return true;
    return false;
}

// Calls visit for every word of the text that ends with _backward and is followed by a parenthesis:
// a definition, a prototype, a call, or a pointer to such a function.
typedef void VisitWord(void *context, const char *word, size_t length);

static void visit_operations(const char *text, VisitWord *visit, void *context) {
    static const char ending[] = "_backward";
    for (const char *at = strstr(text, ending); at; at = strstr(at + 1, ending)) {
        const char *end = at + sizeof ending - 1, *start = at;
        while (start > text && (isalnum((unsigned char)start[-1]) || start[-1] == '_'))
            start--;
        const bool called = end[0] == '(' || (end[0] == ')' && end[1] == '(');
        // The kernels' tiles are parts of product_backward, made by a macro.
        if (called && start < at)
            visit(context, start, (size_t)(end - start));
    }
}

typedef struct {
    const char *path;
    int count;
    char missing[1024];
} Found;

static void visit_found(void *context, const char *word, size_t length) {
    Found *found = context;
    found->count++;
    const size_t used = strlen(found->missing);
    if (!is_covered(word, length))
        snprintf(found->missing + used, sizeof found->missing - used, " %.*s (%s)", (int)length,
                 word, found->path);
}

static void visit_file(const char *path, Found *found) {
    FILE *file = fopen(path, "r");
    if (!file)
        fail_msg("cannot read %s", path);
    char *line = NULL;
    size_t room = 0;
    found->path = path;
    while (getline(&line, &room, file) > 0)
        visit_operations(line, visit_found, found);
    free(line);
    fclose(file);
}

static void every_operation_has_a_case(void **state) {
    (void)state;
    glob_t files;
    assert_int_equal(glob("engine/*.[ch]", 0, NULL, &files), 0);
    assert_int_equal(glob("engine/*/*.[ch]", GLOB_APPEND, NULL, &files), 0);
    Found found = {.count = 0};
    for (size_t i = 0; i < files.gl_pathc; i++)
        visit_file(files.gl_pathv[i], &found);
    globfree(&files);
    assert_true(found.count > COVERED);
    if (found.missing[0])
        fail_msg("no gradient case covers:%s", found.missing);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_operation_has_a_case),
        cmocka_unit_test(activation_slopes),
        cmocka_unit_test(base_model_phi),
        cmocka_unit_test(base_model_single_layer),
        cmocka_unit_test(convolution_along_batch),
        cmocka_unit_test(convolution_along_units),
        cmocka_unit_test(layer_norm_relu),
        cmocka_unit_test(layer_residual),
        cmocka_unit_test(top_error_theta),
        cmocka_unit_test(weight_statistics_weights),
        cmocka_unit_test(compute_h_inside),
        cmocka_unit_test(compute_h_input_layer),
        cmocka_unit_test(compute_h_embedding),
        cmocka_unit_test(weight_change_pulled),
        cmocka_unit_test(weight_change_free),
        cmocka_unit_test(weight_change_narrow),
        cmocka_unit_test(inner_step_phi),
        cmocka_unit_test(inner_step_one_layer),
        cmocka_unit_test(meta_objective_classes),
        cmocka_unit_test(meta_objective_regression_targets),
        cmocka_unit_test(unroll_odd_sizes),
        cmocka_unit_test(unroll_one_layer),
        cmocka_unit_test(unroll_narrow_layer),
        cmocka_unit_test(logistic_weights),
        cmocka_unit_test(labelled_loss_weights),
        cmocka_unit_test(prototypes_weights),
        cmocka_unit_test(vae_weights),
    };
    return cmocka_run_group_tests(tests, one_blas_thread, NULL);
}
