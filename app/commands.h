// The subcommands: one file command_NAME.c each.  A command has its options checked already, does
// its work, tells errors by report_error and returns the exit code of interface.md (the StatusCode,
// or 128 + signal number when a signal ended it after saving).
#ifndef APP_COMMANDS_H
#define APP_COMMANDS_H

#include "app/options.h"
#include "engine/settings.h"
#include "engine/status.h"

int command_train(const Options *options);
int command_metagrad(const Options *options);
int command_bench(const Options *options);
int command_export(const Options *options);
int command_data(const Options *options);
int command_experiment(const Options *options);
int command_transfer(const Options *options);
int command_step(const Options *options);
int command_watch(const Options *options);
int command_runs(const Options *options);
int command_diff(const Options *options);
int command_verify(const Options *options);

// Writes "rulesmith: SENTENCE" to stderr and returns the exit code of the status.
int report_error(const Status *status);

// The assignments of the command line in their order over the present settings, then
// settings_check.
bool command_line_settings(const Options *options, Settings *settings, Status *status);

// The settings in force: defaults, then the preset (options->preset, or default_preset), then the
// assignments of the command line in their order, then settings_check.  preset_name ([48]) receives
// the name to show, and may be NULL.
bool effective_settings(const Options *options, const char *default_preset, Settings *settings,
                        char *preset_name, Status *status);

// The same as effective_settings with the config.ini of a run in the place of a preset.
bool effective_settings_of_run(const Options *options, const char *config_path, Settings *settings,
                               Status *status);

// For what applies a rule: with a preset, its settings; else those of the run that the rule lies
// in; else what the rule file says of its training.  rule: a file, or NULL.
bool settings_of_rule(const Options *options, const char *rule, Settings *settings, Status *status);

#endif
