// The transfer evaluation: problems share out examples as they say, methods learn what they should,
// results follow from the seed alone.
#include "tests/unit/check.h"
#include "tests/unit/one_blas_thread.h"
#include "tests/unit/random_unroll.h"
#include "tests/unit/small_training.h"

#include "engine/transfer/transfer.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { CLASSES = 4, PER_CLASS = 30, SHOTS = 5, INPUTS = 16, EMBEDDING = 5 };

static ProblemPlan problem_plan(uint64_t seed) {
    return (ProblemPlan){
        .classes = CLASSES, .shots = SHOTS, .tests = 40, .permute = true, .seed = seed};
}

// ---- problems ----

static int class_of(const Problem *problem, int example) {
    return problem->dataset->labels[example];
}

static void test_a_problem_shares_out_examples(void **state) {
    (void)state;
    Dataset dataset;
    Problem problem;
    Status status;
    int used[CLASSES * PER_CLASS] = {0};
    small_dataset(&dataset, "toy", CLASSES, PER_CLASS, 0.2, 1);
    const ProblemPlan plan = problem_plan(3);
    check(problem_init(&problem, &dataset, &plan, &status), &status);
    assert_int_equal(problem.classes, CLASSES);
    assert_int_equal(problem.test_count, 40);
    assert_int_equal(problem.unlabelled_count, CLASSES * PER_CLASS - 40);
    for (int i = 0; i < problem.test_count; i++) {
        assert_int_equal(used[problem.test[i]]++, 0);
        assert_int_equal(class_of(&problem, problem.test[i]),
                         class_of(&problem, problem.test[i % CLASSES]));
    }
    for (int i = 0; i < problem.unlabelled_count; i++)
        assert_int_equal(used[problem.unlabelled[i]]++, 0);
    int labelled[CLASSES * PER_CLASS] = {0};
    for (int i = 0; i < SHOTS * CLASSES; i++) {
        assert_int_equal(labelled[problem.labelled[i]]++, 0);
        assert_int_equal(class_of(&problem, problem.labelled[i]),
                         class_of(&problem, problem.test[i % CLASSES]));
    }
    for (int i = 0; i < problem.test_count; i++)
        assert_int_equal(labelled[problem.test[i]], 0);
    problem_clear(&problem);
    dataset_clear(&dataset);
}

static void test_inputs_are_pixels_in_the_problems_order(void **state) {
    (void)state;
    Dataset dataset;
    Problem problem;
    Status status;
    real x[2 * INPUTS];
    int seen[INPUTS] = {0};
    small_dataset(&dataset, "toy", CLASSES, PER_CLASS, 0.2, 1);
    const ProblemPlan plan = problem_plan(3);
    check(problem_init(&problem, &dataset, &plan, &status), &status);
    const int examples[] = {7, 50};
    problem_inputs(&problem, examples, 2, x);
    bool moved = false;
    for (int i = 0; i < INPUTS; i++) {
        const int from = problem.permutation[i];
        assert_int_equal(seen[from]++, 0);
        moved = moved || from != i;
        for (int k = 0; k < 2; k++)
            assert_true(x[k * INPUTS + i] ==
                        (real)dataset_example(&dataset, examples[k])[from] / 255);
    }
    assert_true(moved);
    problem_clear(&problem);
    dataset_clear(&dataset);
}

static void test_small_classes(void **state) {
    (void)state;
    Dataset dataset;
    Problem problem;
    Status status;
    small_dataset(&dataset, "toy", CLASSES, SHOTS + 1, 0.2, 1);
    ProblemPlan plan = problem_plan(3);
    check(problem_init(&problem, &dataset, &plan, &status), &status);
    assert_int_equal(problem.test_count, CLASSES); // one of each is left
    problem_clear(&problem);
    plan.shots = SHOTS + 1;
    assert_false(problem_init(&problem, &dataset, &plan, &status));
    assert_int_equal(status.code, STATUS_BAD_DATA);
    assert_non_null(strstr(status.text, "toy"));
    dataset_clear(&dataset);
}

// ---- updates ----

static PhiShape small_shape(void) {
    return (PhiShape){2, {INPUTS, 7, EMBEDDING}, ACTIVATION_RELU};
}

// The learned update does what an unroll does.
static void test_learned_update_is_an_inner_step(void **state) {
    (void)state;
    enum { STEPS = 3, BATCH = 6 };
    const RandomUnrollSizes sizes = {.rule = {4, 3, 2, 3, EMBEDDING},
                                     .shape = small_shape(),
                                     .batch = BATCH,
                                     .steps = STEPS,
                                     .examples = 4,
                                     .classes = 2,
                                     .targets = 2,
                                     .rate = 0.05};
    RandomUnroll random;
    Phi last, phi;
    Status status;
    Update *update;
    Arena arena;
    random_unroll_init(&random, &sizes, kernels_best(), 1, 4);
    test_arena_init(&arena, 1 << 16);
    phi_take(&last, &sizes.shape, &arena);
    phi_take(&phi, &sizes.shape, &arena);
    UnrollResult result = {.last = &last};
    unroll_run(random.unroll, &random.task, &result);
    const UpdatePlan plan = {.kind = UPDATE_LEARNED,
                             .shape = sizes.shape,
                             .batch = BATCH,
                             .rate = sizes.rate,
                             .rule = &random.rule.rule,
                             .kernels = kernels_best()};
    check(update_new(&update, &plan, &status), &status);
    phi_copy(&phi, &random.phi);
    for (int k = 0; k < STEPS; k++)
        assert_true(isnan(update_apply(update, &phi, random.data[k].x, NULL)));
    for (int i = 0; i < phi_tensor_count(&sizes.shape); i++) {
        const PhiTensor a = phi_tensor(&phi, &sizes.shape, i),
                        b = phi_tensor(&last, &sizes.shape, i);
        assert_memory_equal(a.values, b.values, a.count * sizeof(real));
    }
    update_free(update);
    arena_clear(&arena);
    random_unroll_clear(&random);
}

static void test_a_rule_that_does_not_fit(void **state) {
    (void)state;
    RandomRule random;
    Update *update;
    Status status;
    random_rule_init(&random, (RuleSizes){4, 3, 2, 3, EMBEDDING + 1}, 1);
    const UpdatePlan plan = {
        .shape = small_shape(), .batch = 4, .rule = &random.rule, .kernels = kernels_best()};
    assert_false(update_new(&update, &plan, &status));
    assert_null(update);
    random_rule_clear(&random);
}

// Mean loss of the first and of the last ten of `steps` updates on one batch.
static void losses(UpdateKind kind, double rate, int steps, double *first, double *last) {
    enum { BATCH = 20 };
    const PhiShape shape = small_shape();
    const UpdatePlan plan = {.kind = kind,
                             .shape = shape,
                             .batch = BATCH,
                             .rate = rate,
                             .momentum = 0.9,
                             .classes = 2,
                             .random = random_seeded(5, 0)};
    Random random = random_seeded(6, 0);
    Arena arena;
    Phi phi;
    Update *update;
    Status status;
    real x[BATCH * INPUTS];
    int label[BATCH];
    test_arena_init(&arena, 1 << 16);
    phi_take(&phi, &shape, &arena);
    phi_initialise(&phi, &shape, &random);
    for (int i = 0; i < BATCH; i++) {
        label[i] = i % 2;
        for (int k = 0; k < INPUTS; k++)
            x[i * INPUTS + k] =
                (real)(0.5 * random_uniform(&random) + (k % 2 == label[i] ? 0.5 : 0));
    }
    check(update_new(&update, &plan, &status), &status);
    *first = *last = 0;
    for (int step = 0; step < steps; step++) {
        const double loss = update_apply(update, &phi, x, label) / 10;
        *first += step < 10 ? loss : 0;
        *last += step >= steps - 10 ? loss : 0;
    }
    update_free(update);
    arena_clear(&arena);
}

static void test_updates_lower_their_loss(void **state) {
    (void)state;
    double first, last;
    losses(UPDATE_ADAM, 1e-2, 100, &first, &last);
    assert_true(last < 0.1 * first);
    losses(UPDATE_SGD, 1e-1, 100, &first, &last);
    assert_true(last < 0.2 * first);
    losses(UPDATE_VAE, 1e-2, 400, &first, &last);
    assert_true(last < 0.95 * first);
    assert_true(last > 0);
}

// ---- the evaluation ----

typedef struct {
    Dataset dataset[2];
    Settings settings; // of tasks, which come from the first data set
    double weight;
    TaskSource source;
    RandomRule rule;
    TransferPlan plan;
} Case;

static void case_init(Case *made, const char *const *methods) {
    *made = (Case){.plan = {.dataset_count = 2,
                            .shots = {1, SHOTS},
                            .shot_count = 2,
                            .seeds = 3,
                            .seed = 11,
                            .classes = CLASSES,
                            .tests = 40,
                            .permute = true,
                            .threads = 1}};
    small_dataset(&made->dataset[0], "toy", CLASSES, PER_CLASS, 0.25, 1);
    small_dataset(&made->dataset[1], "other", CLASSES, PER_CLASS, 0.6, 2);
    random_rule_init(&made->rule, (RuleSizes){4, 3, 2, 3, EMBEDDING}, 1);
    rule_set(&made->rule.rule, made->rule.theta);
    settings_default(&made->settings);
    made->settings.shots = SHOTS;
    made->weight = 1;
    made->source = (TaskSource){&made->settings, made->dataset, &made->weight, 1};
    made->plan.datasets = made->dataset;
    made->plan.curves = true;
    made->plan.learning = (MethodPlan){.shape = small_shape(),
                                       .batch = 8,
                                       .steps = 3,
                                       .rate = 0.02,
                                       .rule = &made->rule.rule,
                                       .kernels = kernels_best(),
                                       .vae_steps = 20,
                                       .supervised_steps = 40,
                                       .prototype_steps = 20,
                                       .tasks = &made->source,
                                       .marks = 2};
    for (; methods[made->plan.method_count]; made->plan.method_count++) {
        made->plan.method[made->plan.method_count] = method_named(methods[made->plan.method_count]);
        assert_non_null(made->plan.method[made->plan.method_count]);
    }
}

static void case_clear(Case *made) {
    dataset_clear(&made->dataset[0]);
    dataset_clear(&made->dataset[1]);
    random_rule_clear(&made->rule);
}

static const char *const every_method[] = {"rule",       "random", "pixels",     "pca", "vae",
                                           "supervised", "sgd",    "prototypes", NULL};

static void test_every_method_is_measured(void **state) {
    (void)state;
    Case made;
    Transfer transfer;
    Status status;
    bool stopped;
    size_t count;
    atomic_int done = 0;
    case_init(&made, every_method);
    methods_table(&count);
    assert_int_equal(made.plan.method_count, count);
    made.plan.done = &done;
    check(transfer_run(&transfer, &made.plan, &stopped, &status), &status);
    assert_false(stopped);
    assert_int_equal(atomic_load(&done), transfer_items(&made.plan));
    for (int d = 0; d < 2; d++)
        for (int m = 0; m < made.plan.method_count; m++)
            for (int shot = 0; shot < 2; shot++) {
                const TransferScore *score = transfer_score(&transfer, d, m, shot, 0);
                const bool by_steps = transfer_score(&transfer, d, m, shot, 0)->mark[0].step > 0;
                assert_int_equal(score->marks, by_steps ? 2 : 1);
                for (int kind = 0; kind < CLASSIFIERS; kind++) {
                    const TransferFigure figure = transfer_accuracy(
                        &transfer, d, m, shot, score->marks - 1, (ClassifierKind)kind);
                    assert_true(figure.mean > 0.2 && figure.mean <= 1);
                    assert_true(figure.error >= 0);
                }
            }
    // Clear clusters, well-tried methods.
    const char *const good[] = {"pixels", "pca", "supervised"};
    for (int m = 0; m < made.plan.method_count; m++)
        for (int i = 0; i < 3; i++)
            if (strcmp(made.plan.method[m]->name, good[i]) == 0)
                assert_true(transfer_accuracy(&transfer, 0, m, 1,
                                              transfer_score(&transfer, 0, m, 1, 0)->marks - 1,
                                              CLASSIFIER_RIDGE)
                                .mean > 0.8);
    transfer_clear(&transfer);
    case_clear(&made);
}

// All that was measured but the time, as bytes.
static void assert_same_scores(const Transfer *a, const Transfer *b) {
    for (int i = 0; i < transfer_items(&a->plan) * a->plan.shot_count; i++) {
        assert_int_equal(a->score[i].marks, b->score[i].marks);
        assert_memory_equal(a->score[i].mark, b->score[i].mark, sizeof a->score[i].mark);
    }
}

// Of one problem raw pixels have one accuracy, and seeds differ in what starts from phi_0.
static void test_seeds_on_one_problem(void **state) {
    (void)state;
    static const char *const methods[] = {"random", "pixels", NULL};
    Case made;
    Transfer apart, same;
    Status status;
    bool stopped;
    case_init(&made, methods);
    check(transfer_run(&apart, &made.plan, &stopped, &status), &status);
    made.plan.same_problem = true;
    check(transfer_run(&same, &made.plan, &stopped, &status), &status);
    assert_true(transfer_accuracy(&apart, 1, 1, 0, 0, CLASSIFIER_RIDGE).error > 0);
    assert_true(transfer_accuracy(&same, 1, 1, 0, 0, CLASSIFIER_RIDGE).error < 1e-9);
    assert_true(transfer_accuracy(&same, 1, 0, 0, 0, CLASSIFIER_RIDGE).error > 0);
    assert_memory_equal(transfer_score(&apart, 1, 0, 0, 0)->mark,
                        transfer_score(&same, 1, 0, 0, 0)->mark, sizeof same.score[0].mark);
    transfer_clear(&apart);
    transfer_clear(&same);
    case_clear(&made);
}

static void test_threads_change_nothing(void **state) {
    (void)state;
    Case made;
    Transfer one, three;
    Status status;
    bool stopped;
    case_init(&made, every_method);
    check(transfer_run(&one, &made.plan, &stopped, &status), &status);
    made.plan.threads = 3;
    check(transfer_run(&three, &made.plan, &stopped, &status), &status);
    assert_same_scores(&one, &three);
    // Another seed is another problem.
    made.plan.seed++;
    transfer_clear(&three);
    check(transfer_run(&three, &made.plan, &stopped, &status), &status);
    // What was seed 1 is seed 0 now.
    assert_memory_equal(transfer_score(&one, 0, 2, 1, 1)->mark,
                        transfer_score(&three, 0, 2, 1, 0)->mark, sizeof one.score[0].mark);
    assert_true(transfer_score(&one, 0, 2, 1, 0)->mark[0].accuracy[0] !=
                    transfer_score(&three, 0, 2, 1, 0)->mark[0].accuracy[0] ||
                transfer_score(&one, 1, 2, 1, 0)->mark[0].accuracy[0] !=
                    transfer_score(&three, 1, 2, 1, 0)->mark[0].accuracy[0]);
    transfer_clear(&one);
    transfer_clear(&three);
    case_clear(&made);
}

// Without curves the last mark is the same, the others are left out where nobody reads them.
static void test_one_item_and_its_last_mark(void **state) {
    (void)state;
    Case made;
    Transfer all;
    Status status;
    bool stopped;
    TransferScore score[2];
    case_init(&made, every_method);
    check(transfer_run(&all, &made.plan, &stopped, &status), &status);
    made.plan.curves = false;
    for (int m = 0; m < made.plan.method_count; m++) {
        check(transfer_measure(&made.plan, 1, m, 1, score, &stopped, &status), &status);
        assert_false(stopped);
        for (int shot = 0; shot < 2; shot++) {
            const TransferScore *whole = transfer_score(&all, 1, m, shot, 1);
            const TransferMark *last = &whole->mark[whole->marks - 1];
            assert_int_equal(score[shot].marks, made.plan.method[m]->best_too ? 2 : 1);
            const TransferMark *mine = &score[shot].mark[score[shot].marks - 1];
            assert_int_equal(mine->step, last->step);
            assert_memory_equal(mine->accuracy, last->accuracy, sizeof mine->accuracy);
        }
    }
    transfer_clear(&all);
    case_clear(&made);
}

static void test_figures(void **state) {
    (void)state;
    TransferScore score[2] = {{.marks = 3}, {.marks = 3}};
    Transfer transfer = {
        .plan = {.dataset_count = 1, .method_count = 1, .shot_count = 1, .seeds = 2},
        .score = score};
    const double accuracy[2][3] = {{0.2, 0.6, 0.5}, {0.4, 0.4, 0.5}};
    for (int seed = 0; seed < 2; seed++)
        for (int mark = 0; mark < 3; mark++)
            score[seed].mark[mark].accuracy[CLASSIFIER_RIDGE] = accuracy[seed][mark];
    const TransferFigure figure = transfer_accuracy(&transfer, 0, 0, 0, 0, CLASSIFIER_RIDGE);
    assert_true(fabs(figure.mean - 0.3) < 1e-12);
    assert_true(fabs(figure.error - 0.1) < 1e-12);
    assert_int_equal(transfer_best_mark(&transfer, 0, 0, 0, CLASSIFIER_RIDGE), 1);
}

static void test_stop_and_failure(void **state) {
    (void)state;
    Case made;
    Transfer transfer;
    Status status;
    bool stopped;
    const atomic_bool stop = true;
    case_init(&made, every_method);
    made.plan.stop = &stop;
    check(transfer_run(&transfer, &made.plan, &stopped, &status), &status);
    assert_true(stopped);
    assert_null(transfer.score);
    made.plan.stop = NULL;
    made.plan.learning.rule = NULL;
    assert_false(transfer_run(&transfer, &made.plan, &stopped, &status));
    assert_int_equal(status.code, STATUS_USAGE);
    assert_null(transfer.score);
    made.plan.shots[0] = PER_CLASS;
    assert_false(transfer_run(&transfer, &made.plan, &stopped, &status));
    assert_int_equal(status.code, STATUS_BAD_DATA);
    case_clear(&made);
}

// Features that are not finite are not measured, and not counted as wrong.
static void test_non_finite_features(void **state) {
    (void)state;
    Dataset dataset;
    Problem problem;
    Status status;
    Arena arena;
    Phi phi;
    const PhiShape shape = small_shape();
    double accuracy[CLASSIFIERS];
    small_dataset(&dataset, "toy", CLASSES, PER_CLASS, 0.2, 1);
    const ProblemPlan plan = problem_plan(3);
    check(problem_init(&problem, &dataset, &plan, &status), &status);
    test_arena_init(&arena, 1 << 16);
    phi_take(&phi, &shape, &arena);
    phi_zero(&phi);
    phi.b[2][0] = NAN;
    const Representation representation = {
        .kind = REPRESENTATION_BASE_MODEL, .inputs = INPUTS, .shape = &shape, .phi = &phi};
    check(few_shot_accuracy(&problem, SHOTS, &representation, STRENGTH_FIXED, accuracy, &status),
          &status);
    for (int kind = 0; kind < CLASSIFIERS; kind++)
        assert_true(isnan(accuracy[kind]));
    arena_clear(&arena);
    problem_clear(&problem);
    dataset_clear(&dataset);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_problem_shares_out_examples),
        cmocka_unit_test(test_inputs_are_pixels_in_the_problems_order),
        cmocka_unit_test(test_small_classes),
        cmocka_unit_test(test_learned_update_is_an_inner_step),
        cmocka_unit_test(test_a_rule_that_does_not_fit),
        cmocka_unit_test(test_updates_lower_their_loss),
        cmocka_unit_test(test_every_method_is_measured),
        cmocka_unit_test(test_seeds_on_one_problem),
        cmocka_unit_test(test_threads_change_nothing),
        cmocka_unit_test(test_one_item_and_its_last_mark),
        cmocka_unit_test(test_figures),
        cmocka_unit_test(test_stop_and_failure),
        cmocka_unit_test(test_non_finite_features),
    };
    return cmocka_run_group_tests(tests, one_blas_thread, NULL);
}
