#include "app/step_thread.h"

#include "app/listener.h"
#include "app/step_commands.h"
#include "engine/clock.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { QUEUE = 32, LINE = 512 };

typedef enum { JOB_LINE, JOB_OPEN, JOB_COPY } JobKind;

typedef struct {
    JobKind kind;
    char line[LINE];
    StepOpening *opening; // owned
    UnrollCopy *copy;     // owned
    char label[RULE_LABEL];
} Job;

struct StepThread {
    Listener listener; // its mutex guards what is shared
    atomic_bool stop;  // set from outside, heeded by moves

    // Shared; under the mutex.
    pthread_cond_t idle; // there is nothing more to do
    Job queue[QUEUE];
    int queued;
    int selected;
    bool select_changed, quit;
    double busy_since; // of the monotonic clock; 0: waits
    StepSnapshot *fresh;
    char message[STEP_THREAD_MESSAGE];
    bool has_message;

    StepSnapshot *shown; // of the screen's thread alone

    // Of the stepping thread alone.
    StepSession *session; // NULL before the first; owned
};

static void job_clear(Job *job) {
    free(job->opening);
    if (job->copy)
        unroll_copy_clear(job->copy);
    free(job->copy);
    *job = (Job){.kind = JOB_LINE};
}

static void forget_jobs(StepThread *thread) {
    while (thread->queued > 0)
        job_clear(&thread->queue[--thread->queued]);
}

static void snapshot_free(StepSnapshot *snapshot) {
    if (snapshot)
        step_snapshot_clear(snapshot);
    free(snapshot);
}

// ---- from outside ----

// The job moves in, whether or not there is room.
static bool add_job(StepThread *thread, Job *job) {
    pthread_mutex_lock(&thread->listener.mutex);
    const bool room = thread->queued < QUEUE;
    if (room)
        thread->queue[thread->queued++] = *job;
    pthread_cond_signal(&thread->listener.news);
    pthread_mutex_unlock(&thread->listener.mutex);
    if (!room)
        job_clear(job);
    return room;
}

bool step_thread_send(StepThread *thread, const char *line) {
    Job job = {.kind = JOB_LINE};
    snprintf(job.line, sizeof job.line, "%s", line);
    return add_job(thread, &job);
}

bool step_thread_open(StepThread *thread, const StepOpening *opening) {
    Job job = {.kind = JOB_OPEN, .opening = malloc(sizeof *opening)};
    if (!job.opening)
        return false;
    *job.opening = *opening;
    return add_job(thread, &job);
}

bool step_thread_open_copy(StepThread *thread, UnrollCopy *copy, const char *label) {
    Job job = {.kind = JOB_COPY, .copy = malloc(sizeof *job.copy)};
    if (!job.copy) {
        unroll_copy_clear(copy);
        return false;
    }
    *job.copy = *copy;
    *copy = (UnrollCopy){.theta = NULL};
    snprintf(job.label, sizeof job.label, "%s", label);
    return add_job(thread, &job);
}

void step_thread_select(StepThread *thread, int tensor) {
    pthread_mutex_lock(&thread->listener.mutex);
    thread->selected = tensor;
    thread->select_changed = true;
    pthread_cond_signal(&thread->listener.news);
    pthread_mutex_unlock(&thread->listener.mutex);
}

void step_thread_stop(StepThread *thread) {
    pthread_mutex_lock(&thread->listener.mutex);
    forget_jobs(thread);
    // Under the mutex: the thread takes it back only when it begins the next job.
    if (thread->busy_since > 0)
        atomic_store(&thread->stop, true);
    pthread_mutex_unlock(&thread->listener.mutex);
}

const StepSnapshot *step_thread_look(StepThread *thread) {
    pthread_mutex_lock(&thread->listener.mutex);
    StepSnapshot *fresh = thread->fresh;
    thread->fresh = NULL;
    pthread_mutex_unlock(&thread->listener.mutex);
    if (fresh) {
        snapshot_free(thread->shown);
        thread->shown = fresh;
    }
    return thread->shown;
}

bool step_thread_has_news(StepThread *thread) {
    pthread_mutex_lock(&thread->listener.mutex);
    const bool news = thread->fresh || thread->has_message;
    pthread_mutex_unlock(&thread->listener.mutex);
    return news;
}

double step_thread_busy(StepThread *thread) {
    pthread_mutex_lock(&thread->listener.mutex);
    const double seconds = thread->busy_since > 0 ? clock_seconds() - thread->busy_since : 0;
    pthread_mutex_unlock(&thread->listener.mutex);
    return seconds;
}

void step_thread_wait(StepThread *thread, double seconds) {
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    const double nanoseconds = (double)until.tv_nsec + 1e9 * seconds;
    until.tv_sec += (time_t)(nanoseconds / 1e9);
    until.tv_nsec = (long)(nanoseconds - 1e9 * (double)(time_t)(nanoseconds / 1e9));
    pthread_mutex_lock(&thread->listener.mutex);
    int error = 0;
    while (!error && (thread->queued > 0 || thread->select_changed || thread->busy_since > 0))
        error = pthread_cond_timedwait(&thread->idle, &thread->listener.mutex, &until);
    pthread_mutex_unlock(&thread->listener.mutex);
}

bool step_thread_message(StepThread *thread, char text[STEP_THREAD_MESSAGE]) {
    pthread_mutex_lock(&thread->listener.mutex);
    const bool has = thread->has_message;
    memcpy(text, thread->message, STEP_THREAD_MESSAGE);
    thread->has_message = false;
    pthread_mutex_unlock(&thread->listener.mutex);
    return has;
}

// ---- on the stepping thread ----

static void tell(StepThread *thread, const char *text) {
    if (!*text)
        return;
    pthread_mutex_lock(&thread->listener.mutex);
    snprintf(thread->message, sizeof thread->message, "%.*s", STEP_THREAD_MESSAGE - 1, text);
    thread->has_message = true;
    pthread_mutex_unlock(&thread->listener.mutex);
}

static void publish(StepThread *thread) {
    Status status;
    if (!thread->session)
        return;
    pthread_mutex_lock(&thread->listener.mutex);
    const int selected = thread->selected;
    pthread_mutex_unlock(&thread->listener.mutex);
    StepSnapshot *snapshot = malloc(sizeof *snapshot);
    if (!snapshot || !step_snapshot_take(snapshot, thread->session->debugger, selected, &status)) {
        free(snapshot);
        tell(thread, "no memory for a picture of the inner step");
        return;
    }
    snapshot->seed = (uint64_t)thread->session->seed;
    pthread_mutex_lock(&thread->listener.mutex);
    StepSnapshot *unseen = thread->fresh;
    thread->fresh = snapshot;
    pthread_mutex_unlock(&thread->listener.mutex);
    snapshot_free(unseen);
}

static void end_session(StepSession *session) {
    if (session)
        step_session_end(session);
    free(session);
}

// Room for the next session; a session must not move.
static StepSession *new_session(StepThread *thread) {
    StepSession *session = malloc(sizeof *session);
    if (!session)
        tell(thread, "no memory for stepping");
    return session;
}

// The next session takes the place of the present one, if it could be begun.
static void replace_session(StepThread *thread, StepSession *session, bool begun,
                            const Status *status) {
    if (!begun) {
        free(session);
        tell(thread, status->text);
        return;
    }
    end_session(thread->session);
    thread->session = session;
}

static void open_plan(StepThread *thread, const StepOpening *opening) {
    Status status;
    const StepPlan plan = {.settings = opening->settings,
                           .rule = *opening->rule ? opening->rule : NULL,
                           .data = *opening->data ? opening->data : NULL,
                           .base = *opening->base ? opening->base : NULL,
                           .data_path = *opening->data_path ? opening->data_path : NULL,
                           .seed = opening->seed};
    StepSession *session = new_session(thread);
    status_clear(&status);
    if (session)
        replace_session(thread, session, step_session_begin(session, &plan, &status), &status);
}

static void open_copy(StepThread *thread, UnrollCopy *copy, const char *label) {
    Status status;
    StepSession *session = new_session(thread);
    status_clear(&status);
    if (!session)
        return;
    real *theta = copy->theta;
    copy->theta = NULL; // moves
    replace_session(thread, session,
                    step_session_begin_copy(session, &copy->settings, &copy->start, &copy->layout,
                                            theta, label, &status),
                    &status);
}

static void do_line(StepThread *thread, const char *line) {
    StepReply reply = {.stop = &thread->stop};
    Status status;
    status_clear(&status);
    if (!thread->session)
        tell(thread, "there is nothing to step through yet");
    else if (step_command_run(thread->session, line, &reply, &status))
        tell(thread, reply.text);
    else
        tell(thread, status.text);
}

static void do_job(StepThread *thread, Job *job) {
    switch (job->kind) {
    case JOB_OPEN:
        open_plan(thread, job->opening);
        break;
    case JOB_COPY:
        open_copy(thread, job->copy, job->label);
        break;
    default:
        do_line(thread, job->line);
    }
}

// Waits for something to do; false if that is to end.  *job is empty if only another tensor is
// wanted.
static bool take_job(StepThread *thread, Job *job) {
    *job = (Job){.kind = JOB_LINE};
    pthread_mutex_lock(&thread->listener.mutex);
    thread->busy_since = 0;
    if (thread->queued == 0 && !thread->select_changed)
        pthread_cond_broadcast(&thread->idle);
    while (!thread->quit && thread->queued == 0 && !thread->select_changed)
        pthread_cond_wait(&thread->listener.news, &thread->listener.mutex);
    const bool goes_on = !thread->quit;
    thread->select_changed = false;
    if (goes_on && thread->queued > 0) {
        *job = thread->queue[0];
        thread->queued--;
        memmove(&thread->queue[0], &thread->queue[1],
                (size_t)thread->queued * sizeof thread->queue[0]);
    }
    thread->busy_since = clock_seconds();
    atomic_store(&thread->stop, false);
    pthread_mutex_unlock(&thread->listener.mutex);
    return goes_on;
}

static void *run(void *context) {
    StepThread *thread = context;
    Job job;
    while (take_job(thread, &job)) {
        const bool opens = job.kind != JOB_LINE;
        if (opens || *job.line)
            do_job(thread, &job);
        job_clear(&job);
        publish(thread);
    }
    end_session(thread->session);
    return NULL;
}

bool step_thread_start(StepThread **made, Status *status) {
    StepThread *thread = calloc(1, sizeof *thread);
    if (!thread)
        return status_fail(status, STATUS_FAILURE, "no memory for stepping");
    pthread_cond_init(&thread->idle, NULL);
    if (!listener_start(&thread->listener, run, thread, "stepping", status)) {
        pthread_cond_destroy(&thread->idle);
        free(thread);
        return false;
    }
    *made = thread;
    return true;
}

void step_thread_free(StepThread *thread) {
    if (!thread)
        return;
    step_thread_stop(thread);
    pthread_mutex_lock(&thread->listener.mutex);
    thread->quit = true;
    pthread_cond_signal(&thread->listener.news);
    pthread_mutex_unlock(&thread->listener.mutex);
    listener_join(&thread->listener);
    forget_jobs(thread);
    snapshot_free(thread->fresh);
    snapshot_free(thread->shown);
    pthread_cond_destroy(&thread->idle);
    free(thread);
}
