// Our own workers (ecosystem A-K1): a fixed number of threads that share out the items of a job.
// Which thread runs which item is open; the result of an item must not depend on it.
#ifndef ENGINE_POOL_H
#define ENGINE_POOL_H

#include "engine/status.h"

typedef struct Pool Pool;

// One item of a job, on the thread of that index (0 .. threads - 1), which has memory of its own.
typedef void PoolWork(void *context, int item, int thread);

bool pool_new(Pool **pool, int threads, Status *status);
void pool_free(Pool *pool);
int pool_threads(const Pool *pool);

// Runs work for items 0 .. items - 1, in rising order of start, and returns when all are done.
// One caller at a time.
void pool_run(Pool *pool, int items, PoolWork *work, void *context);

#endif
