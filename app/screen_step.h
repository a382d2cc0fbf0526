// The state of the Step screen; private to screen_step.c and screen_step_commands.c.
#ifndef APP_SCREEN_STEP_H
#define APP_SCREEN_STEP_H

#include "app/prompt_commands.h"
#include "app/step_thread.h"
#include "app/workbench.h"
#include "views/stepping.h"

typedef struct {
    StepThread *thread;
    const StepSnapshot *snapshot; // the thread's; NULL before the first
    SteppingView view;
    StepOpening opening; // of the session that was opened last
    char run[PATH_MAX];  // the run shown then, "": none
    bool opened;         // anything
    long count;          // the numeric prefix; 0: none
    int tensor;          // selected
    bool copy_asked;     // of the training
    bool was_busy;
    char waiting[STEP_THREAD_MESSAGE]; // why there is nothing to see yet
} StepScreen;

// Asks the training for a copy of what that worker will do next.
void step_screen_ask_copy(StepScreen *screen, Workbench *workbench, int worker);

// A line of the prompt: copy, open, or one of step_commands.h.
void step_screen_command(void *state, Workbench *workbench, const char *line);
void step_screen_complete(const void *state, int number, const char *line, const char *start,
                          Completions *completions);

#endif
