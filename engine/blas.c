#include "engine/blas.h"

bool blas_init(Status *status) {
    openblas_set_num_threads(1);
    const int threads = openblas_get_num_threads();
    if (threads != 1)
        return status_fail(status, STATUS_FAILURE,
                           "OpenBLAS (%s) was told to use 1 thread per call and uses %d",
                           openblas_get_config(), threads);
    return true;
}

const char *blas_description(void) {
    return openblas_get_config();
}
