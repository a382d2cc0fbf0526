// rulesmith bench: how fast and how large unrolls are on this machine.
#include "app/bench_data.h"
#include "app/commands.h"
#include "engine/bench.h"
#include "engine/blas.h"
#include "engine/kernels.h"
#include "engine/number.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

// --threads, or one for each core.
static bool thread_count(const Options *options, int *threads, Status *status) {
    Settings settings;
    settings_default(&settings);
    for (int i = 0; i < options->assignment_count; i++) {
        const Assignment *assignment = &options->assignments[i];
        if (!settings_set(&settings, "run", "threads", assignment->value, "--threads", status))
            return false;
    }
    const long cores = sysconf(_SC_NPROCESSORS_ONLN);
    *threads = settings.threads > 0 ? settings.threads : cores > 0 ? (int)cores : 1;
    return true;
}

static bool fail_unknown_preset(const char *name, Status *status) {
    size_t count;
    const BenchPreset *presets = bench_presets(&count);
    char known[256] = "";
    for (size_t i = 0; i < count; i++) {
        const size_t length = strlen(known);
        snprintf(known + length, sizeof known - length, "%s%s", i ? ", " : "", presets[i].name);
    }
    return status_fail(status, STATUS_USAGE, "--preset of bench is '%s', expected one of: %s", name,
                       known);
}

// ---- output
// ---------------------------------------------------------------------------------------

static void print_number(const char *name, double value, const char *end) {
    char text[NUMBER_TEXT];
    printf("\"%s\": %s%s", name, number_text(value, text), end);
}

static void print_json(const BenchPreset *preset, const BenchResult *result, bool first) {
    printf("%s  \"%s\": {", first ? "" : ",\n", preset->name);
    print_number("inner_step_ms", result->inner_step_ms.median, ", ");
    print_number("unroll_step_ms", result->unroll_step_ms.median, ", ");
    print_number("gflops", result->gflops.median, ", ");
    print_number("sgemm_gflops", result->product_gflops.median, ", ");
    print_number("fraction", result->fraction, ",\n    ");
    print_number("peak_rss_mib", result->peak_rss_mib, ", ");
    print_number("predicted_mib", result->predicted_mib, ", ");
    printf("\"threads\": %d, \"kernels\": \"%s\", \"number\": \"%s\", \"rounds\": %d,\n    ",
           result->threads, kernels_best()->name, REAL_NAME, BENCH_ROUNDS);
    print_number("inner_step_ms_best", result->inner_step_ms.best, ", ");
    print_number("unroll_step_ms_best", result->unroll_step_ms.best, ", ");
    print_number("gflops_best", result->gflops.best, ", ");
    print_number("sgemm_gflops_best", result->product_gflops.best, "}");
}

static void print_heading(int threads) {
    printf("%d threads, one unroll each; %s kernels, %s; median (best) of %d rounds\n"
           "  inner step   forward and meta-objective\n"
           "  unroll step  forward, backward and meta-objective, per inner step\n"
           "  product      a %d-cubed OpenBLAS product on each thread (%s)\n\n"
           "%-8s %18s %18s %18s %18s %9s %22s\n",
           threads, kernels_best()->name, REAL_NAME, BENCH_ROUNDS, BENCH_MATRIX, blas_description(),
           "preset", "inner step ms", "unroll step ms", "GFLOP/s", "product GFLOP/s", "fraction",
           "peak MiB (planned)");
}

static void print_figure(BenchFigure figure) {
    char cell[48];
    snprintf(cell, sizeof cell, "%.2f (%.2f)", figure.median, figure.best);
    printf(" %18s", cell);
}

static void print_row(const BenchPreset *preset, const BenchResult *result) {
    printf("%-8s", preset->name);
    print_figure(result->inner_step_ms);
    print_figure(result->unroll_step_ms);
    print_figure(result->gflops);
    print_figure(result->product_gflops);
    printf(" %8.1f%% %12.1f (%.1f)\n", 100 * result->fraction, result->peak_rss_mib,
           result->predicted_mib);
    fflush(stdout);
}

// ---- the command
// ----------------------------------------------------------------------------------

enum { MOST_PRESETS = 8 };

// The wanted presets: the one of that name, or all if it is NULL.
static size_t choose(const char *name, const BenchPreset *chosen[MOST_PRESETS]) {
    size_t count, found = 0;
    const BenchPreset *presets = bench_presets(&count);
    for (size_t i = 0; i < count && found < MOST_PRESETS; i++)
        if (!name || strcmp(name, presets[i].name) == 0)
            chosen[found++] = &presets[i];
    return found;
}

// JSON is printed once all has gone well, rows of the table as they come.
static bool run_all(const BenchPreset *const *chosen, size_t count, int threads, bool json,
                    Status *status) {
    BenchResult results[MOST_PRESETS];
    if (!json)
        print_heading(threads);
    for (size_t i = 0; i < count; i++) {
        if (!bench_run(chosen[i], threads, &results[i], status))
            return false;
        if (!json)
            print_row(chosen[i], &results[i]);
    }
    if (!json)
        return true;
    printf("{\n");
    for (size_t i = 0; i < count; i++)
        print_json(chosen[i], &results[i], i == 0);
    printf("\n}\n");
    return true;
}

int command_bench(const Options *options) {
    const BenchPreset *chosen[MOST_PRESETS];
    Status status;
    int threads;
    status_clear(&status);
    if (options->data)
        return bench_data(options, &status) ? STATUS_OK : report_error(&status);
    const size_t count = choose(options->preset, chosen);
    if (count == 0)
        fail_unknown_preset(options->preset, &status);
    if (count == 0 || !thread_count(options, &threads, &status) || !blas_init(&status) ||
        !run_all(chosen, count, threads, options->json, &status))
        return report_error(&status);
    return STATUS_OK;
}
