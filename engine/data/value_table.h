// The different values of a set of numbers, as long as a byte can tell them apart: counts, grades,
// pixels stored as floats.  With it vectors are kept as bytes and a table (dataset.h).
#ifndef ENGINE_DATA_VALUE_TABLE_H
#define ENGINE_DATA_VALUE_TABLE_H

#include "engine/data/dataset.h"

enum { VALUE_SLOTS = 1024 };

typedef struct {
    int count; // different values, in the order in which they came
    float value[DATASET_TABLE];
    int16_t slot[VALUE_SLOTS]; // hash table of their numbers, -1: free
} ValueTable;

void value_table_init(ValueTable *table);

// The byte of a finite value, added if it is new; -1 if 256 others are there already.  -0 is 0.
int value_table_code(ValueTable *table, float value);

// Vectors [count, features] of floats become bytes with a table, if that can be; else all stays.
// False only for want of memory.
bool dataset_pack(Dataset *dataset, Status *status);

#endif
