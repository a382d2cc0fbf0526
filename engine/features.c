#include "engine/features.h"

#include "engine/blas.h"
#include "engine/evaluation.h"
#include "engine/files/shown_text.h"
#include "engine/rule_file.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// Inner steps whose data are drawn together.
enum { STEPS_AT_ONCE = 4 };

static_assert((int)FEATURES_CLASSES == (int)EVALUATION_CLASSES,
              "all classes of an evaluation are shown");

// Everything that a computation needs besides its result.
typedef struct {
    Settings settings; // the plan's, of the rule's embedding
    Evaluation evaluation;
    EvaluationDraws draws;
    Rule *rule;
    WorkerRoom room;
    Phi phi[2]; // before and now; owned blocks
    Features *features;
    Arena arena; // of the batch
} Job;

static size_t inputs_of(const Job *job) {
    return (size_t)job->draws.shape.sizes[0];
}

// ---- memory ----

static int smallest_class(const Task *task) {
    int smallest = task->dataset->count;
    for (int c = 0; c < task->classes; c++) {
        const int32_t *start = task->dataset->class_start + task->class_of[c];
        smallest = start[1] - start[0] < smallest ? start[1] - start[0] : smallest;
    }
    return smallest;
}

static float *take(float **rest, size_t count) {
    float *taken = *rest;
    *rest += count;
    return taken;
}

static size_t float_count(const Features *features) {
    const PhiShape *shape = &features->shape;
    size_t count = (size_t)FEATURES_WEIGHTS * FEATURES_WHEN * (size_t)shape->sizes[0] *
                   (size_t)shape->sizes[1];
    for (int l = 0; l <= shape->layers; l++)
        count += 2 * (size_t)shape->sizes[l] * (size_t)features->examples;
    return count;
}

static void place_floats(Features *features) {
    const PhiShape *shape = &features->shape;
    float *rest = features->values;
    for (int weight = 0; weight < FEATURES_WEIGHTS; weight++)
        for (int when = 0; when < FEATURES_WHEN; when++)
            features->weight[weight][when] =
                take(&rest, (size_t)shape->sizes[0] * (size_t)shape->sizes[1]);
    for (int when = 0; when < 2; when++)
        for (int l = 0; l <= shape->layers; l++)
            features->x[when][l] =
                take(&rest, (size_t)shape->sizes[l] * (size_t)features->examples);
}

static void name_things(Features *features, const FeaturesPlan *plan, const Task *task) {
    snprintf(features->source, sizeof features->source, "%s", plan->source ? plan->source : "");
    features->outer_step = plan->outer_step;
    features->seed = (uint64_t)plan->settings->seed;
    snprintf(features->data, sizeof features->data, "%s", task->dataset->name);
    // In the order of the data set: the task's own is random.
    for (int c = 0; c < task->classes; c++) {
        int place = c;
        for (; place > 0 && features->class_of[place - 1] > task->class_of[c]; place--)
            features->class_of[place] = features->class_of[place - 1];
        features->class_of[place] = task->class_of[c];
    }
    for (int c = 0; c < task->classes; c++) {
        DatasetClassName number;
        shown_text_cut(dataset_class_name(task->dataset, features->class_of[c], number),
                       features->class_name[c], FEATURES_CLASS_NAME);
    }
}

static bool allocate_features(Job *job, const FeaturesPlan *plan, Status *status) {
    const Task *task = &job->draws.task;
    Features *features = calloc(1, sizeof *features);
    job->features = features;
    if (!features)
        return status_fail(status, STATUS_FAILURE, "out of memory for features");
    const int most = smallest_class(task), wanted = plan->examples / task->classes;
    *features = (Features){.height = task->input.height,
                           .width = task->input.width,
                           .channels = task->input.channels,
                           .shape = job->draws.shape,
                           .inner_steps = job->settings.evaluate_steps,
                           .classes = task->classes,
                           .per_class = wanted > most ? most
                                        : wanted > 1  ? wanted
                                                      : 1};
    name_things(features, plan, task);
    features->examples = features->classes * features->per_class;
    features->label = calloc((size_t)features->examples, sizeof(int));
    features->example = calloc((size_t)features->examples, sizeof(int));
    features->values = calloc(float_count(features), sizeof(float));
    if (!features->label || !features->example || !features->values)
        return status_fail(status, STATUS_FAILURE, "out of memory for features");
    place_floats(features);
    return true;
}

static bool allocate_phi(Job *job, Status *status) {
    for (int when = 0; when < 2; when++) {
        real *block = aligned_alloc(ALIGNMENT, phi_count(&job->draws.shape) * sizeof(real));
        if (!block)
            return status_fail(status, STATUS_FAILURE, "out of memory for a base model");
        phi_place(&job->phi[when], &job->draws.shape, block);
        phi_zero(&job->phi[when]);
    }
    return true;
}

static bool prepare_rule(Job *job, const FeaturesPlan *plan, Status *status) {
    job->rule = calloc(1, sizeof *job->rule);
    if (!job->rule)
        return status_fail(status, STATUS_FAILURE, "out of memory for a rule");
    if (!rule_init(job->rule, plan->layout, status))
        return false;
    rule_set(job->rule, plan->theta);
    return true;
}

static bool prepare_room(Job *job, Status *status) {
    const Task *task = &job->draws.task;
    const UnrollSizes sizes = {.shape = job->draws.shape,
                               .batch = job->settings.batch,
                               .steps = STEPS_AT_ONCE,
                               .examples = task->classes * task->shots,
                               .targets = task->classes};
    return worker_room_init(&job->room, job->rule, kernels_best(), &sizes, status);
}

static void job_clear(Job *job) {
    worker_room_clear(&job->room);
    if (job->rule)
        rule_clear(job->rule);
    free(job->rule);
    free(job->phi[0].block);
    free(job->phi[1].block);
    arena_clear(&job->arena);
    evaluation_draws_clear(&job->draws);
    features_free(job->features);
}

// ---- the batch ----

// What the batch needs, in the job's arena: measured first, then placed.
typedef struct {
    real *drawn;  // [examples, inputs] in the order drawn
    real *sorted; // [examples, inputs] by class
    real *y;      // [examples, classes] one-hot; of no use here
    BaseModel model;
} Batch;

static void batch_take(Batch *batch, Job *job) {
    const size_t examples = (size_t)job->features->examples;
    batch->drawn = arena_take(&job->arena, examples * inputs_of(job));
    batch->sorted = arena_take(&job->arena, examples * inputs_of(job));
    batch->y = arena_take(&job->arena, examples * (size_t)job->features->classes);
    base_model_take(&batch->model, &job->draws.shape, (int)examples, &job->arena);
}

static bool draw_batch(Job *job, Batch *batch, Status *status) {
    Features *features = job->features;
    const size_t examples = (size_t)features->examples, inputs = inputs_of(job);
    int *label = calloc(2 * examples, sizeof *label);
    if (!label)
        return status_fail(status, STATUS_FAILURE, "out of memory for a batch");
    int *drawn = label + examples;
    Task task = job->draws.task; // with as many shots as are shown
    task.shots = features->per_class;
    Random random = job->draws.labelled;
    task_labelled_batch(&task, &random, batch->drawn, batch->y, label, drawn, NULL);
    size_t to = 0;
    for (int c = 0; c < features->classes; c++)
        for (size_t i = 0; i < examples; i++) {
            if (task.class_of[label[i]] != features->class_of[c])
                continue;
            features->label[to] = c;
            features->example[to] = drawn[i];
            memcpy(batch->sorted + to * inputs, batch->drawn + i * inputs, inputs * sizeof(real));
            to++;
        }
    free(label);
    return true;
}

// x_l of the batch for one phi.
static void fill_activations(Job *job, Batch *batch, int when) {
    Features *features = job->features;
    const PhiShape *shape = &job->draws.shape;
    const int *permutation = job->draws.task.permutation;
    const size_t examples = (size_t)features->examples;
    base_model_input(&batch->model, shape, batch->sorted);
    base_model_forward(&batch->model, shape, &job->phi[when]);
    for (int l = 0; l <= shape->layers; l++)
        for (int n = 0; n < shape->sizes[l]; n++) {
            const real *from = batch->model.x[l] + (size_t)n * examples;
            float *to = features->x[when][l] + (size_t)(l == 0 ? permutation[n] : n) * examples;
            for (size_t b = 0; b < examples; b++)
                to[b] = (float)from[b];
        }
}

static bool show_batch(Job *job, Status *status) {
    Batch batch;
    batch_take(&batch, job);
    if (!arena_init(&job->arena, job->arena.used, status))
        return false;
    batch_take(&batch, job);
    if (!draw_batch(job, &batch, status))
        return false;
    Features *features = job->features;
    const int top = features->shape.layers;
    for (int when = 0; when < 2; when++) {
        fill_activations(job, &batch, when);
        if (!embedding_init(&features->embedding[when], features->x[when][top],
                            features->shape.sizes[top], features->examples, status))
            return false;
    }
    return true;
}

// ---- weights ----

static void fill_weights(Job *job, FeaturesWeight kind, const real *before, const real *now) {
    Features *features = job->features;
    const size_t units = (size_t)job->draws.shape.sizes[1];
    for (size_t i = 0; i < inputs_of(job); i++) {
        const size_t to = (size_t)job->draws.task.permutation[i] * units;
        for (size_t n = 0; n < units; n++) {
            const real was = before[i * units + n], is = now[i * units + n];
            features->weight[kind][FEATURES_BEFORE][to + n] = (float)was;
            features->weight[kind][FEATURES_NOW][to + n] = (float)is;
            features->weight[kind][FEATURES_DIFFERENCE][to + n] = (float)(is - was);
        }
    }
}

// ---- all of it ----

// The inner loop; *done is false if it was interrupted.
static bool run_inner_loop(Job *job, int seed, const atomic_bool *stop, bool *done,
                           Status *status) {
    EvaluationResult result = {.last = &job->phi[FEATURES_NOW]};
    Random initial = job->draws.initial;
    phi_initialise(&job->phi[FEATURES_BEFORE], &job->draws.shape, &initial);
    if (!evaluation_run(&job->evaluation, seed, job->settings.inner_rate, &job->room, stop, &result,
                        status))
        return false;
    *done = !result.stopped;
    job->features->accuracy[FEATURES_BEFORE] = result.accuracy[0];
    job->features->accuracy[FEATURES_NOW] = result.accuracy[SNAPSHOT_MARKS - 1];
    return true;
}

static bool run_job(Job *job, const FeaturesPlan *plan, const atomic_bool *stop, bool *done,
                    Status *status) {
    job->settings = *plan->settings;
    job->settings.embedding = plan->layout->sizes.E;
    evaluation_init(&job->evaluation, &job->settings, plan->dataset);
    if (!blas_init(status) ||
        !evaluation_draws_init(&job->draws, &job->evaluation, plan->seed, status) ||
        !prepare_rule(job, plan, status) || !prepare_room(job, status) ||
        !allocate_phi(job, status) || !allocate_features(job, plan, status) ||
        !run_inner_loop(job, plan->seed, stop, done, status))
        return false;
    if (!*done)
        return true;
    const Phi *before = &job->phi[FEATURES_BEFORE], *now = &job->phi[FEATURES_NOW];
    fill_weights(job, FEATURES_W, before->W[1], now->W[1]);
    fill_weights(job, FEATURES_V, before->V[1], now->V[1]);
    return show_batch(job, status);
}

bool features_compute(Features **made, const FeaturesPlan *plan, const atomic_bool *stop,
                      Status *status) {
    Job *job = calloc(1, sizeof *job);
    *made = NULL;
    if (!job)
        return status_fail(status, STATUS_FAILURE, "out of memory for features");
    bool complete = false;
    const bool done = run_job(job, plan, stop, &complete, status);
    if (done && complete) {
        *made = job->features;
        job->features = NULL;
    }
    job_clear(job);
    free(job);
    return done;
}

bool features_of_rule_file(Features **made, const FeaturesPlan *plan, const char *path,
                           const atomic_bool *stop, Status *status) {
    ThetaLayout *layout = malloc(sizeof *layout);
    real *theta;
    FeaturesPlan whole = *plan;
    *made = NULL;
    if (!layout)
        return status_fail(status, STATUS_FAILURE, "%s: out of memory", path);
    bool done = rule_file_read_step(layout, &theta, &whole.outer_step, path, status);
    if (done) {
        whole.layout = layout;
        whole.theta = theta;
        done = features_compute(made, &whole, stop, status);
        free(theta);
    }
    free(layout);
    return done;
}

void features_free(Features *features) {
    if (!features)
        return;
    free(features->label);
    free(features->example);
    free(features->values);
    embedding_clear(&features->embedding[FEATURES_BEFORE]);
    embedding_clear(&features->embedding[FEATURES_NOW]);
    free(features);
}
