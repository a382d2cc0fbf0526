// rulesmith metagrad: one fixed unroll and its gradient, from files to a file.
#include "app/commands.h"
#include "engine/blas.h"
#include "engine/metagrad.h"

// All four files are needed.
static bool check_given(const Options *options, Status *status) {
    const struct {
        const char *option, *path;
    } files[] = {{"theta", options->theta},
                 {"phi", options->phi},
                 {"inputs", options->inputs},
                 {"out", options->out}};
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++)
        if (!files[i].path)
            return status_fail(status, STATUS_USAGE, "metagrad needs --%s FILE", files[i].option);
    return true;
}

int command_metagrad(const Options *options) {
    Status status;
    status_clear(&status);
    if (!check_given(options, &status) || !blas_init(&status) ||
        !metagrad(options->theta, options->phi, options->inputs, options->out, &status))
        return report_error(&status);
    return STATUS_OK;
}
