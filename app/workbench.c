#include "app/workbench.h"

#include <stdarg.h>
#include <stdio.h>
#include <time.h>

static const double message_seconds = 6;

double workbench_now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

void workbench_say(Workbench *workbench, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(workbench->message, sizeof workbench->message, format, arguments);
    va_end(arguments);
    workbench->message_until = workbench_now() + message_seconds;
    workbench->changed = true;
}

// -- Commands to the training
// --------------------------------------------------------------------------

// Whether there is a training that obeys; if not, that is said.
static bool has_training(Workbench *workbench) {
    if (!workbench->plan.thread) {
        workbench_say(workbench, "nothing is trained here");
        return false;
    }
    if (training_thread_state(workbench->plan.thread) == TRAINING_ENDED) {
        workbench_say(workbench, "training has ended and is saved");
        return false;
    }
    return true;
}

void workbench_pause_or_go_on(Workbench *workbench) {
    if (!has_training(workbench))
        return;
    TrainingThread *thread = workbench->plan.thread;
    const TrainingState state = training_thread_state(thread);
    if (state == TRAINING_RUNS) {
        training_thread_send(thread, TRAINING_PAUSE, 0);
        workbench_say(workbench, "pausing");
    } else if (state == TRAINING_IS_PAUSED) {
        training_thread_send(thread, TRAINING_RESUME, 0);
    }
}

static void send_command(Workbench *workbench, TrainingCommand command, const char *said) {
    if (!has_training(workbench))
        return;
    training_thread_send(workbench->plan.thread, command, 0);
    workbench_say(workbench, "%s", said);
}

void workbench_save(Workbench *workbench) {
    send_command(workbench, TRAINING_SAVE, "saving after this outer step");
}

void workbench_evaluate(Workbench *workbench) {
    send_command(workbench, TRAINING_EVALUATE, "testing after this outer step");
}
