// What glibc's heap keeps of memory that was freed, so that a process of weeks does not grow by
// what it only needed once.
#ifndef APP_HEAP_H
#define APP_HEAP_H

// At the start of the program: a large block always goes back to the system when it is freed.  By
// itself glibc takes blocks as large as the largest that was freed from the heap, and a week of
// charts and checkpoints leaves holes there.
void heap_init(void);

// Gives back what is free in the heaps of all threads.  After something that is seldom done and
// takes much, like an evaluation or a checkpoint.
void heap_trim(void);

#endif
