// The prototypical network: its loss counted anew from the embedding, the episodes that it learns
// from, and that what it has learned is of use where inputs keep their order.
#include "tests/unit/check.h"
#include "tests/unit/one_blas_thread.h"
#include "tests/unit/small_training.h"

#include "engine/transfer/episodes.h"
#include "engine/transfer/prototypes.h"
#include "engine/transfer/transfer.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { CLASSES = 4, PER_CLASS = 30, SUPPORT = 3, QUERIES = 2, INPUTS = 16, UNITS = 5 };
enum { BATCH = CLASSES * (SUPPORT + QUERIES) };

// ---- the loss ----

// Squared distance of example b to the mean of a class's support.
static double distance(const real *u, int b, int class) {
    double sum = 0;
    for (int e = 0; e < UNITS; e++) {
        double mean = 0;
        for (int i = 0; i < SUPPORT; i++)
            mean += (double)u[e * BATCH + i * CLASSES + class] / SUPPORT;
        sum += ((double)u[e * BATCH + b] - mean) * ((double)u[e * BATCH + b] - mean);
    }
    return sum;
}

static double counted_loss(const real *u) {
    double loss = 0;
    for (int b = CLASSES * SUPPORT; b < BATCH; b++) {
        double all = 0;
        for (int c = 0; c < CLASSES; c++)
            all += exp(-distance(u, b, c));
        loss += log(all) + distance(u, b, b % CLASSES);
    }
    return loss / (CLASSES * QUERIES);
}

static void test_loss(void **state) {
    (void)state;
    const PhiShape shape = {2, {INPUTS, 7, UNITS}, ACTIVATION_TANH};
    Random random = random_seeded(31, 0);
    Prototypes prototypes;
    Phi phi;
    Status status;
    Arena arena = {0};
    real x[BATCH * INPUTS];
    for (int pass = 0; pass < 2; pass++) {
        phi_take(&phi, &shape, &arena);
        prototypes_take(&prototypes, &shape, CLASSES, SUPPORT, QUERIES, &arena);
        if (pass == 0)
            check(arena_init(&arena, arena.peak, &status), &status);
    }
    phi_initialise(&phi, &shape, &random);
    for (int i = 0; i < BATCH * INPUTS; i++)
        x[i] = (real)random_normal(&random);
    const double loss = prototypes_forward(&prototypes, &phi, x);
    const double counted = counted_loss(prototypes.model.x[2]);
    assert_true(counted > 0.5);
    assert_true(fabs(loss - counted) <= (sizeof(real) == 4 ? 1e-5 : 1e-12) * counted);
    arena_clear(&arena);
}

// ---- episodes ----

typedef struct {
    Dataset dataset, wanted; // of the tasks, of the problem
    double weight;
    Settings settings;
    TaskSource source;
    Problem problem;
} World;

// `same`: the problem's data have the classes of the tasks' data.
static void world_init(World *world, bool same) {
    const ProblemPlan plan = {.classes = CLASSES, .shots = 3, .tests = 40, .seed = 5};
    Status status;
    *world = (World){.weight = 1};
    small_dataset(&world->dataset, "tasks", CLASSES, PER_CLASS, 0.3, 1);
    small_dataset(&world->wanted, "wanted", CLASSES, PER_CLASS, 0.3, same ? 1 : 2);
    settings_default(&world->settings);
    world->settings.image_size = 9; // not heeded: the problem's counts
    world->settings.shots = 3;
    world->settings.augmented = 0;
    world->source = (TaskSource){&world->settings, &world->dataset, &world->weight, 1};
    check(problem_init(&world->problem, &world->wanted, &plan, &status), &status);
}

static void world_clear(World *world) {
    problem_clear(&world->problem);
    dataset_clear(&world->dataset);
    dataset_clear(&world->wanted);
}

// The example of the data set whose pixels these are, in any order if `permuted`.
static int example_of(const Dataset *dataset, const real *x, bool permuted) {
    for (int example = 0; example < dataset->count; example++) {
        int histogram[256] = {0};
        bool same = true;
        for (int i = 0; i < INPUTS; i++) {
            const int seen = (int)lround((double)x[i] * 255);
            const int byte = dataset_example(dataset, example)[i];
            histogram[seen]++;
            histogram[byte]--;
            same = same && seen == byte;
        }
        bool balanced = true;
        for (int i = 0; i < 256; i++)
            balanced = balanced && histogram[i] == 0;
        if (permuted ? balanced : same)
            return example;
    }
    fail_msg("no such example");
    return -1;
}

static void expect_episode(const World *world, const real *x, int batch, bool permuted) {
    int class_of[CLASSES];
    bool used[CLASSES * PER_CLASS] = {false};
    for (int i = 0; i < batch; i++) {
        const int example = example_of(&world->dataset, x + (ptrdiff_t)i * INPUTS, permuted);
        const int class = world->dataset.labels[example];
        assert_false(used[example]);
        used[example] = true;
        if (i < CLASSES)
            class_of[i] = class;
        assert_int_equal(class, class_of[i % CLASSES]);
        for (int c = 0; c < i && i < CLASSES; c++)
            assert_int_not_equal(class, class_of[c]);
    }
}

static void test_episodes(void **state) {
    (void)state;
    World world;
    Episodes episodes;
    Status status;
    Random random = random_seeded(32, 0);
    real x[24 * INPUTS];
    world_init(&world, true);
    for (int permuted = 0; permuted < 2; permuted++) {
        int in_order = 0;
        check(episodes_init(&episodes, &world.source, &world.problem, permuted, &status), &status);
        assert_int_equal(episodes_batch(&episodes), 24);
        for (int draw = 0; draw < 10; draw++) {
            check(episodes_draw(&episodes, &random, x, &status), &status);
            expect_episode(&world, x, 24, permuted);
            const int first = example_of(&world.dataset, x, true);
            bool same = true;
            for (int i = 0; i < INPUTS; i++)
                same =
                    same && lround((double)x[i] * 255) == dataset_example(&world.dataset, first)[i];
            in_order += same;
        }
        assert_int_equal(in_order, permuted ? 0 : 10);
        episodes_clear(&episodes);
    }
    // Inputs of another number than the problem's.
    world.problem.inputs++;
    assert_false(episodes_init(&episodes, &world.source, &world.problem, true, &status));
    assert_int_equal(status.code, STATUS_USAGE);
    assert_non_null(strstr(status.text, "expected tasks of 17 inputs, as wanted has, found 16"));
    world.problem.inputs--;
    // More classes than the tasks' data have.
    world.problem.classes++;
    check(episodes_init(&episodes, &world.source, &world.problem, true, &status), &status);
    assert_false(episodes_draw(&episodes, &random, x, &status));
    assert_int_equal(status.code, STATUS_USAGE);
    episodes_clear(&episodes);
    world_clear(&world);
}

// ---- what is carried over ----

static const PhiShape base_model = {2, {INPUTS, 24, 16}, ACTIVATION_RELU};

static TransferPlan plan_of(const World *world, int steps) {
    return (TransferPlan){.datasets = &world->wanted,
                          .dataset_count = 1,
                          .method = {method_named("prototypes")},
                          .method_count = 1,
                          .shots = {1},
                          .shot_count = 1,
                          .seeds = 1,
                          .seed = 4,
                          .classes = CLASSES,
                          .tests = 60,
                          .threads = 1,
                          .learning = {.shape = base_model,
                                       .kernels = kernels_best(),
                                       .prototype_steps = steps,
                                       .tasks = &world->source,
                                       .marks = 1}};
}

// Accuracy after training on tasks of the same classes, whose inputs have their order or not.
static double accuracy(const World *world, bool permute_tasks, bool permute, int steps) {
    TransferScore score;
    Status status;
    bool stopped;
    TransferPlan plan = plan_of(world, steps);
    plan.permute = permute;
    plan.learning.permute_tasks = permute_tasks;
    check(transfer_measure(&plan, 0, 0, 0, &score, &stopped, &status), &status);
    assert_false(stopped);
    assert_int_equal(score.mark[0].step, steps);
    assert_true(score.mark[0].loss > 0);
    return score.mark[0].accuracy[CLASSIFIER_LOGISTIC];
}

static void test_weights_are_carried_over(void **state) {
    (void)state;
    World world;
    world_init(&world, true);
    const double untrained = accuracy(&world, false, false, 1);
    const double trained = accuracy(&world, false, false, 300);
    const double elsewhere = accuracy(&world, false, true, 300);
    const double of_any_order = accuracy(&world, true, false, 300);
    if (!(trained > untrained + 0.1 && trained > elsewhere + 0.1 && trained > of_any_order + 0.05))
        fail_msg("untrained %g, trained %g, permuted %g, trained on permuted %g", untrained,
                 trained, elsewhere, of_any_order);
    world_clear(&world);
}

static void test_without_tasks(void **state) {
    (void)state;
    World world;
    Status status;
    TransferScore score;
    bool stopped;
    world_init(&world, true);
    TransferPlan plan = plan_of(&world, 1);
    plan.learning.tasks = NULL;
    assert_false(transfer_measure(&plan, 0, 0, 0, &score, &stopped, &status));
    assert_int_equal(status.code, STATUS_USAGE);
    world_clear(&world);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_loss),
        cmocka_unit_test(test_episodes),
        cmocka_unit_test(test_weights_are_carried_over),
        cmocka_unit_test(test_without_tasks),
    };
    return cmocka_run_group_tests(tests, one_blas_thread, NULL);
}
