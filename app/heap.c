#include "app/heap.h"

#include <malloc.h>

enum { LARGE = 128 * 1024 }; // bytes

void heap_init(void) {
    mallopt(M_MMAP_THRESHOLD, LARGE);
}

void heap_trim(void) {
    malloc_trim(0);
}
