#include "tests/unit/one_blas_thread.h"

#include "engine/blas.h"

int one_blas_thread(void **state) {
    (void)state;
    Status status;
    return blas_init(&status) ? 0 : -1;
}
