// rulesmith export runs: the curves of the runs under a folder in one picture each for loss,
// accuracy and gradient, without a terminal.
#ifndef APP_EXPORT_RUNS_H
#define APP_EXPORT_RUNS_H

#include "app/options.h"

// --run: the folder, --filter: which of them.  The first 16 are shown, as are those that the Runs
// screen has marked; of more that is said on stderr.
bool export_runs(const Options *options, Status *status);

#endif
