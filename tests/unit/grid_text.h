// What stands in a grid of cells, as text, for tests that look for words on a screen.
#ifndef TESTS_UNIT_GRID_TEXT_H
#define TESTS_UNIT_GRID_TEXT_H

#include "views/cells.h"

// A line for each row; the caller frees it.
char *grid_text(const CellGrid *grid);

#endif
