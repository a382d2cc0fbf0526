// A long computation of the engine that is no training: it runs in a thread of its own while this
// one waits for it, passes on a signal that asks to end, and tells on a terminal how far it is.
#ifndef APP_BACKGROUND_H
#define APP_BACKGROUND_H

#include "engine/status.h"

#include <stdatomic.h>

typedef struct {
    const char *name; // "transfer", at the head of the line of progress
    bool (*run)(void *context, Status *status);
    void *context;
    atomic_bool *stop;      // set when a signal (signals.h) asks to end; run must heed it
    const atomic_int *done; // of `items`, counted by run
    int items;
    double seconds; // after which it asks to end too; 0: never
} Background;

// What `run` returned, once it has.  The line of progress goes to stderr if that is a terminal.
bool background_run(const Background *background, Status *status);

// The line of progress: "transfer [####......] 40 %, 0:01:20 left".
enum { BACKGROUND_LINE = 96 };
void background_line(char line[BACKGROUND_LINE], const char *name, int done, int items,
                     double seconds);

#endif
