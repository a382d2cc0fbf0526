// rulesmith transfer: does this rule help here, and against what?
#include "app/commands.h"
#include "app/signals.h"
#include "app/transfer_report.h"
#include "engine/blas.h"

#include <stdio.h>
#include <stdlib.h>

static const TransferDefaults defaults = {
    .data = "fashion?size=14",
    .methods = "rule,vae,supervised,sgd,random,pixels,pca",
    .shots = "1,5,10",
    .seeds = "5",
    .tests = "2000",
};

static bool run_and_report(TransferInputs *inputs, const Options *options, bool *stopped,
                           Status *status) {
    Transfer transfer;
    if (!transfer_run_shown(&transfer, inputs, "transfer", stopped, status))
        return false;
    if (*stopped)
        return true;
    bool done = true;
    if (options->json) {
        cJSON *object = transfer_json(&transfer, inputs);
        done = json_print(object, stdout) ||
               status_fail(status, STATUS_FAILURE, "stdout: the result cannot be written");
        cJSON_Delete(object);
    } else {
        transfer_print_tables(&transfer, inputs, stdout);
    }
    transfer_clear(&transfer);
    return done;
}

int command_transfer(const Options *options) {
    Status status;
    TransferInputs *inputs = malloc(sizeof *inputs);
    status_clear(&status);
    if (!inputs)
        status_fail(&status, STATUS_FAILURE, "no memory for a transfer evaluation");
    if (!inputs || !signals_init(&status) || !blas_init(&status) ||
        !transfer_inputs_init(inputs, options, &defaults, &status)) {
        free(inputs);
        return report_error(&status);
    }
    bool stopped;
    const bool done = run_and_report(inputs, options, &stopped, &status);
    transfer_inputs_clear(inputs);
    free(inputs);
    if (!done)
        return report_error(&status);
    if (!stopped)
        return STATUS_OK;
    fprintf(stderr, "rulesmith: interrupted before all seeds were done; there are no results\n");
    return 128 + signals_end();
}
