#include "views/curses_back_end.h"

#include <curses.h>
#include <langinfo.h>
#include <string.h>
#include <strings.h>
#include <term.h>
#undef columns // a macro of term.h, a member of ours
#undef lines
#include <wchar.h>

// Pairs that the filters of a 256-colour screen need, and some for everything else.
enum { PAIRS_OF_256 = CELL_DIVERGING_STEPS * CELL_DIVERGING_STEPS + 64 };

// A meaning's colours: of 256, on dark and on light terminals, normal and dim; of the basic eight.
// -1 is the terminal's own foreground.
typedef struct {
    short dark, dark_dim, light, light_dim;
    short basic;
    attr_t attributes; // besides colour
} InkColours;

static const InkColours ink_colours[INK_COUNT] = {
    [INK_TEXT] = {-1, 245, -1, 243, -1, A_NORMAL},
    [INK_DIM] = {245, 241, 242, 247, -1, A_DIM},
    [INK_TITLE] = {-1, 245, -1, 243, -1, A_NORMAL},
    [INK_AXIS] = {242, 239, 247, 251, -1, A_DIM},
    [INK_GRID] = {237, 236, 253, 254, -1, A_DIM},
    [INK_CURVE_1] = {75, 24, 25, 110, COLOR_CYAN, A_NORMAL},
    [INK_CURVE_2] = {214, 94, 166, 180, COLOR_YELLOW, A_NORMAL},
    [INK_CURVE_3] = {43, 23, 29, 115, COLOR_GREEN, A_NORMAL},
    [INK_CURVE_4] = {176, 96, 126, 182, COLOR_MAGENTA, A_NORMAL},
    [INK_CURVE_5] = {185, 100, 94, 186, COLOR_RED, A_NORMAL},
    [INK_CURVE_6] = {141, 61, 61, 146, COLOR_BLUE, A_NORMAL},
    [INK_GOOD] = {78, 29, 28, 114, COLOR_GREEN, A_NORMAL},
    [INK_WARNING] = {214, 94, 130, 180, COLOR_YELLOW, A_NORMAL},
    [INK_ERROR] = {203, 131, 124, 174, COLOR_RED, A_NORMAL},
    [INK_FOCUS] = {81, 31, 26, 74, COLOR_CYAN, A_NORMAL},
    [INK_KEY] = {81, 31, 26, 74, COLOR_CYAN, A_NORMAL},
};

// The diverging map in the colour cube: blue, over black or white, to orange.
static const short diverging[2][CELL_DIVERGING_STEPS] = {
    [THEME_DARK] = {117, 75, 74, 67, 31, 25, 24, 234, 232, 234, 58, 94, 130, 136, 172, 208, 215},
    [THEME_LIGHT] = {18, 19, 25, 26, 32, 74, 110, 152, 231, 224, 223, 216, 215, 208, 172, 166, 130},
};

void curses_back_end_init(CursesBackEnd *back_end, const CellStyle *style) {
    *back_end = (CursesBackEnd){.style = *style};
    CellStyle *chosen = &back_end->style;
    if (chosen->colours != COLOURS_MONO && has_colors() && start_color() == OK) {
        back_end->colour = true;
        use_default_colors();
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

static int basic_colour(const CursesBackEnd *back_end, Ink ink, bool dim) {
    int colour = ink_colours[ink].basic;
    bool bright =
        back_end->style.colours == COLOURS_16 && back_end->style.theme == THEME_DARK && !dim;
    return colour >= 0 && bright ? colour + 8 : colour;
}

// The colour number of a cell's ink or paper.
static int colour_of(const CursesBackEnd *back_end, int ink, bool dim) {
    bool light = back_end->style.theme == THEME_LIGHT;
    if (ink == CELL_DEFAULT) {
        return -1;
    }
    if (ink >= CELL_COLOUR) {
        return 16 + ink - CELL_COLOUR;
    }
    if (ink >= CELL_GREY) {
        return 232 + (ink - CELL_GREY) * 23 / (CELL_GREY_STEPS - 1);
    }
    if (ink >= CELL_DIVERGING) {
        return diverging[light][ink - CELL_DIVERGING];
    }
    const InkColours *colours = &ink_colours[ink];
    if (back_end->style.colours != COLOURS_256) {
        return basic_colour(back_end, (Ink)ink, dim);
    }
    return light ? dim ? colours->light_dim : colours->light
           : dim ? colours->dark_dim
                 : colours->dark;
}

static attr_t attributes_of(const CursesBackEnd *back_end, const Cell *cell) {
    bool dim = (cell->attributes & CELL_DIM) != 0, tones = back_end->style.colours == COLOURS_256;
    attr_t attributes = A_NORMAL;
    if (cell->attributes & CELL_BOLD) {
        attributes |= A_BOLD;
    }
    if (cell->attributes & CELL_REVERSED) {
        attributes |= A_REVERSE;
    }
    if (!tones && cell->ink < INK_COUNT) { // with 256 colours, dim is a colour
        attributes |= ink_colours[cell->ink].attributes | (dim ? A_DIM : 0);
    }
    if (back_end->style.colours == COLOURS_MONO && cell->ink == INK_ERROR) {
        attributes |= A_REVERSE;
    }
    return attributes;
}

static void show_cell(const CursesBackEnd *back_end, int row, int column, const Cell *cell) {
    wchar_t text[2] = {(wchar_t)cell->character, L'\0'};
    cchar_t content;
    int pair = 0;
    if (back_end->colour) {
        int ink = colour_of(back_end, cell->ink, (cell->attributes & CELL_DIM) != 0);
        int paper = colour_of(back_end, cell->paper, false);
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
        style.colours = colours >= 256  ? COLOURS_256
                        : colours >= 16 ? COLOURS_16
                        : colours >= 8  ? COLOURS_8
                                        : COLOURS_MONO;
    }
    return style;
}
