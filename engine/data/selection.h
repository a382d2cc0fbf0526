// Parts of a data set, and its colours changed: everything happens in place, so a large set is
// never in memory twice.  Works on indexed sets and indexes them again.
#ifndef ENGINE_DATA_SELECTION_H
#define ENGINE_DATA_SELECTION_H

#include "engine/data/dataset.h"

// Keeps the examples with keep[i] ([count]) in their order; labels and names stay.  An empty rest
// is STATUS_USAGE.
bool dataset_keep(Dataset *dataset, const bool *keep, Status *status);

// Keeps some classes, "0-4,7" (numbers and ranges) or names where the set has them, and numbers
// them anew from 0 in their old order.  STATUS_USAGE: what is no class, or none left.
bool dataset_keep_classes(Dataset *dataset, const char *list, Status *status);

// Divides every class by a seed: `share` of its examples (rounded) are held out, the others are for
// training.  Keeps one of the two sides.  The same seed and share always give the same two
// sides, whatever classes are chosen afterwards.
bool dataset_split(Dataset *dataset, double share, uint64_t seed, bool held_out, Status *status);

// One channel or three: grey = (299 red + 587 green + 114 blue) / 1000, the luma of ITU-R BT.601.
bool dataset_set_channels(Dataset *dataset, int channels, Status *status);

#endif
