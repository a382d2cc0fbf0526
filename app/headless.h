// Training without a screen: a line of progress on stdout every few seconds and after every test on
// the held-out data.
#ifndef APP_HEADLESS_H
#define APP_HEADLESS_H

#include "app/training_thread.h"
#include "engine/snapshot.h"

#include <stdio.h>

// Watches until the training has ended; a signal that asks to end is passed on to it.  If nobody
// reads stdout any more, training is told to save and end, too: *broken_pipe.
void headless_run(TrainingThread *thread, SnapshotBoard *board, FILE *stream, bool *broken_pipe);

// One line of progress, without a line break at its end.
void headless_line(const Snapshot *snapshot, char *line, size_t size);

#endif
