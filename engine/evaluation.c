#include "engine/evaluation.h"

#include "engine/transfer/classifier.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { EVALUATION_STREAM = 0x6576616c };

void evaluation_init(Evaluation *evaluation, const Settings *settings, const Dataset *dataset) {
    const int T = settings->evaluate_steps;
    *evaluation = (Evaluation){
        .settings = settings,
        .dataset = dataset,
        .classes = dataset->classes < EVALUATION_CLASSES ? dataset->classes : EVALUATION_CLASSES,
        .marks = {0, T / 4, T / 2, T}};
}

bool evaluation_shape(const Settings *settings, int inputs, PhiShape *shape, Status *status) {
    *shape = (PhiShape){.activation = activation_named(settings->evaluate_activation)};
    shape->sizes[0] = inputs;
    for (const char *text = settings->evaluate_layers; *text;) {
        char *end;
        errno = 0;
        const long units = strtol(text, &end, 10);
        if (end == text || errno || units < 1 || units > 1 << 20 || (*end && *end != ','))
            return status_fail(status, STATUS_USAGE,
                               "evaluate.layers: expected hidden layers such as 64,64, found '%s'",
                               settings->evaluate_layers);
        if (shape->layers + 2 > PHI_LAYERS)
            return status_fail(status, STATUS_USAGE,
                               "evaluate.layers: at most %d hidden layers, found more in '%s'",
                               PHI_LAYERS - 1, settings->evaluate_layers);
        shape->sizes[++shape->layers] = (int)units;
        text = *end ? end + 1 : end;
    }
    shape->sizes[++shape->layers] = settings->embedding;
    return true;
}

// The few-shot problem of one seed, as a task that is not augmented.
static bool make_task(const Evaluation *evaluation, int seed, Task *task, Status *status) {
    Settings settings = *evaluation->settings;
    const double weight = 1;
    settings.augmented = 0;
    settings.classes_min = settings.classes_max = evaluation->classes;
    settings.shots = settings.evaluate_shots;
    memcpy(settings.activation, settings.evaluate_activation, sizeof settings.activation);
    return task_init(task, &settings, evaluation->dataset, &weight, 1,
                     (uint64_t)settings.seed * 1000003 + (uint64_t)seed, status);
}

bool evaluation_draws_init(EvaluationDraws *draws, const Evaluation *evaluation, int seed,
                           Status *status) {
    if (!make_task(evaluation, seed, &draws->task, status))
        return false;
    if (!evaluation_shape(evaluation->settings, draws->task.inputs, &draws->shape, status)) {
        task_clear(&draws->task);
        return false;
    }
    const uint64_t stream = EVALUATION_STREAM + 3 * (uint64_t)seed;
    const uint64_t run_seed = (uint64_t)evaluation->settings->seed;
    draws->initial = random_seeded(run_seed, stream);
    draws->unlabelled = random_seeded(run_seed, stream + 1);
    draws->labelled = random_seeded(run_seed, stream + 2);
    return true;
}

void evaluation_draws_clear(EvaluationDraws *draws) {
    task_clear(&draws->task);
}

// A labelled batch of the task, in the room's memory from `values` on; returns what is free behind
// it.
typedef struct {
    real *x, *y;
    int *drawn;
} Labelled;

static real *place_labelled(const Task *task, real *values, int *drawn, Labelled *labelled) {
    const size_t rows = (size_t)task->classes * (size_t)task->shots;
    *labelled = (Labelled){.x = values, .y = values + rows * (size_t)task->inputs, .drawn = drawn};
    return labelled->y + rows * (size_t)(task->classes + task->targets);
}

static LabelledBatches batches_of(const Task *task, const Labelled *a, const Labelled *b) {
    return (LabelledBatches){.examples = task->classes * task->shots,
                             .classes = task->classes,
                             .targets = task->classes + task->targets,
                             .xa = a->x,
                             .ya = a->y,
                             .xb = b->x,
                             .yb = b->y};
}

// How many batches b make up the test examples.
static int test_batches(const Evaluation *evaluation, const Task *task) {
    const int rows = task->classes * task->shots;
    const int batches = evaluation->settings->evaluate_examples / rows;
    return batches > 0 ? batches : 1;
}

// Where the inner loop stands: one seed of one evaluation.
typedef struct {
    const Evaluation *evaluation;
    WorkerRoom *room;
    const Task *task;
    PhiShape shape;
    Random unlabelled, labelled;
    double rate;
    const atomic_bool *stop;
} Loop;

// Mean accuracy over batches b that share no example with a.
static double few_shot_accuracy(const Loop *loop) {
    WorkerRoom *room = loop->room;
    Random random = loop->labelled;
    Labelled a, b;
    real *rest = place_labelled(loop->task, room->values, room->drawn, &a);
    place_labelled(loop->task, rest, room->drawn_b, &b);
    task_labelled_batch(loop->task, &random, a.x, a.y, room->label, a.drawn, NULL);
    const int count = test_batches(loop->evaluation, loop->task);
    double sum = 0;
    for (int i = 0; i < count; i++) {
        task_labelled_batch(loop->task, &random, b.x, b.y, room->label, b.drawn, a.drawn);
        const LabelledBatches batches = batches_of(loop->task, &a, &b);
        sum += unroll_evaluate(room->unroll, &loop->shape, &room->phi, &batches).accuracy;
    }
    return sum / count;
}

// Inner steps without evaluation, as many at a time as the unroll holds.  False if stopped.
static bool inner_steps(Loop *loop, int steps) {
    WorkerRoom *room = loop->room;
    const int B = loop->evaluation->settings->batch;
    const size_t x = (size_t)B * (size_t)loop->task->inputs;
    while (steps > 0) {
        const int chunk = steps < room->sizes.steps ? steps : room->sizes.steps;
        for (int k = 0; k < chunk; k++) {
            room->data[k] = (StepData){.x = room->values + (size_t)k * x};
            task_unlabelled_batch(loop->task, &loop->unlabelled, B, room->values + (size_t)k * x);
        }
        const UnrollTask unroll = {.shape = &loop->shape,
                                   .batch = B,
                                   .steps = chunk,
                                   .examples = loop->task->classes * loop->task->shots,
                                   .classes = loop->task->classes,
                                   .targets = loop->task->classes,
                                   .rate = loop->rate,
                                   .phi = &room->phi,
                                   .data = room->data,
                                   .stop = loop->stop};
        UnrollResult result = {.last = &room->phi};
        unroll_run(room->unroll, &unroll, &result);
        if (result.stopped)
            return false;
        steps -= chunk;
    }
    return true;
}

static void begin(Loop *loop, const Evaluation *evaluation, const EvaluationDraws *draws,
                  WorkerRoom *room) {
    *loop = (Loop){.evaluation = evaluation,
                   .room = room,
                   .task = &draws->task,
                   .shape = draws->shape,
                   .unlabelled = draws->unlabelled,
                   .labelled = draws->labelled};
    Random initial = draws->initial;
    phi_place(&room->phi, &loop->shape, room->phi.block);
    phi_initialise(&room->phi, &loop->shape, &initial);
}

bool evaluation_run(const Evaluation *evaluation, int seed, double inner_rate, WorkerRoom *room,
                    const atomic_bool *stop, EvaluationResult *result, Status *status) {
    EvaluationDraws draws;
    Loop loop;
    if (!evaluation_draws_init(&draws, evaluation, seed, status))
        return false;
    begin(&loop, evaluation, &draws, room);
    loop.rate = inner_rate;
    loop.stop = stop;
    result->stopped = false;
    for (int mark = 0, done = 0; mark < SNAPSHOT_MARKS && !result->stopped; mark++) {
        result->stopped = !inner_steps(&loop, evaluation->marks[mark] - done);
        done = evaluation->marks[mark];
        result->accuracy[mark] = result->stopped ? NAN : few_shot_accuracy(&loop);
    }
    if (result->last)
        phi_copy(result->last, &room->phi);
    if (result->permutation)
        memcpy(result->permutation, draws.task.permutation,
               (size_t)draws.task.inputs * sizeof(int));
    evaluation_draws_clear(&draws);
    return true;
}

// ---- raw pixels ----

// Labelled examples as a classifier wants them.
typedef struct {
    real *x;     // [examples, inputs]
    int *label;  // [examples]
    int *chosen; // [examples] what a classifier says
} Pixels;

static void pixels_clear(Pixels *pixels) {
    free(pixels->x);
    free(pixels->label);
    free(pixels->chosen);
}

static bool pixels_init(Pixels *pixels, int examples, int inputs, Status *status) {
    const size_t rows = (size_t)examples;
    *pixels = (Pixels){.x = calloc(rows * (size_t)inputs, sizeof(real)),
                       .label = calloc(rows, sizeof(int)),
                       .chosen = calloc(rows, sizeof(int))};
    if (pixels->x && pixels->label && pixels->chosen)
        return true;
    pixels_clear(pixels);
    return status_fail(status, STATUS_FAILURE, "no memory for %d examples of %d pixels", examples,
                       inputs);
}

// Draws the labelled batch a, and after it every batch b of the test.
static void pixels_draw(Pixels *pixels, const Loop *loop, int batches) {
    const Task *task = loop->task;
    const int rows = task->classes * task->shots;
    WorkerRoom *room = loop->room;
    Random random = loop->labelled;
    Labelled batch;
    place_labelled(task, room->values, room->drawn, &batch);
    for (int i = 0; i <= batches; i++) {
        int *label = pixels->label + (ptrdiff_t)i * rows;
        task_labelled_batch(task, &random, pixels->x + (ptrdiff_t)i * rows * task->inputs, batch.y,
                            label, i == 0 ? room->drawn : room->drawn_b,
                            i == 0 ? NULL : room->drawn);
    }
}

static bool pixels_accuracy(const Pixels *pixels, const Task *task, int batches, double *accuracy,
                            Status *status) {
    const int rows = task->classes * task->shots;
    const FewShot a = {rows, task->inputs, task->classes, pixels->x, pixels->label};
    if (!classifier_predict(CLASSIFIER_RIDGE, STRENGTH_CHOSEN, &a,
                            pixels->x + (ptrdiff_t)rows * task->inputs, batches * rows,
                            pixels->chosen, status)) {
        if (status->code != STATUS_DIVERGED)
            return false;
        // A regression without a solution is a result like another: the training goes on.
        status_clear(status);
        *accuracy = NAN;
        return true;
    }
    int right = 0;
    for (int i = 0; i < batches * rows; i++)
        right += pixels->chosen[i] == pixels->label[rows + i];
    *accuracy = (double)right / (batches * rows);
    return true;
}

bool evaluation_raw_pixels(const Evaluation *evaluation, int seed, WorkerRoom *room,
                           double *accuracy, Status *status) {
    EvaluationDraws draws;
    Loop loop;
    if (!evaluation_draws_init(&draws, evaluation, seed, status))
        return false;
    begin(&loop, evaluation, &draws, room);
    const Task *task = loop.task;
    const int batches = test_batches(evaluation, task);
    Pixels pixels;
    bool done =
        pixels_init(&pixels, (1 + batches) * task->classes * task->shots, task->inputs, status);
    if (done) {
        pixels_draw(&pixels, &loop, batches);
        done = pixels_accuracy(&pixels, task, batches, accuracy, status);
        pixels_clear(&pixels);
    }
    evaluation_draws_clear(&draws);
    return done;
}
