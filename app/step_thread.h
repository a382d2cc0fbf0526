// The thread of the Step screen: it owns the session that is stepped through, obeys one command
// after the other (step_commands.h), and hands out a copy of what there is to see after each, so
// that the screen never waits for an inner step.
#ifndef APP_STEP_THREAD_H
#define APP_STEP_THREAD_H

#include "app/step_session.h"
#include "engine/step_snapshot.h"
#include "engine/training_copy.h"

#include <limits.h>

typedef struct StepThread StepThread;

// What a session is opened on.  Texts are copied; "" is what the plan calls NULL.
typedef struct StepOpening {
    Settings settings;
    char rule[PATH_MAX], data[512], base[128], data_path[PATH_MAX];
    int seed;
} StepOpening;

bool step_thread_start(StepThread **thread, Status *status);
// Interrupts what is going on and waits for the end of the thread.
void step_thread_free(StepThread *thread);

// ---- what it is told; none of these waits ----

// Another session in the place of the present one, which stays if the new one cannot be opened.
bool step_thread_open(StepThread *thread, const StepOpening *opening);

// A copy of a training's unroll, which moves in whatever comes of it.
bool step_thread_open_copy(StepThread *thread, UnrollCopy *copy, const char *label);

// A line of step_commands.h.  False if too many wait already.
bool step_thread_send(StepThread *thread, const char *line);

// Which tensor of the stage is wanted with its values.
void step_thread_select(StepThread *thread, int tensor);

// Stops a move on its way and forgets the lines that wait.
void step_thread_stop(StepThread *thread);

// ---- what it tells ----

// The newest picture, which stays until the next call that returns another; NULL before the first.
const StepSnapshot *step_thread_look(StepThread *thread);
// Whether there is a newer one, or a message, than those looked at last.
bool step_thread_has_news(StepThread *thread);
// Seconds for which it has been busy; 0 if it waits for commands.
double step_thread_busy(StepThread *thread);

// Waits until everything that was told is done, but not longer.
void step_thread_wait(StepThread *thread, double seconds);

enum { STEP_THREAD_MESSAGE = 512 };
// The last answer worth telling, once.
bool step_thread_message(StepThread *thread, char text[STEP_THREAD_MESSAGE]);

#endif
