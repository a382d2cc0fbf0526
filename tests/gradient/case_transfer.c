#include "tests/gradient/cases.h"
#include "tests/gradient/gradient_check.h"
#include "tests/unit/random_rule.h"

#include "engine/logistic.h"

#include <stdint.h>

// ---- logistic regression (always in double, as is the build that these tests run in)
// -------------------------------------------------------------------------------------

enum { EXAMPLES = 9, FEATURES = 5, CLASSES = 4, WEIGHTS = (FEATURES + 1) * CLASSES };

typedef struct {
    Logistic logistic;
    double w[WEIGHTS], gradient[WEIGHTS], p[EXAMPLES * CLASSES];
    real *values, *derivative; // the same as w and gradient
} Regression;

static double regression(void *context) {
    Regression *at = context;
    for (int i = 0; i < WEIGHTS; i++)
        at->w[i] = (double)at->values[i];
    return logistic_loss(&at->logistic, at->w, NULL);
}

void logistic_weights(void **state) {
    (void)state;
    Arena arena;
    test_arena_init(&arena, 1 << 14);
    Random random = random_seeded(21, 0);
    double A[EXAMPLES * (FEATURES + 1)];
    int label[EXAMPLES];
    for (int i = 0; i < EXAMPLES; i++) {
        label[i] = i % CLASSES;
        for (int f = 0; f <= FEATURES; f++)
            A[i * (FEATURES + 1) + f] = f < FEATURES ? random_normal(&random) : 1;
    }
    Regression at = {.values = random_take(&arena, WEIGHTS, 1, &random),
                     .derivative = arena_take(&arena, WEIGHTS)};
    at.logistic = (Logistic){EXAMPLES, FEATURES, CLASSES, 0.7, A, label, at.p};
    regression(&at);
    logistic_loss(&at.logistic, at.w, at.gradient);
    for (int i = 0; i < WEIGHTS; i++)
        at.derivative[i] = (real)at.gradient[i];
    const GradientInput input = {"w", at.values, at.derivative, WEIGHTS, false};
    gradient_check("logistic_loss", regression, &at, &input, 1);
    arena_clear(&arena);
}
