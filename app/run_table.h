// The runs of a list as a table, for the Runs screen and for `rulesmith runs`.
#ifndef APP_RUN_TABLE_H
#define APP_RUN_TABLE_H

#include "app/run_list.h"
#include "views/figure.h"

enum { RUN_COLUMNS = 10, RUN_ENTRY = 128 };

// What one row says; texts by value, so that a row outlives its reader.
typedef struct {
    char entries[RUN_COLUMNS][RUN_ENTRY];
    Ink ink; // of its state
} RunRow;

typedef struct {
    int count, most;
    RunRow *rows;         // [most]; owned, as are the next
    const char **entries; // [most, RUN_COLUMNS], pointing into rows
    Ink *inks;            // [most]
} RunRows;

// Room for so many rows, none of them there yet.  False without memory.
bool run_rows_init(RunRows *rows, int most);
void run_rows_clear(RunRows *rows);

// marks: what stands before the name ("a*"), or "".
void run_rows_add(RunRows *rows, const char *name, const char *marks, const RunReader *reader);

// A table over the rows; title and empty are borrowed too.
void run_rows_table(const RunRows *rows, const char *title, const char *empty, Table *table);

#endif
