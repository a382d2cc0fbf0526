// A snapshot made up for tests of the views: curves with noise, spikes and NaN, eight workers,
// histograms with every counter, filters.  The numbers are invented and repeat exactly.
#ifndef TESTS_UNIT_SYNTHETIC_SNAPSHOT_H
#define TESTS_UNIT_SYNTHETIC_SNAPSHOT_H

#include "engine/history.h"
#include "engine/snapshot.h"

// A run that has done outer_steps steps with an evaluation every evaluate_every.  False without
// memory. synthetic_snapshot_clear frees what it owns.
bool synthetic_snapshot_init(Snapshot *snapshot, long outer_steps, long evaluate_every);
void synthetic_snapshot_clear(Snapshot *snapshot);

#endif
