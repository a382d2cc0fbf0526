// Measures this machine: how fast an unroll runs against how fast the machine multiplies matrices,
// with every thread busy (one unroll each), and how much memory it takes against what was planned.
//
// One round is: unrolls forward only, unrolls with their gradient, one 2048-cubed OpenBLAS product,
// each on all threads at once.  Rounds repeat, so that all three see the same neighbours and
// temperatures.
#ifndef ENGINE_BENCH_H
#define ENGINE_BENCH_H

#include "engine/phi.h"
#include "engine/theta.h"

typedef struct {
    const char *name;
    RuleSizes rule;
    PhiShape shape;
    int batch, steps;   // B and K of the unroll
    int classes, shots; // of each labelled batch
} BenchPreset;

// The sizes that interface.md names, smallest first.
const BenchPreset *bench_presets(size_t *count);

enum { BENCH_ROUNDS = 5, BENCH_MATRIX = 2048 };

// Of the rounds.
typedef struct {
    double best, median;
} BenchFigure;

typedef struct {
    int threads;
    BenchFigure inner_step_ms;  // forward and meta-objective, per inner step and thread
    BenchFigure unroll_step_ms; // forward, backward and meta-objective, per inner step and thread
    BenchFigure gflops;         // of the latter, all threads together; recomputation does not count
    BenchFigure product_gflops; // matrix product in the engine's number type, all threads together
    double fraction;            // median gflops / median product_gflops
    double predicted_mib;       // planned for all threads' unrolls, rule, theta and data
    double peak_rss_mib;        // of the process after one unroll with gradient on every thread
} BenchResult;

bool bench_run(const BenchPreset *preset, int threads, BenchResult *result, Status *status);

#endif
