// A run that another process writes, or that has ended, followed for the screen: a reader and the
// board on which its pictures are pinned.  A look takes some milliseconds at most, however long the
// run is: a long one appears bit by bit.
//
// Nothing of the run is written.  One thread uses a Watch; its board is any thread's.
#ifndef APP_WATCH_H
#define APP_WATCH_H

#include "app/run_reader.h"

typedef struct Watch Watch;

// Fails if folder is no run directory.
bool watch_open(Watch **watch, const char *folder, Status *status);
void watch_close(Watch *watch);

// Takes what is new and publishes it, four times a second at most, oftener while there is more to
// read.  Called as often as one likes.  now: seconds of the monotonic clock.
void watch_look(Watch *watch, double now);

SnapshotBoard *watch_board(const Watch *watch);
const RunReader *watch_reader(const Watch *watch);

#endif
