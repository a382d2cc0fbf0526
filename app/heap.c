#include "app/heap.h"

#include <malloc.h>

// Less than a curve of a few hundred points takes, or anything of an evaluation.
enum { LARGE = 32 * 1024 }; // bytes

void heap_init(void) {
    mallopt(M_MMAP_THRESHOLD, LARGE);
}

void heap_trim(void) {
    malloc_trim(0);
}
