#include "engine/transfer/look.h"

#include "engine/embedding.h"

#include <math.h>
#include <stdlib.h>

// ---- receptive fields ----

// Sums over pairs of neighbouring pixels of one channel.
typedef struct {
    double product; // of deviations from the mean
    int pairs;
} Neighbours;

static void add_pair(Neighbours *neighbours, double a, double b) {
    neighbours->product += a * b;
    neighbours->pairs++;
}

// field [height, width, channels], deviations from their mean.
static double correlation(const Dataset *dataset, const double *field, double variance) {
    const int width = dataset->width, channels = dataset->channels, row = width * channels;
    Neighbours neighbours = {0};
    for (int y = 0; y < dataset->height; y++)
        for (int i = 0; i < row; i++) {
            const double *at = field + (ptrdiff_t)y * row + i;
            if (i + channels < row)
                add_pair(&neighbours, at[0], at[channels]);
            if (y + 1 < dataset->height)
                add_pair(&neighbours, at[0], at[row]);
        }
    return neighbours.product / neighbours.pairs / variance;
}

// The receptive field of a unit in image order, less its mean; returns its variance, 0 if that is
// lost in rounding.
static double take_field(const Problem *problem, const real *W, int units, int unit,
                         double *field) {
    double mean = 0, squares = 0;
    for (int k = 0; k < problem->inputs; k++)
        mean += (double)W[(ptrdiff_t)k * units + unit] / problem->inputs;
    for (int k = 0; k < problem->inputs; k++) {
        const double apart = (double)W[(ptrdiff_t)k * units + unit] - mean;
        field[problem->permutation[k]] = apart;
        squares += apart * apart;
    }
    const double lost = 1e-12 * mean * mean * problem->inputs;
    return squares <= lost ? 0 : squares / problem->inputs; // NaN stays
}

static bool find_smoothness(double *smoothness, const Problem *problem,
                            const Representation *representation, Status *status) {
    const Dataset *dataset = problem->dataset;
    *smoothness = NAN;
    if (representation->kind != REPRESENTATION_BASE_MODEL || dataset->vectors ||
        dataset->height * dataset->width < 2)
        return true;
    const int units = representation->shape->sizes[1];
    double *field = calloc((size_t)problem->inputs, sizeof *field);
    if (!field)
        return status_fail(status, STATUS_FAILURE, "no memory for a receptive field");
    double sum = 0;
    for (int unit = 0; unit < units; unit++) {
        const double variance = take_field(problem, representation->phi->W[1], units, unit, field);
        // A field that is flat has no correlation; it counts as independent.
        sum += variance > 0 ? correlation(dataset, field, variance) : variance;
    }
    *smoothness = sum / units;
    free(field);
    return true;
}

// ---- variance ----

static bool embed(Embedding *embedding, const Problem *problem,
                  const Representation *representation, Status *status) {
    const int count = problem->test_count, features = representation_features(representation);
    real *x = calloc((size_t)count * (size_t)problem->inputs, sizeof *x);
    real *u = calloc((size_t)count * (size_t)features, sizeof *u);
    float *turned = calloc((size_t)count * (size_t)features, sizeof *turned);
    bool done = x && u && turned;
    if (!done)
        status_fail(status, STATUS_FAILURE, "no memory to look at %d examples", count);
    if (done) {
        problem_inputs(problem, problem->test, count, x);
        done = representation_compute(representation, x, count, u, status);
    }
    for (int i = 0; done && i < count; i++)
        for (int f = 0; f < features; f++)
            turned[(ptrdiff_t)f * count + i] = (float)u[(ptrdiff_t)i * features + f];
    done = done && embedding_init(embedding, turned, features, count, status);
    free(x);
    free(u);
    free(turned);
    return done;
}

bool look_at(Look *look, const Problem *problem, const Representation *representation,
             Status *status) {
    Embedding embedding;
    if (!find_smoothness(&look->smoothness, problem, representation, status) ||
        !embed(&embedding, problem, representation, status))
        return false;
    double sum = embedding.finite ? 0 : NAN;
    for (int k = 0; k < LOOK_SHARES; k++) {
        sum += k < embedding.components ? embedding.share[k] : 0;
        look->explained[k] = sum;
    }
    look->dimensions = embedding.finite ? embedding_dimensions(&embedding) : NAN;
    embedding_clear(&embedding);
    return true;
}
