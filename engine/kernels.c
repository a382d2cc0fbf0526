#include "engine/kernels.h"

#include <stdbool.h>
#include <string.h>

static bool runs(const Kernels *kernels) {
#if defined(__x86_64__)
    if (kernels == &kernels_avx512)
        return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
               __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512bw");
    if (kernels == &kernels_avx2)
        return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
#endif
    return kernels == &kernels_portable;
}

static const Kernels *const all[] = {&kernels_avx512, &kernels_avx2, &kernels_portable};
enum { COUNT = sizeof all / sizeof all[0] };

const Kernels *kernels_best(void) {
    for (int i = 0; i < COUNT; i++)
        if (runs(all[i]))
            return all[i];
    return &kernels_portable;
}

const Kernels *kernels_named(const char *name) {
    for (int i = 0; i < COUNT; i++)
        if (strcmp(all[i]->name, name) == 0 && runs(all[i]))
            return all[i];
    return NULL;
}
