#include "engine/meta_training.h"

#include "engine/blas.h"
#include "engine/clock.h"
#include "engine/number.h"
#include "engine/reduction.h"
#include "engine/rule_file.h"
#include "engine/training_state.h"
#include "engine/vector.h"

#include <assert.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { THETA_STREAM = 0x74686574 };

void training_log(MetaTraining *training, const char *format, ...) {
    char line[2 * SNAPSHOT_LOG_TEXT]; // the snapshot shows its beginning
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    if (training->log_count == SNAPSHOT_LOG_LINES)
        memmove(training->log[0], training->log[1], sizeof training->log - SNAPSHOT_LOG_TEXT);
    else
        training->log_count++;
    snprintf(training->log[training->log_count - 1], SNAPSHOT_LOG_TEXT, "%.*s",
             SNAPSHOT_LOG_TEXT - 1, line);
    if (training->inputs.log)
        training->inputs.log(training->inputs.log_context, line);
}

// ---- sizes and memory ----

int training_threads(const Settings *settings) {
    if (settings->threads > 0)
        return settings->threads;
    const long cores = sysconf(_SC_NPROCESSORS_ONLN);
    return cores > 0 ? (int)cores : 1;
}

static int larger(int a, int b) {
    return a > b ? a : b;
}

// The largest shape that training or evaluation will ask for.
static bool greatest_sizes(const Settings *settings, int inputs, UnrollSizes *sizes,
                           Status *status) {
    PhiShape evaluated;
    if (!evaluation_shape(settings, inputs, &evaluated, status))
        return false;
    *sizes = (UnrollSizes){.batch = settings->batch, .steps = settings->truncation_max};
    PhiShape *shape = &sizes->shape;
    shape->activation = ACTIVATION_RELU;
    shape->layers = larger(settings->hidden_layers_max + 1, evaluated.layers);
    shape->sizes[0] = inputs;
    for (int l = 1; l < shape->layers; l++) {
        shape->sizes[l] = l <= settings->hidden_layers_max ? settings->width_max : 1;
        if (l < evaluated.layers)
            shape->sizes[l] = larger(shape->sizes[l], evaluated.sizes[l]);
    }
    // A shallow base model's embedding may lie where a deep one has a narrow hidden layer.
    for (int l = 1; l <= shape->layers; l++)
        shape->sizes[l] = larger(shape->sizes[l], settings->embedding);
    shape->sizes[shape->layers] = settings->embedding;
    sizes->examples = larger(settings->classes_max * settings->shots,
                             EVALUATION_CLASSES * settings->evaluate_shots);
    sizes->targets = larger(settings->classes_max, EVALUATION_CLASSES) + TASK_TARGETS;
    return true;
}

static RuleSizes rule_sizes(const Settings *settings) {
    return (RuleSizes){.H = settings->hidden,
                       .D = settings->error_channels,
                       .R = settings->readout_rank,
                       .T = settings->top_hidden,
                       .E = settings->embedding};
}

void training_keep_steps(const Settings *settings, const Rule *rule, UnrollSizes *sizes) {
    const double bytes = settings->memory * 0x1p20 / training_threads(settings);
    sizes->kept = unroll_steps_kept(rule, sizes, bytes);
}

size_t meta_training_memory(const Settings *settings, int inputs) {
    Status status;
    ThetaLayout *layout = malloc(sizeof *layout);
    Rule *rule = malloc(sizeof *rule);
    UnrollSizes sizes;
    size_t bytes = 0;
    if (layout && rule && theta_layout(layout, rule_sizes(settings), &status) &&
        greatest_sizes(settings, inputs, &sizes, &status) && rule_init(rule, layout, &status)) {
        training_keep_steps(settings, rule, &sizes);
        bytes = (size_t)training_threads(settings) * worker_room_bytes(rule, &sizes) +
                (size_t)settings->workers * worker_bytes(&sizes, layout->count) + rule->arena.size +
                layout->count * (sizeof(real) + 3 * sizeof(double)) + fallback_bytes(layout->count);
        rule_clear(rule);
    }
    free(layout);
    free(rule);
    return bytes;
}

// ---- life and death ----

// Input features of a task of this data set.
static bool inputs_of(const MetaTrainingInputs *given, const Settings *settings, int *inputs,
                      Status *status) {
    *inputs = 0;
    for (int i = 0; i < given->source_count + given->held_out_count; i++) {
        const Dataset *dataset = i < given->source_count
                                     ? &given->sources[i]
                                     : &given->held_out[i - given->source_count];
        *inputs = larger(*inputs, task_input_count(settings, dataset));
    }
    if (given->source_count < 1 || *inputs < 1 || given->held_out_count > SNAPSHOT_HELD_OUT)
        return status_fail(status, STATUS_USAGE,
                           "meta-training needs a data set and at most %d held-out ones, found %d "
                           "and %d",
                           SNAPSHOT_HELD_OUT, given->source_count, given->held_out_count);
    return true;
}

static bool allocate(MetaTraining *training, Status *status) {
    const Settings *settings = &training->settings;
    const size_t count = training->layout.count;
    const size_t workers = (size_t)settings->workers;
    const int threads = training_threads(settings);
    const size_t inputs = (size_t)training->sizes.shape.sizes[0];
    assert(inputs > 0); // inputs_of has seen to it
    training->theta = calloc(count, sizeof(real));
    training->average = settings->average > 0 ? calloc(count, sizeof(real)) : training->theta;
    training->mean_gradient = calloc(count, sizeof(double));
    training->worker_gradient = calloc(workers, sizeof *training->worker_gradient);
    training->worker_counts = calloc(workers, sizeof *training->worker_counts);
    training->worker = calloc(workers, sizeof *training->worker);
    training->history = history_new_resident();
    training->permutation = calloc(inputs, sizeof *training->permutation);
    training->permutation_evaluating = calloc(inputs, sizeof *training->permutation);
    if (!training->theta || !training->average || !training->mean_gradient ||
        !training->worker_gradient || !training->worker_counts || !training->worker ||
        !training->history || !training->permutation || !training->permutation_evaluating)
        return status_fail(status, STATUS_FAILURE, "out of memory for meta-training");
    if (!adam_init(&training->adam, count, settings->beta1, settings->beta2, settings->epsilon,
                   status) ||
        !fallback_init(&training->fallback, count, status) ||
        !rule_init(&training->rule, &training->layout, status))
        return false;
    for (int i = 0; i < settings->workers; i++) {
        if (!worker_init(&training->worker[i], &training->sizes, count, (uint64_t)settings->seed, i,
                         status))
            return false;
        training->worker_gradient[i] = training->worker[i].gradient;
    }
    training_keep_steps(settings, &training->rule, &training->sizes);
    return worker_rooms_new(&training->room, threads, &training->rule, training->kernels,
                            &training->sizes, status) &&
           pool_new(&training->pool, threads, status);
}

static bool allocate_evaluated(MetaTraining *training, Status *status) {
    for (int i = 0; i < SNAPSHOT_HELD_OUT; i++)
        training->raw_pixel_accuracy[i] = training->random_accuracy[i] = NAN;
    const MetaTrainingInputs *inputs = &training->inputs;
    const Dataset *shown = inputs->held_out_count > 0 ? &inputs->held_out[0] : &inputs->sources[0];
    PhiShape *shape = &training->evaluation_shape;
    if (!evaluation_shape(&training->settings, task_input_count(&training->settings, shown), shape,
                          status))
        return false;
    const size_t bytes = phi_count(shape) * sizeof(real);
    training->filters =
        calloc((size_t)shape->sizes[0] * (size_t)shape->sizes[1], sizeof *training->filters);
    phi_place(&training->evaluated, shape, aligned_alloc(ALIGNMENT, bytes));
    phi_place(&training->evaluating, shape, aligned_alloc(ALIGNMENT, bytes));
    if (!training->evaluated.block || !training->evaluating.block || !training->filters)
        return status_fail(status, STATUS_FAILURE, "out of memory for the evaluated base model");
    phi_zero(&training->evaluated);
    phi_zero(&training->evaluating);
    return true;
}

void training_begin_average(MetaTraining *training) {
    if (training->average != training->theta)
        memcpy(training->average, training->theta, training->layout.count * sizeof(real));
}

// From a theta that is new altogether.
static void begin_with_theta(MetaTraining *training) {
    training_begin_average(training);
    rule_set(&training->rule, training->theta);
    fallback_begin(&training->fallback, training->theta, &training->adam, training->outer_step,
                   training->rate_factor);
}

bool meta_training_new(MetaTraining **made, const Settings *settings,
                       const MetaTrainingInputs *inputs, Status *status) {
    *made = NULL;
    int features;
    if (!blas_init(status) || !settings_check(settings, status) ||
        !inputs_of(inputs, settings, &features, status))
        return false;
    MetaTraining *training = calloc(1, sizeof *training);
    if (!training)
        return status_fail(status, STATUS_FAILURE, "out of memory for meta-training");
    training->settings = *settings;
    training->inputs = *inputs;
    training->kernels = inputs->kernels ? inputs->kernels : kernels_best();
    training->rate_factor = 1;
    training->source = (TaskSource){.settings = &training->settings,
                                    .sources = inputs->sources,
                                    .weights = inputs->source_weights,
                                    .source_count = inputs->source_count};
    atomic_init(&training->stop, false);
    if (!theta_layout(&training->layout, rule_sizes(settings), status) ||
        !greatest_sizes(settings, features, &training->sizes, status) ||
        !allocate(training, status) || !allocate_evaluated(training, status)) {
        meta_training_free(training);
        return false;
    }
    Random random = random_seeded((uint64_t)settings->seed, THETA_STREAM);
    theta_initialise(training->theta, &training->layout, &random);
    if (strcmp(settings->start, "hebbian") == 0)
        theta_start_hebbian(training->theta, &training->layout);
    begin_with_theta(training);
    *made = training;
    return true;
}

void meta_training_free(MetaTraining *training) {
    if (!training)
        return;
    pool_free(training->pool);
    worker_rooms_free(training->room, training_threads(&training->settings));
    for (int i = 0; training->worker && i < training->settings.workers; i++)
        worker_clear(&training->worker[i]);
    rule_clear(&training->rule);
    adam_clear(&training->adam);
    fallback_clear(&training->fallback);
    history_free(training->history);
    if (training->average != training->theta)
        free(training->average);
    free(training->theta);
    free(training->mean_gradient);
    free(training->worker_gradient);
    free(training->worker_counts);
    free(training->worker);
    free(training->permutation);
    free(training->permutation_evaluating);
    free(training->filters);
    free(training->evaluated.block);
    free(training->evaluating.block);
    free(training);
}

// ---- one outer step ----

static void step_worker(void *context, int item, int thread) {
    MetaTraining *training = context;
    worker_step(&training->worker[item], &training->room[thread], &training->source,
                &training->layout.sizes, &training->stop);
}

// Linear warm-up, then exponential decay.
static double outer_rate(const MetaTraining *training) {
    const Settings *settings = &training->settings;
    double rate = settings->outer_rate * training->rate_factor;
    const double step = (double)training->outer_step;
    if (training->outer_step < settings->warmup)
        rate *= (step + 1) / settings->warmup;
    if (settings->decay_steps > 0)
        rate *= pow(settings->decay, step / settings->decay_steps);
    return rate;
}

static void metric_outer(MetaTraining *training, const OuterPoint *point) {
    char text[512], a[NUMBER_TEXT], b[NUMBER_TEXT], c[NUMBER_TEXT], d[NUMBER_TEXT], e[NUMBER_TEXT],
        f[NUMBER_TEXT];
    if (!training->inputs.metric)
        return;
    snprintf(
        text, sizeof text,
        "{\"kind\":\"outer\",\"outer_step\":%ld,\"seconds\":%s,\"meta_loss\":%s,"
        "\"accuracy\":%s,\"gradient_norm\":%s,\"clipped_norm\":%s,\"rate\":%s,\"dropped\":%ld}",
        point->outer_step, number_text(point->seconds, a), number_text(point->meta_loss, b),
        number_text(point->accuracy, c), number_text(point->gradient_norm, d),
        number_text(point->clipped_norm, e), number_text(point->rate, f), point->dropped);
    training->inputs.metric(training->inputs.metric_context, text);
}

// Mean loss and accuracy of the workers that count.
static void mean_results(const MetaTraining *training, int counted, OuterPoint *point) {
    point->meta_loss = point->accuracy = counted > 0 ? 0 : NAN;
    for (int i = 0; i < training->settings.workers; i++) {
        if (!training->worker_counts[i])
            continue;
        const WorkerState *state = worker_next_state(&training->worker[i]);
        point->meta_loss += state->loss / counted;
        point->accuracy += state->accuracy / counted;
    }
}

// average <- factor average + (1 - factor) theta.  The factor is small at first, so that the random
// beginning is soon forgotten: after t steps the average reaches back over about t / 9 of them.
static void average_theta(MetaTraining *training) {
    if (training->average == training->theta)
        return;
    const double t = (double)training->adam.step;
    const double factor = fmin(training->settings.average, t / (t + 9));
    for (size_t i = 0; i < training->layout.count; i++)
        training->average[i] = (real)(factor * (double)training->average[i] +
                                      (1 - factor) * (double)training->theta[i]);
}

// theta <- theta - Adam(clipped mean gradient)
static void update_theta(MetaTraining *training, OuterPoint *point) {
    const size_t count = training->layout.count;
    const double clip = training->settings.clip;
    point->gradient_norm = clip_norm(count, training->mean_gradient, clip);
    point->clipped_norm = point->gradient_norm < clip ? point->gradient_norm : clip;
    point->rate = outer_rate(training);
    adam_step(&training->adam, point->rate, training->mean_gradient, training->theta);
    average_theta(training);
    rule_set(&training->rule, training->theta);
}

// True if every worker has its result; else *done is false (interrupted) or status says why.
static bool workers_ready(MetaTraining *training, bool *done, Status *status) {
    for (int i = 0; i < training->settings.workers; i++) {
        if (training->worker[i].failed) {
            *status = training->worker[i].status;
            return false;
        }
        *done = *done && !training->worker[i].stopped;
    }
    return true;
}

bool meta_training_step(MetaTraining *training, bool *done, Status *status) {
    const double begun = clock_seconds();
    const int workers = training->settings.workers;
    *done = true;
    pool_run(training->pool, workers, step_worker, training);
    if (!workers_ready(training, done, status))
        return false;
    if (!*done)
        return true;

    OuterPoint point = {.outer_step = training->outer_step + 1,
                        .gradient_norm = NAN,
                        .clipped_norm = NAN,
                        .rate = outer_rate(training)};
    long inner_steps = 0;
    double operations = 0;
    for (int i = 0; i < workers; i++) {
        const Worker *worker = &training->worker[i];
        training->worker_counts[i] = worker->bad_step < 0;
        point.dropped += worker->bad_step >= 0;
        inner_steps += worker_next_state(&training->worker[i])->truncation;
        operations += worker->operations;
        if (worker->bad_step >= 0)
            divergence_note_worker(training, i);
    }
    const bool go_on = divergence_apply_policy(training, (int)point.dropped, status);
    const int counted =
        reduce_gradients(workers, training->worker_gradient, training->worker_counts,
                         training->layout.count, training->mean_gradient);
    mean_results(training, counted, &point);
    if (counted > 0 && go_on)
        update_theta(training, &point);
    for (int i = 0; i < workers; i++)
        worker_commit(&training->worker[i]);

    const double ended = clock_seconds();
    training->outer_step++;
    training->seconds += ended - begun;
    point.seconds = training->seconds;
    pace_note(&training->pace, begun, ended, inner_steps, operations);
    if (!history_append_outer(&training->history, &point))
        training_log(training, "out of memory: outer step %ld is not in the curves",
                     point.outer_step);
    metric_outer(training, &point);
    return go_on && divergence_settle(training, counted, (int)point.dropped, status);
}

// ---- the rest of the interface ----

void meta_training_interrupt(MetaTraining *training) {
    atomic_store_explicit(&training->stop, true, memory_order_relaxed);
}

void meta_training_resume(MetaTraining *training) {
    atomic_store_explicit(&training->stop, false, memory_order_relaxed);
}

long meta_training_outer_step(const MetaTraining *training) {
    return training->outer_step;
}

double meta_training_seconds(const MetaTraining *training) {
    return training->seconds;
}

long meta_training_metrics_of_step(const MetaTraining *training) {
    long count = (training->outer_step > 0) + weight_curves_of_step(training);
    for (size_t i = history_evaluation_count(training->history); i > 0; i--) {
        const EvaluationPoint *point = history_evaluation(training->history, i - 1);
        if (point->outer_step != training->outer_step)
            break;
        count += point->set_count;
    }
    return count;
}

bool meta_training_save_rule(const MetaTraining *training, const char *path, Status *status) {
    const Settings *settings = &training->settings;
    char seed[24], outer_step[24], rate[NUMBER_TEXT], batch[16], steps[16];
    snprintf(seed, sizeof seed, "%lld", (long long)settings->seed);
    snprintf(outer_step, sizeof outer_step, "%ld", training->outer_step);
    snprintf(batch, sizeof batch, "%d", settings->batch);
    snprintf(steps, sizeof steps, "%d", settings->evaluate_steps);
    const RuleNote notes[] = {{"preset", training->inputs.preset},
                              {"seed", seed},
                              {"outer_step", outer_step},
                              {"parent", training->parent},
                              {"inner.rate", number_text(settings->inner_rate, rate)},
                              {"task.batch", batch},
                              {"evaluate.layers", settings->evaluate_layers},
                              {"evaluate.activation", settings->evaluate_activation},
                              {"evaluate.steps", steps}};
    return rule_file_write(&training->layout, training->average, notes,
                           sizeof notes / sizeof notes[0], path, status);
}

bool meta_training_load_rule(MetaTraining *training, const char *path, Status *status) {
    ThetaLayout *layout = malloc(sizeof *layout);
    real *theta;
    if (!layout)
        return status_fail(status, STATUS_FAILURE, "%s: out of memory", path);
    bool done = rule_file_read(layout, &theta, path, status);
    if (done) {
        const RuleSizes found = layout->sizes, wanted = training->layout.sizes;
        if (memcmp(&found, &wanted, sizeof found) != 0)
            done = status_fail(status, STATUS_BAD_DATA,
                               "%s: expected a rule of H %d, D %d, R %d, T %d, E %d as the "
                               "settings say, found %d, %d, %d, %d, %d",
                               path, wanted.H, wanted.D, wanted.R, wanted.T, wanted.E, found.H,
                               found.D, found.R, found.T, found.E);
        else {
            memcpy(training->theta, theta, layout->count * sizeof(real));
            begin_with_theta(training);
            snprintf(training->parent, sizeof training->parent, "%s", path);
        }
        free(theta);
    }
    free(layout);
    return done;
}
