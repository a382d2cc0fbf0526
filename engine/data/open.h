// A SPEC (spec.h) becomes a data set: its files are found, read, and brought to what its options
// ask for (first the split, then classes, colours, size, normalisation).
#ifndef ENGINE_DATA_OPEN_H
#define ENGINE_DATA_OPEN_H

#include "engine/data/spec.h"

// Folders where kinds that name no path are looked for, in this order, and who is told of what was
// left out (a picture that cannot be decoded); all borrowed.
typedef struct {
    const char *const *folder; // [count]
    int count;
    void (*note)(void *context, const char *line); // or NULL
    void *note_context;
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
