// The debugger: quantities against the values they name, points that stop where a plain search says
// they must, moves of every size and back, and two futures.
#include "tests/unit/check.h"
#include "tests/unit/small_training.h"

#include "engine/blas.h"
#include "engine/debugger.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { PLENTY = 1 << 24 };

typedef struct {
    SmallTraining small;
    ThetaLayout layout;
    real *theta;
    Debugger *debugger;
} Case;

static Stepper *new_stepper(const Case *made, int seed) {
    StepperStart start;
    Stepper *stepper;
    Status status;
    Settings settings = made->small.settings;
    strcpy(settings.evaluate_activation, "tanh");
    check(stepper_start_fresh(&start, &settings, &made->small.held_out, seed, &status), &status);
    check(stepper_new(&stepper, &start, &made->layout, made->theta, "random", PLENTY, &status),
          &status);
    return stepper;
}

static void case_init(Case *made) {
    Status status;
    check(blas_init(&status), &status);
    small_training_init(&made->small);
    const Settings *settings = &made->small.settings;
    const RuleSizes sizes = {settings->hidden, settings->error_channels, settings->readout_rank,
                             settings->top_hidden, settings->embedding};
    check(theta_layout(&made->layout, sizes, &status), &status);
    made->theta = malloc(made->layout.count * sizeof(real));
    assert_non_null(made->theta);
    Random random = random_seeded(11, 0);
    theta_initialise(made->theta, &made->layout, &random);
    made->small.settings.evaluate_steps = 12;
    check(debugger_new(&made->debugger, new_stepper(made, 0), &status), &status);
}

static void case_clear(Case *made) {
    debugger_free(made->debugger);
    free(made->theta);
    small_training_clear(&made->small);
}

static Arrival move(Case *made, MoveSize size, long count) {
    Arrival arrival;
    Status status;
    check(debugger_move(made->debugger, size, count, NULL, &arrival, &status), &status);
    return arrival;
}

static StepperPosition position(const Case *made) {
    return stepper_position(debugger_looked_at_stepper(made->debugger));
}

static void assert_at(const Case *made, int step, int stage) {
    assert_int_equal(position(made).step, step);
    assert_int_equal(position(made).stage, stage);
}

static void go(Case *made, int step, int stage) {
    Status status;
    check(stepper_go(debugger_looked_at_stepper(made->debugger), step, stage, NULL, &status),
          &status);
}

static int add(Case *made, PointKind kind, const char *text) {
    int number;
    Status status;
    check(debugger_add_point(made->debugger, kind, text, &number, &status), &status);
    return number;
}

static Stage stage_of(const Case *made) {
    return stage_at(stepper_shape(debugger_looked_at_stepper(made->debugger))->layers,
                    position(made).stage);
}

// ---- quantities ----

static bool value_of(Case *made, const char *name, double *value) {
    Quantity quantity;
    Status status;
    Stepper *stepper = debugger_looked_at_stepper(made->debugger);
    check(quantity_find(&quantity, stepper, name, &status), &status);
    return quantity_value(&quantity, stepper, value);
}

static void test_quantities(void **state) {
    (void)state;
    Case made;
    double value;
    case_init(&made);
    Stepper *stepper = debugger_looked_at_stepper(made.debugger);
    const int L = stepper_shape(stepper)->layers, last = stage_count(L) - 1;
    assert_true(value_of(&made, "loss", &value) && value == stepper_start_record(stepper).loss);
    go(&made, 3, 0);
    assert_true(value_of(&made, "step", &value) && value == 3);
    assert_true(value_of(&made, "loss", &value) && value == stepper_record(stepper, 2)->loss);
    assert_true(value_of(&made, "nan", &value) && value == 0);
    // Not before the stage that makes it, and from then on.
    const int merge = stage_index(L, (Stage){STAGE_MERGE, 2});
    for (int stage = 0; stage <= last; stage++) {
        go(&made, 3, stage);
        assert_true(value_of(&made, "layer2.D.norm", &value) == (stage >= merge));
        assert_true(isnan(value) == (stage < merge));
        assert_true(value_of(&made, "layer2.hebb.share", &value) == (stage >= merge));
    }
    assert_true(value_of(&made, "accuracy", &value) &&
                value == stepper_record(stepper, 3)->accuracy);
    const WeightChange *change = &stepper_values(stepper)->change[2];
    double square = 0;
    for (int i = 0; i < change->below * change->units; i++)
        square += (double)change->D[i] * (double)change->D[i];
    assert_true(value_of(&made, "layer2.D.norm", &value) &&
                fabs(value - sqrt(square)) <= 1e-12 * value);
    assert_true(value_of(&made, "layer2.hebb.projection", &value) &&
                value == (double)stepper_anatomy(stepper, 3, 2)->projection[TERM_HEBB]);
    // phi is there before and after: W_t until it is applied.
    double before, after;
    go(&made, 3, 1);
    assert_true(value_of(&made, "layer1.W.norm", &before));
    go(&made, 3, last);
    assert_true(value_of(&made, "layer1.W.norm", &after) && after != before);
    go(&made, 4, 0);
    assert_true(value_of(&made, "layer1.W.norm", &value) && value == after);
    // Case counts where the paper's names differ by it alone, and only there.
    go(&made, 4, last);
    assert_true(value_of(&made, "layer2.d.max", &before));
    assert_true(value_of(&made, "layer2.D.max", &after) && before != after);
    assert_true(value_of(&made, "Layer2.dw.std", &before));
    assert_true(value_of(&made, "layer2.dW.std", &after) && before == after);
    case_clear(&made);
}

static void test_unknown_names(void **state) {
    (void)state;
    static const char *const names[] = {
        "los",   "layer2.dW",        "layer9.dW.norm", "layer1.dW.len", "layer1.nothing.share",
        ".norm", "layer0.hebb.share"};
    Case made;
    case_init(&made);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        Quantity quantity;
        Status status;
        assert_false(
            quantity_find(&quantity, debugger_looked_at_stepper(made.debugger), names[i], &status));
        assert_int_equal(status.code, STATUS_USAGE);
        assert_non_null(strstr(status.text, names[i]));
        assert_non_null(strstr(status.text, "expected step, loss"));
    }
    case_clear(&made);
}

// ---- moving ----

static void test_moves(void **state) {
    (void)state;
    Case made;
    case_init(&made);
    const int stages = position(&made).stages;
    move(&made, MOVE_STAGE, 3);
    assert_at(&made, 0, 3);
    move(&made, MOVE_INNER_STEP, 2);
    assert_at(&made, 2, 3);
    move(&made, MOVE_STAGE, stages);
    assert_at(&made, 3, 3);
    move(&made, MOVE_FINISH, 1);
    assert_at(&made, 3, stages - 1);
    move(&made, MOVE_FINISH, 1);
    assert_at(&made, 4, stages - 1);
    move(&made, MOVE_FINISH, -1);
    assert_at(&made, 4, 0);
    move(&made, MOVE_FINISH, -1);
    assert_at(&made, 3, 0);
    move(&made, MOVE_STAGE, -1);
    assert_at(&made, 2, stages - 1);
    move(&made, MOVE_INNER_STEP, -2);
    assert_at(&made, 0, stages - 1);
    // Before the first there is nothing.
    assert_int_equal(move(&made, MOVE_INNER_STEP, -2).reason, ARRIVED_AT_START);
    assert_at(&made, 0, 0);
    assert_int_equal(move(&made, MOVE_STAGE, -1).reason, ARRIVED_AT_START);
    // Truncations, all of them, there and back.
    int begins[64], count = 0;
    while (position(&made).step < 20) {
        begins[count++] = position(&made).step;
        assert_int_equal(position(&made).truncation_begin, position(&made).step);
        move(&made, MOVE_TRUNCATION, 1);
    }
    assert_true(count >= 7); // of at most 3 steps each
    move(&made, MOVE_STAGE, 1);
    move(&made, MOVE_TRUNCATION, -1); // to the beginning of this one
    while (count > 0) {
        move(&made, MOVE_TRUNCATION, -1);
        assert_at(&made, begins[--count], 0);
    }
    // To the end of the inner loop, and beyond it as far again.
    Arrival arrival = move(&made, MOVE_CONTINUE, 1);
    assert_int_equal(arrival.reason, ARRIVED_AT_END);
    assert_at(&made, 12, 0);
    move(&made, MOVE_CONTINUE, 1);
    assert_at(&made, 24, 0);
    move(&made, MOVE_CONTINUE, -1);
    assert_at(&made, 0, 0);
    case_clear(&made);
}

static void test_n_forward_and_n_back(void **state) {
    (void)state;
    static const MoveSize sizes[] = {MOVE_STAGE, MOVE_INNER_STEP, MOVE_TRUNCATION};
    Case made;
    case_init(&made);
    Random random = random_seeded(1, 1);
    for (int round = 0; round < 30; round++) {
        const MoveSize size = sizes[round % 3];
        if (size == MOVE_TRUNCATION) // to a boundary
            move(&made, MOVE_TRUNCATION, 1);
        else
            move(&made, MOVE_STAGE, random_between(&random, 1, 30));
        Stepper *stepper = debugger_looked_at_stepper(made.debugger);
        const StepperPosition before = position(&made);
        const size_t bytes = stepper_phi(stepper)->count * sizeof(real);
        void *phi = malloc(bytes);
        assert_non_null(phi);
        memcpy(phi, stepper_phi(stepper)->block, bytes);
        const long count = random_between(&random, 1, 5);
        move(&made, size, count);
        assert_true(position(&made).step != before.step || position(&made).stage != before.stage);
        move(&made, size, -count);
        const StepperPosition after = position(&made);
        assert_memory_equal(&after, &before, sizeof after);
        assert_memory_equal(stepper_phi(stepper)->block, phi, bytes);
        free(phi);
    }
    case_clear(&made);
}

static void test_stop_flag(void **state) {
    (void)state;
    Case made;
    Arrival arrival;
    Status status;
    atomic_bool stop;
    case_init(&made);
    atomic_init(&stop, true);
    check(debugger_move(made.debugger, MOVE_INNER_STEP, 10, &stop, &arrival, &status), &status);
    assert_int_equal(arrival.reason, ARRIVED_BY_SIGNAL);
    assert_at(&made, 0, 0);
    case_clear(&made);
}

// ---- points ----

static void test_break_on_loss(void **state) {
    (void)state;
    Case made;
    case_init(&made);
    Stepper *stepper = debugger_looked_at_stepper(made.debugger);
    go(&made, 30, 0);
    // A level that the curve crosses.
    double low = INFINITY, high = -INFINITY;
    for (int i = 0; i < 30; i++) {
        low = fmin(low, stepper_record(stepper, i)->loss);
        high = fmax(high, stepper_record(stepper, i)->loss);
    }
    const double level = (low + high) / 2;
    char text[64];
    snprintf(text, sizeof text, "loss>%.17g", level);
    assert_true(low < high);
    go(&made, 0, 0);
    assert_int_equal(add(&made, POINT_BREAK, text), 1);
    const int last = position(&made).stages - 1;
    int expected[30], count = 0, hits = 0;
    for (int i = 0; i < 24; i++)
        if (stepper_record(stepper, i)->loss > level)
            expected[count++] = i;
    assert_true(count > 0 && count < 24);
    while (position(&made).step < 24) {
        const Arrival arrival = move(&made, MOVE_CONTINUE, 1);
        if (arrival.reason == ARRIVED_AT_END)
            continue;
        assert_int_equal(arrival.reason, ARRIVED_AT_POINT);
        assert_non_null(strstr(arrival.text, "breakpoint 1: loss>"));
        assert_non_null(strstr(arrival.text, "(loss = "));
        assert_at(&made, expected[hits++], last);
    }
    assert_int_equal(hits, count);
    while (move(&made, MOVE_CONTINUE, -1).reason == ARRIVED_AT_POINT) // the same ones backwards
        assert_at(&made, expected[--hits], last);
    assert_int_equal(hits, 0);
    assert_at(&made, 0, 0);
    // Moves of a given length stop, too; without the point they do not.
    const Arrival arrival = move(&made, MOVE_INNER_STEP, 20);
    assert_int_equal(arrival.reason, ARRIVED_AT_POINT);
    assert_at(&made, expected[0], last);
    Status status;
    check(debugger_delete_point(made.debugger, 1, &status), &status);
    assert_false(debugger_delete_point(made.debugger, 1, &status));
    assert_int_equal(move(&made, MOVE_INNER_STEP, 20).reason, ARRIVED);
    case_clear(&made);
}

static void test_break_on_step_and_tensor(void **state) {
    (void)state;
    Case made;
    case_init(&made);
    add(&made, POINT_BREAK, "step%5==0");
    assert_int_equal(add(&made, POINT_BREAK, "layer2.dW.norm>0 && step==7"), 2);
    static const struct {
        int step;
        StageKind kind;
        const char *text;
    } stops[] = {{5, STAGE_INPUT, "breakpoint 1: step%5==0 (step = 5)"},
                 {7, STAGE_APPLY, "breakpoint 2: layer2.dW.norm>0 && step==7 (layer2.dW.norm = "},
                 {10, STAGE_INPUT, "breakpoint 1: step%5==0 (step = 10)"}};
    for (size_t i = 0; i < 3; i++) {
        const Arrival arrival = move(&made, MOVE_CONTINUE, 1);
        assert_int_equal(arrival.reason, ARRIVED_AT_POINT);
        assert_int_equal(position(&made).step, stops[i].step);
        assert_int_equal(stage_of(&made).kind, stops[i].kind);
        if (strncmp(arrival.text, stops[i].text, strlen(stops[i].text)) != 0)
            fail_msg("expected '%s', found '%s'", stops[i].text, arrival.text);
    }
    case_clear(&made);
}

// A rate at which the base model overflows: `nan` stops at the first stage with such a number.
static void test_break_on_nan(void **state) {
    (void)state;
    Case made;
    Status status;
    case_init(&made);
    move(&made, MOVE_INNER_STEP, 2);
    check(debugger_set_rate(made.debugger, 1e25, &status), &status);
    add(&made, POINT_BREAK, "nan");
    const Arrival arrival = move(&made, MOVE_CONTINUE, 1);
    assert_int_equal(arrival.reason, ARRIVED_AT_POINT);
    assert_non_null(strstr(arrival.text, "breakpoint 1: nan (nan = "));
    Stepper *stepper = debugger_looked_at_stepper(made.debugger);
    const StepperPosition at = position(&made);
    for (int stage = 0; stage <= at.stage; stage++) {
        TensorView views[STEPPER_TENSORS];
        const int count = stepper_tensors(stepper, stage, views);
        size_t bad = 0;
        for (int i = 0; i < count; i++) {
            TensorStatistics statistics;
            tensor_statistics(&statistics, &views[i]);
            bad += statistics.non_finite;
        }
        assert_true((bad > 0) == (stage == at.stage));
    }
    case_clear(&made);
}

static void test_watches(void **state) {
    (void)state;
    Case made;
    double value;
    case_init(&made);
    add(&made, POINT_WATCH, "layer1.W.norm");
    add(&made, POINT_WATCH, "step>=3 && step<6");
    assert_int_equal(debugger_point_count(made.debugger), 2);
    const DebuggerPoint *number = debugger_point(made.debugger, 0);
    assert_true(debugger_point_value(made.debugger, number, &value) && value > 0);
    static const int changes[] = {3, 6};
    for (int i = 0; i < 2; i++) {
        const Arrival arrival = move(&made, MOVE_CONTINUE, 1);
        assert_int_equal(arrival.reason, ARRIVED_AT_POINT);
        assert_non_null(strstr(arrival.text, "watch 2: step>=3 && step<6 (step = "));
        assert_at(&made, changes[i], 0);
    }
    assert_int_equal(move(&made, MOVE_CONTINUE, 1).reason, ARRIVED_AT_END);
    case_clear(&made);
}

static void test_bad_points(void **state) {
    (void)state;
    Case made;
    Status status;
    int number;
    case_init(&made);
    static const struct {
        const char *text, *error;
    } bad[] = {{"loss", "expected a condition such as loss>2, found the number 'loss'"},
               {"loss>", "position 6"},
               {"los>1", "found 'los'"}};
    for (size_t i = 0; i < 3; i++) {
        assert_false(debugger_add_point(made.debugger, POINT_BREAK, bad[i].text, &number, &status));
        assert_int_equal(status.code, STATUS_USAGE);
        assert_non_null(strstr(status.text, bad[i].error));
    }
    for (int i = 0; i < DEBUGGER_POINTS; i++)
        add(&made, POINT_BREAK, "nan");
    assert_false(debugger_add_point(made.debugger, POINT_BREAK, "nan", &number, &status));
    assert_int_equal(debugger_point_count(made.debugger), DEBUGGER_POINTS);
    case_clear(&made);
}

static void test_restart_keeps_points(void **state) {
    (void)state;
    Case made;
    int gone;
    case_init(&made);
    add(&made, POINT_BREAK, "step==2");
    add(&made, POINT_BREAK, "layer3.dW.norm>1e9");
    debugger_restart(made.debugger, new_stepper(&made, 1), &gone);
    assert_int_equal(gone, 0);
    move(&made, MOVE_CONTINUE, 1);
    assert_at(&made, 2, 0);
    strcpy(made.small.settings.evaluate_layers, "7"); // two layers only
    debugger_restart(made.debugger, new_stepper(&made, 1), &gone);
    assert_int_equal(gone, 1);
    assert_int_equal(debugger_point_count(made.debugger), 1);
    move(&made, MOVE_CONTINUE, 1);
    assert_at(&made, 2, 0);
    case_clear(&made);
}

// ---- two futures ----

static void test_what_if(void **state) {
    (void)state;
    Case made;
    Status status;
    case_init(&made);
    assert_false(debugger_look_at(made.debugger, FUTURE_WHAT_IF));
    move(&made, MOVE_INNER_STEP, 4);
    move(&made, MOVE_STAGE, 2);
    check(debugger_set_term(made.debugger, TERM_DECORR_X, 0, &status), &status);
    assert_int_equal(debugger_looked_at(made.debugger), FUTURE_WHAT_IF);
    check(debugger_set_term(made.debugger, TERM_RBF, 3, &status), &status);
    move(&made, MOVE_INNER_STEP, 5);
    move(&made, MOVE_STAGE, 1);
    Stepper *as_is = debugger_stepper(made.debugger, FUTURE_AS_IS);
    Stepper *what_if = debugger_stepper(made.debugger, FUTURE_WHAT_IF);
    const StepperPosition a = stepper_position(as_is), b = stepper_position(what_if);
    assert_memory_equal(&a, &b, sizeof a);
    assert_at(&made, 9, 3);
    assert_int_equal(stepper_record_count(as_is), 10);
    assert_int_equal(stepper_record_count(what_if), 10);
    for (int i = 0; i < 10; i++)
        assert_true((stepper_record(as_is, i)->loss == stepper_record(what_if, i)->loss) ==
                    (i < 4));
    // The first one is as if nothing had been asked.
    Stepper *alone = new_stepper(&made, 0);
    check(stepper_go(alone, 9, 3, NULL, &status), &status);
    assert_memory_equal(stepper_phi(alone)->block, stepper_phi(as_is)->block,
                        stepper_phi(alone)->count * sizeof(real));
    stepper_free(alone);
    // Dropped, the second is gone; kept, it is the first.
    const double loss = stepper_record(what_if, 9)->loss;
    assert_true(debugger_look_at(made.debugger, FUTURE_AS_IS));
    debugger_keep_what_if(made.debugger);
    assert_null(debugger_stepper(made.debugger, FUTURE_WHAT_IF));
    assert_true(stepper_record(debugger_looked_at_stepper(made.debugger), 9)->loss == loss);
    check(debugger_set_rate(made.debugger, 0.5, &status), &status);
    debugger_drop_what_if(made.debugger);
    assert_null(debugger_stepper(made.debugger, FUTURE_WHAT_IF));
    assert_int_equal(debugger_looked_at(made.debugger), FUTURE_AS_IS);
    case_clear(&made);
}

static void test_a_misfit_makes_no_second_future(void **state) {
    (void)state;
    Case made;
    Status status;
    case_init(&made);
    ThetaLayout layout;
    RuleSizes sizes = made.layout.sizes;
    sizes.E++;
    check(theta_layout(&layout, sizes, &status), &status);
    real *theta = calloc(layout.count, sizeof(real));
    assert_non_null(theta);
    assert_false(debugger_set_rule(made.debugger, &layout, theta, "misfit", &status));
    assert_int_equal(status.code, STATUS_BAD_DATA);
    assert_null(debugger_stepper(made.debugger, FUTURE_WHAT_IF));
    assert_int_equal(debugger_looked_at(made.debugger), FUTURE_AS_IS);
    free(theta);
    case_clear(&made);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_quantities),
        cmocka_unit_test(test_unknown_names),
        cmocka_unit_test(test_moves),
        cmocka_unit_test(test_n_forward_and_n_back),
        cmocka_unit_test(test_stop_flag),
        cmocka_unit_test(test_break_on_loss),
        cmocka_unit_test(test_break_on_step_and_tensor),
        cmocka_unit_test(test_break_on_nan),
        cmocka_unit_test(test_watches),
        cmocka_unit_test(test_bad_points),
        cmocka_unit_test(test_restart_keeps_points),
        cmocka_unit_test(test_what_if),
        cmocka_unit_test(test_a_misfit_makes_no_second_future),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
