#include "app/listener.h"

#include <string.h>

static void clear(Listener *listener) {
    pthread_mutex_destroy(&listener->mutex);
    pthread_cond_destroy(&listener->news);
}

bool listener_start(Listener *listener, void *(*run)(void *), void *context, const char *what,
                    Status *status) {
    pthread_mutex_init(&listener->mutex, NULL);
    pthread_cond_init(&listener->news, NULL);
    pthread_mutex_lock(&listener->mutex);
    const int error = pthread_create(&listener->thread, NULL, run, context);
    pthread_mutex_unlock(&listener->mutex);
    if (!error)
        return true;
    clear(listener);
    return status_fail(status, STATUS_FAILURE, "no thread for %s: %s", what, strerror(error));
}

void listener_join(Listener *listener) {
    pthread_join(listener->thread, NULL);
    clear(listener);
}
