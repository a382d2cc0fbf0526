// What a transfer evaluation needs, put together from the command line: settings, data sets, rule,
// methods.
//
// Settings are the defaults, then what the rule file says of its training (inner.rate, task.batch,
// evaluate.layers, evaluate.steps), then the command line.  Methods that learn from the tasks of
// meta-training get those of the settings ([task], all of its keys but classes and image size).
#ifndef APP_TRANSFER_INPUTS_H
#define APP_TRANSFER_INPUTS_H

#include "app/data_sources.h"
#include "app/options.h"
#include "engine/data/spec.h"
#include "engine/settings.h"
#include "engine/transfer/transfer.h"

enum { TRANSFER_DATASETS = 8 };

// Must stay where it is: plan points into it.
typedef struct {
    Settings settings;
    Dataset dataset[TRANSFER_DATASETS];
    char spec[TRANSFER_DATASETS][DATA_SPEC_TEXT]; // as given
    int dataset_count;
    bool has_rule;
    Rule rule;
    char rule_name[160]; // file and outer step, for people; "none"
    DataSources tasks;   // of meta-training, if a method needs them
    TaskSource source;   // of these
    TransferPlan plan;   // everything but stop and done
} TransferInputs;

// What the command line does not say.
typedef struct {
    const char *data, *methods, *shots, *layers; // layers, seeds, tests: NULL as in the settings
    const char *seeds, *tests;
    const char *source; // of tasks; NULL: as in the settings
} TransferDefaults;

bool transfer_inputs_init(TransferInputs *inputs, const Options *options,
                          const TransferDefaults *defaults, Status *status);
void transfer_inputs_clear(TransferInputs *inputs);

#endif
