#include "app/signals.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

enum { SIGNALS = 65 };

static const int ending[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
static const int of_the_screen[] = {SIGWINCH, SIGTSTP, SIGCONT};

// Lock-free atomics are what a handler may touch; relaxed order is enough, because the pipe is what
// wakes the reader and carries no data.
static atomic_int flags[SIGNALS];
static atomic_int end_signal;
static int pipe_ends[2] = {-1, -1};

static void handle(int signal) {
    const int saved = errno;
    atomic_store_explicit(&flags[signal], 1, memory_order_relaxed);
    for (size_t i = 0; i < sizeof ending / sizeof ending[0]; i++) {
        int none = 0;
        if (signal == ending[i])
            atomic_compare_exchange_strong_explicit(&end_signal, &none, signal,
                                                    memory_order_relaxed, memory_order_relaxed);
    }
    // A full pipe wakes the reader as well.
    const ssize_t written = write(pipe_ends[1], "", 1);
    (void)written;
    errno = saved;
}

static void set_action(int signal, void (*handler)(int)) {
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = handler;
    action.sa_flags = SA_RESTART;
    sigemptyset(&action.sa_mask);
    sigaction(signal, &action, NULL);
}

bool signals_init(Status *status) {
    if (pipe_ends[0] < 0 && pipe2(pipe_ends, O_NONBLOCK | O_CLOEXEC) != 0)
        return status_fail(status, STATUS_FAILURE, "no pipe for signals: %s", strerror(errno));
    for (size_t i = 0; i < sizeof ending / sizeof ending[0]; i++) {
        // nohup's wish to live on is respected.
        struct sigaction present;
        if (sigaction(ending[i], NULL, &present) != 0 || present.sa_handler != SIG_IGN)
            set_action(ending[i], handle);
    }
    set_action(SIGPIPE, SIG_IGN);
    set_action(SIGXFSZ, SIG_IGN);
    return true;
}

void signals_enter_screen(void) {
    for (size_t i = 0; i < sizeof ending / sizeof ending[0]; i++)
        set_action(ending[i], handle);
    for (size_t i = 0; i < sizeof of_the_screen / sizeof of_the_screen[0]; i++)
        set_action(of_the_screen[i], handle);
}

void signals_leave_screen(void) {
    for (size_t i = 0; i < sizeof of_the_screen / sizeof of_the_screen[0]; i++)
        set_action(of_the_screen[i], SIG_DFL);
}

int signals_file(void) {
    return pipe_ends[0];
}

void signals_heard(void) {
    char bytes[64];
    while (read(pipe_ends[0], bytes, sizeof bytes) > 0)
        continue;
}

bool signals_take(int signal) {
    return atomic_exchange_explicit(&flags[signal], 0, memory_order_relaxed) != 0;
}

int signals_end(void) {
    return atomic_load_explicit(&end_signal, memory_order_relaxed);
}
