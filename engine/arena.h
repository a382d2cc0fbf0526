// A block of memory planned before the loop: tensors are placed one after another, each aligned to
// ALIGNMENT, and all are given back at once.  With base == NULL an arena only measures, so the same
// planning code first says how much is needed and then places it (style S12).
#ifndef ENGINE_ARENA_H
#define ENGINE_ARENA_H

#include "engine/real.h"
#include "engine/status.h"

typedef struct {
    char *base;  // NULL: measuring
    size_t size; // bytes at base
    size_t used;
    size_t peak; // greatest `used` so far
} Arena;

bool arena_init(Arena *arena, size_t size, Status *status);
void arena_clear(Arena *arena);

// Makes a new block resident, by a zero on every page: what a run will ever need, it has from its
// start, and does not run out of on the day when a task of the largest kind comes.
void touch_pages(void *block, size_t bytes);

// count reals, not initialised; NULL while measuring.  Asking for more than was planned is our own
// mistake (assert).
real *arena_take(Arena *arena, size_t count);

// Everything placed after a mark can be given back by returning to it.
static inline size_t arena_mark(const Arena *arena) {
    return arena->used;
}
static inline void arena_return(Arena *arena, size_t mark) {
    arena->used = mark;
}

#endif
