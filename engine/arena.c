#include "engine/arena.h"

#include <assert.h>
#include <stdlib.h>

static size_t aligned(size_t size) {
    return (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
}

bool arena_init(Arena *arena, size_t size, Status *status) {
    *arena = (Arena){.size = aligned(size)};
    if (arena->size > 0)
        arena->base = aligned_alloc(ALIGNMENT, arena->size);
    if (arena->size > 0 && !arena->base)
        return status_fail(status, STATUS_FAILURE, "out of memory: %zu MiB were asked for",
                           arena->size >> 20);
    return true;
}

void touch_pages(void *block, size_t bytes) {
    enum { PAGE = 4096 }; // the smallest that there is
    volatile char *at = block;
    for (size_t i = 0; i < bytes; i += PAGE)
        at[i] = 0;
    if (bytes > 0)
        at[bytes - 1] = 0; // a block that begins within a page ends in one more
}

void arena_clear(Arena *arena) {
    free(arena->base);
    *arena = (Arena){0};
}

real *arena_take(Arena *arena, size_t count) {
    const size_t start = arena->used;
    arena->used += aligned(count * sizeof(real));
    if (arena->used > arena->peak)
        arena->peak = arena->used;
    if (!arena->base)
        return NULL;
    assert(arena->used <= arena->size);
    return (real *)(void *)(arena->base + start);
}
