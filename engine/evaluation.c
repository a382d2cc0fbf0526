#include "engine/evaluation.h"

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
    *shape = (PhiShape){.activation = ACTIVATION_RELU};
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

// The two batches of a regression on raw pixels.
typedef struct {
    const Task *task;
    Ridge ridge;
} Pixels;

static int label_of(const real *y, int classes) {
    int label = 0;
    while (label < classes - 1 && !(y[label] > 0))
        label++;
    return label;
}

// Puts row `from` of a batch into row `to` of the regression.
static void pixels_set(Pixels *pixels, int to, const Labelled *batch, int from) {
    const int inputs = pixels->task->inputs, classes = pixels->task->classes;
    for (int i = 0; i < inputs; i++)
        pixels->ridge.A[(ptrdiff_t)to * (inputs + 1) + i] =
            (double)batch->x[(ptrdiff_t)from * inputs + i];
    for (int c = 0; c < classes; c++)
        pixels->ridge.y[(ptrdiff_t)to * classes + c] =
            (double)batch->y[(ptrdiff_t)from * classes + c] - 1.0 / classes;
}

// The score of every class for one row of a batch.
static void pixels_scores(const Pixels *pixels, const Labelled *batch, int row, double *scores) {
    const int inputs = pixels->task->inputs, classes = pixels->task->classes;
    for (int c = 0; c < classes; c++) {
        scores[c] = pixels->ridge.w[(ptrdiff_t)inputs * classes + c];
        for (int i = 0; i < inputs; i++)
            scores[c] += (double)batch->x[(ptrdiff_t)row * inputs + i] *
                         pixels->ridge.w[(ptrdiff_t)i * classes + c];
    }
}

static bool pixels_right(const Pixels *pixels, const Labelled *batch, int row) {
    const int classes = pixels->task->classes;
    double scores[TASK_CLASSES];
    int best = 0;
    pixels_scores(pixels, batch, row, scores);
    for (int c = 1; c < classes; c++)
        if (scores[c] > scores[best])
            best = c;
    return best == label_of(batch->y + (ptrdiff_t)row * classes, classes);
}

static double pixels_error(const Pixels *pixels, const Labelled *batch, int row) {
    const int classes = pixels->task->classes;
    double scores[TASK_CLASSES], error = 0;
    pixels_scores(pixels, batch, row, scores);
    for (int c = 0; c < classes; c++) {
        const double apart =
            scores[c] - ((double)batch->y[(ptrdiff_t)row * classes + c] - 1.0 / classes);
        error += apart * apart;
    }
    return error;
}

// The fold of a row: its rank within its class, so that every fold holds every class.
static int fold_of(const Pixels *pixels, const Labelled *a, int row, int folds) {
    const int classes = pixels->task->classes;
    const int label = label_of(a->y + (ptrdiff_t)row * classes, classes);
    int rank = 0;
    for (int i = 0; i < row; i++)
        rank += label_of(a->y + (ptrdiff_t)i * classes, classes) == label;
    return rank % folds;
}

// Rows of a outside fold `left_out` (all rows if it is negative) make the regression.
static bool pixels_solve(Pixels *pixels, const Labelled *a, int rows, int folds, int left_out,
                         double strength) {
    int taken = 0;
    for (int i = 0; i < rows; i++)
        if (left_out < 0 || fold_of(pixels, a, i, folds) != left_out)
            pixels_set(pixels, taken++, a, i);
    pixels->ridge.examples = taken;
    return ridge_solve(&pixels->ridge, strength);
}

// The strength of least squared error over folds of the labelled examples.
static double best_strength(Pixels *pixels, const Labelled *a, int rows) {
    static const double strengths[] = {0.1, 0.3, 1, 3, 10, 30, 100, 300};
    const int shots = pixels->task->shots, folds = shots < 10 ? shots : 10;
    double best = 3, least = INFINITY; // one example of each class leaves nothing to choose by
    for (size_t s = 0; folds > 1 && s < sizeof strengths / sizeof strengths[0]; s++) {
        double error = 0;
        for (int fold = 0; fold < folds; fold++) {
            if (!pixels_solve(pixels, a, rows, folds, fold, strengths[s]))
                return best;
            for (int i = 0; i < rows; i++)
                if (fold_of(pixels, a, i, folds) == fold)
                    error += pixels_error(pixels, a, i);
        }
        if (error < least) {
            least = error;
            best = strengths[s];
        }
    }
    return best;
}

bool evaluation_raw_pixels(const Evaluation *evaluation, int seed, WorkerRoom *room,
                           double *accuracy, Status *status) {
    EvaluationDraws draws;
    Loop loop;
    if (!evaluation_draws_init(&draws, evaluation, seed, status))
        return false;
    begin(&loop, evaluation, &draws, room);
    const Task *task = loop.task;
    const int rows = task->classes * task->shots;
    Pixels pixels = {.task = task};
    if (!ridge_init(&pixels.ridge, rows, task->inputs, task->classes, status)) {
        evaluation_draws_clear(&draws);
        return false;
    }
    Random random = loop.labelled;
    Labelled a, b;
    real *rest = place_labelled(task, room->values, room->drawn, &a);
    place_labelled(task, rest, room->drawn_b, &b);
    task_labelled_batch(task, &random, a.x, a.y, room->label, a.drawn, NULL);
    *accuracy = NAN;
    if (pixels_solve(&pixels, &a, rows, 1, -1, best_strength(&pixels, &a, rows))) {
        const int count = test_batches(evaluation, task);
        int right = 0;
        for (int i = 0; i < count; i++) {
            task_labelled_batch(task, &random, b.x, b.y, room->label, b.drawn, a.drawn);
            for (int row = 0; row < rows; row++)
                right += pixels_right(&pixels, &b, row);
        }
        *accuracy = (double)right / (count * rows);
    }
    ridge_clear(&pixels.ridge);
    evaluation_draws_clear(&draws);
    return true;
}
