#include "app/probe.h"

#include "app/data_sources.h"
#include "app/feature_job.h"
#include "app/listener.h"

#include <stdlib.h>
#include <string.h>

struct Probe {
    Listener listener; // its mutex guards what is shared
    ProbePlan plan;    // constant

    // Shared; under the mutex.
    ProbeQuestion question; // the last one
    bool asked;             // it waits to be taken up
    bool busy;              // it is not answered
    bool answered;          // `answer` waits to be taken
    ProbeAnswer answer;
    bool ended;

    // Set under the mutex, polled by the computation: somebody wants something else.
    atomic_bool stop;

    // Of the probe's thread alone.
    Settings settings; // with evaluate.data as the question has it
    DataSources data;
    bool has_data;
};

// -- On the probe's thread
// --------------------------------------------------------------------------

static void forget_data(Probe *probe) {
    if (probe->has_data)
        data_sources_clear(&probe->data);
    probe->has_data = false;
}

// The data set of the question: read when another one is asked for.
static bool read_data(Probe *probe, const ProbeQuestion *question, Status *status) {
    Settings settings = *probe->plan.settings;
    if (*question->data)
        memcpy(settings.evaluate_data, question->data, sizeof settings.evaluate_data);
    if (probe->has_data && strcmp(settings.evaluate_data, probe->settings.evaluate_data) == 0)
        return true;
    forget_data(probe);
    probe->settings = settings;
    if (!data_sources_held_out(&probe->data, &probe->settings, probe->plan.data_path, status))
        return false;
    probe->has_data = true;
    return probe->data.held_out_count > 0 ||
           status_fail(status, STATUS_USAGE, "evaluate.data names no data set");
}

static void compute(Probe *probe, ProbeAnswer *answer) {
    status_clear(&answer->status);
    if (!read_data(probe, &answer->question, &answer->status))
        return;
    const FeatureJob job = {.settings = &probe->settings,
                            .dataset = &probe->data.held_out[0],
                            .run = probe->plan.run,
                            .stop = &probe->stop};
    if (answer->question.subject == PROBE_FRAME)
        feature_job_frame(&job, answer->question.after, &answer->features, &answer->status);
    else
        feature_job_compute(&job, &answer->features, &answer->status);
}

// Waits for a question; false at the end.
static bool next_question(Probe *probe, ProbeQuestion *question) {
    pthread_mutex_lock(&probe->listener.mutex);
    while (!probe->asked && !probe->ended)
        pthread_cond_wait(&probe->listener.news, &probe->listener.mutex);
    *question = probe->question;
    probe->asked = false;
    atomic_store(&probe->stop, probe->ended);
    const bool go_on = !probe->ended;
    pthread_mutex_unlock(&probe->listener.mutex);
    return go_on;
}

// Nobody wants the answer to a question that another one has followed.
static void give(Probe *probe, const ProbeAnswer *answer) {
    Features *unwanted = NULL;
    pthread_mutex_lock(&probe->listener.mutex);
    if (probe->asked || probe->ended) {
        unwanted = answer->features;
    } else {
        probe->answer = *answer;
        probe->answered = true;
        probe->busy = false;
    }
    pthread_mutex_unlock(&probe->listener.mutex);
    features_free(unwanted);
}

static void *run(void *context) {
    Probe *probe = context;
    ProbeAnswer answer = {.features = NULL};
    while (next_question(probe, &answer.question)) {
        compute(probe, &answer);
        give(probe, &answer);
        answer.features = NULL;
    }
    forget_data(probe);
    return NULL;
}

// -- From outside
// -----------------------------------------------------------------------------------

bool probe_new(Probe **made, const ProbePlan *plan, Status *status) {
    Probe *probe = calloc(1, sizeof *probe);
    *made = NULL;
    if (!probe)
        return status_fail(status, STATUS_FAILURE, "no memory for a probe");
    probe->plan = *plan;
    atomic_init(&probe->stop, false);
    if (!listener_start(&probe->listener, run, probe, "a probe", status)) {
        free(probe);
        return false;
    }
    *made = probe;
    return true;
}

// The answer that waits, which nobody will take; under the mutex.
static Features *withdraw(Probe *probe) {
    Features *unwanted = probe->answered ? probe->answer.features : NULL;
    probe->answered = false;
    return unwanted;
}

void probe_free(Probe *probe) {
    if (!probe)
        return;
    pthread_mutex_lock(&probe->listener.mutex);
    probe->ended = true;
    atomic_store(&probe->stop, true);
    Features *unwanted = withdraw(probe);
    pthread_cond_signal(&probe->listener.news);
    pthread_mutex_unlock(&probe->listener.mutex);
    listener_join(&probe->listener);
    features_free(unwanted);
    free(probe);
}

void probe_ask(Probe *probe, const ProbeQuestion *question) {
    pthread_mutex_lock(&probe->listener.mutex);
    probe->question = *question;
    probe->asked = probe->busy = true;
    atomic_store(&probe->stop, true); // taken back when the question is taken up
    Features *unwanted = withdraw(probe);
    pthread_cond_signal(&probe->listener.news);
    pthread_mutex_unlock(&probe->listener.mutex);
    features_free(unwanted);
}

bool probe_take(Probe *probe, ProbeAnswer *answer) {
    pthread_mutex_lock(&probe->listener.mutex);
    const bool there = probe->answered;
    if (there)
        *answer = probe->answer;
    probe->answered = false;
    pthread_mutex_unlock(&probe->listener.mutex);
    return there;
}

bool probe_is_busy(Probe *probe) {
    pthread_mutex_lock(&probe->listener.mutex);
    const bool busy = probe->busy;
    pthread_mutex_unlock(&probe->listener.mutex);
    return busy;
}
