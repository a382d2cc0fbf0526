#include "engine/worker.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WORKER_STREAM = 0x776f726b };

static bool phi_allocate(Phi *phi, const PhiShape *shape, Status *status) {
    real *block = aligned_alloc(ALIGNMENT, phi_count(shape) * sizeof(real));
    if (!block)
        return status_fail(status, STATUS_FAILURE, "out of memory for a base model");
    phi_place(phi, shape, block);
    phi_zero(phi);
    return true;
}

bool worker_init(Worker *worker, const UnrollSizes *sizes, size_t theta_count, uint64_t seed,
                 int index, Status *status) {
    *worker = (Worker){.bad_step = -1};
    worker->gradient = calloc(theta_count, sizeof(real));
    if (!worker->gradient)
        return status_fail(status, STATUS_FAILURE, "out of memory for a worker");
    worker->state[0].loss = worker->state[0].accuracy = NAN;
    worker->state[0].random = random_seeded(seed, WORKER_STREAM + (uint64_t)index);
    return phi_allocate(&worker->state[0].phi, &sizes->shape, status) &&
           phi_allocate(&worker->state[1].phi, &sizes->shape, status);
}

void worker_clear(Worker *worker) {
    for (int i = 0; i < 2; i++) {
        if (worker->state[i].has_made)
            task_clear(&worker->state[i].task);
        free(worker->state[i].phi.block);
    }
    free(worker->gradient);
    *worker = (Worker){0};
}

// Reals of the data of one inner step: x, xa, ya, xb, yb.
static size_t step_data_count(const UnrollSizes *sizes) {
    const size_t inputs = (size_t)sizes->shape.sizes[0], K = (size_t)sizes->examples;
    return (size_t)sizes->batch * inputs + 2 * K * (inputs + (size_t)sizes->targets);
}

size_t worker_bytes(const UnrollSizes *sizes, size_t theta_count) {
    return sizeof(Worker) + (theta_count + 2 * phi_count(&sizes->shape)) * sizeof(real);
}

size_t worker_room_bytes(const Rule *rule, const UnrollSizes *sizes) {
    return unroll_bytes(rule, sizes) + phi_count(&sizes->shape) * sizeof(real) +
           (size_t)sizes->steps * (sizeof(StepData) + step_data_count(sizes) * sizeof(real)) +
           3 * (size_t)sizes->examples * sizeof(int);
}

bool worker_room_init(WorkerRoom *room, const Rule *rule, const Kernels *kernels,
                      const UnrollSizes *sizes, Status *status) {
    *room = (WorkerRoom){.sizes = *sizes};
    if (!unroll_new(&room->unroll, rule, kernels, sizes, status) ||
        !phi_allocate(&room->phi, &sizes->shape, status))
        return false;
    const size_t steps = (size_t)sizes->steps;
    room->data = calloc(steps, sizeof *room->data);
    room->values = calloc(steps * step_data_count(sizes), sizeof(real));
    room->label = calloc((size_t)sizes->examples, sizeof(int));
    room->drawn = calloc((size_t)sizes->examples, sizeof(int));
    room->drawn_b = calloc((size_t)sizes->examples, sizeof(int));
    if (!room->data || !room->values || !room->label || !room->drawn || !room->drawn_b)
        return status_fail(status, STATUS_FAILURE, "out of memory for the data of an unroll");
    return true;
}

void worker_room_clear(WorkerRoom *room) {
    unroll_free(room->unroll);
    free(room->phi.block);
    free(room->data);
    free(room->values);
    free(room->label);
    free(room->drawn);
    free(room->drawn_b);
    *room = (WorkerRoom){0};
}

PhiShape task_phi_shape(const Task *task) {
    PhiShape shape = {.layers = task->layers, .activation = ACTIVATION_RELU};
    memcpy(shape.sizes, task->sizes, sizeof shape.sizes);
    return shape;
}

bool worker_make_task(WorkerState *state, const TaskSource *source, Status *status) {
    if (state->has_made && state->made_seed == state->task_seed)
        return true;
    if (state->has_made)
        task_clear(&state->task);
    state->has_made = task_init(&state->task, source->settings, source->sources, source->weights,
                                source->source_count, state->task_seed, status);
    state->made_seed = state->task_seed;
    return state->has_made;
}

// next = the present state; its task is copied by its seed.
static void copy_state(WorkerState *next, const WorkerState *present) {
    next->random = present->random;
    next->task_seed = present->task_seed;
    next->has_task = present->has_task;
    next->inner_step = present->inner_step;
    next->horizon = present->horizon;
}

// A new task with a new phi_0.  The first task of a worker ends early, at random, so that the
// workers are at different points of their inner loops from the start.
static bool begin_task(WorkerState *state, const TaskSource *source, Status *status) {
    const bool first = !state->has_task;
    state->task_seed = random_bits(&state->random);
    if (!worker_make_task(state, source, status))
        return false;
    state->has_task = true;
    state->inner_step = 0;
    state->horizon = state->task.horizon;
    if (first)
        state->horizon = random_between(&state->random, 1, state->horizon);
    const PhiShape shape = task_phi_shape(&state->task);
    phi_place(&state->phi, &shape, state->phi.block);
    phi_initialise(&state->phi, &shape, &state->random);
    return true;
}

static int draw_truncation(Random *random, const Settings *settings, int most) {
    const double low = log(settings->truncation_min), high = log(settings->truncation_max + 1.0);
    const int length = (int)exp(low + (high - low) * random_uniform(random));
    const int bounded = length < settings->truncation_max ? length : settings->truncation_max;
    return bounded < most ? bounded : most;
}

static void draw_data(WorkerRoom *room, const Task *task, Random *random, int batch, int steps) {
    const int examples = task->classes * task->shots, columns = task->classes + task->targets;
    const size_t inputs = (size_t)task->inputs;
    real *next = room->values;
    for (int k = 0; k < steps; k++) {
        real *x = next, *xa = x + (size_t)batch * inputs;
        real *xb = xa + (size_t)examples * inputs, *ya = xb + (size_t)examples * inputs;
        real *yb = ya + (size_t)examples * (size_t)columns;
        next = yb + (size_t)examples * (size_t)columns;
        task_unlabelled_batch(task, random, batch, x);
        task_labelled_batch(task, random, xa, ya, room->label, room->drawn, NULL);
        task_labelled_batch(task, random, xb, yb, room->label, room->drawn_b, room->drawn);
        room->data[k] = (StepData){.x = x,
                                   .labelled = {.examples = examples,
                                                .classes = task->classes,
                                                .targets = columns,
                                                .xa = xa,
                                                .ya = ya,
                                                .xb = xb,
                                                .yb = yb}};
    }
}

void worker_step(Worker *worker, WorkerRoom *room, const TaskSource *source, const RuleSizes *sizes,
                 const atomic_bool *stop) {
    const Settings *settings = source->settings;
    const WorkerState *present = worker_state(worker);
    WorkerState *next = worker_next_state(worker);
    worker->stopped = worker->failed = false;
    worker->bad_step = -1;
    copy_state(next, present);
    const bool fresh = !present->has_task || present->inner_step >= present->horizon;
    if (fresh ? !begin_task(next, source, &worker->status)
              : !worker_make_task(next, source, &worker->status)) {
        worker->failed = true;
        return;
    }
    const PhiShape shape = task_phi_shape(&next->task);
    if (!fresh)
        phi_place(&next->phi, &shape, next->phi.block);
    const Phi *start = fresh ? &next->phi : &present->phi;

    const Task *task = &next->task;
    const int steps = draw_truncation(&next->random, settings, next->horizon - next->inner_step);
    draw_data(room, task, &next->random, settings->batch, steps);
    const UnrollTask unroll = {.shape = &shape,
                               .batch = settings->batch,
                               .steps = steps,
                               .examples = task->classes * task->shots,
                               .classes = task->classes,
                               .targets = task->classes + task->targets,
                               .rate = settings->inner_rate,
                               .phi = start,
                               .data = room->data,
                               .stop = stop};
    UnrollResult result = {.last = &next->phi, .dtheta = worker->gradient};
    unroll_run(room->unroll, &unroll, &result);
    worker->stopped = result.stopped;
    worker->operations =
        steps * unroll_step_operations(sizes, &shape, settings->batch, unroll.examples);
    if (result.bad_step >= 0) {
        worker->bad_step = next->inner_step + result.bad_step;
        memcpy(worker->bad_place, result.bad_place, sizeof worker->bad_place);
    }
    next->inner_step += steps;
    next->truncation = steps;
    next->loss = result.loss;
    next->accuracy = result.accuracy;
}

void worker_commit(Worker *worker) {
    worker->present = !worker->present;
    WorkerState *state = &worker->state[worker->present];
    if (worker->bad_step >= 0)
        state->horizon = state->inner_step; // nothing of this inner loop is worth going on with
}
