// The measurements of an experiment, made on all threads and kept in a file that only grows
// (json_lines.h), one line each:
//
//     {"key": "method=rule data=... seed=3", "marks": 4, "seconds": 1.5, "values": [...]}
//
// values: for each number of shots and each mark the step, the loss and the accuracy of each
// classifier (and of a look all of its numbers), or as texts where they are not finite (number.h).
//
// The key says everything on which the values depend, theta and the data included as checksums.  So
// a file may hold what other settings have measured: whatever is asked for is taken if it is there,
// more seeds only add to it, and an experiment that was interrupted goes on.
#ifndef APP_EXPERIMENT_ITEMS_H
#define APP_EXPERIMENT_ITEMS_H

#include "app/experiment.h"

// Takes from the file what the run asks for; a missing file has nothing.  *found counts.
bool experiment_items_read(ExperimentRun *run, const char *path, int *found, Status *status);

// Measures what is not done yet, seed by seed, with a line of progress on a terminal, until a
// signal asks to end or `minutes` (0: no limit) are over; *late tells the latter.  What was done
// until then stays done.
bool experiment_items_measure(ExperimentRun *run, const char *path, double minutes, bool *late,
                              Status *status);

int experiment_items_done(const ExperimentRun *run);

#endif
