// Meta-training (spec 5): workers with an unroll each, an order-fixed average of their
// meta-gradients, clipping, Adam.  Everything that happens follows from the settings and their
// seed, whatever the number of threads.
//
// One thread drives a MetaTraining; its workers run on a pool of its own.  Snapshots go to a board
// that any thread may read; meta_training_interrupt may be called from any thread.
#ifndef ENGINE_META_TRAINING_H
#define ENGINE_META_TRAINING_H

#include "engine/data/dataset.h"
#include "engine/kernels.h"
#include "engine/settings.h"
#include "engine/snapshot.h"
#include "engine/status.h"

typedef struct MetaTraining MetaTraining;

typedef struct {
    const Dataset
        *sources; // [source_count] meta-training data; borrowed, must outlive the training
    const double *source_weights; // [source_count]
    int source_count;
    const Dataset
        *held_out; // [held_out_count] evaluation data, images already at image_size; borrowed
    int held_out_count;
    bool held_out_is_fallback; // held-out part of the training data, for want of a real one
    SnapshotBoard *board;      // where to publish, or NULL; borrowed
    void (*log)(void *context, const char *line); // told of every event, or NULL
    void *log_context;
    void (*metric)(void *context,
                   const char *json); // one JSON object per outer step and evaluation, or NULL
    void *metric_context;
    const Kernels *kernels; // NULL: the best for this processor
    char run[96];           // shown in snapshots
    char preset[48];
} MetaTrainingInputs;

// Allocates everything that training needs; the steady loop allocates nothing of the size of a
// tensor.
bool meta_training_new(MetaTraining **training, const Settings *settings,
                       const MetaTrainingInputs *inputs, Status *status);
void meta_training_free(MetaTraining *training);

// Bytes that meta_training_new will allocate for these settings (resident memory adds the data
// sets).
size_t meta_training_memory(const Settings *settings, int inputs);

// One outer step.  Workers that meet a number that is not finite are left out and told of; after
// ten outer steps in a row without any worker left, theta and Adam are put back to an earlier state
// (fallback.h) with half the rate.  False with STATUS_DIVERGED if the policy for non-finite numbers
// says stop, or if no earlier state is left.
// An interrupted step changes nothing and returns true with *done = false.
bool meta_training_step(MetaTraining *training, bool *done, Status *status);

// Transfer accuracy on the held-out sets, as evaluate_* of the settings say.  The caller decides
// when; it changes nothing that training depends on.
bool meta_training_evaluate(MetaTraining *training, bool *done, Status *status);

// Makes a running step or evaluation return within one inner step of every worker.
void meta_training_interrupt(MetaTraining *training);
void meta_training_resume(MetaTraining *training); // takes the interruption back

void meta_training_publish(MetaTraining *training, EngineState state); // a fresh snapshot now

long meta_training_outer_step(const MetaTraining *training);
double meta_training_seconds(const MetaTraining *training);

// How many metrics have been told of the last outer step: its own, and one for each held-out set of
// each evaluation since.
long meta_training_metrics_of_step(const MetaTraining *training);

// The settings in force: those it was made with, and what has changed since.
const Settings *meta_training_settings(const MetaTraining *training);

// Takes the live settings (settings.h) out of wanted; the rest of wanted does not count.  The next
// outer step uses them, a checkpoint keeps them.  A task that has begun keeps its horizon.  A new
// rate takes back what the policy halve-lr has done to the old one.  On failure nothing has
// changed.
bool meta_training_change(MetaTraining *training, const Settings *wanted, Status *status);

// Full state: theta, Adam, every worker's phi, task and random state, counters, curves.  Written to
// a temporary name, synced, renamed.  Loading checks that rule sizes and workers agree with the
// settings.
bool meta_training_save(const MetaTraining *training, const char *path, Status *status);
// Live settings become what they were when the checkpoint was written.  After a failed load the
// training is good for nothing but meta_training_free.
bool meta_training_load(MetaTraining *training, const char *path, Status *status);

// The rule alone (theta), as interface.md names it.
bool meta_training_save_rule(const MetaTraining *training, const char *path, Status *status);
// Starts from the theta of a rule file instead of a random one.
bool meta_training_load_rule(MetaTraining *training, const char *path, Status *status);

#endif
