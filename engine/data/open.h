// A SPEC (spec.h) becomes a data set: its files are found, read, and brought to what its options
// ask for (first the split, then the classes, colours, size).
#ifndef ENGINE_DATA_OPEN_H
#define ENGINE_DATA_OPEN_H

#include "engine/data/spec.h"

// Folders where kinds that name no path are looked for, in this order; borrowed.
typedef struct {
    const char *const *folder; // [count]
    int count;
} DataPlaces;

// `usual` is the part to take of a kind that comes in parts, if the SPEC does not say one
// (PART_UNSAID: training; `glyphs` always).  STATUS_USAGE: the options do not fit the data.
// STATUS_BAD_DATA: a file is missing or wrong; the text says which, where, what was expected and
// found.  On failure there is nothing to clear.
bool data_open(Dataset *dataset, const DataSpec *spec, const DataPlaces *places, DataPart usual,
               Status *status);

// Whether files of a SPEC that names no path are in one of the places; true for all others.
bool data_found(const DataSpec *spec, const DataPlaces *places, DataPart usual);

#endif
