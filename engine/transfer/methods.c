#include "engine/transfer/episodes.h"
#include "engine/transfer/method.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { INITIAL_STREAM = 0x706869, ORDER_STREAM, UPDATE_STREAM };

enum { COMPONENTS = 32, PCA_EXAMPLES = 4000 };

static bool stopped(Lesson *lesson) {
    lesson->stopped = lesson->stop && atomic_load_explicit(lesson->stop, memory_order_relaxed);
    return lesson->stopped;
}

// ---- the base model, trained by an update ----

// A base model being trained.
typedef struct {
    Lesson *lesson;
    PhiShape shape;
    Phi phi;
    Representation representation;
    Random order;
    int batch;          // examples of an update
    real *x;            // [batch, inputs]
    int *label;         // [batch] of the labelled examples
    Episodes *episodes; // where examples come from, or NULL: from the problem; borrowed
    Arena arena;        // owns phi and x
} Training;

static void training_clear(Training *training) {
    free(training->label);
    arena_clear(&training->arena);
}

static void training_take(Training *training, Arena *arena) {
    phi_take(&training->phi, &training->shape, arena);
    training->x =
        arena_take(arena, (size_t)training->batch * (size_t)training->lesson->problem->inputs);
}

// With phi_0, which depends on the seed and the shape alone.
static bool training_init(Training *training, Lesson *lesson, int batch, Status *status) {
    *training = (Training){.lesson = lesson, .shape = lesson->plan->shape, .batch = batch};
    training->shape.sizes[0] = lesson->problem->inputs;
    Arena measure = {0};
    training_take(training, &measure);
    if (!arena_init(&training->arena, measure.peak, status))
        return false;
    training_take(training, &training->arena);
    training->label = calloc((size_t)batch, sizeof(int));
    if (!training->label) {
        training_clear(training);
        return status_fail(status, STATUS_FAILURE, "no memory for batches of %d", batch);
    }
    Random initial = random_seeded(lesson->seed, INITIAL_STREAM);
    phi_initialise(&training->phi, &training->shape, &initial);
    training->order = random_seeded(lesson->seed, ORDER_STREAM);
    training->representation = (Representation){.kind = REPRESENTATION_BASE_MODEL,
                                                .inputs = lesson->problem->inputs,
                                                .shape = &training->shape,
                                                .phi = &training->phi};
    return true;
}

static bool mark(const Training *training, int step, double loss, Status *status) {
    const Lesson *lesson = training->lesson;
    return lesson->mark(lesson->context, step, loss, &training->representation, status);
}

// A supervised update sees all labelled examples each time, so they are put in place once.
static void place_labelled(Training *training) {
    const Problem *problem = training->lesson->problem;
    problem_inputs(problem, problem->labelled, training->batch, training->x);
    for (int i = 0; i < training->batch; i++)
        training->label[i] = i % problem->classes;
}

// The examples of the next update, unless they are in place.
static bool draw_examples(Training *training, UpdateKind kind, Status *status) {
    if (training->episodes)
        return episodes_draw(training->episodes, &training->order, training->x, status);
    if (!update_is_supervised(kind))
        problem_unlabelled(training->lesson->problem, &training->order, training->batch,
                           training->x);
    return true;
}

static bool train(Training *training, UpdateKind kind, double rate, int steps, Status *status) {
    const Lesson *lesson = training->lesson;
    const MethodPlan *plan = lesson->plan;
    const UpdatePlan update_plan = {.kind = kind,
                                    .shape = training->shape,
                                    .batch = training->batch,
                                    .rate = rate,
                                    .momentum = 0.9,
                                    .classes = lesson->problem->classes,
                                    .rule = plan->rule,
                                    .kernels = plan->kernels,
                                    .random = random_seeded(lesson->seed, UPDATE_STREAM)};
    const bool supervised = update_is_supervised(kind);
    Update *update;
    if (!update_new(&update, &update_plan, status))
        return false;
    if (supervised)
        place_labelled(training);
    bool done = true;
    int marks = 0, since = 0;
    double loss = 0;
    for (int step = 1; step <= steps && done && !stopped(training->lesson); step++) {
        if (!(done = draw_examples(training, kind, status)))
            break;
        loss +=
            update_apply(update, &training->phi, training->x, supervised ? training->label : NULL);
        since++;
        if ((long)step * plan->marks < (long)(marks + 1) * steps)
            continue;
        done = mark(training, step, loss / since, status);
        marks++;
        loss = since = 0;
    }
    update_free(update);
    return done;
}

static bool learn_by(Lesson *lesson, UpdateKind kind, int batch, double rate, int steps,
                     Status *status) {
    Training training;
    if (!training_init(&training, lesson, batch, status))
        return false;
    const bool done = train(&training, kind, rate, steps, status);
    training_clear(&training);
    return done;
}

static bool learn_rule(Lesson *lesson, Status *status) {
    const MethodPlan *plan = lesson->plan;
    if (!plan->rule)
        return status_fail(status, STATUS_USAGE, "the method 'rule' needs a rule file");
    return learn_by(lesson, UPDATE_LEARNED, plan->batch, plan->rate, plan->steps, status);
}

static bool learn_vae(Lesson *lesson, Status *status) {
    return learn_by(lesson, UPDATE_VAE, 100, 1e-3, lesson->plan->vae_steps, status);
}

static int labelled_batch(const Lesson *lesson) {
    return lesson->shots * lesson->problem->classes;
}

static bool learn_supervised(Lesson *lesson, Status *status) {
    return learn_by(lesson, UPDATE_ADAM, labelled_batch(lesson), 1e-3,
                    lesson->plan->supervised_steps, status);
}

static bool learn_sgd(Lesson *lesson, Status *status) {
    return learn_by(lesson, UPDATE_SGD, labelled_batch(lesson), 1e-2,
                    lesson->plan->supervised_steps, status);
}

static bool learn_random(Lesson *lesson, Status *status) {
    Training training;
    if (!training_init(&training, lesson, 2, status))
        return false;
    const bool done = mark(&training, 0, NAN, status);
    training_clear(&training);
    return done;
}

static bool learn_prototypes(Lesson *lesson, Status *status) {
    const MethodPlan *plan = lesson->plan;
    Episodes episodes;
    Training training;
    if (!plan->tasks)
        return status_fail(status, STATUS_USAGE,
                           "the method 'prototypes' needs tasks of meta-training");
    if (!episodes_init(&episodes, plan->tasks, lesson->problem, plan->permute_tasks, status))
        return false;
    bool done = training_init(&training, lesson, episodes_batch(&episodes), status);
    if (done) {
        training.episodes = &episodes;
        done = train(&training, UPDATE_PROTOTYPES, 1e-3, plan->prototype_steps, status);
        training_clear(&training);
    }
    episodes_clear(&episodes);
    return done;
}

// ---- without a base model ----

static bool learn_pixels(Lesson *lesson, Status *status) {
    const Representation inputs = {.kind = REPRESENTATION_INPUTS,
                                   .inputs = lesson->problem->inputs};
    return lesson->mark(lesson->context, 0, NAN, &inputs, status);
}

static bool learn_pca(Lesson *lesson, Status *status) {
    const Problem *problem = lesson->problem;
    const int count =
        problem->unlabelled_count < PCA_EXAMPLES ? problem->unlabelled_count : PCA_EXAMPLES;
    Random order = random_seeded(lesson->seed, ORDER_STREAM);
    real *x = calloc((size_t)count * (size_t)problem->inputs, sizeof *x);
    if (!x)
        return status_fail(status, STATUS_FAILURE, "no memory for %d examples", count);
    if (count < problem->unlabelled_count)
        problem_unlabelled(problem, &order, count, x);
    else
        problem_inputs(problem, problem->unlabelled, count, x);
    Pca pca;
    bool done = pca_fit(&pca, x, count, problem->inputs, COMPONENTS, status);
    if (done) {
        const Representation components = {
            .kind = REPRESENTATION_COMPONENTS, .inputs = problem->inputs, .pca = &pca};
        done = lesson->mark(lesson->context, 0, NAN, &components, status);
        pca_clear(&pca);
    }
    free(x);
    return done;
}

// ---- the table ----

static const Method table[] = {
    {.name = "rule",
     .help = "the learned rule, from unlabelled examples",
     .needs_rule = true,
     .learn = learn_rule},
    {.name = "random", .help = "the base model as it is initialised", .learn = learn_random},
    {.name = "pixels",
     .help = "the inputs themselves, penalty chosen by cross-validation",
     .chooses_strength = true,
     .learn = learn_pixels},
    {.name = "pca",
     .help = "the first 32 principal components, penalty chosen by cross-validation",
     .chooses_strength = true,
     .learn = learn_pca},
    {.name = "vae",
     .help = "encoder of a variational autoencoder, by Adam, from unlabelled examples",
     .best_too = true,
     .learn = learn_vae},
    {.name = "supervised",
     .help = "the base model trained on the labelled examples, by Adam",
     .supervised = true,
     .learn = learn_supervised},
    {.name = "sgd",
     .help = "the same by gradient steps with momentum",
     .supervised = true,
     .learn = learn_sgd},
    {.name = "prototypes",
     .help = "a prototypical network on the base model, trained on the tasks of meta-training",
     .needs_tasks = true,
     .learn = learn_prototypes},
};

const Method *methods_table(size_t *count) {
    *count = sizeof table / sizeof table[0];
    return table;
}

const Method *method_named(const char *name) {
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
        if (strcmp(table[i].name, name) == 0)
            return &table[i];
    return NULL;
}
