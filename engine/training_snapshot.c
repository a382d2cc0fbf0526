// Makes the picture of a running training (snapshot.h).
#include "engine/histogram.h"
#include "engine/training_state.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const double pace_seconds = 10;

void pace_note(Pace *pace, double begun, double ended, long inner_steps, double operations) {
    // A step is dropped from the other end once the rest spans long enough.
    if (pace->count == 0)
        pace->begun = begun;
    while (pace->count == PACE_POINTS || (pace->count > 1 && ended - pace->begun > pace_seconds)) {
        const int oldest = (pace->newest - pace->count + 1 + 2 * PACE_POINTS) % PACE_POINTS;
        pace->begun = pace->seconds[oldest];
        pace->count--;
    }
    pace->newest = (pace->newest + 1) % PACE_POINTS;
    pace->count++;
    pace->seconds[pace->newest] = ended;
    pace->inner_steps[pace->newest] = inner_steps;
    pace->operations[pace->newest] = operations;
}

static void show_pace(const Pace *pace, Snapshot *snapshot) {
    snapshot->outer_steps_per_second = snapshot->inner_steps_per_second = snapshot->gflops = NAN;
    if (pace->count == 0)
        return;
    long inner_steps = 0;
    double operations = 0;
    for (int i = 0; i < pace->count; i++) {
        const int at = (pace->newest - i + PACE_POINTS) % PACE_POINTS;
        inner_steps += pace->inner_steps[at];
        operations += pace->operations[at];
    }
    const double seconds = pace->seconds[pace->newest] - pace->begun;
    snapshot->outer_steps_per_second = pace->count / seconds;
    snapshot->inner_steps_per_second = (double)inner_steps / seconds;
    snapshot->gflops = operations / seconds / 1e9;
}

static void show_workers(const MetaTraining *training, Snapshot *snapshot) {
    const int workers = training->settings.workers;
    snapshot->worker_count = workers < SNAPSHOT_WORKERS ? workers : SNAPSHOT_WORKERS;
    for (int i = 0; i < snapshot->worker_count; i++) {
        const Worker *worker = &training->worker[i];
        const WorkerState *state = worker_state(worker);
        WorkerView *view = &snapshot->workers[i];
        view->phase = state->has_task ? WORKER_UNROLLING : WORKER_IDLE;
        view->meta_loss = state->loss;
        view->accuracy = state->accuracy;
        if (!state->has_made)
            continue;
        memcpy(view->task, state->task.name, sizeof view->task);
        memcpy(view->architecture, state->task.architecture, sizeof view->architecture);
        view->inner_step = state->inner_step;
        view->horizon = state->horizon;
        view->truncation = state->truncation;
    }
}

// Groups of theta by the first parts of their names: "top", "h.unit0", "readout" ...
static size_t group_length(const char *name) {
    const char *dot = strchr(name, '.');
    if (strncmp(name, "h.", 2) == 0)
        dot = strchr(dot + 1, '.');
    return (size_t)(dot - name);
}

int training_histograms(const MetaTraining *training, HistogramView *views) {
    const ThetaLayout *layout = &training->layout;
    int count = 0;
    for (int i = 0; i < layout->tensors && count < SNAPSHOT_HISTOGRAMS;) {
        const ThetaTensor *first = &layout->tensor[i];
        const size_t length = group_length(first->name);
        size_t values = 0;
        for (; i < layout->tensors && group_length(layout->tensor[i].name) == length &&
               strncmp(layout->tensor[i].name, first->name, length) == 0;
             i++)
            values += layout->tensor[i].count;
        char name[40];
        snprintf(name, sizeof name, "theta %.*s", (int)length, first->name);
        histogram_fill(&views[count++], name, training->theta + first->offset, values);
    }
    const PhiShape *shape = &training->evaluation_shape;
    for (int i = 0; training->has_evaluated && i < phi_tensor_count(shape); i++) {
        if (count == SNAPSHOT_HISTOGRAMS)
            break;
        const PhiTensor tensor = phi_tensor(&training->evaluated, shape, i);
        char name[40];
        snprintf(name, sizeof name, "phi %s", tensor.name);
        histogram_fill(&views[count++], name, tensor.values, tensor.count);
    }
    return count;
}

static void show_held_out(const MetaTraining *training, Snapshot *snapshot) {
    const MetaTrainingInputs *inputs = &training->inputs;
    snapshot->held_out_count = inputs->held_out_count;
    snapshot->held_out_is_fallback = inputs->held_out_is_fallback;
    for (int i = 0; i < SNAPSHOT_HELD_OUT; i++) {
        snapshot->raw_pixel_accuracy[i] = training->raw_pixel_accuracy[i];
        snapshot->random_accuracy[i] = training->random_accuracy[i];
        if (i >= inputs->held_out_count)
            continue;
        const TaskInput input = task_input(&training->settings, &inputs->held_out[i]);
        snprintf(snapshot->held_out[i], sizeof snapshot->held_out[i], "%.30s %dx%d",
                 inputs->held_out[i].name, input.height, input.width);
    }
    const int T = training->settings.evaluate_steps;
    const int marks[SNAPSHOT_MARKS] = {0, T / 4, T / 2, T};
    memcpy(snapshot->marks, marks, sizeof marks);
    if (!training->has_evaluated)
        return;
    const TaskInput input = task_input(&training->settings, &inputs->held_out[0]);
    FiltersView *filters = &snapshot->filters;
    *filters = (FiltersView){.height = input.height,
                             .width = input.width,
                             .channels = input.channels,
                             .units = training->evaluation_shape.sizes[1],
                             .weights = training->filters};
    snprintf(filters->caption, sizeof filters->caption,
             "%.48s, %d units, after %d inner steps, outer step %ld", snapshot->held_out[0],
             filters->units, T, training->evaluated_step);
}

void meta_training_publish(MetaTraining *training, EngineState state) {
    if (!training->inputs.board)
        return;
    Snapshot snapshot = {.state = state,
                         .seed = (uint64_t)training->settings.seed,
                         .threads = training_threads(&training->settings),
                         .outer_step = training->outer_step,
                         .outer_step_goal = (long)training->settings.outer_steps,
                         .seconds = training->seconds,
                         .non_finite = training->non_finite,
                         .history = training->history,
                         .outer_count = history_outer_count(training->history),
                         .evaluation_count = history_evaluation_count(training->history),
                         .weight_count = history_weight_count(training->history),
                         .log_count = training->log_count};
    memcpy(snapshot.run, training->inputs.run, sizeof snapshot.run);
    memcpy(snapshot.preset, training->inputs.preset, sizeof snapshot.preset);
    snprintf(snapshot.kernels, sizeof snapshot.kernels, "%s", training->kernels->name);
    memcpy(snapshot.log, training->log, sizeof snapshot.log);
    show_pace(&training->pace, &snapshot);
    show_workers(training, &snapshot);
    snapshot.histogram_count = training_histograms(training, snapshot.histograms);
    show_held_out(training, &snapshot);
    snapshot_board_publish(training->inputs.board, &snapshot);
}
