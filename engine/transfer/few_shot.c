#include "engine/transfer/few_shot.h"

#include <math.h>
#include <stdlib.h>

// One test: labelled examples a, then test examples b, in room for the largest batch.
typedef struct {
    const Problem *problem;
    const Representation *representation;
    int labelled, features; // examples of a; of each example
    real *x, *u;            // [labelled + batch, inputs], [labelled + batch, features]
    int *label;             // [labelled]
    int *predicted;         // [batch]
} Test;

static void test_clear(Test *test) {
    free(test->x);
    free(test->u);
    free(test->label);
    free(test->predicted);
}

static bool test_init(Test *test, int batch, Status *status) {
    const size_t rows = (size_t)test->labelled + (size_t)batch;
    const int classes = test->problem->classes;
    test->x = calloc(rows * (size_t)test->problem->inputs, sizeof(real));
    test->u = calloc(rows * ((size_t)test->features + 1), sizeof(real));
    test->label = calloc((size_t)test->labelled, sizeof(int));
    test->predicted = calloc((size_t)batch, sizeof(int));
    if (!test->x || !test->u || !test->label || !test->predicted) {
        test_clear(test);
        return status_fail(status, STATUS_FAILURE, "no memory to test %zu examples", rows);
    }
    for (int i = 0; i < test->labelled; i++)
        test->label[i] = i % classes;
    problem_inputs(test->problem, test->problem->labelled, test->labelled, test->x);
    return true;
}

// Tries test examples first .. first + count - 1; adds to right the number of right predictions,
// NaN if there are none.
static bool try_batch(Test *test, int first, int count, ClassifierStrength strength,
                      double right[CLASSIFIERS], Status *status) {
    const Problem *problem = test->problem;
    problem_inputs(problem, problem->test + first, count,
                   test->x + (ptrdiff_t)test->labelled * problem->inputs);
    if (!representation_compute(test->representation, test->x, test->labelled + count, test->u,
                                status))
        return false;
    const FewShot labelled = {test->labelled, test->features, problem->classes, test->u,
                              test->label};
    for (int kind = 0; kind < CLASSIFIERS; kind++) {
        if (!classifier_predict((ClassifierKind)kind, strength, &labelled,
                                test->u + (ptrdiff_t)test->labelled * test->features, count,
                                test->predicted, status))
            return false;
        for (int i = 0; i < count; i++)
            right[kind] +=
                test->predicted[i] < 0 ? NAN : test->predicted[i] == (first + i) % problem->classes;
    }
    return true;
}

bool few_shot_accuracy(const Problem *problem, int shots, const Representation *representation,
                       ClassifierStrength strength, double accuracy[CLASSIFIERS], Status *status) {
    Test test = {.problem = problem,
                 .representation = representation,
                 .labelled = shots * problem->classes,
                 .features = representation_features(representation)};
    int batch = problem->test_count;
    double right[CLASSIFIERS] = {0};
    if (representation_needs_batch(representation) && batch > FEW_SHOT_TESTS * problem->classes)
        batch = FEW_SHOT_TESTS * problem->classes;
    if (!test_init(&test, batch, status))
        return false;
    bool done = true;
    for (int first = 0; first < problem->test_count && done; first += batch) {
        const int rest = problem->test_count - first;
        done = try_batch(&test, first, rest < batch ? rest : batch, strength, right, status);
    }
    test_clear(&test);
    for (int kind = 0; kind < CLASSIFIERS; kind++)
        accuracy[kind] = right[kind] / problem->test_count;
    return done;
}
