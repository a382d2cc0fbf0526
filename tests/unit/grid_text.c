#include "tests/unit/grid_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

char *grid_text(const CellGrid *grid) {
    const size_t size = (size_t)grid->rows * ((size_t)grid->columns * 4 + 2) + 1;
    char *text = malloc(size);
    size_t length = 0;
    assert_non_null(text);
    for (int row = 0; row < grid->rows; row++) {
        cells_row_text(grid, row, text + length, size - length);
        length += strlen(text + length);
        text[length++] = '\n';
    }
    text[length] = '\0';
    return text;
}
