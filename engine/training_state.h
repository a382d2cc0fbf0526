// What a MetaTraining is made of; private to meta_training.c, training_*.c and checkpoint*.c.
#ifndef ENGINE_TRAINING_STATE_H
#define ENGINE_TRAINING_STATE_H

#include "engine/adam.h"
#include "engine/evaluation.h"
#include "engine/fallback.h"
#include "engine/history.h"
#include "engine/meta_training.h"
#include "engine/pool.h"
#include "engine/worker.h"

// Finished outer steps of the last seconds, for the rates that a snapshot shows.
enum { PACE_POINTS = 64 };
typedef struct {
    double seconds[PACE_POINTS]; // of the monotonic clock at the end of the step
    long inner_steps[PACE_POINTS];
    double operations[PACE_POINTS];
    int count, newest;
    double begun; // clock at the start of the oldest step kept
} Pace;

struct MetaTraining {
    Settings settings;
    MetaTrainingInputs inputs;
    ThetaLayout layout;
    const Kernels *kernels;
    UnrollSizes sizes;
    TaskSource source;

    real *theta; // [layout.count]
    // [layout.count] moving average of theta over outer steps: what is evaluated and saved as the
    // rule; theta itself where outer.average is 0.  Equal to theta before the first step.
    real *average;
    Adam adam;
    Rule rule;                    // theta, prepared
    double *mean_gradient;        // [layout.count]
    const real **worker_gradient; // [workers] the workers' own
    bool *worker_counts;          // [workers]
    Worker *worker;               // [settings.workers]
    Pool *pool;
    WorkerRoom *room; // [threads]
    atomic_bool stop;

    char parent[256]; // the rule file that theta started from, "" if from random numbers

    // Counters that a checkpoint keeps.
    long outer_step;
    double seconds;
    long non_finite;    // dropped workers so far
    double rate_factor; // halved by the policy halve-lr
    History *history;
    long skipped_in_a_row; // outer steps of which no worker was left
    Fallback fallback;

    // Of the last evaluation.
    PhiShape evaluation_shape;
    Phi evaluated; // phi_T of the first seed on the first held-out set; owned block
    bool has_evaluated;
    long evaluated_step;
    int *permutation; // [inputs] of that seed
    float *filters;   // [inputs, N_1] its W_1 in image order
    // The same of the running one, which takes their place if it is not interrupted.
    Phi evaluating;
    int *permutation_evaluating;
    double raw_pixel_accuracy[SNAPSHOT_HELD_OUT];
    double random_accuracy[SNAPSHOT_HELD_OUT];

    Pace pace;
    int log_count;
    char log[SNAPSHOT_LOG_LINES][SNAPSHOT_LOG_TEXT];
};

int training_threads(const Settings *settings); // settings.threads, or one for each core

// Lets the unrolls of all threads keep as many inner steps as run.memory holds.
void training_keep_steps(const Settings *settings, const Rule *rule, UnrollSizes *sizes);

// Adds a line to the log of the snapshots and tells inputs.log.
void training_log(MetaTraining *training, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

void pace_note(Pace *pace, double begun, double ended, long inner_steps, double operations);

// Histograms of the groups of theta and, after an evaluation, of the tensors of the evaluated base
// model: views [SNAPSHOT_HISTOGRAMS].  Returns how many.
int training_histograms(const MetaTraining *training, HistogramView *views);

// ---- weight_curves.c ----

// A row of percentiles of what training_histograms shows, into the curves and the metrics.
void weight_curves_note(MetaTraining *training);
// How many rows, each a metric, were noted after the present outer step.
long weight_curves_of_step(const MetaTraining *training);

// The moving average begins anew, at theta.
void training_begin_average(MetaTraining *training);

// ---- divergence.c ----

// Counts and logs a worker whose step met a number that is not finite.
void divergence_note_worker(MetaTraining *training, int index);
// What the settings say is to be done about that many of them; false: stop.
bool divergence_apply_policy(MetaTraining *training, int dropped, Status *status);
// After an outer step of which `counted` workers were used and `dropped` were not: falls back if it
// must; false with STATUS_DIVERGED if there is nothing left to fall back to.
bool divergence_settle(MetaTraining *training, int counted, int dropped, Status *status);

#endif
