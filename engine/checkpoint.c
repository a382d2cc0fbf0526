// The full state of a training in one safetensors file: with it, N + M outer steps straight are N,
// a kill, a resume and M, bit for bit.
//
//     theta.NAME                    as in a rule file
//     average                       [theta count]: the moving average of theta, if there is one
//     adam.first, adam.second       [theta count] float64
//     counters                      int64: see Counter
//     numbers                       float64: see Number
//     worker.I.random               uint64 [4]
//     worker.I.task                 uint64: seed, has_task, inner step, horizon
//     worker.I.result               float64: loss, accuracy of its last unroll
//     worker.I.layerL.W|b|V         its phi; absent before its first task
//     curve.outer, curve.evaluation float64 [points, columns]: the History
//     curve.ranges                  float64 [points, columns]: of curve.outer, see outer_curves.c;
//                                   absent while every point is one outer step
//     curve.weights                 float64 [rows, columns]: percentiles over time, see
//                                   weight_curves.c; absent before the first evaluation
//     evaluated.layerL.W|b|V, evaluated.permutation    of the last evaluation, if there was one
//     fallback.*                    earlier states to go back to, see fallback.h
//
// Metadata: kind "checkpoint", version, rule sizes, number type, workers, seed, outer_step, and the
// settings that may change in a running training, by their names.
#include "engine/checkpoint_parts.h"
#include "engine/training_state.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef enum {
    COUNTER_OUTER_STEP,
    COUNTER_ADAM_STEP,
    COUNTER_NON_FINITE,
    COUNTER_HAS_EVALUATED,
    COUNTER_EVALUATED_STEP,
    COUNTER_SKIPPED,
    COUNTERS
} Counter;

// Behind the two: raw pixel and random accuracy of the held-out sets.
typedef enum { NUMBER_SECONDS, NUMBER_RATE_FACTOR, NUMBERS_OF_SETS } Number;
enum { NUMBERS = NUMBERS_OF_SETS + 2 * SNAPSHOT_HELD_OUT };

enum { WORKER_WORDS = 4, WORKER_RESULTS = 2, NAME = 64 };

// ---- saving ----

bool checkpoint_add_doubles(SafetensorsWriter *writer, const char *name, size_t count,
                            const double *values, Status *status) {
    return safetensors_add(writer, name, DTYPE_F64, 1, &(uint64_t){count}, values, status);
}

bool checkpoint_add_table(SafetensorsWriter *writer, const char *name, size_t rows, size_t columns,
                          const double *values, Status *status) {
    const uint64_t shape[2] = {rows, columns};
    return safetensors_add(writer, name, DTYPE_F64, 2, shape, values, status);
}

static bool add_phi(SafetensorsWriter *writer, const char *prefix, const Phi *phi,
                    const PhiShape *shape, Status *status) {
    for (int i = 0; i < phi_tensor_count(shape); i++) {
        const PhiTensor tensor = phi_tensor(phi, shape, i);
        char name[NAME];
        snprintf(name, sizeof name, "%s.%s", prefix, tensor.name);
        if (!safetensors_add_real(writer, name, tensor.rank, tensor.shape, tensor.values, status))
            return false;
    }
    return true;
}

static bool add_worker(SafetensorsWriter *writer, const Worker *worker, int index, Status *status) {
    const WorkerState *state = worker_state(worker);
    const uint64_t words[WORKER_WORDS] = {state->task_seed, state->has_task,
                                          (uint64_t)state->inner_step, (uint64_t)state->horizon};
    const double results[WORKER_RESULTS] = {state->loss, state->accuracy};
    char name[NAME], prefix[NAME / 2];
    snprintf(prefix, sizeof prefix, "worker.%d", index);
    snprintf(name, sizeof name, "%s.random", prefix);
    if (!safetensors_add(writer, name, DTYPE_U64, 1, &(uint64_t){4}, state->random.word, status))
        return false;
    snprintf(name, sizeof name, "%s.task", prefix);
    if (!safetensors_add(writer, name, DTYPE_U64, 1, &(uint64_t){WORKER_WORDS}, words, status))
        return false;
    snprintf(name, sizeof name, "%s.result", prefix);
    if (!checkpoint_add_doubles(writer, name, WORKER_RESULTS, results, status))
        return false;
    if (!state->has_task)
        return true;
    const PhiShape shape = task_phi_shape(&state->task);
    return add_phi(writer, prefix, &state->phi, &shape, status);
}

static bool add_counters(SafetensorsWriter *writer, const MetaTraining *training, Status *status) {
    const int64_t counters[COUNTERS] = {
        [COUNTER_OUTER_STEP] = training->outer_step,
        [COUNTER_ADAM_STEP] = training->adam.step,
        [COUNTER_NON_FINITE] = training->non_finite,
        [COUNTER_HAS_EVALUATED] = training->has_evaluated,
        [COUNTER_EVALUATED_STEP] = training->evaluated_step,
        [COUNTER_SKIPPED] = training->skipped_in_a_row,
    };
    double numbers[NUMBERS] = {
        [NUMBER_SECONDS] = training->seconds, [NUMBER_RATE_FACTOR] = training->rate_factor};
    memcpy(numbers + NUMBERS_OF_SETS, training->raw_pixel_accuracy,
           sizeof training->raw_pixel_accuracy);
    memcpy(numbers + NUMBERS_OF_SETS + SNAPSHOT_HELD_OUT, training->random_accuracy,
           sizeof training->random_accuracy);
    return safetensors_add(writer, "counters", DTYPE_I64, 1, &(uint64_t){COUNTERS}, counters,
                           status) &&
           checkpoint_add_doubles(writer, "numbers", NUMBERS, numbers, status);
}

static bool add_evaluated(SafetensorsWriter *writer, const MetaTraining *training, Status *status) {
    if (!training->has_evaluated)
        return true;
    const uint64_t inputs = (uint64_t)training->evaluation_shape.sizes[0];
    int64_t *permutation = calloc(inputs, sizeof *permutation);
    if (!permutation)
        return status_fail(status, STATUS_FAILURE, "out of memory for a checkpoint");
    for (uint64_t i = 0; i < inputs; i++)
        permutation[i] = training->permutation[i];
    const bool done =
        safetensors_add(writer, "evaluated.permutation", DTYPE_I64, 1, &inputs, permutation,
                        status) &&
        add_phi(writer, "evaluated", &training->evaluated, &training->evaluation_shape, status);
    free(permutation);
    return done;
}

// What a checkpoint and the training that loads it must have in common, as metadata has it.
enum { COMMON = 8 };
typedef struct {
    const char *key;
    char value[24];
} CommonNumber;

static void common_numbers(const MetaTraining *training, CommonNumber numbers[COMMON]) {
    const RuleSizes *sizes = &training->layout.sizes;
    const struct {
        const char *key;
        long long value;
    } common[COMMON] = {{"version", 1},
                        {"H", sizes->H},
                        {"D", sizes->D},
                        {"R", sizes->R},
                        {"T", sizes->T},
                        {"E", sizes->E},
                        {"workers", training->settings.workers},
                        {"seed", (long long)training->settings.seed}};
    for (int i = 0; i < COMMON; i++) {
        numbers[i].key = common[i].key;
        snprintf(numbers[i].value, sizeof numbers[i].value, "%lld", common[i].value);
    }
}

static bool add_metadata(SafetensorsWriter *writer, const MetaTraining *training, Status *status) {
    CommonNumber numbers[COMMON];
    char outer_step[24];
    common_numbers(training, numbers);
    for (int i = 0; i < COMMON; i++)
        if (!safetensors_add_metadata(writer, numbers[i].key, numbers[i].value, status))
            return false;
    snprintf(outer_step, sizeof outer_step, "%ld", training->outer_step);
    return safetensors_add_metadata(writer, "outer_step", outer_step, status) &&
           live_settings_save(&training->settings, writer, status) &&
           safetensors_add_metadata(writer, "kind", "checkpoint", status) &&
           safetensors_add_metadata(writer, "number", REAL_NAME, status) &&
           safetensors_add_metadata(writer, "preset", training->inputs.preset, status) &&
           safetensors_add_metadata(writer, "parent", training->parent, status);
}

static bool add_state(SafetensorsWriter *writer, const MetaTraining *training, Status *status) {
    const ThetaLayout *layout = &training->layout;
    for (int i = 0; i < layout->tensors; i++) {
        const ThetaTensor *tensor = &layout->tensor[i];
        char name[NAME];
        snprintf(name, sizeof name, "theta.%s", tensor->name);
        if (!safetensors_add_real(writer, name, tensor->rank, tensor->shape,
                                  training->theta + tensor->offset, status))
            return false;
    }
    if (training->average != training->theta &&
        !safetensors_add_real(writer, "average", 1, &(int){(int)layout->count}, training->average,
                              status))
        return false;
    if (!checkpoint_add_doubles(writer, "adam.first", layout->count, training->adam.first,
                                status) ||
        !checkpoint_add_doubles(writer, "adam.second", layout->count, training->adam.second,
                                status) ||
        !add_counters(writer, training, status) || !add_evaluated(writer, training, status) ||
        !outer_curves_save(writer, training->history, status) ||
        !weight_curves_save(training->history, writer, status) ||
        !add_metadata(writer, training, status) ||
        !fallback_save(&training->fallback, writer, status))
        return false;
    for (int i = 0; i < training->settings.workers; i++)
        if (!add_worker(writer, &training->worker[i], i, status))
            return false;
    return true;
}

bool meta_training_save(const MetaTraining *training, const char *path, Status *status) {
    SafetensorsWriter *writer = safetensors_writer_new();
    if (!writer)
        return status_fail(status, STATUS_FAILURE, "out of memory for a checkpoint");
    const bool done =
        add_state(writer, training, status) && safetensors_write(writer, path, status);
    safetensors_writer_free(writer);
    return done;
}

// ---- loading ----

bool checkpoint_check_whole(const Safetensors *file, const char *what, double value, double low,
                            double high, Status *status) {
    if (value >= low && value <= high && value == floor(value))
        return true;
    return status_fail(status, STATUS_BAD_DATA,
                       "%s: %s: expected a whole number from %.0f to %.0f, found %g",
                       safetensors_path(file), what, low, high, value);
}

bool checkpoint_check_amount(const Safetensors *file, const char *what, double value,
                             Status *status) {
    if (isfinite(value) && value >= 0)
        return true;
    return status_fail(status, STATUS_BAD_DATA,
                       "%s: %s: expected a finite number from 0 up, found %g",
                       safetensors_path(file), what, value);
}

static bool load_phi(const Safetensors *file, const char *prefix, const Phi *phi,
                     const PhiShape *shape, Status *status) {
    for (int i = 0; i < phi_tensor_count(shape); i++) {
        const PhiTensor tensor = phi_tensor(phi, shape, i);
        char name[NAME];
        snprintf(name, sizeof name, "%s.%s", prefix, tensor.name);
        if (!safetensors_copy_real(file, name, tensor.rank, tensor.shape, false, tensor.values,
                                   status))
            return false;
    }
    return true;
}

static bool load_worker(const Safetensors *file, MetaTraining *training, int index,
                        Status *status) {
    Worker *worker = &training->worker[index];
    WorkerState *state = &worker->state[worker->present];
    uint64_t words[WORKER_WORDS];
    double results[WORKER_RESULTS];
    char name[NAME], prefix[NAME / 2];
    snprintf(prefix, sizeof prefix, "worker.%d", index);
    snprintf(name, sizeof name, "%s.random", prefix);
    uint64_t *random = state->random.word;
    if (!safetensors_copy_u64(file, name, 4, random, status))
        return false;
    if (!(random[0] | random[1] | random[2] | random[3])) // which give zeros for ever
        return status_fail(status, STATUS_BAD_DATA,
                           "%s: %s: expected the state of a generator, found zeros",
                           safetensors_path(file), name);
    snprintf(name, sizeof name, "%s.task", prefix);
    if (!safetensors_copy_u64(file, name, WORKER_WORDS, words, status))
        return false;
    snprintf(name, sizeof name, "%s.result", prefix);
    if (!safetensors_copy_double(file, name, 1, &(int){WORKER_RESULTS}, false, results, status))
        return false;
    if (words[1] > 1 || words[3] > INT32_MAX || words[2] > words[3] || words[3] < words[1])
        return status_fail(status, STATUS_BAD_DATA,
                           "%s: %s.task: expected a task with inner steps and horizon, found %llu "
                           "of %llu",
                           safetensors_path(file), prefix, (unsigned long long)words[2],
                           (unsigned long long)words[3]);
    state->task_seed = words[0];
    state->has_task = words[1] == 1;
    state->inner_step = (int)words[2];
    state->horizon = (int)words[3];
    state->loss = results[0];
    state->accuracy = results[1];
    if (!state->has_task)
        return true;
    if (!worker_make_task(state, &training->source, status))
        return false;
    const PhiShape shape = task_phi_shape(&state->task);
    phi_place(&state->phi, &shape, state->phi.block);
    phi_zero(&state->phi);
    return load_phi(file, prefix, &state->phi, &shape, status);
}

bool checkpoint_load_table(const Safetensors *file, const char *name, int columns, int *rows,
                           double **values, Status *status) {
    const Tensor *tensor = safetensors_find(file, name);
    if (!tensor || tensor->rank != 2 || tensor->shape[1] != (uint64_t)columns ||
        tensor->shape[0] > INT32_MAX)
        return status_fail(
            status, STATUS_BAD_DATA, "%s: %s: expected a table of %d columns, found %s",
            safetensors_path(file), name, columns, tensor ? "another shape" : "none");
    *rows = (int)tensor->shape[0];
    *values = calloc((size_t)*rows * (size_t)columns + 1, sizeof **values);
    if (!*values)
        return status_fail(status, STATUS_FAILURE, "%s: out of memory", safetensors_path(file));
    const int shape[2] = {*rows, columns};
    if (safetensors_copy_double(file, name, 2, shape, false, *values, status))
        return true;
    free(*values);
    return false;
}

static bool load_evaluated(const Safetensors *file, MetaTraining *training, Status *status) {
    const int inputs = training->evaluation_shape.sizes[0];
    const int units = training->evaluation_shape.sizes[1];
    // The permutation, and behind it where each position was seen.
    int64_t *permutation = calloc(2 * (size_t)inputs, sizeof *permutation);
    if (!permutation)
        return status_fail(status, STATUS_FAILURE, "%s: out of memory", safetensors_path(file));
    int64_t *seen = permutation + inputs;
    bool done =
        safetensors_copy_i64(file, "evaluated.permutation", (uint64_t)inputs, permutation,
                             status) &&
        load_phi(file, "evaluated", &training->evaluated, &training->evaluation_shape, status);
    for (int i = 0; done && i < inputs; i++) {
        if (permutation[i] < 0 || permutation[i] >= inputs || seen[permutation[i]]++)
            done = status_fail(status, STATUS_BAD_DATA,
                               "%s: evaluated.permutation: expected 0 .. %d, each once, found %lld",
                               safetensors_path(file), inputs - 1, (long long)permutation[i]);
        else
            training->permutation[i] = (int)permutation[i];
    }
    for (int i = 0; done && i < inputs; i++)
        for (int n = 0; n < units; n++)
            training->filters[(ptrdiff_t)training->permutation[i] * units + n] =
                (float)training->evaluated.W[1][(ptrdiff_t)i * units + n];
    free(permutation);
    return done;
}

// What the counters and numbers of a training can be.
static bool check_counters(const Safetensors *file, const MetaTraining *training,
                           const int64_t *counters, const double *numbers, Status *status) {
    const double most = 9007199254740992.0; // 2^53
    const double steps = (double)counters[COUNTER_OUTER_STEP];
    const double limits[COUNTERS] = {[COUNTER_OUTER_STEP] = most,
                                     [COUNTER_ADAM_STEP] = steps,
                                     [COUNTER_NON_FINITE] = steps * training->settings.workers,
                                     [COUNTER_HAS_EVALUATED] = 1,
                                     [COUNTER_EVALUATED_STEP] = steps,
                                     [COUNTER_SKIPPED] = steps};
    for (int i = 0; i < COUNTERS; i++)
        if (!checkpoint_check_whole(file, "counters", (double)counters[i], 0, limits[i], status))
            return false;
    return checkpoint_check_amount(file, "numbers: seconds", numbers[NUMBER_SECONDS], status) &&
           checkpoint_check_amount(file, "numbers: factor of the rate", numbers[NUMBER_RATE_FACTOR],
                                   status);
}

static bool load_counters(const Safetensors *file, MetaTraining *training, Status *status) {
    int64_t counters[COUNTERS];
    double numbers[NUMBERS];
    if (!safetensors_copy_i64(file, "counters", COUNTERS, counters, status) ||
        !safetensors_copy_double(file, "numbers", 1, &(int){NUMBERS}, false, numbers, status) ||
        !check_counters(file, training, counters, numbers, status))
        return false;
    training->outer_step = (long)counters[COUNTER_OUTER_STEP];
    training->adam.step = (long)counters[COUNTER_ADAM_STEP];
    training->non_finite = (long)counters[COUNTER_NON_FINITE];
    training->has_evaluated = counters[COUNTER_HAS_EVALUATED] == 1;
    training->evaluated_step = (long)counters[COUNTER_EVALUATED_STEP];
    training->skipped_in_a_row = (long)counters[COUNTER_SKIPPED];
    training->seconds = numbers[NUMBER_SECONDS];
    training->rate_factor = numbers[NUMBER_RATE_FACTOR];
    memcpy(training->raw_pixel_accuracy, numbers + NUMBERS_OF_SETS,
           sizeof training->raw_pixel_accuracy);
    memcpy(training->random_accuracy, numbers + NUMBERS_OF_SETS + SNAPSHOT_HELD_OUT,
           sizeof training->random_accuracy);
    return true;
}

// The metadata must agree with the settings in force.
static bool check_metadata(const Safetensors *file, const MetaTraining *training, Status *status) {
    const char *kind = safetensors_metadata(file, "kind");
    if (!kind || strcmp(kind, "checkpoint") != 0)
        return status_fail(status, STATUS_BAD_DATA, "%s: kind: expected a checkpoint, found %.60s",
                           safetensors_path(file), kind ? kind : "none");
    CommonNumber expected[COMMON];
    common_numbers(training, expected);
    for (int i = 0; i < COMMON; i++) {
        const char *found = safetensors_metadata(file, expected[i].key);
        if (!found || strcmp(found, expected[i].value) != 0)
            return status_fail(
                status, STATUS_BAD_DATA, "%s: %s: expected %s as the settings say, found %.60s",
                safetensors_path(file), expected[i].key, expected[i].value, found ? found : "none");
    }
    return true;
}

bool checkpoint_copy_second_moments(const Safetensors *file, const char *name, size_t count,
                                    double *values, Status *status) {
    if (!safetensors_copy_double(file, name, 1, &(int){(int)count}, true, values, status))
        return false;
    for (size_t i = 0; i < count; i++)
        if (!checkpoint_check_amount(file, name, values[i], status))
            return false;
    return true;
}

// A run whose average was switched on after the checkpoint begins it at the checkpoint's theta.
static bool load_average(const Safetensors *file, MetaTraining *training, Status *status) {
    const int count = (int)training->layout.count;
    if (training->average == training->theta)
        return true;
    if (safetensors_find(file, "average"))
        return safetensors_copy_real(file, "average", 1, &count, true, training->average, status);
    training_begin_average(training);
    return true;
}

// The states to fall back to; a checkpoint of an older version has none, then this one is.
static bool load_fallback(const Safetensors *file, MetaTraining *training, Status *status) {
    bool found;
    if (!fallback_load(&training->fallback, file, training->outer_step, &found, status))
        return false;
    if (!found)
        fallback_begin(&training->fallback, training->theta, &training->adam, training->outer_step,
                       training->rate_factor);
    return true;
}

static bool load_state(const Safetensors *file, MetaTraining *training, Status *status) {
    const ThetaLayout *layout = &training->layout;
    for (int i = 0; i < layout->tensors; i++) {
        const ThetaTensor *tensor = &layout->tensor[i];
        char name[NAME];
        snprintf(name, sizeof name, "theta.%s", tensor->name);
        if (!safetensors_copy_real(file, name, tensor->rank, tensor->shape, true,
                                   training->theta + tensor->offset, status))
            return false;
    }
    const int count = (int)layout->count;
    if (!load_average(file, training, status) ||
        !safetensors_copy_double(file, "adam.first", 1, &count, true, training->adam.first,
                                 status) ||
        !checkpoint_copy_second_moments(file, "adam.second", layout->count, training->adam.second,
                                        status) ||
        !load_counters(file, training, status) || !load_fallback(file, training, status) ||
        !outer_curves_load(file, training, status) ||
        (training->has_evaluated &&
         (!load_evaluated(file, training, status) || !weight_curves_load(training, file, status))))
        return false;
    for (int i = 0; i < training->settings.workers; i++)
        if (!load_worker(file, training, i, status))
            return false;
    const char *parent = safetensors_metadata(file, "parent");
    snprintf(training->parent, sizeof training->parent, "%s", parent ? parent : "");
    rule_set(&training->rule, training->theta);
    return true;
}

bool meta_training_load(MetaTraining *training, const char *path, Status *status) {
    Safetensors *file;
    if (!safetensors_read(&file, path, status))
        return false;
    const bool done =
        check_metadata(file, training, status) && checkpoint_check_names(file, status) &&
        live_settings_load(training, file, status) && load_state(file, training, status);
    safetensors_free(file);
    return done;
}
