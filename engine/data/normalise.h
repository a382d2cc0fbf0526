// Vectors brought to one scale.  The statistics are those of the examples at hand, without labels.
#ifndef ENGINE_DATA_NORMALISE_H
#define ENGINE_DATA_NORMALISE_H

#include "engine/data/dataset.h"

typedef enum {
    NORMALISE_NONE,
    NORMALISE_RANGE,    // all values to 0 .. 1 by the same line; bytes stay bytes
    NORMALISE_STANDARD, // every feature to mean 0 and standard deviation 1 (a constant one to 0)
} Normalise;

// In place.  Images are refused (STATUS_USAGE): theirs is 0 .. 1 already.
bool dataset_normalise(Dataset *dataset, Normalise how, Status *status);

#endif
