#include "tests/unit/small_training.h"

#include "tests/unit/check.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { SIDE = 4 };

void small_dataset(Dataset *dataset, const char *name, int classes, int per_class, double deviation,
                   uint64_t seed) {
    Random random = random_seeded(seed, 0);
    Status status;
    double centre[SIDE * SIDE];
    check(dataset_init(dataset, name, classes * per_class, SIDE, SIDE, 1, &status), &status);
    for (int i = 0; i < dataset->count; i++) {
        dataset->labels[i] = i / per_class;
        for (int k = 0; k < SIDE * SIDE; k++) {
            if (i % per_class == 0)
                centre[k] = 255 * random_uniform(&random);
            const double value = centre[k] + 255 * deviation * random_normal(&random);
            dataset->pixels[(ptrdiff_t)i * SIDE * SIDE + k] = (uint8_t)(value < 0     ? 0
                                                                        : value > 255 ? 255
                                                                                      : value);
        }
    }
    check(dataset_index(dataset, classes, &status), &status);
}

static void small_settings(Settings *settings) {
    settings_default(settings);
    settings->hidden = 4;
    settings->error_channels = 3;
    settings->readout_rank = 2;
    settings->top_hidden = 3;
    settings->embedding = 4;
    settings->image_size = SIDE;
    settings->classes_min = 2;
    settings->classes_max = 3;
    settings->shots = 2;
    settings->rotation = 45;
    settings->shift = 0.5;
    settings->batch = 4;
    settings->hidden_layers_min = 0;
    settings->hidden_layers_max = 2;
    settings->width_min = 3;
    settings->width_max = 7;
    settings->inner_rate = 0.05;
    settings->horizon_min = 2;
    settings->horizon_max = 7;
    settings->truncation_min = 1;
    settings->truncation_max = 3;
    settings->workers = 4;
    settings->outer_rate = 0.01;
    strcpy(settings->evaluate_layers, "6,5");
    settings->evaluate_steps = 5;
    settings->evaluate_seeds = 3;
    settings->evaluate_shots = 2;
    settings->evaluate_examples = 12;
    settings->seed = 7;
    settings->threads = 2;
}

static void add_line(void *context, const char *line) {
    Lines *lines = context;
    const size_t length = strlen(line);
    lines->text = realloc(lines->text, lines->length + length + 2);
    assert_non_null(lines->text);
    memcpy(lines->text + lines->length, line, length);
    memcpy(lines->text + lines->length + length, "\n", 2);
    lines->length += length + 1;
}

void small_training_init(SmallTraining *small) {
    *small = (SmallTraining){.weight = 1};
    small_settings(&small->settings);
    small_dataset(&small->source, "toy", 4, 12, 0.2, 1);
    small_dataset(&small->held_out, "held-out toy", 3, 12, 0.2, 2);
    small->inputs = (MetaTrainingInputs){.sources = &small->source,
                                         .source_weights = &small->weight,
                                         .source_count = 1,
                                         .held_out = &small->held_out,
                                         .held_out_count = 1,
                                         .log = add_line,
                                         .log_context = &small->log,
                                         .metric = add_line,
                                         .metric_context = &small->metrics,
                                         .preset = "tiny"};
}

void small_training_clear(SmallTraining *small) {
    dataset_clear(&small->source);
    dataset_clear(&small->held_out);
    lines_clear(&small->metrics);
    lines_clear(&small->log);
}

MetaTraining *small_training_new(SmallTraining *small) {
    MetaTraining *training;
    Status status;
    check(meta_training_new(&training, &small->settings, &small->inputs, &status), &status);
    return training;
}

void small_training_steps(MetaTraining *training, int steps) {
    Status status;
    for (int i = 0; i < steps; i++) {
        bool done = false;
        check(meta_training_step(training, &done, &status), &status);
        assert_true(done);
    }
}

void small_training_set_rate(MetaTraining *training, double outer_rate) {
    Settings wanted = *meta_training_settings(training);
    Status status;
    wanted.outer_rate = outer_rate;
    if (!meta_training_change(training, &wanted, &status))
        fail_msg("%s", status.text);
}

void small_training_evaluate(MetaTraining *training) {
    Status status;
    bool done = false;
    check(meta_training_evaluate(training, &done, &status), &status);
    assert_true(done);
}

void small_training_save(const MetaTraining *training, const char *path) {
    Status status;
    check(meta_training_save(training, path, &status), &status);
}

void small_training_load(MetaTraining *training, const char *path) {
    Status status;
    check(meta_training_load(training, path, &status), &status);
}

// ---- comparing trainings ----

static void assert_same_worker(const Worker *a, const Worker *b) {
    const WorkerState *x = worker_state(a), *y = worker_state(b);
    assert_memory_equal(&x->random, &y->random, sizeof x->random);
    assert_int_equal(x->has_task, y->has_task);
    if (!x->has_task)
        return;
    assert_true(x->task_seed == y->task_seed);
    assert_int_equal(x->inner_step, y->inner_step);
    assert_int_equal(x->horizon, y->horizon);
    assert_string_equal(x->task.name, y->task.name);
    assert_string_equal(x->task.architecture, y->task.architecture);
    assert_int_equal(x->phi.count, y->phi.count);
    assert_memory_equal(x->phi.block, y->phi.block, x->phi.count * sizeof(real));
}

// The bits of two numbers, so that NaN equals itself.
static void assert_same_number(double a, double b) {
    assert_memory_equal(&a, &b, sizeof a);
}

void assert_same_curves(const History *a, const History *b) {
    assert_int_equal(history_outer_count(a), history_outer_count(b));
    for (size_t i = 0; i < history_outer_count(a); i++) {
        const OuterPoint *x = history_outer(a, i), *y = history_outer(b, i);
        assert_int_equal(x->outer_step, y->outer_step);
        assert_same_number(x->meta_loss, y->meta_loss);
        assert_same_number(x->accuracy, y->accuracy);
        assert_same_number(x->gradient_norm, y->gradient_norm);
        assert_same_number(x->clipped_norm, y->clipped_norm);
        assert_same_number(x->rate, y->rate);
        assert_int_equal(x->dropped, y->dropped);
        assert_int_equal(x->steps > 1 ? x->steps : 1, y->steps > 1 ? y->steps : 1);
        assert_int_equal(outer_point_not_finite(x), outer_point_not_finite(y));
        for (int range = 0; range < OUTER_RANGES; range++) {
            double low_x, high_x, low_y, high_y;
            outer_point_range(x, range, &low_x, &high_x);
            outer_point_range(y, range, &low_y, &high_y);
            assert_same_number(low_x, low_y);
            assert_same_number(high_x, high_y);
        }
    }
    assert_int_equal(history_evaluation_count(a), history_evaluation_count(b));
    for (size_t i = 0; i < history_evaluation_count(a); i++) {
        const EvaluationPoint *x = history_evaluation(a, i), *y = history_evaluation(b, i);
        assert_int_equal(x->outer_step, y->outer_step);
        assert_int_equal(x->set_count, y->set_count);
        assert_memory_equal(x->accuracy_mean, y->accuracy_mean, sizeof x->accuracy_mean);
        assert_memory_equal(x->accuracy_error, y->accuracy_error, sizeof x->accuracy_error);
    }
    const WeightNames *names = history_weight_names(a);
    assert_int_equal(history_weight_count(a), history_weight_count(b));
    assert_int_equal(names->count, history_weight_names(b)->count);
    for (int i = 0; i < names->count; i++)
        assert_string_equal(names->names[i], history_weight_names(b)->names[i]);
    for (size_t i = 0; i < history_weight_count(a); i++) {
        const double *x = history_weights(a, i), *y = history_weights(b, i);
        for (size_t k = 0; k < weight_row_columns(names); k++)
            assert_same_number(x[k], y[k]);
    }
}

bool same_theta(const MetaTraining *a, const MetaTraining *b) {
    assert_int_equal(a->layout.count, b->layout.count);
    return memcmp(a->theta, b->theta, a->layout.count * sizeof(real)) == 0;
}

static void assert_same_fallback(const Fallback *a, const Fallback *b) {
    const size_t count = a->parameters;
    assert_int_equal(a->count, b->count);
    assert_int_equal(a->fell, b->fell);
    for (int i = 0; i < a->count; i++) {
        const FallbackState *x = &a->state[i], *y = &b->state[i];
        assert_int_equal(x->outer_step, y->outer_step);
        assert_int_equal(x->adam_step, y->adam_step);
        assert_same_number(x->rate_factor, y->rate_factor);
        assert_memory_equal(x->theta, y->theta, count * sizeof(real));
        assert_memory_equal(x->first, y->first, count * sizeof(double));
        assert_memory_equal(x->second, y->second, count * sizeof(double));
    }
}

void assert_same_training(const MetaTraining *a, const MetaTraining *b) {
    const size_t count = a->layout.count;
    assert_int_equal(a->outer_step, b->outer_step);
    assert_true(same_theta(a, b));
    assert_int_equal(a->adam.step, b->adam.step);
    assert_memory_equal(a->average, b->average, count * sizeof(real));
    assert_memory_equal(a->adam.first, b->adam.first, count * sizeof(double));
    assert_memory_equal(a->adam.second, b->adam.second, count * sizeof(double));
    assert_int_equal(a->non_finite, b->non_finite);
    assert_same_number(a->rate_factor, b->rate_factor);
    assert_int_equal(a->skipped_in_a_row, b->skipped_in_a_row);
    assert_same_fallback(&a->fallback, &b->fallback);
    assert_int_equal(a->settings.workers, b->settings.workers);
    for (int i = 0; i < a->settings.workers; i++)
        assert_same_worker(&a->worker[i], &b->worker[i]);
    assert_same_curves(a->history, b->history);
}

// ---- lines ----

// Takes the numbers of seconds out, in place.
static void forget_seconds(char *text) {
    static const char key[] = "\"seconds\":";
    for (char *at = text; (at = strstr(at, key)) != NULL;) {
        at += strlen(key);
        const size_t length = strcspn(at, ",}");
        memmove(at, at + length, strlen(at + length) + 1);
    }
}

void assert_same_metrics(const Lines *a, const Lines *b) {
    char *x = strdup(a->text ? a->text : ""), *y = strdup(b->text ? b->text : "");
    assert_true(x && y);
    forget_seconds(x);
    forget_seconds(y);
    assert_string_equal(x, y);
    free(x);
    free(y);
}

int count_lines(const Lines *lines, const char *part) {
    int count = 0;
    for (const char *line = lines->text; line && *line;) {
        const char *end = strchr(line, '\n');
        const char *found = strstr(line, part);
        count += found && found < end;
        line = end + 1;
    }
    return count;
}

void lines_clear(Lines *lines) {
    free(lines->text);
    *lines = (Lines){0};
}

void small_training_end(SmallTraining *small, MetaTraining *training) {
    meta_training_free(training);
    small_training_clear(small);
}

void small_training_evaluated_steps(MetaTraining *training, int steps, int every) {
    for (int i = 0; i < steps; i++) {
        if (every > 0 && training->outer_step % every == 0)
            small_training_evaluate(training);
        small_training_steps(training, 1);
    }
}

MetaTraining *small_training_resumed(SmallTraining *small, const char *path) {
    MetaTraining *training = small_training_new(small);
    small_training_load(training, path);
    return training;
}
