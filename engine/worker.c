#include "engine/worker.h"

#include "engine/step_data.h"

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

void worker_state_clear(WorkerState *state) {
    if (state->has_made)
        task_clear(&state->task);
    free(state->phi.block);
    *state = (WorkerState){0};
}

void worker_clear(Worker *worker) {
    for (int i = 0; i < 2; i++)
        worker_state_clear(&worker->state[i]);
    free(worker->gradient);
    *worker = (Worker){0};
}

// Reals of the data of the largest inner step.
static size_t step_values(const UnrollSizes *sizes) {
    return step_data_count(sizes->batch, sizes->shape.sizes[0], sizes->examples, sizes->targets);
}

size_t worker_bytes(const UnrollSizes *sizes, size_t theta_count) {
    return sizeof(Worker) + (theta_count + 2 * phi_count(&sizes->shape)) * sizeof(real);
}

size_t worker_room_bytes(const Rule *rule, const UnrollSizes *sizes) {
    return unroll_bytes(rule, sizes) + phi_count(&sizes->shape) * sizeof(real) +
           (size_t)sizes->steps * (sizeof(StepData) + step_values(sizes) * sizeof(real)) +
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
    room->values = calloc(steps * step_values(sizes), sizeof(real));
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

bool worker_rooms_new(WorkerRoom **made, int count, const Rule *rule, const Kernels *kernels,
                      const UnrollSizes *sizes, Status *status) {
    *made = NULL;
    WorkerRoom *rooms = calloc((size_t)count, sizeof *rooms);
    if (!rooms)
        return status_fail(status, STATUS_FAILURE, "out of memory for the rooms of workers");
    for (int i = 0; i < count; i++) {
        if (!worker_room_init(&rooms[i], rule, kernels, sizes, status)) {
            worker_rooms_free(rooms, count);
            return false;
        }
        touch_pages(rooms[i].values, (size_t)sizes->steps * step_values(sizes) * sizeof(real));
        unroll_touch(rooms[i].unroll);
    }
    *made = rooms;
    return true;
}

void worker_rooms_free(WorkerRoom *rooms, int count) {
    for (int i = 0; rooms && i < count; i++)
        worker_room_clear(&rooms[i]);
    free(rooms);
}

PhiShape task_phi_shape(const Task *task) {
    PhiShape shape = {.layers = task->layers, .activation = task->activation};
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

int worker_draw_truncation(Random *random, int shortest, int longest, int most) {
    const double low = log(shortest), high = log(longest + 1.0);
    const int length = (int)exp(low + (high - low) * random_uniform(random));
    const int bounded = length < longest ? length : longest;
    return bounded < most ? bounded : most;
}

static void draw_data(WorkerRoom *room, const Task *task, Random *random, int batch, int steps) {
    const StepDataRoom drawing = {room->label, room->drawn, room->drawn_b};
    const size_t count = step_data_count(batch, task->inputs, task->classes * task->shots,
                                         task->classes + task->targets);
    for (int k = 0; k < steps; k++)
        room->data[k] =
            step_data_draw(task, random, random, batch, room->values + (size_t)k * count, &drawing);
}

// What a step starts from, in next: the present task and its numbers, or a new one.  phi is put
// into next only if it is new; *fresh tells.
static bool begin_step(WorkerState *next, const WorkerState *present, const TaskSource *source,
                       bool *fresh, Status *status) {
    copy_state(next, present);
    *fresh = !present->has_task || present->inner_step >= present->horizon;
    if (*fresh)
        return begin_task(next, source, status);
    if (!worker_make_task(next, source, status))
        return false;
    const PhiShape shape = task_phi_shape(&next->task);
    phi_place(&next->phi, &shape, next->phi.block);
    return true;
}

bool worker_copy_start(const Worker *worker, const UnrollSizes *sizes, const TaskSource *source,
                       WorkerState *copy, Status *status) {
    const WorkerState *present = worker_state(worker);
    bool fresh;
    *copy = (WorkerState){.loss = present->loss, .accuracy = present->accuracy};
    if (!phi_allocate(&copy->phi, &sizes->shape, status))
        return false;
    if (!begin_step(copy, present, source, &fresh, status)) {
        worker_state_clear(copy);
        return false;
    }
    if (!fresh)
        phi_copy(&copy->phi, &present->phi);
    return true;
}

void worker_step(Worker *worker, WorkerRoom *room, const TaskSource *source, const RuleSizes *sizes,
                 const atomic_bool *stop) {
    const Settings *settings = source->settings;
    const WorkerState *present = worker_state(worker);
    WorkerState *next = worker_next_state(worker);
    worker->stopped = worker->failed = false;
    worker->bad_step = -1;
    bool fresh;
    if (!begin_step(next, present, source, &fresh, &worker->status)) {
        worker->failed = true;
        return;
    }
    const Phi *start = fresh ? &next->phi : &present->phi;

    const Task *task = &next->task;
    const PhiShape shape = task_phi_shape(task);
    const int steps =
        worker_draw_truncation(&next->random, settings->truncation_min, settings->truncation_max,
                               next->horizon - next->inner_step);
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
