#include "views/curses_back_end.h"

#include "views/cell_colour.h"

#include <curses.h>
#include <langinfo.h>
#include <string.h>
#include <strings.h>
#include <term.h>
#undef columns // a macro of term.h, a member of ours
#undef lines
#include <wchar.h>

// Pairs that the filters of a 256-colour screen need, and some for everything else; and those of a
// screen with colours by red, green and blue.
enum {
    PAIRS_OF_256 = 17 * 17 + 64,
    PAIRS_OF_DIRECT = CELL_DIVERGING_STEPS * CELL_DIVERGING_STEPS + 64,
    DIRECT_COLOURS = 1 << 24
};

void curses_back_end_init(CursesBackEnd *back_end, const CellStyle *style) {
    *back_end = (CursesBackEnd){.style = *style};
    CellStyle *chosen = &back_end->style;
    if (chosen->colours != COLOURS_MONO && has_colors() && start_color() == OK) {
        back_end->colour = true;
        use_default_colors();
        if (chosen->colours == COLOURS_DIRECT &&
            (COLORS < DIRECT_COLOURS || COLOR_PAIRS < PAIRS_OF_DIRECT)) {
            chosen->colours = COLOURS_8; // the numbers beyond are no palette
        }
        if (chosen->colours == COLOURS_256 && (COLORS < 256 || COLOR_PAIRS < PAIRS_OF_256)) {
            chosen->colours = COLOURS_16;
        }
        if (chosen->colours == COLOURS_16 && COLORS < 16) {
            chosen->colours = COLOURS_8;
        }
    } else {
        chosen->colours = COLOURS_MONO;
    }
}

void curses_back_end_clear(CursesBackEnd *back_end) {
    cells_clear(&back_end->shown);
}

static attr_t attributes_of(const CursesBackEnd *back_end, const Cell *cell) {
    int attributes = cell->attributes;
    if (cell->ink < INK_COUNT) {
        const bool dim = (attributes & CELL_DIM) != 0;
        attributes =
            (attributes & ~CELL_DIM) | cell_attributes(&back_end->style, (Ink)cell->ink, dim);
    }
    if (back_end->style.colours == COLOURS_MONO && cell->ink == INK_ERROR) {
        attributes |= CELL_REVERSED;
    }
    return (attributes & CELL_BOLD ? A_BOLD : A_NORMAL) |
           (attributes & CELL_DIM ? A_DIM : A_NORMAL) |
           (attributes & CELL_REVERSED ? A_REVERSE : A_NORMAL);
}

static void show_cell(const CursesBackEnd *back_end, int row, int column, const Cell *cell) {
    wchar_t text[2] = {(wchar_t)cell->character, L'\0'};
    cchar_t content;
    int pair = 0;
    if (back_end->colour) {
        int ink = cell_colour(&back_end->style, cell->ink, (cell->attributes & CELL_DIM) != 0);
        int paper = cell_colour(&back_end->style, cell->paper, false);
        pair = ink < 0 && paper < 0 ? 0 : alloc_pair(ink, paper);
        pair = pair < 0 ? 0 : pair;
    }
    if (setcchar(&content, text, attributes_of(back_end, cell), (short)0, &pair) == OK) {
        mvadd_wch(row, column,
                  &content); // ERR in the last cell of the screen, which is drawn all the same
    }
}

static bool is_same(const Cell *a, const Cell *b) {
    return a->character == b->character && a->ink == b->ink && a->paper == b->paper &&
           a->attributes == b->attributes;
}

void curses_back_end_show(CursesBackEnd *back_end, const CellGrid *grid, bool all) {
    CellGrid *shown = &back_end->shown;
    bool known = shown->rows == grid->rows && shown->columns == grid->columns;
    if (!known) {
        cells_clear(shown);
        cells_init(shown, grid->rows,
                   grid->columns); // without memory every cell is drawn every time
    }
    if (all) {
        clearok(curscr, TRUE);
    }
    if (all || !known) {
        erase();
    }
    bool have = shown->cells != NULL;
    for (int row = 0; row < grid->rows && row < LINES; row++) {
        for (int column = 0; column < grid->columns && column < COLS; column++) {
            const Cell *cell = cells_at(grid, row, column);
            if (cell->character == 0 ||
                (known && !all && have && is_same(cell, cells_at(shown, row, column)))) {
                continue;
            }
            show_cell(back_end, row, column, cell);
        }
    }
    if (have) {
        memcpy(shown->cells, grid->cells,
               (size_t)grid->rows * (size_t)grid->columns * sizeof *grid->cells);
    }
    wnoutrefresh(stdscr);
    doupdate();
}

// Fonts of the console and character sets of terminals before UTF-8 have neither braille nor
// eighths.
static bool has_plain_font(const char *term) {
    static const char *const plain[] = {"linux", "vt", "ansi", "cons", "dumb", "sun"};
    for (size_t i = 0; i < sizeof plain / sizeof *plain; i++) {
        if (strncmp(term, plain[i], strlen(plain[i])) == 0) {
            return true;
        }
    }
    return false;
}

CellStyle curses_style(const char *term, bool no_color) {
    CellStyle style = {SYMBOLS_ASCII, COLOURS_MONO, THEME_DARK};
    if (strcasecmp(nl_langinfo(CODESET), "UTF-8") == 0 && !has_plain_font(term)) {
        style.symbols = SYMBOLS_BRAILLE;
    }
    char capability[] = "colors"; // term.h wants it writable
    int colours = tigetnum(capability);
    if (!no_color) {
        char direct[] = "RGB";
        style.colours = colours >= DIRECT_COLOURS && tigetflag(direct) == 1 ? COLOURS_DIRECT
                        : colours >= DIRECT_COLOURS                         ? COLOURS_8
                        : colours >= 256                                    ? COLOURS_256
                        : colours >= 16                                     ? COLOURS_16
                        : colours >= 8                                      ? COLOURS_8
                                                                            : COLOURS_MONO;
    }
    return style;
}
