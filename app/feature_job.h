// What the Features and Embedding screens and `export` compute: features of a rule and the
// filmstrip of a run, from files alone, so that they do not depend on whether this process trains.
#ifndef APP_FEATURE_JOB_H
#define APP_FEATURE_JOB_H

#include "app/run_directory.h"
#include "engine/features.h"
#include "engine/filmstrip.h"

enum { FEATURE_EXAMPLES = 200 }; // of the batch shown

typedef struct {
    const Settings *settings;
    const Dataset *dataset;
    const RunDirectory *run; // its rules; NULL: there is only `rule`
    const char *rule;        // a rule file; NULL: the newest of the run
    const atomic_bool *stop; // NULL: never
} FeatureJob;

// *features belongs to the caller; NULL with true if it was stopped.
bool feature_job_compute(const FeatureJob *job, Features **features, Status *status);

// A frame of a filmstrip: features of the run's first kept rule after the outer step `after` (-1:
// of the first), with few examples, because only their weights matter.  *frame is NULL if there is
// none (or it was stopped).
bool feature_job_frame(const FeatureJob *job, long after, Features **frame, Status *status);

// All frames and the newest rule behind them; a rule alone gives one frame.
bool feature_job_filmstrip(const FeatureJob *job, Filmstrip *filmstrip, Status *status);

#endif
