// A thread that waits for news: others change what they share with it under its mutex, then signal
// `news`.
#ifndef APP_LISTENER_H
#define APP_LISTENER_H

#include "engine/status.h"

#include <pthread.h>

typedef struct {
    pthread_t thread;
    pthread_mutex_t mutex;
    pthread_cond_t news;
} Listener;

// Starts run(context), which may look at `thread` once it has had the mutex; what: "a probe", for
// the error.  On failure nothing is to be undone.
bool listener_start(Listener *listener, void *(*run)(void *), void *context, const char *what,
                    Status *status);

// Waits for the end of run, which must have been told to end; the mutex is gone then.
void listener_join(Listener *listener);

#endif
