// Meta-training as a whole, on a tiny one: the same bits for any number of threads, interruptions
// that leave no trace, evaluation that changes nothing, numbers that are not finite, memory.
#include "tests/unit/small_training.h"
#include "tests/unit/temporary_folder.h"

#include <math.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { WATCHED = 1 };
#else
enum { WATCHED = 0 };
#endif

// ---- bits ----

// Outer steps with evaluations between; long enough that every worker has had several tasks.
static MetaTraining *train_by(SmallTraining *small, const Kernels *kernels, int threads,
                              int64_t seed) {
    small_training_init(small);
    small->inputs.kernels = kernels;
    small->settings.threads = threads;
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
    return train_by(small, NULL, threads, seed);
}

static void end(SmallTraining *small, MetaTraining *training) {
    meta_training_free(training);
    small_training_clear(small);
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

static void threads_change_no_bit(void **state) {
    (void)state;
    SmallTraining one, more;
    MetaTraining *alone = train(&one, 1, 7);
    assert_rich(&one, alone);
    static const int threads[] = {1, 2, 4, 7};
    for (int i = 0; i < 4; i++) {
        MetaTraining *together = train(&more, threads[i], 7);
        assert_same_training(alone, together);
        assert_same_metrics(&one.metrics, &more.metrics);
        end(&more, together);
    }
    end(&one, alone);
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
    end(&small, training);
}

// Both add in the same order and round once for a product and its sum.  (The portable kernels round
// twice, so theirs is another training.)
static void avx2_and_avx512_are_the_same_bits(void **state) {
    (void)state;
    const Kernels *narrow = kernels_named("avx2"), *wide = kernels_named("avx512");
    if (!narrow || !wide)
        skip();
    SmallTraining a, b;
    MetaTraining *by_narrow = train_by(&a, narrow, 1, 7), *by_wide = train_by(&b, wide, 2, 7);
    assert_rich(&a, by_narrow);
    assert_same_training(by_narrow, by_wide);
    assert_same_metrics(&a.metrics, &b.metrics);
    end(&a, by_narrow);
    MetaTraining *portable = train_by(&a, kernels_named("portable"), 1, 7);
    assert_false(same_theta(portable, by_wide));
    end(&a, portable);
    end(&b, by_wide);
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
    end(&seven, a);
    end(&eight, b);
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
    end(&small, training);
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
    end(&small, training);
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
    end(&small, training);
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
    end(&small, training);
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
    end(&small, training);
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
    end(&small, training);
}

// ---- interruptions ----

// A step that was asked to stop before it began, at another worker each time.
static void an_interrupted_step_changes_nothing(void **state) {
    (void)state;
    SmallTraining small, other;
    small_training_init(&small);
    small_training_init(&other);
    MetaTraining *straight = small_training_new(&small), *broken = small_training_new(&other);
    for (int i = 0; i < 10; i++) {
        Status status;
        bool done = true;
        meta_training_interrupt(broken);
        assert_true(meta_training_step(broken, &done, &status));
        assert_false(done);
        assert_same_training(straight, broken);
        meta_training_resume(broken);
        small_training_steps(straight, 1);
        small_training_steps(broken, 1);
        assert_same_training(straight, broken);
    }
    assert_same_metrics(&small.metrics, &other.metrics);
    end(&small, straight);
    end(&other, broken);
}

// The state as a checkpoint holds it, to the byte: what is shown of a worker belongs to it.
static void an_interrupted_step_changes_no_byte_of_a_checkpoint(void **state) {
    (void)state;
    const char *folder = temporary_folder();
    char before[4096], after[4096];
    snprintf(before, sizeof before, "%s/before", folder);
    snprintf(after, sizeof after, "%s/after", folder);
    SmallTraining small;
    small_training_init(&small);
    MetaTraining *training = small_training_new(&small);
    for (int i = 0; i < 5; i++) {
        Status status;
        bool done = true;
        small_training_save(training, before);
        meta_training_interrupt(training);
        assert_true(meta_training_step(training, &done, &status));
        assert_false(done);
        meta_training_resume(training);
        small_training_save(training, after);
        char command[2 * sizeof before + 32];
        snprintf(command, sizeof command, "cmp '%s' '%s'", before, after);
        assert_int_equal(system(command), 0);
        small_training_steps(training, 1);
    }
    end(&small, training);
}

// Interrupts a training at some moment, lets it go on once it has noticed, and leaves it alone
// until it has done something.
typedef struct {
    MetaTraining *training;
    atomic_bool end;
    atomic_long done, broken; // steps and evaluations so far
} Intruder;

static void wait_for_change(const Intruder *intruder, const atomic_long *number, long before) {
    while (atomic_load(number) == before && !atomic_load(&intruder->end))
        sched_yield();
}

static void *intrude(void *argument) {
    Intruder *intruder = argument;
    Random random = random_seeded(11, 0);
    while (!atomic_load(&intruder->end)) {
        const long done = atomic_load(&intruder->done), broken = atomic_load(&intruder->broken);
        const int greatest = 1 << random_below(&random, 21); // from far less than a step to more
        for (volatile int i = random_below(&random, greatest); i > 0; i--)
            ;
        meta_training_interrupt(intruder->training);
        wait_for_change(intruder, &intruder->broken, broken);
        meta_training_resume(intruder->training);
        wait_for_change(intruder, &intruder->done, done);
    }
    return NULL;
}

// The same as small_training_steps and small_training_evaluate, however often they are broken off.
static void train_in_spite(Intruder *intruder, int steps) {
    const time_t limit = time(NULL) + 120;
    for (int i = 0; i <= steps;) {
        Status status;
        bool done = false;
        const bool fine = i < steps ? meta_training_step(intruder->training, &done, &status)
                                    : meta_training_evaluate(intruder->training, &done, &status);
        if (!fine)
            fail_msg("%s", status.text);
        i += done;
        atomic_fetch_add(done ? &intruder->done : &intruder->broken, 1);
        assert_true(time(NULL) < limit);
    }
}

static void interruptions_from_another_thread_change_no_bit(void **state) {
    (void)state;
    enum { ROUNDS = 6, STEPS = 3 };
    SmallTraining small, other;
    small_training_init(&small);
    small_training_init(&other);
    MetaTraining *straight = small_training_new(&small);
    for (int i = 0; i < ROUNDS; i++) {
        small_training_steps(straight, STEPS);
        small_training_evaluate(straight);
    }
    Intruder intruder = {.training = small_training_new(&other)};
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, intrude, &intruder), 0);
    for (int i = 0; i < ROUNDS; i++)
        train_in_spite(&intruder, STEPS);
    atomic_store(&intruder.end, true);
    pthread_join(thread, NULL);
    assert_true(atomic_load(&intruder.broken) >= ROUNDS);
    assert_same_training(straight, intruder.training);
    assert_same_metrics(&small.metrics, &other.metrics);
    end(&small, straight);
    end(&other, intruder.training);
}

// ---- evaluation ----

static void evaluation_changes_nothing_that_training_depends_on(void **state) {
    (void)state;
    SmallTraining with, without;
    small_training_init(&with);
    small_training_init(&without);
    MetaTraining *a = small_training_new(&with), *b = small_training_new(&without);
    for (int i = 0; i < 8; i++) {
        small_training_evaluate(a);
        if (i % 3 == 0)
            small_training_evaluate(a);
        small_training_steps(a, 2);
        small_training_steps(b, 2);
        assert_true(same_theta(a, b));
        for (int w = 0; w < 4; w++)
            assert_memory_equal(&worker_state(&a->worker[w])->random,
                                &worker_state(&b->worker[w])->random, sizeof(Random));
    }
    assert_true(a->adam.step == b->adam.step);
    end(&with, a);
    end(&without, b);
}

// A resume keeps that many metrics of the checkpoint's outer step.
static void the_metrics_of_a_step_are_counted(void **state) {
    (void)state;
    SmallTraining small;
    small_training_init(&small);
    MetaTraining *training = small_training_new(&small);
    assert_int_equal(meta_training_metrics_of_step(training), 0);
    for (int i = 0; i < 6; i++) {
        char part[32];
        snprintf(part, sizeof part, "\"outer_step\":%d,", i);
        for (int k = 0; k < i % 3; k++)
            small_training_evaluate(training);
        // Each evaluation tells of its one set and of the weights.
        assert_int_equal(meta_training_metrics_of_step(training), (i > 0) + 2 * (i % 3));
        assert_int_equal(meta_training_metrics_of_step(training),
                         count_lines(&small.metrics, part));
        small_training_steps(training, 1);
    }
    end(&small, training);
}

// The same theta gives the same accuracies, whenever it is asked.
static void evaluations_repeat(void **state) {
    (void)state;
    SmallTraining small;
    small_training_init(&small);
    MetaTraining *training = small_training_new(&small);
    small_training_steps(training, 3);
    small_training_evaluate(training);
    small_training_evaluate(training);
    const EvaluationPoint *a = history_evaluation(training->history, 0);
    const EvaluationPoint *b = history_evaluation(training->history, 1);
    assert_memory_equal(a->accuracy_mean, b->accuracy_mean, sizeof a->accuracy_mean);
    assert_memory_equal(a->accuracy_error, b->accuracy_error, sizeof a->accuracy_error);
    assert_int_equal(a->set_count, 1);
    for (int m = 0; m < SNAPSHOT_MARKS; m++) {
        assert_true(a->accuracy_mean[0][m] > 0 && a->accuracy_mean[0][m] <= 1);
        assert_true(a->accuracy_error[0][m] >= 0);
    }
    small_training_steps(training, 40);
    small_training_evaluate(training);
    const EvaluationPoint *c = history_evaluation(training->history, 2);
    assert_true(c->accuracy_mean[0][0] == a->accuracy_mean[0][0]); // phi_0 knows no theta
    assert_memory_not_equal(a->accuracy_mean, c->accuracy_mean, sizeof a->accuracy_mean);
    end(&small, training);
}

// Broken off, an evaluation leaves no mark in the curves nor in what is shown of the last one.
static void an_interrupted_evaluation_changes_nothing(void **state) {
    (void)state;
    SmallTraining small;
    small_training_init(&small);
    MetaTraining *training = small_training_new(&small);
    small_training_evaluate(training);
    const size_t count = training->evaluated.count;
    real *kept = malloc(count * sizeof *kept);
    assert_non_null(kept);
    memcpy(kept, training->evaluated.block, count * sizeof *kept);
    small_training_steps(training, 5);
    Status status;
    bool done = true;
    meta_training_interrupt(training);
    assert_true(meta_training_evaluate(training, &done, &status));
    assert_false(done);
    meta_training_resume(training);
    assert_int_equal(history_evaluation_count(training->history), 1);
    assert_memory_equal(kept, training->evaluated.block, count * sizeof *kept);
    assert_int_equal(training->evaluated_step, 0);
    small_training_evaluate(training);
    assert_memory_not_equal(kept, training->evaluated.block, count * sizeof *kept);
    assert_int_equal(training->evaluated_step, 5);
    free(kept);
    end(&small, training);
}

static void without_held_out_data_there_is_nothing_to_evaluate(void **state) {
    (void)state;
    SmallTraining small;
    small_training_init(&small);
    small.inputs.held_out_count = 0;
    MetaTraining *training = small_training_new(&small);
    small_training_evaluate(training);
    small_training_steps(training, 2);
    assert_int_equal(history_evaluation_count(training->history), 0);
    end(&small, training);
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
    end(&small, training);
}

// ---- numbers that are not finite ----

// One outer step; what it returned.
static bool step(MetaTraining *training, Status *status) {
    bool done = false;
    *status = (Status){.text = ""};
    const bool fine = meta_training_step(training, &done, status);
    assert_true(done);
    return fine;
}

// Runs until this worker is in the middle of a task, so that its phi counts.
static void go_into_a_task(MetaTraining *training, int worker) {
    for (int i = 0; i < 100; i++) {
        const WorkerState *state = worker_state(&training->worker[worker]);
        if (state->has_task && state->inner_step < state->horizon)
            return;
        small_training_steps(training, 1);
    }
    fail_msg("no worker in the middle of a task");
}

static MetaTraining *small_training_policy(SmallTraining *small, const char *policy) {
    small_training_init(small);
    strcpy(small->settings.non_finite, policy);
    small->settings.horizon_min = small->settings.horizon_max = 6;
    return small_training_new(small);
}

static void a_bad_worker_is_dropped_and_told(void **state) {
    (void)state;
    SmallTraining small;
    MetaTraining *training = small_training_policy(&small, "skip");
    Status status;
    go_into_a_task(training, 2);
    const WorkerState before = *worker_state(&training->worker[2]);
    const long outer_step = training->outer_step;
    before.phi.W[1][0] = (real)NAN;
    assert_true(step(training, &status));
    const OuterPoint *point = history_outer(training->history, (size_t)outer_step);
    assert_int_equal(point->dropped, 1);
    assert_true(isfinite(point->meta_loss) && isfinite(point->gradient_norm));
    assert_int_equal(training->non_finite, 1);
    char expected[200];
    snprintf(expected, sizeof expected,
             "outer step %ld: worker 2, task %s (%s), inner step %d: not finite in forward",
             outer_step + 1, before.task.name, before.task.architecture, before.inner_step);
    assert_int_equal(count_lines(&small.log, expected), 1);
    assert_int_equal(count_lines(&small.log, "not finite"), 1);
    assert_int_equal(count_lines(&small.metrics, "\"dropped\":1"), 1);
    for (size_t i = 0; i < training->layout.count; i++)
        assert_true(isfinite(training->theta[i]) && isfinite(training->adam.second[i]));

    // It begins a new task with the next step, and all is well again.
    assert_true(step(training, &status));
    const WorkerState *after = worker_state(&training->worker[2]);
    assert_true(after->task_seed != before.task_seed);
    assert_int_equal(after->inner_step, after->truncation);
    assert_true(isfinite(after->loss));
    small_training_steps(training, 5);
    assert_int_equal(training->non_finite, 1);
    assert_true(training->rate_factor == 1);
    end(&small, training);
}

// The others' mean is what it would be without the bad one.
static void a_bad_worker_does_not_touch_the_mean(void **state) {
    (void)state;
    SmallTraining small;
    MetaTraining *training = small_training_policy(&small, "skip");
    Status status;
    go_into_a_task(training, 0);
    worker_state(&training->worker[0])->phi.b[1][0] = (real)INFINITY;
    const size_t outer_step = (size_t)training->outer_step;
    assert_true(step(training, &status));
    double loss = 0, accuracy = 0;
    for (int w = 1; w < 4; w++) {
        loss += worker_state(&training->worker[w])->loss / 3;
        accuracy += worker_state(&training->worker[w])->accuracy / 3;
    }
    const OuterPoint *point = history_outer(training->history, outer_step);
    assert_true(fabs(point->meta_loss - loss) <= 1e-14 * loss);
    assert_true(fabs(point->accuracy - accuracy) <= 1e-14);
    double square = 0;
    for (size_t i = 0; i < training->layout.count; i++) {
        double sum = 0;
        for (int w = 1; w < 4; w++)
            sum += (double)training->worker[w].gradient[i];
        square += sum / 3 * (sum / 3);
    }
    assert_true(fabs(point->gradient_norm - sqrt(square)) <= 1e-12 * sqrt(square));
    end(&small, training);
}

static void break_theta(MetaTraining *training) {
    training->theta[theta_find(&training->layout, "merge.b") >= 0
                        ? training->layout.tensor[theta_find(&training->layout, "merge.b")].offset
                        : 0] = (real)NAN;
    rule_set(&training->rule, training->theta);
}

static void without_a_good_worker_theta_stays(void **state) {
    (void)state;
    SmallTraining small;
    MetaTraining *training = small_training_policy(&small, "skip");
    const size_t count = training->layout.count;
    Status status;
    small_training_steps(training, 3);
    break_theta(training);
    real *theta = malloc(count * sizeof *theta);
    double *moment = malloc(count * sizeof *moment);
    assert_true(theta && moment);
    memcpy(theta, training->theta, count * sizeof *theta);
    memcpy(moment, training->adam.first, count * sizeof *moment);
    assert_true(step(training, &status));
    assert_memory_equal(theta, training->theta, count * sizeof *theta);
    assert_memory_equal(moment, training->adam.first, count * sizeof *moment);
    assert_int_equal(training->adam.step, 3);
    assert_int_equal(training->outer_step, 4);
    assert_int_equal(training->non_finite, 4);
    const OuterPoint *point = history_outer(training->history, 3);
    assert_int_equal(point->dropped, 4);
    assert_true(isnan(point->meta_loss) && isnan(point->accuracy) && isnan(point->gradient_norm));
    assert_int_equal(count_lines(&small.metrics, "\"meta_loss\":\"NaN\""), 1);
    assert_int_equal(count_lines(&small.log, "not finite in forward: layer 1 merge"), 4);
    free(theta);
    free(moment);
    end(&small, training);
}

static void the_policy_halve_lr_halves(void **state) {
    (void)state;
    SmallTraining small;
    MetaTraining *training = small_training_policy(&small, "halve-lr");
    Status status;
    small_training_steps(training, 2);
    for (int i = 0; i < 2; i++) {
        go_into_a_task(training, 1);
        go_into_a_task(training, 1);
        worker_state(&training->worker[1])->phi.V[1][0] = (real)NAN;
        assert_true(step(training, &status));
        assert_true(training->rate_factor == (i == 0 ? 0.5 : 0.25));
    }
    small_training_steps(training, 1);
    const size_t last = history_outer_count(training->history) - 1;
    assert_true(history_outer(training->history, 0)->rate == 0.01);
    assert_true(history_outer(training->history, last)->rate == 0.0025);
    assert_int_equal(count_lines(&small.log, "learning rate halved"), 2);
    end(&small, training);
}

static void the_policy_stop_stops(void **state) {
    (void)state;
    SmallTraining small;
    MetaTraining *training = small_training_policy(&small, "stop");
    Status status;
    go_into_a_task(training, 3);
    const long outer_step = training->outer_step;
    worker_state(&training->worker[3])->phi.W[1][1] = (real)-INFINITY;
    real before = training->theta[0];
    assert_false(step(training, &status));
    assert_int_equal(status.code, STATUS_DIVERGED);
    char part[64];
    snprintf(part, sizeof part, "outer step %ld: 1 worker met", outer_step + 1);
    assert_non_null(strstr(status.text, part));
    assert_non_null(strstr(status.text, "worker 3"));
    assert_non_null(strstr(status.text, "not finite in forward"));
    assert_memory_equal(&before, &training->theta[0], sizeof before);
    assert_int_equal(training->non_finite, 1);
    assert_int_equal(count_lines(&small.log, "worker 3"), 1);
    end(&small, training);
}

// A rule that is not finite gives accuracies that are not: never zero, never a crash.
static void an_evaluation_that_is_not_finite_says_so(void **state) {
    (void)state;
    SmallTraining small;
    MetaTraining *training = small_training_policy(&small, "skip");
    break_theta(training);
    small_training_evaluate(training);
    const EvaluationPoint *point = history_evaluation(training->history, 0);
    assert_true(isfinite(point->accuracy_mean[0][0])); // phi_0 is fine
    for (int m = 1; m < SNAPSHOT_MARKS; m++)
        assert_true(isnan(point->accuracy_mean[0][m]) && isnan(point->accuracy_error[0][m]));
    assert_int_equal(count_lines(&small.metrics, "\"accuracy_5\":\"NaN\""), 1);
    end(&small, training);
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
    end(&two, b);

    small_training_init(&two);
    two.settings.hidden++;
    b = small_training_new(&two);
    assert_false(meta_training_load_rule(b, path, &status));
    assert_int_equal(status.code, STATUS_BAD_DATA);
    assert_non_null(strstr(status.text, "rule.safetensors"));
    end(&two, b);
    end(&one, a);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(threads_change_no_bit),
        cmocka_unit_test(percentiles_over_time_are_of_the_weights),
        cmocka_unit_test(avx2_and_avx512_are_the_same_bits),
        cmocka_unit_test(another_seed_gives_another_training),
        cmocka_unit_test(workers_meet_many_tasks),
        cmocka_unit_test(the_meta_loss_falls),
        cmocka_unit_test(the_rate_warms_up_and_decays),
        cmocka_unit_test(a_rate_that_is_set_is_used),
        cmocka_unit_test(settings_change_together_or_not),
        cmocka_unit_test(a_long_gradient_is_clipped),
        cmocka_unit_test(an_interrupted_step_changes_nothing),
        cmocka_unit_test(an_interrupted_step_changes_no_byte_of_a_checkpoint),
        cmocka_unit_test(interruptions_from_another_thread_change_no_bit),
        cmocka_unit_test(evaluation_changes_nothing_that_training_depends_on),
        cmocka_unit_test(the_metrics_of_a_step_are_counted),
        cmocka_unit_test(evaluations_repeat),
        cmocka_unit_test(an_interrupted_evaluation_changes_nothing),
        cmocka_unit_test(without_held_out_data_there_is_nothing_to_evaluate),
        cmocka_unit_test(what_cannot_be_trained_is_refused),
        cmocka_unit_test(a_task_that_cannot_be_made_is_told),
        cmocka_unit_test(a_bad_worker_is_dropped_and_told),
        cmocka_unit_test(a_bad_worker_does_not_touch_the_mean),
        cmocka_unit_test(without_a_good_worker_theta_stays),
        cmocka_unit_test(the_policy_halve_lr_halves),
        cmocka_unit_test(the_policy_stop_stops),
        cmocka_unit_test(an_evaluation_that_is_not_finite_says_so),
        cmocka_unit_test(a_rule_file_gives_theta),
    };
    return cmocka_run_group_tests_name("meta_training", tests, NULL, NULL);
}
