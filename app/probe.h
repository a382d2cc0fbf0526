// A thread that computes features for a screen, which must not wait: it is asked a question, looks
// for the answer in the files of a run (feature_job.h), and the screen takes the answer when it is
// there.
//
// One thread asks and takes.  A new question takes the place of the one before, which is
// interrupted within one inner step.  An answer is handed over whole: from then on it is the
// taker's and nobody changes it.
#ifndef APP_PROBE_H
#define APP_PROBE_H

#include "app/run_directory.h"
#include "engine/data/spec.h"
#include "engine/features.h"
#include "engine/settings.h"

typedef struct Probe Probe;

typedef enum {
    PROBE_FEATURES, // of the run's newest rule
    PROBE_FRAME,    // of the run's first kept rule after `after`, for a filmstrip
} ProbeSubject;

typedef struct {
    ProbeSubject subject;
    long after;
    char data[SETTINGS_TEXT]; // a SPEC; "": the run's first held-out data set
} ProbeQuestion;

typedef struct {
    ProbeQuestion question;
    Features *features; // the taker's; NULL: there is no frame after that one, or it failed
    Status status;      // why it failed
} ProbeAnswer;

// Borrowed, and constant while the probe lives.
typedef struct {
    const RunDirectory *run;
    const Settings *settings;
    const char *data_path; // or NULL
} ProbePlan;

bool probe_new(Probe **probe, const ProbePlan *plan, Status *status);
void probe_free(Probe *probe); // interrupts what is computed

void probe_ask(Probe *probe, const ProbeQuestion *question);

// True, and the answer moved, if there is one to the last question.
bool probe_take(Probe *probe, ProbeAnswer *answer);

// Whether the last question has no answer yet.
bool probe_is_busy(Probe *probe);

#endif
