// For tests: a group setup of cmocka that readies BLAS as the program does, one thread per call.
#ifndef TESTS_UNIT_ONE_BLAS_THREAD_H
#define TESTS_UNIT_ONE_BLAS_THREAD_H

// Not 0 if it cannot be had; the group then fails.
int one_blas_thread(void **state);

#endif
