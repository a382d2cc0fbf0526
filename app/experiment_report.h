// What an experiment found: tables as text and as JSON, and a figure of its panels.  A value is the
// ridge regression's accuracy (or the loss) with the most shots, mean over the seeds that are done;
// the JSON has every classifier and number of shots beside it.
#ifndef APP_EXPERIMENT_REPORT_H
#define APP_EXPERIMENT_REPORT_H

#include "app/experiment.h"
#include "app/json_object.h"
#include "views/picture.h"

#include <stdio.h>

void experiment_print_tables(const ExperimentRun *run, FILE *stream);

// To be freed by cJSON_Delete.
cJSON *experiment_json(const ExperimentRun *run);

bool experiment_draw(const ExperimentRun *run, const char *path, int scale, Theme theme,
                     Status *status);

#endif
