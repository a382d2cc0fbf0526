#include "engine/bench.h"

#include "engine/blas.h"
#include "engine/pool.h"
#include "engine/settings.h"
#include "engine/unroll.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

static const double least_seconds = 0.25; // of a measurement
static const double mebibyte = 1 << 20;

static const BenchPreset presets[] = {
    {.name = "small",
     .rule = {.H = 16, .D = 8, .R = 4, .T = 16, .E = 32},
     .shape = {3, {196, 64, 64, 32}, ACTIVATION_RELU},
     .batch = 48,
     .steps = 5,
     .classes = 10,
     .shots = 10},
    {.name = "paper",
     .rule = {.H = 64, .D = 32, .R = 4, .T = 64, .E = 32},
     .shape = {5, {196, 128, 128, 128, 128, 32}, ACTIVATION_RELU},
     .batch = 128,
     .steps = 5,
     .classes = 10,
     .shots = 10},
};

const BenchPreset *bench_presets(size_t *count) {
    *count = sizeof presets / sizeof presets[0];
    return presets;
}

// What one thread works with.
typedef struct {
    Unroll *unroll;
    real *dtheta;
    real *matrix; // [3, 2048, 2048], after the peak of memory has been read
} Lane;

typedef struct {
    const BenchPreset *preset;
    int threads;
    ThetaLayout layout;
    Rule rule;
    Arena arena; // theta, phi, the data of an inner step, dtheta of every lane
    Phi phi;
    StepData *data; // [steps], all alike
    UnrollTask task;
    Lane *lane; // [threads]
    Pool *pool;
    int repetitions;
} Bench;

// ---- what is measured
// -----------------------------------------------------------------------------

static void run_unrolls(const Bench *bench, int item, bool gradient) {
    for (int i = 0; i < bench->repetitions; i++) {
        UnrollResult result = {.dtheta = gradient ? bench->lane[item].dtheta : NULL};
        unroll_run(bench->lane[item].unroll, &bench->task, &result);
    }
}

static void forward_work(void *context, int item, int thread) {
    (void)thread;
    run_unrolls(context, item, false);
}

static void gradient_work(void *context, int item, int thread) {
    (void)thread;
    run_unrolls(context, item, true);
}

static void product_work(void *context, int item, int thread) {
    (void)thread;
    const Bench *bench = context;
    const int n = BENCH_MATRIX;
    real *a = bench->lane[item].matrix, *b = a + (ptrdiff_t)n * n, *c = b + (ptrdiff_t)n * n;
    product(AS_IS, AS_IS, n, n, n, 1, a, n, b, n, 0, c, n);
}

// Seconds until all threads are done with one item each.
static double seconds_of(Bench *bench, PoolWork *work) {
    struct timespec from, to;
    clock_gettime(CLOCK_MONOTONIC, &from);
    pool_run(bench->pool, bench->threads, work, bench);
    clock_gettime(CLOCK_MONOTONIC, &to);
    return (double)(to.tv_sec - from.tv_sec) + 1e-9 * (double)(to.tv_nsec - from.tv_nsec);
}

// ---- setting up
// -----------------------------------------------------------------------------------

static int examples_of(const BenchPreset *preset) {
    return preset->classes * preset->shots;
}

static real *take_uniform(Arena *arena, size_t count, Random *random) {
    real *values = arena_take(arena, count);
    for (size_t i = 0; values && i < count; i++)
        values[i] = (real)random_uniform(random);
    return values;
}

static real *take_labels(Arena *arena, const BenchPreset *preset) {
    const size_t count = (size_t)examples_of(preset) * (size_t)preset->classes;
    real *y = arena_take(arena, count);
    for (size_t i = 0; y && i < count; i++) {
        const int example = (int)i / preset->classes, column = (int)i % preset->classes;
        y[i] = example % preset->classes == column;
    }
    return y;
}

static void place(Bench *bench, Random *random) {
    const BenchPreset *preset = bench->preset;
    const size_t inputs = (size_t)preset->shape.sizes[0];
    const size_t labelled = (size_t)examples_of(preset) * inputs;
    phi_take(&bench->phi, &preset->shape, &bench->arena);
    for (int i = 0; i < bench->threads; i++)
        bench->lane[i].dtheta = arena_take(&bench->arena, bench->layout.count);
    const StepData data = {.x = take_uniform(&bench->arena, (size_t)preset->batch * inputs, random),
                           .labelled = {.examples = examples_of(preset),
                                        .classes = preset->classes,
                                        .targets = preset->classes,
                                        .xa = take_uniform(&bench->arena, labelled, random),
                                        .ya = take_labels(&bench->arena, preset),
                                        .xb = take_uniform(&bench->arena, labelled, random),
                                        .yb = take_labels(&bench->arena, preset)}};
    for (int k = 0; k < preset->steps; k++)
        bench->data[k] = data;
    real *theta = arena_take(&bench->arena, bench->layout.count);
    if (!theta)
        return;
    phi_initialise(&bench->phi, &preset->shape, random);
    theta_initialise(theta, &bench->layout, random);
    rule_set(&bench->rule, theta);
}

// As a training of so many threads would have it.
static UnrollSizes sizes_of(const Bench *bench) {
    const BenchPreset *preset = bench->preset;
    Settings settings;
    settings_default(&settings);
    UnrollSizes sizes = {.shape = preset->shape,
                         .batch = preset->batch,
                         .steps = preset->steps,
                         .examples = examples_of(preset),
                         .targets = preset->classes};
    sizes.kept = unroll_steps_kept(&bench->rule, &sizes, settings.memory * 0x1p20 / bench->threads);
    return sizes;
}

static bool bench_init(Bench *bench, Status *status) {
    const BenchPreset *preset = bench->preset;
    bench->lane = calloc((size_t)bench->threads, sizeof *bench->lane);
    bench->data = calloc((size_t)preset->steps, sizeof *bench->data);
    if (!bench->lane || !bench->data)
        return status_fail(status, STATUS_FAILURE, "out of memory for %d threads", bench->threads);
    if (!theta_layout(&bench->layout, preset->rule, status) ||
        !rule_init(&bench->rule, &bench->layout, status))
        return false;
    place(bench, NULL);
    if (!arena_init(&bench->arena, bench->arena.used, status))
        return false;
    Random random = random_seeded(1, 0);
    place(bench, &random);
    bench->task = (UnrollTask){.shape = &preset->shape,
                               .batch = preset->batch,
                               .steps = preset->steps,
                               .examples = examples_of(preset),
                               .classes = preset->classes,
                               .targets = preset->classes,
                               .rate = 1e-4,
                               .phi = &bench->phi,
                               .data = bench->data};
    const UnrollSizes sizes = sizes_of(bench);
    for (int i = 0; i < bench->threads; i++)
        if (!unroll_new(&bench->lane[i].unroll, &bench->rule, kernels_best(), &sizes, status))
            return false;
    return pool_new(&bench->pool, bench->threads, status);
}

static bool take_matrices(Bench *bench, Status *status) {
    const size_t count = 3 * (size_t)BENCH_MATRIX * BENCH_MATRIX;
    for (int i = 0; i < bench->threads; i++) {
        real *matrix = aligned_alloc(ALIGNMENT, count * sizeof(real));
        if (!matrix)
            return status_fail(status, STATUS_FAILURE, "out of memory for three %d x %d matrices",
                               BENCH_MATRIX, BENCH_MATRIX);
        bench->lane[i].matrix = matrix;
        for (size_t k = 0; k < count; k++)
            matrix[k] = (real)((double)(k % 17) / 17 - 0.5);
    }
    return true;
}

static void bench_clear(Bench *bench) {
    pool_free(bench->pool);
    for (int i = 0; bench->lane && i < bench->threads; i++) {
        unroll_free(bench->lane[i].unroll);
        free(bench->lane[i].matrix);
    }
    free(bench->lane);
    free(bench->data);
    arena_clear(&bench->arena);
    rule_clear(&bench->rule);
}

// ---- memory
// ---------------------------------------------------------------------------------------

// Lets the peak start again from what is in use now, where Linux allows; else it is that of the
// process so far.
static void reset_peak(void) {
    const int file = open("/proc/self/clear_refs", O_WRONLY | O_CLOEXEC);
    if (file < 0)
        return;
    const ssize_t written = write(file, "5", 1);
    (void)written;
    close(file);
}

static double peak_mib(void) {
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (double)usage.ru_maxrss / 1024;
}

static double predicted_mib(const Bench *bench) {
    const UnrollSizes sizes = sizes_of(bench);
    const size_t unrolls = (size_t)bench->threads * unroll_bytes(&bench->rule, &sizes);
    return (double)(unrolls + bench->arena.size + bench->rule.arena.size) / mebibyte;
}

// ---- measuring
// ------------------------------------------------------------------------------------

static int compare(const void *a, const void *b) {
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

// best: the least of times, the greatest of rates.
static BenchFigure figure_of(const double values[BENCH_ROUNDS], bool least_is_best) {
    double sorted[BENCH_ROUNDS];
    memcpy(sorted, values, sizeof sorted);
    qsort(sorted, BENCH_ROUNDS, sizeof sorted[0], compare);
    return (BenchFigure){.best = sorted[least_is_best ? 0 : BENCH_ROUNDS - 1],
                         .median = sorted[BENCH_ROUNDS / 2]};
}

static void measure(Bench *bench, BenchResult *result) {
    const BenchPreset *preset = bench->preset;
    const double operations =
        unroll_step_operations(&preset->rule, &preset->shape, preset->batch, examples_of(preset));
    const double product_operations = 2.0 * BENCH_MATRIX * BENCH_MATRIX * BENCH_MATRIX;
    const double steps = (double)bench->repetitions * preset->steps, threads = bench->threads;
    double inner[BENCH_ROUNDS], unroll[BENCH_ROUNDS], rate[BENCH_ROUNDS], products[BENCH_ROUNDS];
    for (int i = 0; i < BENCH_ROUNDS; i++) {
        inner[i] = seconds_of(bench, forward_work) / steps * 1e3;
        unroll[i] = seconds_of(bench, gradient_work) / steps * 1e3;
        rate[i] = threads * operations / unroll[i] / 1e6;
        products[i] = threads * product_operations / seconds_of(bench, product_work) / 1e9;
    }
    result->inner_step_ms = figure_of(inner, true);
    result->unroll_step_ms = figure_of(unroll, true);
    result->gflops = figure_of(rate, false);
    result->product_gflops = figure_of(products, false);
    result->fraction = result->gflops.median / result->product_gflops.median;
}

// The first run on every thread touches all memory, and says how many make a measurement.
static bool warm_up(Bench *bench, BenchResult *result, Status *status) {
    bench->repetitions = 1;
    seconds_of(bench, gradient_work);
    result->peak_rss_mib = peak_mib();
    result->predicted_mib = predicted_mib(bench);
    const double seconds = seconds_of(bench, gradient_work);
    bench->repetitions = seconds > 0 ? 1 + (int)(least_seconds / seconds) : 1;
    if (!take_matrices(bench, status))
        return false;
    seconds_of(bench, product_work);
    return true;
}

bool bench_run(const BenchPreset *preset, int threads, BenchResult *result, Status *status) {
    Bench *bench = calloc(1, sizeof *bench);
    if (!bench)
        return status_fail(status, STATUS_FAILURE, "out of memory");
    *result = (BenchResult){.threads = threads};
    bench->preset = preset;
    bench->threads = threads;
    reset_peak();
    const bool done = bench_init(bench, status) && warm_up(bench, result, status);
    if (done)
        measure(bench, result);
    bench_clear(bench);
    free(bench);
    return done;
}
