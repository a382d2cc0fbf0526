// What the engine shows of itself: an immutable picture, published as often as it likes, never
// waiting for a reader.  Views are pure functions of it.
//
// Curves live in a History, which only grows: a snapshot says how many points of it it may see, so
// taking a snapshot copies no curve and no reader ever sees a point change.
//
// Numbers that are not there yet are absent, never zero: `*_count` fields and NaN say so.
#ifndef ENGINE_SNAPSHOT_H
#define ENGINE_SNAPSHOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    SNAPSHOT_WORKERS = 64,  // most workers shown
    SNAPSHOT_HELD_OUT = 4,  // most held-out data sets
    SNAPSHOT_MARKS = 4,     // inner steps 0, T/4, T/2, T
    SNAPSHOT_LOG_LINES = 8, // newest last
    SNAPSHOT_LOG_TEXT = 160,
    SNAPSHOT_HISTOGRAMS = 48,
    SNAPSHOT_BINS = 48,
    SNAPSHOT_PERCENTILES = 9, // min 7 16 31 50 69 84 93 max
};

// One outer step; or, in the older part of a long run, several that were put together: outer_step,
// seconds and rate are those of the last of them, dropped is of all, the rest are means over the
// steps that were finite, with the lowest and the highest of those beside them.
enum { RANGE_META_LOSS, RANGE_GRADIENT_NORM, RANGE_CLIPPED_NORM, OUTER_RANGES };
typedef struct {
    long outer_step;      // 1 after the first step
    double seconds;       // of training time, pauses and earlier sessions counted in
    double meta_loss;     // mean over the workers of the step; NaN if none was finite
    double accuracy;      // mean few-shot accuracy on the training tasks' labelled batches
    double gradient_norm; // before clipping
    double clipped_norm;  // after
    double rate;          // outer learning rate used
    long dropped;         // workers whose loss or gradient was not finite
    long steps;           // that were put together; 0 is 1
    long not_finite;      // of several steps: those whose meta-loss was not finite; of one 0
    double low[OUTER_RANGES], high[OUTER_RANGES]; // of several steps; NaN if none was finite
} OuterPoint;

// One evaluation on the held-out sets.
typedef struct {
    long outer_step;
    double seconds;
    int set_count;
    // [set][mark] mean over the seeds, and its standard error (NaN with one seed)
    double accuracy_mean[SNAPSHOT_HELD_OUT][SNAPSHOT_MARKS];
    double accuracy_error[SNAPSHOT_HELD_OUT][SNAPSHOT_MARKS];
} EvaluationPoint;

// The tensors and groups of tensors whose percentiles are kept over time, the same for a whole run.
typedef struct {
    int count;
    char names[SNAPSHOT_HISTOGRAMS][40]; // "theta h.unit0", "phi layer1.W"
} WeightNames;

// Their percentiles at one evaluation, a row of numbers: the outer step, then WEIGHT_COLUMNS for
// each name: the percentiles (NaN if there is no finite value) and how many are not finite.
enum { WEIGHT_COLUMNS = SNAPSHOT_PERCENTILES + 1 };
static inline size_t weight_row_columns(const WeightNames *names) {
    return 1 + (size_t)names->count * WEIGHT_COLUMNS;
}

// The lowest and the highest of the steps that a point stands for; of one step both are its value.
void outer_point_range(const OuterPoint *point, int range, double *low, double *high);
// How many of the steps that a point stands for had no finite meta-loss.
long outer_point_not_finite(const OuterPoint *point);

typedef struct History History; // append-only; see history.h for the writer's side
const OuterPoint *history_outer(const History *history, size_t index);
const EvaluationPoint *history_evaluation(const History *history, size_t index);
const double *history_weights(const History *history, size_t index); // [weight_row_columns]
const WeightNames *history_weight_names(const History *history);     // constant once there is a row

typedef enum { WORKER_IDLE, WORKER_UNROLLING, WORKER_DONE } WorkerPhase;

typedef struct {
    WorkerPhase phase;
    char task[48];         // "glyphs 14-way rotated"
    char architecture[48]; // "196-64-48-32"
    int inner_step;        // steps this task has been trained for
    int horizon;           // steps after which it gets a new task
    int truncation;        // length of the running unroll
    double meta_loss;      // mean of its last unroll; NaN before the first
    double accuracy;
} WorkerView;

typedef struct {
    char name[40];    // "theta h.unit0", "phi layer1.W"
    double low, high; // edges of the bins
    uint32_t bins[SNAPSHOT_BINS];
    uint32_t under, over; // finite values outside the edges
    uint32_t nan, positive_infinity, negative_infinity;
    double percentiles[SNAPSHOT_PERCENTILES]; // min 7 16 31 50 69 84 93 max; NaN if there is no
                                              // finite value
} HistogramView;

// First-layer weights of the evaluated base model, its inputs put back in image order.
typedef struct {
    int height, width, channels; // of the input image
    int units;                   // N_1; 0 = no evaluation yet
    float *weights;              // [height * width * channels, units]; owned by the snapshot
    char title[48];              // "W_1 before"; "": first-layer filters
    bool grey;                   // drawn in greys, zero in their middle
    char caption[120];           // "fashion 14x14, 128 units, after 50 inner steps, outer step 400"
} FiltersView;

typedef enum {
    ENGINE_STARTING,
    ENGINE_TRAINING,
    ENGINE_EVALUATING,
    ENGINE_PAUSED,
    ENGINE_SAVING,
    ENGINE_FINISHED,
    ENGINE_FAILED, // the last log line says why
    // Of a run that is read from its directory only.
    ENGINE_INTERRUPTED, // saved and left before its goal
    ENGINE_KILLED,      // its process has gone without a word
    ENGINE_UNKNOWN,     // on another host
} EngineState;

typedef struct {
    EngineState state;
    bool watched; // read from the run's directory: this process does not train it
    char run[96]; // run directory, as the user would name it
    char preset[48];
    char kernels[32]; // "avx512", "avx2", "portable"
    uint64_t seed;
    int threads;                   // 0: unknown
    long outer_step;               // done so far
    long outer_step_goal;          // 0 = until stopped
    double seconds;                // training time as in OuterPoint
    double outer_steps_per_second; // over the last ten seconds or so; NaN before the first step
    double inner_steps_per_second;
    double gflops;   // model arithmetic only
    long non_finite; // dropped workers since the start of the run

    const History *history; // shared, append-only
    size_t outer_count;     // points of history that this snapshot may read
    size_t evaluation_count;
    size_t weight_count; // rows of percentiles

    int held_out_count;
    char held_out[SNAPSHOT_HELD_OUT][48];         // "fashion 14x14" or "held-out glyphs 14x14"
    bool held_out_is_fallback;                    // no real held-out set was found; say so
    double raw_pixel_accuracy[SNAPSHOT_HELD_OUT]; // ridge on raw pixels; NaN before it is known
    double random_accuracy[SNAPSHOT_HELD_OUT];    // random phi_0, the dashed line; NaN likewise
    int marks[SNAPSHOT_MARKS];                    // the inner steps of the four accuracies

    int worker_count;
    WorkerView workers[SNAPSHOT_WORKERS];
    int histogram_count;
    HistogramView histograms[SNAPSHOT_HISTOGRAMS];
    FiltersView filters;
    int log_count;
    char log[SNAPSHOT_LOG_LINES][SNAPSHOT_LOG_TEXT];
} Snapshot;

// A board on which one thread pins the newest snapshot and others take it down to look at.
typedef struct SnapshotBoard SnapshotBoard;

SnapshotBoard *snapshot_board_new(void); // NULL without memory
void snapshot_board_free(SnapshotBoard *board);

// Makes *snapshot (copied, with its filters; its history is held) the current one.  Called by the
// engine; holds a lock only for the exchange of one pointer.  Without memory the old picture stays.
void snapshot_board_publish(SnapshotBoard *board, const Snapshot *snapshot);

// The current snapshot, or NULL before the first; give it back with snapshot_release.
const Snapshot *snapshot_board_acquire(SnapshotBoard *board);
void snapshot_release(SnapshotBoard *board, const Snapshot *snapshot);

#endif
