#include "engine/transfer/problem.h"

#include "engine/task.h"

#include <stdlib.h>
#include <string.h>

enum { PROBLEM_STREAM = 0x70726f62 };

static int class_size(const Dataset *dataset, int class) {
    return dataset->class_start[class + 1] - dataset->class_start[class];
}

// Test examples of a class of this size: at most half of it, and shots are left.
static int tests_of(int size, int shots, int most) {
    int tests = size - shots < size / 2 ? size - shots : size / 2;
    tests = tests > 1 ? tests : 1;
    return tests < most ? tests : most;
}

// class_of [classes] <- classes that have enough examples, drawn.  Returns how many.
static int draw_classes(const Dataset *dataset, const ProblemPlan *plan, Random *random,
                        int *class_of) {
    int count = 0;
    for (int class = 0; class < dataset->classes; class ++)
        if (class_size(dataset, class) > plan->shots)
            class_of[count++] = class;
    const int wanted = plan->classes < count ? plan->classes : count;
    for (int i = 0; i < wanted; i++) {
        const int chosen = i + random_below(random, count - i), kept = class_of[i];
        class_of[i] = class_of[chosen];
        class_of[chosen] = kept;
    }
    return wanted;
}

static bool allocate(Problem *problem, const int *class_of, const ProblemPlan *plan) {
    const Dataset *dataset = problem->dataset;
    const size_t classes = (size_t)problem->classes;
    int tests = plan->tests / problem->classes > 1 ? plan->tests / problem->classes : 1;
    size_t all = 0;
    for (int c = 0; c < problem->classes; c++) {
        const int size = class_size(dataset, class_of[c]);
        tests = tests_of(size, plan->shots, tests);
        all += (size_t)size;
    }
    problem->test_count = tests * problem->classes;
    problem->unlabelled_count = (int)all - problem->test_count;
    problem->permutation = calloc((size_t)problem->inputs, sizeof(int));
    problem->labelled = calloc(classes * (size_t)plan->shots, sizeof(int));
    problem->test = calloc((size_t)problem->test_count, sizeof(int));
    problem->unlabelled = calloc((size_t)problem->unlabelled_count, sizeof(int));
    return problem->permutation && problem->labelled && problem->test && problem->unlabelled;
}

// Shares out the examples of a class, in random order.  False without memory.
static bool share_out(Problem *problem, Random *random, int label, int class, int *unlabelled) {
    const Dataset *dataset = problem->dataset;
    const int size = class_size(dataset, class), classes = problem->classes;
    const int tests = problem->test_count / classes;
    int *order = malloc((size_t)size * sizeof *order);
    if (!order)
        return false;
    random_permutation(random, order, size);
    for (int i = 0; i < size; i++) {
        const int example = dataset->order[dataset->class_start[class] + order[i]];
        const int rest = i - tests;
        if (rest < 0)
            problem->test[i * classes + label] = example;
        else
            problem->unlabelled[(*unlabelled)++] = example;
        if (rest >= 0 && rest < problem->shots)
            problem->labelled[rest * classes + label] = example;
    }
    free(order);
    return true;
}

static bool fill(Problem *problem, const int *class_of, const ProblemPlan *plan, Random *random) {
    int unlabelled = 0;
    if (!allocate(problem, class_of, plan))
        return false;
    task_permute_inputs(problem->dataset, plan->permute, problem->inputs, problem->permutation,
                        random);
    for (int c = 0; c < problem->classes; c++)
        if (!share_out(problem, random, c, class_of[c], &unlabelled))
            return false;
    return true;
}

static bool fail_memory(const Dataset *dataset, Status *status) {
    return status_fail(status, STATUS_FAILURE, "data set %s: no memory for a few-shot problem",
                       dataset->name);
}

bool problem_init(Problem *problem, const Dataset *dataset, const ProblemPlan *plan,
                  Status *status) {
    *problem = (Problem){
        .dataset = dataset, .inputs = (int)dataset_example_size(dataset), .shots = plan->shots};
    Random random = random_seeded(plan->seed, PROBLEM_STREAM);
    int *class_of = calloc((size_t)dataset->classes, sizeof *class_of);
    if (!class_of)
        return fail_memory(dataset, status);
    problem->classes = draw_classes(dataset, plan, &random, class_of);
    const bool enough = problem->classes >= 2;
    const bool done = enough && fill(problem, class_of, plan, &random);
    free(class_of);
    if (done)
        return true;
    problem_clear(problem);
    if (enough)
        return fail_memory(dataset, status);
    return status_fail(status, STATUS_BAD_DATA,
                       "data set %s: expected at least 2 classes with %d examples or more (%d "
                       "labelled and one for the test), found fewer",
                       dataset->name, plan->shots + 1, plan->shots);
}

void problem_clear(Problem *problem) {
    free(problem->permutation);
    free(problem->labelled);
    free(problem->test);
    free(problem->unlabelled);
    *problem = (Problem){0};
}

void problem_inputs(const Problem *problem, const int *examples, int count, real *x) {
    const Dataset *dataset = problem->dataset;
    for (int i = 0; i < count; i++)
        for (int k = 0; k < problem->inputs; k++) {
            const int from = problem->permutation[k];
            *x++ = dataset->vectors ? (real)dataset_value(dataset, examples[i], from)
                                    : (real)dataset_example(dataset, examples[i])[from] / 255;
        }
}

void problem_unlabelled(const Problem *problem, Random *random, int count, real *x) {
    for (int i = 0; i < count; i++) {
        const int drawn = random_below(random, problem->unlabelled_count);
        problem_inputs(problem, problem->unlabelled + drawn, 1, x + (ptrdiff_t)i * problem->inputs);
    }
}
