// The stepper: the same bits as the inner loops that it steps through, the same position the same
// bits whatever the way there, and what its values say of a step.
#include "tests/unit/check.h"
#include "tests/unit/small_training.h"

#include "engine/blas.h"
#include "engine/stepper.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { PLENTY = 1 << 24, STEPS = 9 };

typedef struct {
    SmallTraining small;
    MetaTraining *training; // after some outer steps
    Stepper *stepper;
} Case;

static Stepper *new_stepper(const Case *made, const real *theta, size_t budget) {
    StepperStart start;
    Stepper *stepper;
    Status status;
    check(stepper_start_fresh(&start, &made->small.settings, &made->small.held_out, 0, &status),
          &status);
    check(stepper_new(&stepper, &start, &made->training->layout, theta, "trained", budget, &status),
          &status);
    return stepper;
}

static void case_init(Case *made, size_t budget) {
    Status status;
    check(blas_init(&status), &status);
    small_training_init(&made->small);
    made->training = small_training_new(&made->small);
    small_training_steps(made->training, 3);
    made->stepper = new_stepper(made, made->training->theta, budget);
}

static void case_clear(Case *made) {
    stepper_free(made->stepper);
    meta_training_free(made->training);
    small_training_clear(&made->small);
}

static void go(Stepper *stepper, int step, int stage) {
    Status status;
    check(stepper_go(stepper, step, stage, NULL, &status), &status);
    assert_int_equal(stepper_position(stepper).step, step);
    assert_int_equal(stepper_position(stepper).stage, stage);
}

static void assert_same_phi(const Phi *a, const Phi *b) {
    assert_int_equal(a->count, b->count);
    assert_memory_equal(a->block, b->block, a->count * sizeof(real));
}

// Position, state and every tensor of every stage, and all records.
static void assert_same_place(Stepper *a, Stepper *b) {
    const StepperPosition at = stepper_position(a), other = stepper_position(b);
    assert_memory_equal(&at, &other, sizeof at);
    assert_same_phi(stepper_phi(a), stepper_phi(b));
    for (int stage = 0; stage < at.stages; stage++) {
        TensorView x[STEPPER_TENSORS], y[STEPPER_TENSORS];
        const int count = stepper_tensors(a, stage, x);
        assert_int_equal(stepper_tensors(b, stage, y), count);
        for (int i = 0; i < count; i++) {
            assert_string_equal(x[i].name, y[i].name);
            assert_int_equal(x[i].count, y[i].count);
            assert_memory_equal(x[i].values, y[i].values, x[i].count * sizeof(real));
        }
    }
}

static void assert_same_records(const Stepper *a, const Stepper *b, int from, int to) {
    for (int i = from; i < to; i++) {
        assert_memory_equal(stepper_record(a, i), stepper_record(b, i), sizeof(StepRecord));
        for (int l = 1; l <= stepper_shape(a)->layers; l++)
            assert_memory_equal(stepper_anatomy(a, i, l), stepper_anatomy(b, i, l),
                                sizeof(Anatomy));
    }
}

// ---- the same bits as elsewhere ----

static void test_fresh_is_the_evaluation(void **state) {
    (void)state;
    Case made;
    case_init(&made, PLENTY);
    MetaTraining *training = made.training;
    Evaluation evaluation;
    Status status;
    Settings settings = made.small.settings;
    settings.evaluate_examples = 6; // one batch b: the evaluation's accuracy is the few-shot one
    evaluation_init(&evaluation, &settings, &made.small.held_out);
    Phi last;
    Arena arena = {0};
    phi_take(&last, stepper_shape(made.stepper), &arena);
    check(arena_init(&arena, arena.used, &status), &status);
    phi_take(&last, stepper_shape(made.stepper), &arena);
    EvaluationResult result = {.last = &last};
    rule_set(&training->rule, training->theta);
    check(evaluation_run(&evaluation, 0, settings.inner_rate, &training->room[0], NULL, &result,
                         &status),
          &status);
    const int T = settings.evaluate_steps;
    go(made.stepper, T, 0);
    assert_same_phi(stepper_phi(made.stepper), &last);
    assert_true(stepper_start_record(made.stepper).accuracy == result.accuracy[0]);
    for (int mark = 1; mark < SNAPSHOT_MARKS; mark++)
        assert_true(stepper_record(made.stepper, evaluation.marks[mark] - 1)->accuracy ==
                    result.accuracy[mark]);
    assert_int_equal(stepper_record_count(made.stepper), T + 1);
    arena_clear(&arena);
    case_clear(&made);
}

// Steps a copy of a worker's next unroll and lets the worker do it.
static void compare_with_worker(MetaTraining *training, int w) {
    StepperStart start;
    Stepper *stepper;
    Status status;
    Worker *worker = &training->worker[w];
    check(stepper_start_copy(&start, worker, &training->sizes, &training->source, &status),
          &status);
    check(
        stepper_new(&stepper, &start, &training->layout, training->theta, "live", PLENTY, &status),
        &status);
    rule_set(&training->rule, training->theta);
    worker_step(worker, &training->room[0], &training->source, &training->layout.sizes, NULL);
    const WorkerState *next = worker_next_state(worker);
    const StepperPosition at = stepper_position(stepper);
    assert_int_equal(at.truncation_begin, at.step);
    assert_int_equal(at.truncation_end - at.step, next->truncation);
    assert_int_equal(at.horizon, next->horizon);
    assert_int_equal(at.step + next->truncation, next->inner_step);
    assert_string_equal(stepper_start(stepper)->task.name, next->task.name);
    go(stepper, at.truncation_end - 1, 0);
    assert_same_phi(stepper_next_phi(stepper), &next->phi);
    double loss = 0, accuracy = 0;
    for (int i = 0; i < next->truncation; i++) {
        loss += stepper_record(stepper, i)->loss / next->truncation;
        accuracy += stepper_record(stepper, i)->accuracy / next->truncation;
    }
    assert_true(fabs(loss - next->loss) <= 1e-12 * loss);
    assert_true(fabs(accuracy - next->accuracy) <= 1e-12);
    stepper_free(stepper);
}

static void test_copy_is_the_live_unroll(void **state) {
    (void)state;
    Case made;
    case_init(&made, PLENTY);
    int begun = 0, carried = 0;
    for (int round = 0; round < 6; round++) {
        for (int w = 0; w < made.small.settings.workers; w++) {
            const WorkerState *present = worker_state(&made.training->worker[w]);
            const bool fresh = present->inner_step >= present->horizon;
            begun += fresh;
            carried += !fresh;
            compare_with_worker(made.training, w);
        }
        small_training_steps(made.training, 1);
    }
    assert_true(begun > 0 && carried > 0);
    case_clear(&made);
}

static void test_copying_disturbs_nothing(void **state) {
    (void)state;
    Case with, without;
    Status status;
    case_init(&with, PLENTY);
    case_init(&without, PLENTY);
    for (int round = 0; round < 4; round++) {
        StepperStart start;
        Stepper *stepper;
        check(stepper_start_copy(&start, &with.training->worker[round], &with.training->sizes,
                                 &with.training->source, &status),
              &status);
        check(stepper_new(&stepper, &start, &with.training->layout, with.training->theta, "live",
                          PLENTY, &status),
              &status);
        go(stepper, stepper_position(stepper).step + 5, 3);
        small_training_steps(with.training, 1);
        small_training_steps(without.training, 1);
        stepper_free(stepper);
    }
    assert_same_training(with.training, without.training);
    case_clear(&with);
    case_clear(&without);
}

// ---- forwards and backwards ----

static void walk_back_and_forth(size_t budget) {
    Case made;
    case_init(&made, budget);
    Stepper *straight = new_stepper(&made, made.training->theta, PLENTY);
    const int stages = stepper_position(made.stepper).stages;
    // Every stage of some steps, one by one, forwards and then backwards.
    for (int at = 0; at < STEPS * stages; at++)
        go(made.stepper, at / stages, at % stages);
    go(straight, STEPS - 1, stages - 1);
    assert_same_place(made.stepper, straight);
    for (int at = STEPS * stages - 1; at >= 0; at--)
        go(made.stepper, at / stages, at % stages);
    stepper_free(straight);
    straight = new_stepper(&made, made.training->theta, PLENTY);
    assert_same_place(made.stepper, straight);
    // Leaps.
    static const int leaps[] = {7, 3, 8, 0, 5, 4, 6, 2};
    for (size_t i = 0; i < sizeof leaps / sizeof leaps[0]; i++) {
        go(made.stepper, leaps[i], 2);
        Stepper *other = new_stepper(&made, made.training->theta, PLENTY);
        go(other, leaps[i], 2);
        assert_same_place(made.stepper, other);
        assert_same_records(made.stepper, other, 0, leaps[i] + 1);
        stepper_free(other);
    }
    stepper_free(straight);
    case_clear(&made);
}

static void test_back_and_forth_with_every_state_kept(void **state) {
    (void)state;
    walk_back_and_forth(PLENTY);
}

static void test_back_and_forth_with_few_states_kept(void **state) {
    (void)state;
    walk_back_and_forth(4000);
}

static void test_back_and_forth_with_one_state_kept(void **state) {
    (void)state;
    walk_back_and_forth(0);
}

static void test_states_are_thinned_out(void **state) {
    (void)state;
    Status status;
    const PhiShape shape = {2, {4, 3, 2}, ACTIVATION_RELU};
    InnerState *first = inner_state_new(&shape);
    assert_non_null(first);
    Timeline timeline;
    const Variation none = {.step = 10};
    first->step = 10;
    const size_t bytes = sizeof *first + first->phi.count * sizeof(real);
    check(timeline_init(&timeline, first, 2, &none, 5 * bytes, &status), &status);
    for (int step = 10; step < 1000; step++) {
        InnerState *one = inner_state_new(&shape);
        assert_non_null(one);
        one->step = step;
        timeline_keep(&timeline, one);
        inner_state_drop(one);
        assert_in_range(timeline.kept_count, 1, 5);
        const InnerState *latest = timeline_latest(&timeline, step);
        assert_in_range(latest->step, step / 2, step);
    }
    assert_in_range(timeline.kept_count, 3, 5);
    assert_int_equal(timeline.kept[0]->step, 10);
    for (int i = 1; i < timeline.kept_count; i++)
        assert_int_equal(timeline.kept[i]->step, 10 + i * timeline.stride);
    inner_state_drop(first);
    timeline_clear(&timeline);
}

static void test_stopping_leaves_a_good_position(void **state) {
    (void)state;
    Case made;
    Status status;
    case_init(&made, PLENTY);
    atomic_bool stop;
    atomic_init(&stop, true);
    check(stepper_go(made.stepper, 100, 4, &stop, &status), &status);
    const StepperPosition at = stepper_position(made.stepper);
    assert_int_equal(at.step, 1);
    assert_int_equal(at.stage, 0);
    Stepper *other = new_stepper(&made, made.training->theta, PLENTY);
    go(other, at.step, 0);
    assert_same_place(made.stepper, other);
    stepper_free(other);
    case_clear(&made);
}

// ---- what if ----

static void test_term_off_is_a_rule_without_it(void **state) {
    (void)state;
    Case made;
    Status status;
    case_init(&made, PLENTY);
    const ThetaLayout *layout = &made.training->layout;
    const size_t at = layout->tensor[theta_find(layout, "merge.w")].offset;
    real *theta = malloc(layout->count * sizeof(real));
    assert_non_null(theta);
    memcpy(theta, made.training->theta, layout->count * sizeof(real));
    theta[at + TERM_HEBB] = 0;
    theta[at + TERM_DECORR_X] *= (real)-2;
    Stepper *without = new_stepper(&made, theta, PLENTY);
    check(stepper_set_term(made.stepper, TERM_HEBB, 0, &status), &status);
    check(stepper_set_term(made.stepper, TERM_DECORR_X, -2, &status), &status);
    go(made.stepper, 6, 1);
    go(without, 6, 1);
    assert_same_place(made.stepper, without);
    assert_same_records(made.stepper, without, 0, 7);
    assert_true(stepper_anatomy(made.stepper, 6, 1)->norm[TERM_HEBB] == 0);
    // The same by loading the other rule.
    Stepper *loaded = new_stepper(&made, made.training->theta, PLENTY);
    check(stepper_set_rule(loaded, layout, theta, "other", &status), &status);
    go(loaded, 6, 1);
    assert_same_place(loaded, without);
    assert_string_equal(stepper_variation(loaded)->shared->label, "other");
    stepper_free(loaded);
    stepper_free(without);
    free(theta);
    case_clear(&made);
}

// A change at step 4: going back to before it and forth again gives the same future; the fork that
// did not change has the other one.
static void test_two_futures(void **state) {
    (void)state;
    Case made;
    Status status;
    case_init(&made, 4000);
    Stepper *other;
    go(made.stepper, 4, 7);
    check(stepper_fork(&other, made.stepper, &status), &status);
    assert_same_place(made.stepper, other);
    check(stepper_set_rate(other, 0.2, &status), &status);
    assert_int_equal(stepper_position(other).stage, 7);
    assert_int_equal(stepper_record_count(other), 5);
    go(made.stepper, 8, 0);
    go(other, 8, 0);
    assert_memory_not_equal(stepper_phi(made.stepper)->block, stepper_phi(other)->block,
                            stepper_phi(other)->count * sizeof(real));
    assert_same_records(made.stepper, other, 0, 4);
    assert_true(stepper_record(made.stepper, 4)->loss != stepper_record(other, 4)->loss);

    Stepper *again;
    check(stepper_fork(&again, other, &status), &status);
    go(again, 2, 0);
    go(made.stepper, 2, 0);
    assert_same_place(again, made.stepper);
    go(again, 8, 0);
    assert_same_place(again, other);
    assert_same_records(again, other, 0, 9);
    // A change before the change takes its place.
    go(again, 2, 0);
    check(stepper_set_rate(again, made.small.settings.inner_rate, &status), &status);
    go(again, 8, 0);
    go(made.stepper, 8, 0);
    assert_same_place(again, made.stepper);
    stepper_free(made.stepper); // what is shared stays
    made.stepper = NULL;
    go(again, 1, 0);
    go(other, 1, 0);
    assert_same_place(again, other);
    stepper_free(again);
    stepper_free(other);
    case_clear(&made);
}

static void test_rule_of_other_sizes(void **state) {
    (void)state;
    Case made;
    Status status;
    case_init(&made, PLENTY);
    RuleSizes sizes = made.training->layout.sizes;
    sizes.H += 5;
    sizes.D -= 1;
    ThetaLayout layout;
    check(theta_layout(&layout, sizes, &status), &status);
    real *theta = malloc(layout.count * sizeof(real));
    assert_non_null(theta);
    Random random = random_seeded(3, 0);
    theta_initialise(theta, &layout, &random);
    go(made.stepper, 3, 0);
    check(stepper_set_rule(made.stepper, &layout, theta, "wider", &status), &status);
    go(made.stepper, 5, 0);
    assert_int_equal(stepper_variation(made.stepper)->rule.layout.sizes.H, sizes.H);
    assert_int_equal(stepper_values(made.stepper)->error_channels, sizes.D);
    go(made.stepper, 1, 0); // and back into the other rule's room
    assert_int_equal(stepper_values(made.stepper)->error_channels, sizes.D + 1);
    Stepper *straight = new_stepper(&made, made.training->theta, PLENTY);
    go(straight, 1, 0);
    assert_same_place(made.stepper, straight);
    // A rule for another embedding cannot step this base model, and changes nothing.
    sizes.E += 1;
    check(theta_layout(&layout, sizes, &status), &status);
    free(theta);
    theta = malloc(layout.count * sizeof(real));
    assert_non_null(theta);
    theta_initialise(theta, &layout, &random);
    assert_false(stepper_set_rule(made.stepper, &layout, theta, "misfit", &status));
    assert_int_equal(status.code, STATUS_BAD_DATA);
    assert_same_place(made.stepper, straight);
    stepper_free(straight);
    free(theta);
    case_clear(&made);
}

// ---- what a step says ----

static void test_stages(void **state) {
    (void)state;
    static const char *const two[] = {"phi_t and batch x_t",
                                      "forward layer 1",
                                      "forward layer 2",
                                      "top error d_2",
                                      "h_2",
                                      "delta_2",
                                      "d_1",
                                      "h_1",
                                      "delta_1",
                                      "d_0",
                                      "h_0",
                                      "terms of layer 1",
                                      "merge of layer 1",
                                      "bias change of layer 1",
                                      "terms of layer 2",
                                      "merge of layer 2",
                                      "bias change of layer 2",
                                      "apply",
                                      "few-shot loss"};
    assert_int_equal(stage_count(2), sizeof two / sizeof two[0]);
    for (int i = 0; i < stage_count(2); i++) {
        char name[STAGE_NAME];
        stage_name(2, stage_at(2, i), name);
        assert_string_equal(name, two[i]);
        assert_true(strlen(stage_formula(stage_at(2, i).kind)) > 10);
    }
    for (int layers = 1; layers <= PHI_LAYERS; layers++)
        for (int i = 0; i < stage_count(layers); i++)
            assert_int_equal(stage_index(layers, stage_at(layers, i)), i);
}

static const TensorView *tensor_of(Stepper *stepper, int stage, const char *name,
                                   TensorView views[STEPPER_TENSORS]) {
    const int count = stepper_tensors(stepper, stage, views);
    for (int i = 0; i < count; i++)
        if (strcmp(views[i].name, name) == 0)
            return &views[i];
    fail_msg("stage %d has no tensor %s", stage, name);
    return NULL;
}

// dW as apply gives it from D, z from x of the layer below, and the names and shapes on the way.
static void test_tensors(void **state) {
    (void)state;
    Case made;
    case_init(&made, PLENTY);
    Stepper *stepper = made.stepper;
    go(stepper, 2, 0);
    TensorView views[STEPPER_TENSORS], other[STEPPER_TENSORS];
    const int L = stepper_shape(stepper)->layers;
    assert_int_equal(L, 3); // 16-6-5-4
    const int merge = stage_index(L, (Stage){STAGE_MERGE, 2});
    const TensorView *D = tensor_of(stepper, merge, "layer2.D", views);
    assert_int_equal(D->shape[0], 6);
    assert_int_equal(D->shape[1], 5);
    const TensorView *dW =
        tensor_of(stepper, stage_index(L, (Stage){STAGE_APPLY, 0}), "layer2.dW", other);
    const real rate = (real)made.small.settings.inner_rate;
    for (size_t i = 0; i < D->count; i++) {
        const double expected = -(double)(rate * (stepper_phi(stepper)->W[2][i] + D->values[i]));
        assert_true(fabs((double)dW->values[i] - expected) <= 1e-6);
    }
    const int down = stage_index(L, (Stage){STAGE_DOWN, 1});
    const TensorView *d = tensor_of(stepper, down, "layer0.d", views);
    assert_int_equal(d->rank, 3);
    assert_int_equal(d->shape[0], 16);
    assert_int_equal(d->shape[1], made.small.settings.batch);
    assert_int_equal(d->shape[2], made.small.settings.error_channels);
    // After the normalisation each row has mean square 1 (or less, by epsilon).
    for (size_t r = 0; r < d->count / 3; r++) {
        double square = 0;
        for (size_t c = 0; c < 3; c++)
            square += (double)(d->values[3 * r + c] * d->values[3 * r + c]) / 3;
        assert_true(square <= 1.001);
    }
    const TensorView *h =
        tensor_of(stepper, stage_index(L, (Stage){STAGE_H, 1}), "layer1.h", views);
    assert_int_equal(h->shape[2], made.small.settings.hidden);
    int positive = 0;
    for (size_t i = 0; i < h->count; i++) {
        assert_true(h->values[i] >= 0); // a sum of two relus
        positive += h->values[i] > 0;
    }
    assert_true(positive > (int)h->count / 8);
    const TensorView *p = tensor_of(stepper, stage_count(L) - 1, "few_shot.p", views);
    assert_int_equal(p->shape[0], 6);
    assert_int_equal(p->shape[1], 3);
    const TensorView *x = tensor_of(stepper, 0, "layer0.x", views);
    for (int b = 0; b < x->shape[1]; b++)
        assert_true(x->values[b] == stepper_data(stepper)->x[(ptrdiff_t)b * 16]);
    case_clear(&made);
}

// D written anew from the terms, part by part.
static void test_anatomy(void **state) {
    (void)state;
    Case made;
    case_init(&made, PLENTY);
    go(made.stepper, 3, 0);
    for (int l = 1; l <= stepper_shape(made.stepper)->layers; l++) {
        const Anatomy *anatomy = stepper_anatomy(made.stepper, 3, l);
        const WeightChange *change = &stepper_values(made.stepper)->change[l];
        const size_t weights = (size_t)change->below * (size_t)change->units;
        double projections = 0, shares = 0, step = 0;
        for (int part = 0; part < ANATOMY_PARTS; part++) {
            projections += (double)anatomy->projection[part];
            shares += anatomy_share(anatomy, part);
        }
        assert_true(fabs(projections - 1) <= 1e-4);
        assert_true(fabs(shares - 1) <= 1e-6);
        for (size_t i = 0; i < weights; i++)
            step += (double)(change->D[i] * change->D[i]);
        assert_true(fabs((double)anatomy->step_norm - sqrt(step)) <= 1e-5 * sqrt(step));
        // One of the terms by the formulas alone.
        double square = 0, along = 0;
        for (int j = 0; j < change->units; j++) {
            double mean_square = 0, length = 0;
            for (int i = 0; i < change->below; i++) {
                const ptrdiff_t at = (ptrdiff_t)i * change->units + j;
                const double term = (double)change->term[TERM_RBF][at];
                const double before = (double)change->change[at];
                mean_square += term * term / change->below;
                length += before * before / change->below;
            }
            for (int i = 0; i < change->below; i++) {
                const ptrdiff_t at = (ptrdiff_t)i * change->units + j;
                const Rule *rule = &stepper_variation(made.stepper)->rule;
                const double part = (double)rule->merge_w[TERM_RBF] *
                                    (double)change->term[TERM_RBF][at] / sqrt(1 + mean_square) /
                                    12 / sqrt(12) / sqrt(1 + length);
                square += part * part;
                along += part * (double)change->D[at] / step;
            }
        }
        assert_true(fabs((double)anatomy->norm[TERM_RBF] - sqrt(square)) <= 1e-5 * sqrt(square));
        assert_true(fabs((double)anatomy->projection[TERM_RBF] - along) <= 1e-5);
    }
    case_clear(&made);
}

static void test_statistics(void **state) {
    (void)state;
    const real values[] = {1, (real)NAN, -3, 2, (real)INFINITY, 4};
    const int shape[] = {2, 3};
    const TensorView tensor = tensor_view("some.tensor", values, 2, shape);
    TensorStatistics statistics;
    char text[TENSOR_SHAPE];
    assert_string_equal(tensor_shape_text(&tensor, text), "2x3");
    tensor_statistics(&statistics, &tensor);
    assert_true(statistics.min == -3 && statistics.max == 4 && statistics.mean == 1);
    assert_true(fabs(statistics.deviation - sqrt(26 / 4.0)) <= 1e-12);
    assert_true(fabs(statistics.norm - sqrt(30)) <= 1e-12);
    assert_int_equal(statistics.non_finite, 2);
    const TensorView bad = tensor_view("bad", values + 1, 1, (const int[]){1});
    tensor_statistics(&statistics, &bad);
    assert_true(isnan(statistics.min) && isnan(statistics.norm) && isnan(statistics.mean));
    assert_int_equal(statistics.non_finite, 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fresh_is_the_evaluation),
        cmocka_unit_test(test_copy_is_the_live_unroll),
        cmocka_unit_test(test_copying_disturbs_nothing),
        cmocka_unit_test(test_back_and_forth_with_every_state_kept),
        cmocka_unit_test(test_back_and_forth_with_few_states_kept),
        cmocka_unit_test(test_back_and_forth_with_one_state_kept),
        cmocka_unit_test(test_states_are_thinned_out),
        cmocka_unit_test(test_stopping_leaves_a_good_position),
        cmocka_unit_test(test_term_off_is_a_rule_without_it),
        cmocka_unit_test(test_two_futures),
        cmocka_unit_test(test_rule_of_other_sizes),
        cmocka_unit_test(test_stages),
        cmocka_unit_test(test_tensors),
        cmocka_unit_test(test_anatomy),
        cmocka_unit_test(test_statistics),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
