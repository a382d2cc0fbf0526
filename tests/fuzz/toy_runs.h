// Runs so small that an inner loop of one takes a millisecond, in a temporary folder that goes when
// the program ends: "a" with all that the screens look for, "b" that keeps no rules, "c" whose
// metrics are damaged.
#ifndef TESTS_FUZZ_TOY_RUNS_H
#define TESTS_FUZZ_TOY_RUNS_H

#include "app/run_directory.h"
#include "app/step_thread.h"

// Makes them and their data; returns the folder.  Stops the program if they cannot be made.
const char *toy_runs_make(void);

// The settings of all of them.
void toy_settings(Settings *settings, const char *folder);

// Run "a" to look at, and what the Step screen begins with in it.
void toy_run_look(RunDirectory *run, const char *folder);
void toy_opening(StepOpening *opening, const char *folder, const RunDirectory *run);

#endif
