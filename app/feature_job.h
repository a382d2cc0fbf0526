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

// The next frame of the run's filmstrip, which filmstrip_init has begun: of its kept rules by
// rising outer step, then of its newest rule.  *more is false when there is none (or it was
// stopped); a rule alone gives one frame.
bool feature_job_next_frame(const FeatureJob *job, Filmstrip *filmstrip, bool *more,
                            Status *status);

#endif
