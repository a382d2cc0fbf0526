#include "engine/transfer/classifier.h"

#include "engine/logistic.h"
#include "engine/pca.h"
#include "engine/ridge.h"
#include "engine/vector.h"

#include <cblas.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { FOLDS = 10, STRENGTHS = 8 };

// What the two have apart.
static const struct {
    const char *name;
    double fixed;
    double middle; // taken where nothing can be chosen
    double strengths[STRENGTHS];
} kinds[CLASSIFIERS] = {
    [CLASSIFIER_RIDGE] = {"ridge", 0.1, 3, {0.1, 0.3, 1, 3, 10, 30, 100, 300}},
    [CLASSIFIER_LOGISTIC] = {"logistic", 1, 1, {0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30}},
};

const char *classifier_name(ClassifierKind kind) {
    return kinds[kind].name;
}

// A classifier being learned.
typedef struct {
    ClassifierKind kind;
    int examples, features, classes;
    const double *u;  // [examples, features + 1], the last column 1
    const int *label; // [examples]
    int *fold;        // [examples] rank of the example within its class, modulo the folds
    Ridge room;       // A, y and w serve both kinds
    int *room_label;  // [examples] of the rows of A
    double *p;        // [examples, classes] scores or probabilities
} Fit;

static void fit_clear(Fit *fit) {
    ridge_clear(&fit->room);
    free(fit->fold);
    free(fit->room_label);
    free(fit->p);
}

static bool fit_init(Fit *fit, Status *status) {
    const size_t examples = (size_t)fit->examples;
    fit->room = (Ridge){0};
    fit->fold = calloc(examples, sizeof *fit->fold);
    fit->room_label = calloc(examples, sizeof *fit->room_label);
    fit->p = calloc(examples * (size_t)fit->classes, sizeof *fit->p);
    if (fit->fold && fit->room_label && fit->p &&
        ridge_init(&fit->room, fit->examples, fit->features, fit->classes, status))
        return true;
    fit_clear(fit);
    return status_fail(status, STATUS_FAILURE, "no memory for a classifier of %d examples",
                       fit->examples);
}

// Folds that each hold an example of every class; 1 if a class has one example only.
static int make_folds(Fit *fit) {
    int fewest = FOLDS;
    for (int c = 0; c < fit->classes; c++) {
        int rank = 0;
        for (int i = 0; i < fit->examples; i++)
            if (fit->label[i] == c)
                fit->fold[i] = rank++;
        fewest = rank < fewest ? rank : fewest;
    }
    for (int i = 0; i < fit->examples && fewest > 0; i++)
        fit->fold[i] %= fewest;
    return fewest;
}

// w from the examples outside of fold `left_out` (all if it is negative).
static bool solve(Fit *fit, double strength, int left_out, Status *status) {
    Ridge *room = &fit->room;
    const int n = fit->features + 1, k = fit->classes;
    int taken = 0;
    for (int i = 0; i < fit->examples; i++) {
        if (left_out >= 0 && fit->fold[i] == left_out)
            continue;
        memcpy(room->A + (ptrdiff_t)taken * n, fit->u + (ptrdiff_t)i * n,
               (size_t)n * sizeof(double));
        for (int c = 0; c < k; c++)
            room->y[(ptrdiff_t)taken * k + c] = (c == fit->label[i]) - 1.0 / k;
        fit->room_label[taken++] = fit->label[i];
    }
    room->examples = taken;
    if (fit->kind == CLASSIFIER_RIDGE)
        return ridge_solve(room, strength) ||
               status_fail(status, STATUS_DIVERGED, "a ridge regression has no solution");
    const Logistic logistic = {taken, fit->features, k, strength, room->A, fit->room_label, fit->p};
    memset(room->w, 0, (size_t)n * (size_t)k * sizeof(double));
    return logistic_solve(&logistic, room->w, status);
}

// Squared error or log loss of fold `left_out` under w.
static double fold_error(Fit *fit, int left_out) {
    const int n = fit->features + 1, k = fit->classes;
    double error = 0;
    for (int i = 0; i < fit->examples; i++) {
        if (fit->fold[i] != left_out)
            continue;
        const double *u = fit->u + (ptrdiff_t)i * n;
        if (fit->kind == CLASSIFIER_LOGISTIC) {
            const Logistic one = {1, fit->features, k, 0, u, fit->label + i, fit->p};
            error += logistic_loss(&one, fit->room.w, NULL);
            continue;
        }
        cblas_dgemv(CblasRowMajor, CblasTrans, n, k, 1, fit->room.w, k, u, 1, 0, fit->p, 1);
        for (int c = 0; c < k; c++) {
            const double apart = fit->p[c] - ((c == fit->label[i]) - 1.0 / k);
            error += apart * apart;
        }
    }
    return error;
}

static bool choose_strength(Fit *fit, double *chosen, Status *status) {
    const int folds = make_folds(fit);
    double least = INFINITY;
    *chosen = kinds[fit->kind].middle;
    for (int s = 0; s < STRENGTHS && folds > 1; s++) {
        double error = 0;
        for (int fold = 0; fold < folds; fold++) {
            if (!solve(fit, kinds[fit->kind].strengths[s], fold, status))
                return false;
            error += fold_error(fit, fold);
        }
        if (error < least) {
            least = error;
            *chosen = kinds[fit->kind].strengths[s];
        }
    }
    return true;
}

static int best_class(const Fit *fit, const double *u, double *scores) {
    const int n = fit->features + 1, k = fit->classes;
    cblas_dgemv(CblasRowMajor, CblasTrans, n, k, 1, fit->room.w, k, u, 1, 0, scores, 1);
    int best = 0;
    for (int c = 1; c < k; c++)
        if (scores[c] > scores[best])
            best = c;
    return best;
}

// [u, 1] in double; in the coordinates of pca if it is given.
static double *extended(const real *u, int count, int features) {
    double *made = malloc((size_t)count * ((size_t)features + 1) * sizeof *made);
    for (int i = 0; made && i < count; i++) {
        double *row = made + (ptrdiff_t)i * (features + 1);
        for (int f = 0; f < features; f++)
            row[f] = (double)u[(ptrdiff_t)i * features + f];
        row[features] = 1;
    }
    return made;
}

static bool predict(ClassifierKind kind, ClassifierStrength strength, const FewShot *labelled,
                    const real *u, int count, int *predicted, Status *status) {
    Fit fit = {kind, labelled->examples, labelled->features, labelled->classes,
               .label = labelled->label};
    double *ua = extended(labelled->u, labelled->examples, labelled->features);
    double *ub = extended(u, count, labelled->features);
    double chosen = kinds[kind].fixed;
    bool done =
        ua && ub ? fit_init(&fit, status)
                 : status_fail(status, STATUS_FAILURE, "no memory for %d features of %d examples",
                               labelled->features, count);
    if (done) {
        fit.u = ua;
        done = (strength == STRENGTH_FIXED || choose_strength(&fit, &chosen, status)) &&
               solve(&fit, chosen, -1, status);
        for (int i = 0; done && i < count; i++)
            predicted[i] = best_class(&fit, ub + (ptrdiff_t)i * (fit.features + 1), fit.p);
        fit_clear(&fit);
    }
    free(ua);
    free(ub);
    return done;
}

// The same in the space that the labelled examples span.
static bool predict_reduced(ClassifierKind kind, ClassifierStrength strength,
                            const FewShot *labelled, const real *u, int count, int *predicted,
                            Status *status) {
    Pca pca;
    if (!pca_fit(&pca, labelled->u, labelled->examples, labelled->features, labelled->examples,
                 status))
        return false;
    const size_t rows = (size_t)labelled->examples + (size_t)count;
    real *projected = calloc(rows * ((size_t)pca.components + 1), sizeof *projected);
    bool done =
        projected || status_fail(status, STATUS_FAILURE, "no memory for %zu examples", rows);
    if (done) {
        real *rest = projected + (ptrdiff_t)labelled->examples * pca.components;
        pca_project(&pca, labelled->u, labelled->examples, projected);
        pca_project(&pca, u, count, rest);
        const FewShot reduced = {labelled->examples, pca.components, labelled->classes, projected,
                                 labelled->label};
        done = predict(kind, strength, &reduced, rest, count, predicted, status);
    }
    free(projected);
    pca_clear(&pca);
    return done;
}

bool classifier_predict(ClassifierKind kind, ClassifierStrength strength, const FewShot *labelled,
                        const real *u, int count, int *predicted, Status *status) {
    const size_t features = (size_t)labelled->features;
    if (!vector_finite(labelled->u, (size_t)labelled->examples * features) ||
        !vector_finite(u, (size_t)count * features)) {
        for (int i = 0; i < count; i++)
            predicted[i] = -1;
        return true;
    }
    return (labelled->features >= labelled->examples ? predict_reduced : predict)(
        kind, strength, labelled, u, count, predicted, status);
}
