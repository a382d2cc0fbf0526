// The cell back end: draws a scene into a grid of character cells.  It knows no terminal, so tests
// compare cells; curses_back_end.h copies a grid to the screen.
#ifndef VIEWS_CELLS_H
#define VIEWS_CELLS_H

#include "views/scene.h"

#include <stdint.h>
#include <stdio.h>

// What the terminal can show.  ASCII: 7-bit text only; BLOCK: box drawing, quadrants and eighths;
// BRAILLE: 2 x 4 dots in a cell besides.
typedef enum { SYMBOLS_ASCII, SYMBOLS_BLOCK, SYMBOLS_BRAILLE } Symbols;
// DIRECT: any red, green and blue (24 bits).
typedef enum { COLOURS_MONO, COLOURS_8, COLOURS_16, COLOURS_256, COLOURS_DIRECT } Colours;
typedef enum { THEME_DARK, THEME_LIGHT } Theme;

typedef struct {
    Symbols symbols;
    Colours colours;
    Theme theme;
} CellStyle;

// A cell's colour: an Ink, the terminal's default, or a colour for pictures, finer than most
// terminals have it (cell_colour.h).
enum {
    CELL_DIVERGING = 32, // + 0 .. 64, 32 is zero
    CELL_DIVERGING_STEPS = 65,
    CELL_GREY = 128, // + 0 .. 63 dark to light
    CELL_GREY_STEPS = 64,
    CELL_COLOUR = 192, // + 64 r + 8 g + b, each 0 .. 7
    CELL_COLOUR_STEPS = 8,
    CELL_DEFAULT = 1023, // the terminal's own background
};

enum { CELL_BOLD = 1, CELL_DIM = 2, CELL_REVERSED = 4 };

typedef struct {
    uint32_t character; // Unicode; 0 = covered by the wide character on its left
    uint16_t ink;       // foreground
    uint16_t paper;     // background
    uint8_t attributes; // CELL_BOLD ...
} Cell;

typedef struct {
    int rows, columns;
    Cell *cells; // [rows, columns]; owned
} CellGrid;

// A blank grid; false without memory or for a size below 1 x 1 (the grid is then 0 x 0).
bool cells_init(CellGrid *grid, int rows, int columns);
void cells_clear(CellGrid *grid);
// All blank, or a part of it.
void cells_blank(CellGrid *grid);
void cells_blank_part(CellGrid *grid, int row, int column, int rows, int columns);

// Draws scene with its top left corner at (row, column); what lies outside the grid or outside the
// scene's own size is left out.  False without memory for the dots (text is drawn all the same).
bool cells_draw(CellGrid *grid, int row, int column, const Scene *scene, const CellStyle *style);

static inline const Cell *cells_at(const CellGrid *grid, int row, int column) {
    return &grid->cells[(size_t)row * (size_t)grid->columns + (size_t)column];
}

// The characters of one row as UTF-8, trailing blanks left out; always ends with '\0'.
void cells_row_text(const CellGrid *grid, int row, char *out, size_t size);
// All rows, one line each: for tests and for looking at a screen without a terminal.
void cells_print(const CellGrid *grid, FILE *stream);

#endif
