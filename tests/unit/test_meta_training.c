// Meta-training as a whole, on a tiny one: the same bits for any number of threads, the outer
// learning rate, what is refused.
#include "tests/unit/small_training.h"
#include "tests/unit/temporary_folder.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { WATCHED = 1 };
#else
enum { WATCHED = 0 };
#endif

// ---- bits ----

// Outer steps with evaluations between; long enough that every worker has had several tasks.
static MetaTraining *train_by(SmallTraining *small, const Kernels *kernels, int threads,
                              double memory, int64_t seed) {
    small_training_init(small);
    small->inputs.kernels = kernels;
    small->settings.threads = threads;
    small->settings.memory = memory;
    small->settings.seed = seed;
    MetaTraining *training = small_training_new(small);
    small_training_evaluate(training);
    for (int i = 0; i < 4; i++) {
        small_training_steps(training, 6);
        small_training_evaluate(training);
    }
    return training;
}

static MetaTraining *train(SmallTraining *small, int threads, int64_t seed) {
    return train_by(small, NULL, threads, 0, seed);
}

static void assert_rich(const SmallTraining *small, const MetaTraining *training) {
    assert_int_equal(meta_training_outer_step(training), 24);
    assert_int_equal(count_lines(&small->metrics, "\"kind\":\"outer\""), 24);
    assert_int_equal(count_lines(&small->metrics, "\"kind\":\"evaluation\""), 5);
    assert_int_equal(count_lines(&small->metrics, "NaN"), 0);
    for (size_t i = 0; i < 24; i++) {
        const OuterPoint *point = history_outer(training->history, i);
        assert_true(point->meta_loss > 0 && point->gradient_norm > 0 && point->dropped == 0);
    }
}

static void threads_and_memory_change_no_bit(void **state) {
    (void)state;
    SmallTraining one, more;
    MetaTraining *alone = train(&one, 1, 7);
    assert_rich(&one, alone);
    static const struct {
        int threads;
        double memory; // MiB
        int kept;
    } ways[] = {{1, 0, 0}, {2, 0, 0}, {4, 1, 2}, {7, 0.5, 0}, {2, 512, 3}};
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        MetaTraining *together = train_by(&more, NULL, ways[i].threads, ways[i].memory, 7);
        assert_int_equal(together->sizes.kept, ways[i].kept);
        assert_same_training(alone, together);
        assert_same_metrics(&one.metrics, &more.metrics);
        small_training_end(&more, together);
    }
    small_training_end(&one, alone);
}

// To the six digits that are kept.
static void assert_about(double kept, double x) {
    assert_true(fabs(kept - x) <= 1e-5 * fabs(x));
}

// A row per evaluation; of the last, least and greatest are those of the weights themselves, and
// the percentiles between do not fall.
static void percentiles_over_time_are_of_the_weights(void **state) {
    (void)state;
    SmallTraining small;
    MetaTraining *training = train(&small, 2, 7);
    const WeightNames *names = history_weight_names(training->history);
    assert_int_equal(history_weight_count(training->history), 5);
    assert_int_equal(count_lines(&small.metrics, "\"kind\":\"weights\""), 5);
    assert_int_equal(meta_training_metrics_of_step(training), 3);
    for (size_t i = 0; i < 5; i++)
        assert_true(history_weights(training->history, i)[0] == (double)(6 * i));
    const double *last = history_weights(training->history, 4);
    int tensors = 0, themes = 0;
    for (int i = 0; i < names->count; i++) {
        const double *columns = last + 1 + (size_t)i * WEIGHT_COLUMNS;
        for (int k = 1; k < SNAPSHOT_PERCENTILES; k++)
            assert_true(columns[k] >= columns[k - 1]);
        assert_true(columns[SNAPSHOT_PERCENTILES] == 0);
        if (strcmp(names->names[i], "theta merge") == 0) {
            double low = INFINITY, high = -INFINITY;
            for (int t = 0; t < training->layout.tensors; t++) {
                const ThetaTensor *tensor = &training->layout.tensor[t];
                for (size_t k = 0; strncmp(tensor->name, "merge.", 6) == 0 && k < tensor->count;
                     k++) {
                    low = fmin(low, (double)training->theta[tensor->offset + k]);
                    high = fmax(high, (double)training->theta[tensor->offset + k]);
                }
            }
            assert_about(columns[0], low);
            assert_about(columns[SNAPSHOT_PERCENTILES - 1], high);
            themes++;
        }
        for (int t = 0; t < phi_tensor_count(&training->evaluation_shape); t++) {
            const PhiTensor tensor =
                phi_tensor(&training->evaluated, &training->evaluation_shape, t);
            if (strncmp(names->names[i], "phi ", 4) != 0 ||
                strcmp(names->names[i] + 4, tensor.name) != 0)
                continue;
            double low = INFINITY, high = -INFINITY;
            for (size_t k = 0; k < tensor.count; k++) {
                low = fmin(low, (double)tensor.values[k]);
                high = fmax(high, (double)tensor.values[k]);
            }
            assert_about(columns[0], low);
            assert_about(columns[SNAPSHOT_PERCENTILES - 1], high);
            tensors++;
        }
    }
    assert_int_equal(themes, 1);
    assert_int_equal(tensors,
                     phi_tensor_count(&training->evaluation_shape)); // W, b, V of each layer
    small_training_end(&small, training);
}

// Both add in the same order and round once for a product and its sum.  (The portable kernels round
// twice, so theirs is another training.)
static void avx2_and_avx512_are_the_same_bits(void **state) {
    (void)state;
    const Kernels *narrow = kernels_named("avx2"), *wide = kernels_named("avx512");
    if (!narrow || !wide)
        skip();
    SmallTraining a, b;
    MetaTraining *by_narrow = train_by(&a, narrow, 1, 0, 7), *by_wide = train_by(&b, wide, 2, 0, 7);
    assert_rich(&a, by_narrow);
    assert_same_training(by_narrow, by_wide);
    assert_same_metrics(&a.metrics, &b.metrics);
    small_training_end(&a, by_narrow);
    MetaTraining *portable = train_by(&a, kernels_named("portable"), 1, 0, 7);
    assert_false(same_theta(portable, by_wide));
    small_training_end(&a, portable);
    small_training_end(&b, by_wide);
}

static void another_seed_gives_another_training(void **state) {
    (void)state;
    SmallTraining seven, eight;
    MetaTraining *a = train(&seven, 2, 7), *b = train(&eight, 2, 8);
    assert_false(same_theta(a, b));
    const OuterPoint *x = history_outer(a->history, 0), *y = history_outer(b->history, 0);
    assert_true(x->meta_loss != y->meta_loss);
    const WorkerState *first = worker_state(&a->worker[0]), *second = worker_state(&a->worker[1]);
    assert_memory_not_equal(&first->random, &second->random, sizeof first->random);
    small_training_end(&seven, a);
    small_training_end(&eight, b);
}

static void workers_meet_many_tasks(void **state) {
    (void)state;
    SmallTraining small;
    small_training_init(&small);
    MetaTraining *training = small_training_new(&small);
    uint64_t seed[4] = {0};
    int changes[4] = {0}, layers = 0, targets = 0;
    for (int i = 0; i < 24; i++) {
        small_training_steps(training, 1);
        for (int w = 0; w < 4; w++) {
            const WorkerState *worker = worker_state(&training->worker[w]);
            changes[w] += i > 0 && worker->task_seed != seed[w];
            seed[w] = worker->task_seed;
            layers |= 1 << worker->task.layers;
            targets |= 1 << worker->task.targets;
            assert_in_range(worker->inner_step, 1, worker->horizon);
            assert_in_range(worker->horizon, 1, small.settings.horizon_max);
            assert_in_range(worker->truncation, 1, small.settings.truncation_max);
        }
    }
    for (int w = 0; w < 4; w++)
        assert_true(changes[w] >= 3);
    assert_int_equal(layers, 1 << 1 | 1 << 2 | 1 << 3); // every depth
    assert_int_equal(targets, 1 << 0 | 1 << TASK_TARGETS);
    small_training_end(&small, training);
}

// Learning shows even here: the meta-loss of the last quarter is below that of the first.
static void the_meta_loss_falls(void **state) {
    (void)state;
    enum { STEPS = 240 };
    if (WATCHED) {
        print_message("too slow under a sanitizer, which has nothing to find here\n");
        skip();
    }
    SmallTraining small;
    small_training_init(&small);
    small.settings.workers = 8;
    MetaTraining *training = small_training_new(&small);
    small_training_steps(training, STEPS);
    double first = 0, last = 0;
    for (int i = 0; i < STEPS / 4; i++) {
        first += history_outer(training->history, (size_t)i)->meta_loss;
        last += history_outer(training->history, (size_t)(STEPS - 1 - i))->meta_loss;
    }
    if (!(last < 0.95 * first))
        fail_msg("meta-loss %.4f, later %.4f", first * 4 / STEPS, last * 4 / STEPS);
    small_training_end(&small, training);
}

// ---- the outer learning rate ----

static void the_rate_warms_up_and_decays(void **state) {
    (void)state;
    SmallTraining small;
    small_training_init(&small);
    small.settings.outer_rate = 0.01;
    small.settings.warmup = 4;
    small.settings.decay = 0.5;
    small.settings.decay_steps = 3;
    MetaTraining *training = small_training_new(&small);
    small_training_steps(training, 7);
    for (int i = 0; i < 7; i++) {
        const double warm = i < 4 ? (i + 1) / 4.0 : 1;
        const double expected = 0.01 * warm * pow(0.5, i / 3.0);
        const double rate = history_outer(training->history, (size_t)i)->rate;
        assert_true(fabs(rate - expected) <= 1e-15);
    }
    small_training_end(&small, training);
}

static void a_rate_that_is_set_is_used(void **state) {
    (void)state;
    SmallTraining small;
    small_training_init(&small);
    MetaTraining *training = small_training_new(&small);
    small_training_steps(training, 1);
    training->rate_factor = 0.5; // of the rate before
    small_training_set_rate(training, 0.003);
    small_training_steps(training, 1);
    assert_true(fabs(history_outer(training->history, 1)->rate - 0.003) <= 1e-15);
    small_training_end(&small, training);
}

// Only live settings change; what cannot be changes none of them.
static void settings_change_together_or_not(void **state) {
    (void)state;
    SmallTraining small;
    small_training_init(&small);
    MetaTraining *training = small_training_new(&small);
    small_training_steps(training, 3);
    const Settings before = *meta_training_settings(training);
    Settings wanted = before;
    Status status;
    wanted.truncation_min = before.truncation_max + 1;
    wanted.outer_rate = 0.5;
    assert_false(meta_training_change(training, &wanted, &status));
    assert_int_equal(status.code, STATUS_USAGE);
    assert_non_null(strstr(status.text, "inner.truncation_min"));
    assert_memory_equal(meta_training_settings(training), &before, sizeof before);
    // More steps than there was room for.
    wanted = before;
    wanted.truncation_max = before.truncation_max + 9;
    wanted.truncation_min = before.truncation_max + 5;
    wanted.horizon_min = wanted.horizon_max = wanted.truncation_max + 20;
    wanted.hidden = before.hidden + 1;
    assert_true(meta_training_change(training, &wanted, &status));
    assert_int_equal(meta_training_settings(training)->hidden, before.hidden);
    int most = 0;
    for (int i = 0; i < 30; i++) {
        small_training_steps(training, 1);
        for (int w = 0; w < small.settings.workers; w++) {
            const int steps = worker_state(&training->worker[w])->truncation;
            most = steps > most ? steps : most;
        }
    }
    assert_true(most >= wanted.truncation_min && most <= wanted.truncation_max);
    for (int w = 0; w < small.settings.workers; w++)
        assert_true(worker_state(&training->worker[w])->horizon <= wanted.horizon_max);
    small_training_end(&small, training);
}

static void a_long_gradient_is_clipped(void **state) {
    (void)state;
    SmallTraining small;
    small_training_init(&small);
    small.settings.clip = 1e-6;
    MetaTraining *training = small_training_new(&small);
    small_training_steps(training, 2);
    const OuterPoint *point = history_outer(training->history, 1);
    assert_true(point->gradient_norm > 1e-6);
    assert_true(point->clipped_norm == 1e-6);
    double square = 0; // the first moment of Adam is made of clipped gradients
    for (size_t i = 0; i < training->layout.count; i++)
        square += training->adam.first[i] * training->adam.first[i];
    assert_true(square > 0 && sqrt(square) <= 1e-6);
    small_training_end(&small, training);
}

// ---- starting ----

static void refuse(SmallTraining *small, StatusCode code, const char *part) {
    MetaTraining *training;
    Status status = {.text = ""};
    assert_false(meta_training_new(&training, &small->settings, &small->inputs, &status));
    assert_null(training);
    assert_int_equal(status.code, code);
    if (!strstr(status.text, part))
        fail_msg("expected '%s' in: %s", part, status.text);
}

static void what_cannot_be_trained_is_refused(void **state) {
    (void)state;
    SmallTraining small;
    small_training_init(&small);
    const Settings good = small.settings;
    small.settings.classes_min = 4;
    refuse(&small, STATUS_USAGE, "task.classes_min");
    small.settings = good;
    strcpy(small.settings.evaluate_layers, "6;5");
    refuse(&small, STATUS_USAGE, "6;5");
    small.settings = good;
    small.inputs.source_count = 0;
    refuse(&small, STATUS_USAGE, "data set");
    small.inputs.source_count = 1;
    small.inputs.held_out_count = SNAPSHOT_HELD_OUT + 1;
    Dataset many[SNAPSHOT_HELD_OUT + 1];
    for (int i = 0; i <= SNAPSHOT_HELD_OUT; i++)
        many[i] = small.held_out;
    small.inputs.held_out = many;
    refuse(&small, STATUS_USAGE, "held-out");
    small_training_clear(&small);
}

// A task that no data set has: told by the first step, which changes nothing.
static void a_task_that_cannot_be_made_is_told(void **state) {
    (void)state;
    SmallTraining small;
    small_training_init(&small);
    small.settings.classes_min = small.settings.classes_max = 5; // the toy has four
    MetaTraining *training = small_training_new(&small);
    Status status = {.text = ""};
    bool done;
    assert_false(meta_training_step(training, &done, &status));
    assert_int_equal(status.code, STATUS_USAGE);
    assert_non_null(strstr(status.text, "toy"));
    assert_int_equal(meta_training_outer_step(training), 0);
    small_training_end(&small, training);
}

// ---- starting from a rule file ----

static void a_rule_file_gives_theta(void **state) {
    (void)state;
    const char *path = in_folder(temporary_folder(), "rule.safetensors");
    SmallTraining one, two;
    Status status;
    small_training_init(&one);
    small_training_init(&two);
    two.settings.seed = 99;
    MetaTraining *a = small_training_new(&one), *b = small_training_new(&two);
    small_training_steps(a, 3);
    assert_true(meta_training_save_rule(a, path, &status));
    assert_false(same_theta(a, b));
    assert_true(meta_training_load_rule(b, path, &status));
    assert_true(same_theta(a, b));
    assert_int_equal(b->outer_step, 0);
    small_training_steps(b, 1); // the workers use it, too
    small_training_evaluate(a);
    small_training_end(&two, b);

    small_training_init(&two);
    two.settings.hidden++;
    b = small_training_new(&two);
    assert_false(meta_training_load_rule(b, path, &status));
    assert_int_equal(status.code, STATUS_BAD_DATA);
    assert_non_null(strstr(status.text, "rule.safetensors"));
    small_training_end(&two, b);
    small_training_end(&one, a);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(threads_and_memory_change_no_bit),
        cmocka_unit_test(percentiles_over_time_are_of_the_weights),
        cmocka_unit_test(avx2_and_avx512_are_the_same_bits),
        cmocka_unit_test(another_seed_gives_another_training),
        cmocka_unit_test(workers_meet_many_tasks),
        cmocka_unit_test(the_meta_loss_falls),
        cmocka_unit_test(the_rate_warms_up_and_decays),
        cmocka_unit_test(a_rate_that_is_set_is_used),
        cmocka_unit_test(settings_change_together_or_not),
        cmocka_unit_test(a_long_gradient_is_clipped),
        cmocka_unit_test(what_cannot_be_trained_is_refused),
        cmocka_unit_test(a_task_that_cannot_be_made_is_told),
        cmocka_unit_test(a_rule_file_gives_theta),
    };
    return cmocka_run_group_tests_name("meta_training", tests, NULL, NULL);
}
