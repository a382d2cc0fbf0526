// A worker of meta-training (spec 5): a task, a base model somewhere in its inner loop, and its own
// random numbers.  One step of a worker is one truncation: so many inner steps, and the gradient of
// their meta-loss with respect to theta.
//
// A worker has two states, the present one and the one that a step makes of it; only worker_commit
// lets the second take the place of the first, so an interrupted step leaves no trace.
#ifndef ENGINE_WORKER_H
#define ENGINE_WORKER_H

#include "engine/task.h"
#include "engine/unroll.h"

typedef struct {
    Random random;      // of tasks, phi_0 and data
    uint64_t task_seed; // the task follows from it
    bool has_task;
    int inner_step;     // done with this task
    int horizon;        // of this task
    Task task;          // made from task_seed when it is first needed
    uint64_t made_seed; // the seed that `task` was made from, if has_made
    bool has_made;
    Phi phi; // owned block
    // Of the unroll that led here; NaN before the first.
    int truncation;
    double loss, accuracy;
} WorkerState;

typedef struct {
    WorkerState state[2];
    int present;
    // Of the last step:
    real *gradient;    // [theta count]; owned
    double operations; // arithmetic done, as unroll_step_operations counts
    bool stopped;      // interrupted: no result
    bool failed;       // no task could be made: why is in `status`
    Status status;
    int bad_step; // inner step of the task with the first non-finite number, or -1
    char bad_place[UNROLL_PLACE];
} Worker;

// What a thread needs to run steps of any worker: an unroll and room for the data of its steps.
typedef struct {
    Unroll *unroll;
    UnrollSizes sizes;
    StepData *data; // [steps] pointing into `values`
    real *values;
    int *label, *drawn, *drawn_b; // [examples] of the labelled batches
    Phi phi;                      // for evaluations; owned block
} WorkerRoom;

bool worker_init(Worker *worker, const UnrollSizes *sizes, size_t theta_count, uint64_t seed,
                 int index, Status *status);
void worker_clear(Worker *worker);

bool worker_room_init(WorkerRoom *room, const Rule *rule, const Kernels *kernels,
                      const UnrollSizes *sizes, Status *status);
void worker_room_clear(WorkerRoom *room);

// Rooms of the same sizes for `count` threads of a training, resident from now on; free with
// worker_rooms_free, which takes NULL.
bool worker_rooms_new(WorkerRoom **rooms, int count, const Rule *rule, const Kernels *kernels,
                      const UnrollSizes *sizes, Status *status);
void worker_rooms_free(WorkerRoom *rooms, int count);

size_t worker_room_bytes(const Rule *rule, const UnrollSizes *sizes);
size_t worker_bytes(const UnrollSizes *sizes, size_t theta_count);

static inline const WorkerState *worker_state(const Worker *worker) {
    return &worker->state[worker->present];
}
static inline WorkerState *worker_next_state(Worker *worker) {
    return &worker->state[!worker->present];
}

// Makes the task of a state (from its seed), if it is not there yet.
bool worker_make_task(WorkerState *state, const TaskSource *source, Status *status);

// A copy of where the next step of a worker will start, before it draws anything: of the present
// state, or of a new task where that has come to its end.  Stepping the copy gives what the worker
// will give, bit for bit.  Only while no step is running.  worker_state_clear gives it back.
bool worker_copy_start(const Worker *worker, const UnrollSizes *sizes, const TaskSource *source,
                       WorkerState *copy, Status *status);
void worker_state_clear(WorkerState *state);

// The length of a truncation: log-uniform in shortest .. longest, but not above most.
int worker_draw_truncation(Random *random, int shortest, int longest, int most);

// One truncation from the present state; the gradient in worker, the new state beside the old one.
void worker_step(Worker *worker, WorkerRoom *room, const TaskSource *source, const RuleSizes *sizes,
                 const atomic_bool *stop);

// The new state takes the place of the old one; if the step met a non-finite number, with a new
// task.
void worker_commit(Worker *worker);

// The base model of a task.
PhiShape task_phi_shape(const Task *task);

#endif
