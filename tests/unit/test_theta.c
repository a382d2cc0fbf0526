// theta: its tensors against the list of interface.md, its initial values against spec 3.1.
#include "engine/theta.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

// The tensors as interface.md lists them, written out.  F = 4 + D, A = D + 13.
static const struct {
    const char *name, *shape;
} expected[] = {
    {"top.conv_in.w", "5 1 T"},
    {"top.conv_in.b", "T"},
    {"top.bn_in.beta", "T"},
    {"top.mix0.w", "3 E E"},
    {"top.mix0.b", "E"},
    {"top.bn_mix0.beta", "E"},
    {"top.mix1.w", "3 E E"},
    {"top.mix1.b", "E"},
    {"top.bn_mix1.beta", "E"},
    {"top.conv0.w", "3 T T"},
    {"top.conv0.b", "T"},
    {"top.bn0.beta", "T"},
    {"top.conv1.w", "3 T T"},
    {"top.conv1.b", "T"},
    {"top.bn1.beta", "T"},
    {"top.conv_out.w", "3 T D"},
    {"top.conv_out.b", "D"},
    {"h.bn_in.beta", "F"},
    {"h.conv_in.w", "3 A H"},
    {"h.conv_in.b", "H"},
    {"h.bn_conv_in.beta", "H"},
    {"h.unit0.conv0.w", "3 H H"},
    {"h.unit0.conv0.b", "H"},
    {"h.unit0.bn0.beta", "H"},
    {"h.unit0.conv1.w", "3 H H"},
    {"h.unit0.conv1.b", "H"},
    {"h.unit0.bn1.beta", "H"},
    {"h.conv1.w", "3 H H"},
    {"h.conv1.b", "H"},
    {"h.bn_conv1.beta", "H"},
    {"h.unit1.conv0.w", "3 H H"},
    {"h.unit1.conv0.b", "H"},
    {"h.unit1.bn0.beta", "H"},
    {"h.unit1.conv1.w", "3 H H"},
    {"h.unit1.conv1.b", "H"},
    {"h.unit1.bn1.beta", "H"},
    {"delta.w", "H D"},
    {"delta.b", "D"},
    {"bias.w", "H 1"},
    {"bias.b", "1"},
    {"readout.0_order.top.w", "H R"},
    {"readout.0_order.top.b", "R"},
    {"readout.0_order.bottom.w", "H R"},
    {"readout.0_order.bottom.b", "R"},
    {"readout.1_order.top.w", "H R"},
    {"readout.1_order.top.b", "R"},
    {"readout.1_order.bottom.w", "H R"},
    {"readout.1_order.bottom.b", "R"},
    {"readout.rbf.top.w", "H R"},
    {"readout.rbf.top.b", "R"},
    {"readout.rbf.bottom.w", "H R"},
    {"readout.rbf.bottom.b", "R"},
    {"readout.lin_lower_symm.top.w", "H R"},
    {"readout.lin_lower_symm.top.b", "R"},
    {"readout.lin_lower_symm.bottom.w", "H R"},
    {"readout.lin_lower_symm.bottom.b", "R"},
    {"readout.lin_upper_symm.top.w", "H R"},
    {"readout.lin_upper_symm.top.b", "R"},
    {"readout.lin_upper_symm.bottom.w", "H R"},
    {"readout.lin_upper_symm.bottom.b", "R"},
    {"readout.sqr_lower_symm.top.w", "H R"},
    {"readout.sqr_lower_symm.top.b", "R"},
    {"readout.sqr_lower_symm.bottom.w", "H R"},
    {"readout.sqr_lower_symm.bottom.b", "R"},
    {"readout.sqr_upper_symm.top.w", "H R"},
    {"readout.sqr_upper_symm.top.b", "R"},
    {"readout.sqr_upper_symm.bottom.w", "H R"},
    {"readout.sqr_upper_symm.bottom.b", "R"},
    {"readout.lin_upper_psd.top.w", "H R"},
    {"readout.lin_upper_psd.top.b", "R"},
    {"merge.w", "12 1"},
    {"merge.b", "1"},
};
enum { EXPECTED = sizeof expected / sizeof expected[0] };

static const RuleSizes sizes = {.H = 7, .D = 5, .R = 3, .T = 11, .E = 13};

// Reads one axis of a shape and moves past it; 0 at the end.
static int next_axis(const char **shape) {
    static const char letters[] = "HDRTEFA";
    const int values[] = {sizes.H, sizes.D, sizes.R, sizes.T, sizes.E, 4 + sizes.D, sizes.D + 13};
    *shape += strspn(*shape, " ");
    const char *letter = **shape ? strchr(letters, **shape) : NULL;
    if (letter) {
        (*shape)++;
        return values[letter - letters];
    }
    char *end = NULL;
    const long number = strtol(*shape, &end, 10);
    *shape = end;
    return (int)number;
}

static void tensors_are_those_of_the_interface(void **state) {
    (void)state;
    ThetaLayout layout;
    Status status;
    assert_true(theta_layout(&layout, sizes, &status));
    assert_int_equal(layout.tensors, EXPECTED);
    for (int i = 0; i < EXPECTED; i++) {
        const int found = theta_find(&layout, expected[i].name);
        if (found < 0)
            fail_msg("theta has no %s", expected[i].name);
        const ThetaTensor *tensor = &layout.tensor[found];
        const char *shape = expected[i].shape;
        size_t count = 1;
        for (int axis = 0; axis < tensor->rank; axis++) {
            const int length = next_axis(&shape);
            if (tensor->shape[axis] != length)
                fail_msg("%s: axis %d is %d long, expected %d", tensor->name, axis,
                         tensor->shape[axis], length);
            count *= (size_t)length;
        }
        assert_string_equal(shape, ""); // all axes were compared
        assert_int_equal(tensor->count, count);
    }
    assert_int_equal(theta_find(&layout, "readout.lin_upper_psd.bottom.w"), -1);
    assert_int_equal(theta_find(&layout, ""), -1);
}

static void tensors_lie_one_behind_the_other(void **state) {
    (void)state;
    ThetaLayout layout;
    Status status;
    assert_true(theta_layout(&layout, sizes, &status));
    size_t offset = 0;
    for (int i = 0; i < layout.tensors; i++) {
        assert_int_equal(layout.tensor[i].offset, offset);
        offset += layout.tensor[i].count;
    }
    assert_int_equal(layout.count, offset);
}

static void absurd_sizes_are_refused(void **state) {
    (void)state;
    const RuleSizes absurd[] = {{0, 5, 3, 11, 13},     {7, -1, 3, 11, 13}, {7, 5, 0, 11, 13},
                                {7, 5, 3, 0, 13},      {7, 5, 3, 11, 0},   {5000, 5, 3, 11, 13},
                                {7, 5, 3, 1 << 30, 13}};
    for (size_t i = 0; i < sizeof absurd / sizeof absurd[0]; i++) {
        ThetaLayout layout;
        Status status;
        assert_false(theta_layout(&layout, absurd[i], &status));
        assert_int_equal(status.code, STATUS_BAD_DATA);
    }
}

// Weights: normal cut at two standard deviations of 1 / sqrt(fan in).
static void check_weight(const ThetaTensor *tensor, const real *values) {
    const double fan_in =
        tensor->rank == 3 ? (double)tensor->shape[0] * tensor->shape[1] : (double)tensor->shape[0];
    const double deviation = 1 / sqrt(fan_in);
    double sum = 0, squares = 0;
    for (size_t k = 0; k < tensor->count; k++) {
        const double x = (double)values[k];
        assert_true(fabs(x) <= 2 * deviation * (1 + 1e-6));
        sum += x;
        squares += x * x;
    }
    const double count = (double)tensor->count, mean = sum / count;
    const double found = sqrt(squares / count - mean * mean);
    // Five standard errors of the mean and, roughly, of the deviation.
    assert_true(fabs(mean) <= 5 * deviation / sqrt(count));
    assert_true(fabs(found - 0.8796 * deviation) <= 5 * deviation / sqrt(2 * count));
}

static void initial_values_are_those_of_the_spec(void **state) {
    (void)state;
    ThetaLayout layout;
    Status status;
    Random random = random_seeded(1, 0);
    assert_true(theta_layout(&layout, (RuleSizes){40, 24, 16, 32, 28}, &status));
    real *theta = calloc(layout.count, sizeof(real));
    assert_non_null(theta);
    theta_initialise(theta, &layout, &random);
    for (int i = 0; i < layout.tensors; i++) {
        const ThetaTensor *tensor = &layout.tensor[i];
        const real *values = theta + tensor->offset;
        const char *kind = strrchr(tensor->name, '.');
        if (strcmp(kind, ".w") == 0 && strcmp(tensor->name, "merge.w") != 0) {
            check_weight(tensor, values);
            continue;
        }
        const real constant = strcmp(tensor->name, "merge.w") == 0 ? (real)0.1 : 0;
        for (size_t k = 0; k < tensor->count; k++)
            assert_true(values[k] == constant);
    }
    free(theta);
}

static void a_hebbian_start_changes_the_merge_only(void **state) {
    (void)state;
    ThetaLayout layout;
    Status status;
    assert_true(theta_layout(&layout, (RuleSizes){4, 3, 2, 5, 6}, &status));
    Random random = random_seeded(1, 0);
    real *plain = calloc(layout.count, sizeof(real)), *started = calloc(layout.count, sizeof(real));
    assert_true(plain && started);
    theta_initialise(plain, &layout, &random);
    memcpy(started, plain, layout.count * sizeof(real));
    theta_start_hebbian(started, &layout);
    const size_t merge = layout.tensor[theta_find(&layout, "merge.w")].offset;
    for (size_t i = 0; i < layout.count; i++)
        if (i < merge || i >= merge + TERMS)
            assert_true(started[i] == plain[i]);
    for (int k = 0; k < TERMS; k++) {
        const bool hebb = strcmp(term_names[k], "hebb") == 0;
        const bool decorr = strcmp(term_names[k], "decorr_x") == 0;
        assert_true(started[merge + k] == (real)(hebb ? 20 : decorr ? 10 : 1));
    }
    free(plain);
    free(started);
}

// The rows of merge.w are in alphabetical order, which is that of the enum in weight_change.h.
static void terms_are_in_alphabetical_order(void **state) {
    (void)state;
    for (int i = 1; i < TERMS; i++)
        assert_true(strcmp(term_names[i - 1], term_names[i]) < 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tensors_are_those_of_the_interface),
        cmocka_unit_test(tensors_lie_one_behind_the_other),
        cmocka_unit_test(absurd_sizes_are_refused),
        cmocka_unit_test(initial_values_are_those_of_the_spec),
        cmocka_unit_test(a_hebbian_start_changes_the_merge_only),
        cmocka_unit_test(terms_are_in_alphabetical_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
