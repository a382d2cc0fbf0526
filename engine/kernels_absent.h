// Stands for kernels that this compiler cannot make for its target; kernels_best never chooses
// them.
#include "engine/kernels.h"

const Kernels KERNELS = {.name = KERNELS_NAME};
