#include "engine/pool.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    Pool *pool;
    int index;
    pthread_t thread;
} Member;

struct Pool {
    pthread_mutex_t lock; // of everything below
    pthread_cond_t begun, ended;
    PoolWork *work;
    void *context;
    int items, next; // items of the job, and the next one to hand out
    int running;     // items handed out and not done
    bool closing;
    int threads, started;
    Member *member; // [threads]
};

static void *serve(void *argument) {
    const Member *member = argument;
    Pool *pool = member->pool;
    pthread_mutex_lock(&pool->lock);
    for (;;) {
        while (!pool->closing && pool->next >= pool->items)
            pthread_cond_wait(&pool->begun, &pool->lock);
        if (pool->closing)
            break;
        const int item = pool->next++;
        pool->running++;
        pthread_mutex_unlock(&pool->lock);
        pool->work(pool->context, item, member->index);
        pthread_mutex_lock(&pool->lock);
        pool->running--;
        if (pool->running == 0 && pool->next >= pool->items)
            pthread_cond_signal(&pool->ended);
    }
    pthread_mutex_unlock(&pool->lock);
    return NULL;
}

// Starts the members with all signals blocked: signals are the app's, on its own threads.
static bool start(Pool *pool) {
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    for (int i = 0; i < pool->threads; i++) {
        pool->member[i] = (Member){.pool = pool, .index = i};
        if (pthread_create(&pool->member[i].thread, NULL, serve, &pool->member[i]) != 0)
            break;
        pool->started++;
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return pool->started == pool->threads;
}

bool pool_new(Pool **made, int threads, Status *status) {
    *made = NULL;
    Pool *pool = calloc(1, sizeof *pool);
    Member *member = calloc((size_t)threads, sizeof *member);
    if (!pool || !member) {
        free(pool);
        free(member);
        return status_fail(status, STATUS_FAILURE, "out of memory for %d threads", threads);
    }
    pool->threads = threads;
    pool->member = member;
    pthread_mutex_init(&pool->lock, NULL);
    pthread_cond_init(&pool->begun, NULL);
    pthread_cond_init(&pool->ended, NULL);
    if (!start(pool)) {
        status_fail(status, STATUS_FAILURE, "cannot start %d threads, only %d", threads,
                    pool->started);
        pool_free(pool);
        return false;
    }
    *made = pool;
    return true;
}

void pool_free(Pool *pool) {
    if (!pool)
        return;
    pthread_mutex_lock(&pool->lock);
    pool->closing = true;
    pthread_cond_broadcast(&pool->begun);
    pthread_mutex_unlock(&pool->lock);
    for (int i = 0; i < pool->started; i++)
        pthread_join(pool->member[i].thread, NULL);
    pthread_cond_destroy(&pool->begun);
    pthread_cond_destroy(&pool->ended);
    pthread_mutex_destroy(&pool->lock);
    free(pool->member);
    free(pool);
}

int pool_threads(const Pool *pool) {
    return pool->threads;
}

void pool_run(Pool *pool, int items, PoolWork *work, void *context) {
    if (items <= 0)
        return;
    pthread_mutex_lock(&pool->lock);
    pool->work = work;
    pool->context = context;
    pool->next = 0;
    pool->items = items;
    pthread_cond_broadcast(&pool->begun);
    while (pool->next < pool->items || pool->running > 0)
        pthread_cond_wait(&pool->ended, &pool->lock);
    pool->items = pool->next = 0;
    pthread_mutex_unlock(&pool->lock);
}
