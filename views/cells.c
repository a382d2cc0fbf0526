// Lines become dots inside cells, rules box-drawing characters, bars eighths of blocks, images half
// blocks.
//
// A cell has one foreground colour.  Where two curves meet in a cell the later one takes it over,
// dots and all; a curve meeting itself adds its dots.  That is why charts draw what matters last.
#include "views/cells.h"

#include "views/cell_image.h"
#include "views/text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

// What a cell holds while a scene is drawn, beside its character.
typedef struct {
    uint8_t dots; // bit row * across + column of the dot pattern
    uint8_t box;  // BOX_UP ... of the rules that meet here
    bool is_band; // the dots are those of a band
} CellMaking;

enum { BOX_UP = 1, BOX_DOWN = 2, BOX_LEFT = 4, BOX_RIGHT = 8 };

typedef struct {
    CellGrid *grid;
    const CellStyle *style;
    const Scene *scene;
    int row, column;            // of the scene's corner in the grid
    int rows, columns;          // of the scene, in whole cells
    CellMaking *makings;        // [rows, columns]
    int dots_across, dots_down; // in a cell
} Drawing;

bool cells_init(CellGrid *grid, int rows, int columns) {
    *grid = (CellGrid){0};
    if (rows < 1 || columns < 1) {
        return false;
    }
    grid->cells = calloc((size_t)rows * (size_t)columns, sizeof *grid->cells);
    if (grid->cells == NULL) {
        return false;
    }
    grid->rows = rows;
    grid->columns = columns;
    cells_blank(grid);
    return true;
}

void cells_clear(CellGrid *grid) {
    free(grid->cells);
    *grid = (CellGrid){0};
}

static const Cell blank = {' ', INK_TEXT, CELL_DEFAULT, 0};

static Cell *cell_at(CellGrid *grid, int row, int column) {
    return &grid->cells[(size_t)row * (size_t)grid->columns + (size_t)column];
}

void cells_blank_part(CellGrid *grid, int row, int column, int rows, int columns) {
    for (int r = row < 0 ? 0 : row; r < row + rows && r < grid->rows; r++) {
        for (int c = column < 0 ? 0 : column; c < column + columns && c < grid->columns; c++) {
            *cell_at(grid, r, c) = blank;
        }
    }
}

void cells_blank(CellGrid *grid) {
    cells_blank_part(grid, 0, 0, grid->rows, grid->columns);
}

// -- Cells
// --------------------------------------------------------------------------------------------

// The cell at (row, column) of the scene; NULL outside of scene, clip or grid.  A cell is inside a
// clip when its middle is.
static Cell *cell_inside(const Drawing *drawing, const Box *clip, int row, int column) {
    int r = drawing->row + row, c = drawing->column + column;
    if (row < 0 || column < 0 || row >= drawing->rows || column >= drawing->columns || r < 0 ||
        c < 0 || r >= drawing->grid->rows || c >= drawing->grid->columns) {
        return NULL;
    }
    if (column + 0.5 < clip->x0 || column + 0.5 > clip->x1 || row + 0.5 < clip->y0 ||
        row + 0.5 > clip->y1) {
        return NULL;
    }
    return cell_at(drawing->grid, r, c);
}

static CellMaking *making_of(const Drawing *drawing, int row, int column) {
    return &drawing->makings[(size_t)row * (size_t)drawing->columns + (size_t)column];
}

// Where half a wide character would remain, a blank is put.
static void cell_put(const Drawing *drawing, Cell *cell, Cell content) {
    const Cell *start = drawing->grid->cells;
    size_t column = (size_t)(cell - start) % (size_t)drawing->grid->columns;
    if (cell->character == 0 && column > 0) {
        cell[-1].character = ' ';
    }
    if (column + 1 < (size_t)drawing->grid->columns && cell[1].character == 0) {
        cell[1].character = ' ';
    }
    *cell = content;
}

static uint8_t attributes_of(Weight weight) {
    return weight == WEIGHT_BOLD ? CELL_BOLD : weight == WEIGHT_DIM ? CELL_DIM : 0;
}

// The 7-bit twin of a character.
static uint32_t ascii_of(uint32_t character) {
    static const struct {
        uint32_t character;
        char twin;
    } twins[] = {
        {0x00b0, 'o'},  {0x00b1, '~'}, {0x00b5, 'u'}, {0x00b7, '.'}, {0x00d7, 'x'}, {0x03b8, 't'},
        {0x03bc, 'u'},  {0x03c6, 'f'}, {0x03d5, 'f'}, {0x2013, '-'}, {0x2014, '-'}, {0x2018, '\''},
        {0x2019, '\''}, {0x201c, '"'}, {0x201d, '"'}, {0x2022, '*'}, {0x2026, '~'}, {0x2190, '<'},
        {0x2191, '^'},  {0x2192, '>'}, {0x2193, 'v'}, {0x2212, '-'}, {0x2264, '<'}, {0x2265, '>'},
    };
    for (size_t i = 0; i < sizeof twins / sizeof *twins; i++) {
        if (twins[i].character == character) {
            return (uint32_t)twins[i].twin;
        }
    }
    return character < 0x80 ? character : '?';
}

static void draw_text(const Drawing *drawing, const Shape *shape) {
    const char *text = drawing->scene->text + shape->first;
    int width = text_width(text), row = (int)floor(shape->box.y0);
    double start = shape->align == ALIGN_LEFT     ? shape->box.x0
                   : shape->align == ALIGN_CENTRE ? shape->box.x0 - width / 2.0
                                                  : shape->box.x0 - width;
    int column = (int)floor(start + 0.5);
    Cell content = {' ', (uint16_t)shape->ink, CELL_DEFAULT, attributes_of(shape->weight)};
    content.attributes |= shape->reversed ? CELL_REVERSED : 0;
    while (*text != '\0') {
        uint32_t character = text_decode(&text);
        int cells = text_character_width(character);
        if (drawing->style->symbols == SYMBOLS_ASCII) {
            character = ascii_of(character);
        }
        Cell *cell = cell_inside(drawing, &shape->clip, row, column);
        Cell *second = cells == 2 ? cell_inside(drawing, &shape->clip, row, column + 1) : NULL;
        if (cell != NULL) {
            content.character =
                cells == 2 && (second == NULL || character < 0x80) ? '?' : character;
            cell_put(drawing, cell, content);
            *making_of(drawing, row, column) = (CellMaking){0};
        }
        if (second != NULL) {
            content.character = cell != NULL && character >= 0x80 ? 0 : '?';
            cell_put(drawing, second, content);
            if (content.character == 0) { // cell_put took the first half for the rest of something
                cell->character = character;
            }
            *making_of(drawing, row, column + 1) = (CellMaking){0};
        }
        column += cells;
    }
}

static void draw_mark(const Drawing *drawing, const Shape *shape) {
    static const uint32_t unicode[] = {0x2022, '*', 0x00d7, 0x25b2, 0x25bc};
    static const uint32_t ascii[] = {'o', '*', 'x', '^', 'v'};
    int row = (int)floor(shape->box.y0), column = (int)floor(shape->box.x0);
    Cell *cell = cell_inside(drawing, &shape->clip, row, column);
    if (cell == NULL) {
        return;
    }
    bool letter = shape->letter != 0 && (shape->mark == MARK_LETTER || shape->mark == MARK_POINT);
    uint32_t character = letter ? (uint32_t)(unsigned char)shape->letter
                         : drawing->style->symbols == SYMBOLS_ASCII ? ascii[shape->mark]
                                                                    : unicode[shape->mark];
    cell_put(drawing, cell,
             (Cell){character, (uint16_t)shape->ink, CELL_DEFAULT, attributes_of(shape->weight)});
    *making_of(drawing, row, column) = (CellMaking){0};
}

// -- Dots
// ---------------------------------------------------------------------------------------------

static uint32_t braille_of(uint8_t dots) {
    // Unicode numbers the dots down the columns and puts the fourth row last.
    static const uint8_t bits[8] = {0x01, 0x08, 0x02, 0x10, 0x04, 0x20, 0x40, 0x80};
    uint32_t character = 0x2800;
    for (int i = 0; i < 8; i++) {
        character |= dots & 1u << i ? bits[i] : 0;
    }
    return character;
}

static uint32_t dots_character(const Drawing *drawing, uint8_t dots) {
    // Bits: upper left, upper right, lower left, lower right.
    static const uint16_t quadrants[16] = {' ',    0x2598, 0x259d, 0x2580, 0x2596, 0x258c,
                                           0x259e, 0x259b, 0x2597, 0x259a, 0x2590, 0x259c,
                                           0x2584, 0x2599, 0x259f, 0x2588};
    static const char thirds[8] = {' ', '\'', '-', '"', '.', ':', '_', '|'};
    switch (drawing->style->symbols) {
    case SYMBOLS_BRAILLE:
        return braille_of(dots);
    case SYMBOLS_BLOCK:
        return quadrants[dots & 15];
    default:
        return (uint32_t)thirds[dots & 7];
    }
}

// Sets the dot (x, y), counted from the scene's corner.
static void draw_dot(const Drawing *drawing, const Shape *shape, int x, int y, bool is_band) {
    if (x < 0 || y < 0) {
        return;
    }
    int row = y / drawing->dots_down, column = x / drawing->dots_across;
    Cell *cell = cell_inside(drawing, &shape->clip, row, column);
    if (cell == NULL) {
        return;
    }
    CellMaking *making = making_of(drawing, row, column);
    uint8_t attributes = attributes_of(shape->weight);
    bool same =
        cell->ink == shape->ink && cell->attributes == attributes && making->is_band == is_band;
    if (is_band && !same && cell->character != ' ') {
        return; // a band never covers anything
    }
    if (!same || making->dots == 0) {
        *making = (CellMaking){.is_band = is_band};
    }
    int bit = y % drawing->dots_down * drawing->dots_across + x % drawing->dots_across;
    making->dots |= (uint8_t)(1u << bit);
    cell_put(drawing, cell,
             (Cell){dots_character(drawing, making->dots), (uint16_t)shape->ink, CELL_DEFAULT,
                    attributes});
}

// A coordinate at the far edge of the clip belongs to the last dot inside.
static int dot_index(double coordinate, double edge, int dots) {
    int index = (int)floor(coordinate * dots), last = (int)ceil(edge * dots) - 1;
    return index > last ? last : index;
}

static void draw_segment(const Drawing *drawing, const Shape *shape, Point a, Point b) {
    if (!clip_segment(shape->clip, &a, &b)) {
        return;
    }
    int x0 = dot_index(a.x, shape->clip.x1, drawing->dots_across);
    int y0 = dot_index(a.y, shape->clip.y1, drawing->dots_down);
    int x1 = dot_index(b.x, shape->clip.x1, drawing->dots_across);
    int y1 = dot_index(b.y, shape->clip.y1, drawing->dots_down);
    int steps = abs(x1 - x0) > abs(y1 - y0) ? abs(x1 - x0) : abs(y1 - y0);
    for (int i = 0; i <= steps; i++) {
        double share = steps == 0 ? 0 : (double)i / steps;
        int x = (int)lround(x0 + share * (x1 - x0)), y = (int)lround(y0 + share * (y1 - y0));
        int cell = x / drawing->dots_across + y / drawing->dots_down;
        if (shape->pattern == PATTERN_SOLID || cell % 2 == 0) {
            draw_dot(drawing, shape, x, y, false);
        }
    }
}

static bool is_point(Point point) {
    return isfinite(point.x) && isfinite(point.y);
}

static void draw_line(const Drawing *drawing, const Shape *shape) {
    const Point *points = drawing->scene->points + shape->first;
    for (size_t i = 0; i < shape->count; i++) {
        if (!is_point(points[i])) {
            continue;
        }
        bool next = i + 1 < shape->count && is_point(points[i + 1]);
        bool alone = !next && !(i > 0 && is_point(points[i - 1]));
        if (next || alone) {
            draw_segment(drawing, shape, points[i], points[next ? i + 1 : i]);
        }
    }
}

// The y of an edge at x; NaN outside of it.
static double edge_at(const Point *edge, size_t count, double x) {
    for (size_t i = 0; i + 1 < count; i++) {
        if (x >= edge[i].x && x <= edge[i + 1].x) {
            double width = edge[i + 1].x - edge[i].x;
            double share = width > 0 ? (x - edge[i].x) / width : 0;
            return edge[i].y + share * (edge[i + 1].y - edge[i].y);
        }
    }
    return NAN;
}

// Every other dot between the edges.
static void draw_band(const Drawing *drawing, const Shape *shape) {
    size_t count = shape->count / 2;
    const Point *upper = drawing->scene->points + shape->first, *lower = upper + count;
    double start = fmax(upper[0].x, shape->clip.x0), end = fmin(upper[count - 1].x, shape->clip.x1);
    if (!(start < end)) {
        return;
    }
    for (int x = (int)floor(start * drawing->dots_across); x < end * drawing->dots_across; x++) {
        double middle = (x + 0.5) / drawing->dots_across;
        double top = edge_at(upper, count, middle), bottom = edge_at(lower, count, middle);
        if (!isfinite(top) || !isfinite(bottom)) {
            continue;
        }
        // Both to the clip: an edge far outside would not fit the int of a dot's row.
        top = fmin(fmax(top, shape->clip.y0), shape->clip.y1);
        bottom = fmin(fmax(bottom, shape->clip.y0), shape->clip.y1);
        for (int y = (int)floor(top * drawing->dots_down); y < bottom * drawing->dots_down; y++) {
            if ((x + y) % 2 == 0) {
                draw_dot(drawing, shape, x, y, true);
            }
        }
    }
}

// -- Rules, bars, images
// ------------------------------------------------------------------------------

static void draw_box(const Drawing *drawing, const Shape *shape, int row, int column,
                     uint8_t bits) {
    static const uint16_t unicode[16] = {' ',    0x2575, 0x2577, 0x2502, 0x2574, 0x2518,
                                         0x2510, 0x2524, 0x2576, 0x2514, 0x250c, 0x251c,
                                         0x2500, 0x2534, 0x252c, 0x253c};
    Cell *cell = cell_inside(drawing, &shape->clip, row, column);
    if (cell == NULL || bits == 0) {
        return;
    }
    CellMaking *making = making_of(drawing, row, column);
    making->dots = 0;
    making->box |= bits;
    bool across = (making->box & (BOX_LEFT | BOX_RIGHT)) != 0;
    bool down = (making->box & (BOX_UP | BOX_DOWN)) != 0;
    uint32_t ascii = across ? down ? '+' : '-' : '|';
    uint32_t character = drawing->style->symbols == SYMBOLS_ASCII ? ascii : unicode[making->box];
    cell_put(drawing, cell, (Cell){character, (uint16_t)shape->ink, CELL_DEFAULT, 0});
}

static void draw_rule(const Drawing *drawing, const Shape *shape) {
    const Box *box = &shape->box;
    if (shape->ink == INK_GRID) {
        return; // a terminal has no line that is thin enough to lie behind a plot
    }
    bool across = box->y0 == box->y1;
    double start = across ? box->x0 : box->y0, end = across ? box->x1 : box->y1;
    for (int at = (int)floor(start); at < end; at++) {
        uint8_t near = across ? BOX_LEFT : BOX_UP, far = across ? BOX_RIGHT : BOX_DOWN;
        uint8_t bits = (uint8_t)((start <= at + 0.25 ? near : 0) | (end >= at + 0.75 ? far : 0));
        int other = (int)floor(across ? box->y0 : box->x0);
        draw_box(drawing, shape, across ? other : at, across ? at : other, bits);
    }
}

static void draw_tick(const Drawing *drawing, const Shape *shape) {
    static const uint8_t bits[] = {BOX_LEFT, BOX_RIGHT, BOX_UP, BOX_DOWN};
    draw_box(drawing, shape, (int)floor(shape->box.y0), (int)floor(shape->box.x0),
             bits[shape->side]);
}

// The share of the cell-long stretch from `at` that start .. end covers.
static double overlap(double start, double end, int at) {
    return fmin(fmax(fmin(end, at + 1) - fmax(start, at), 0), 1);
}

// across and down: the shares of the cell that the bar covers.  In the direction in which bars do
// not grow, a cell belongs to the bar that covers its middle.
static uint32_t bar_character(const Drawing *drawing, Side side, double across, double down) {
    double share = side == SIDE_RIGHT ? across : down;
    int eighths = (int)lround(share * 8);
    if ((side == SIDE_RIGHT ? down : across) < 0.5 || eighths == 0) {
        return ' ';
    }
    if (drawing->style->symbols == SYMBOLS_ASCII) {
        return share >= 0.5 ? '#' : '.';
    }
    return side == SIDE_RIGHT ? 0x2590u - (uint32_t)eighths : 0x2580u + (uint32_t)eighths;
}

static void draw_bar(const Drawing *drawing, const Shape *shape) {
    const Box *box = &shape->box;
    int last_row = (int)fmin(box->y1, drawing->rows),
        last_column = (int)fmin(box->x1, drawing->columns);
    for (int row = (int)fmax(floor(box->y0), 0); row <= last_row; row++) {
        for (int column = (int)fmax(floor(box->x0), 0); column <= last_column; column++) {
            uint32_t character =
                bar_character(drawing, shape->side, overlap(box->x0, box->x1, column),
                              overlap(box->y0, box->y1, row));
            Cell *cell = cell_inside(drawing, &shape->clip, row, column);
            if (cell != NULL && character != ' ') {
                cell_put(drawing, cell,
                         (Cell){character, (uint16_t)shape->ink, CELL_DEFAULT,
                                attributes_of(shape->weight)});
                *making_of(drawing, row, column) = (CellMaking){0};
            }
        }
    }
}

// What the part of a cell from row `top` to `bottom` shows of an image; false outside of it.
static bool image_part(const Drawing *drawing, const Shape *shape, int column, double top,
                       double bottom, float *sample) {
    const Box *box = &shape->box;
    const double x = column + 0.5, y = (top + bottom) / 2;
    if (x < box->x0 || x >= box->x1 || y < box->y0 || y >= box->y1) {
        return false;
    }
    const double across = box->x1 - box->x0, down = box->y1 - box->y0;
    const Box part = {(column - box->x0) / across, (top - box->y0) / down,
                      (column + 1 - box->x0) / across, (bottom - box->y0) / down};
    scene_image_mean(drawing->scene, shape, part, sample);
    return true;
}

static void draw_image(const Drawing *drawing, const Shape *shape) {
    const Box *box = &shape->box;
    for (int row = (int)floor(box->y0); row < box->y1; row++) {
        for (int column = (int)floor(box->x0); column < box->x1; column++) {
            Cell *cell = cell_inside(drawing, &shape->clip, row, column);
            float upper[3], lower[3];
            const bool above = image_part(drawing, shape, column, row, row + 0.5, upper);
            const bool below = image_part(drawing, shape, column, row + 0.5, row + 1, lower);
            if (cell != NULL && (above || below)) {
                cell_put(drawing, cell,
                         cell_of_samples(above ? upper : NULL, below ? lower : NULL, shape->map,
                                         drawing->style));
                *making_of(drawing, row, column) = (CellMaking){0};
            }
        }
    }
}

// -- Scenes
// -------------------------------------------------------------------------------------------

bool cells_draw(CellGrid *grid, int row, int column, const Scene *scene, const CellStyle *style) {
    static void (*const draw[])(const Drawing *, const Shape *) = {
        [SHAPE_LINE] = draw_line, [SHAPE_BAND] = draw_band,   [SHAPE_BAR] = draw_bar,
        [SHAPE_RULE] = draw_rule, [SHAPE_TICK] = draw_tick,   [SHAPE_MARK] = draw_mark,
        [SHAPE_TEXT] = draw_text, [SHAPE_IMAGE] = draw_image,
    };
    static const int across[] = {1, 2, 2}, down[] = {3, 2, 4};
    // What is larger than the grid can show need not be drawn.
    Drawing drawing = {.grid = grid,
                       .style = style,
                       .scene = scene,
                       .row = row,
                       .column = column,
                       .rows = (int)fmin(ceil(scene->height), grid->rows - row),
                       .columns = (int)fmin(ceil(scene->width), grid->columns - column),
                       .dots_across = across[style->symbols],
                       .dots_down = down[style->symbols]};
    if (drawing.rows < 1 || drawing.columns < 1) {
        return true;
    }
    drawing.makings =
        calloc((size_t)drawing.rows * (size_t)drawing.columns, sizeof *drawing.makings);
    if (drawing.makings == NULL) {
        return false;
    }
    for (size_t i = 0; i < scene->shape_count; i++) {
        draw[scene->shapes[i].kind](&drawing, &scene->shapes[i]);
    }
    free(drawing.makings);
    return true;
}

void cells_row_text(const CellGrid *grid, int row, char *out, size_t size) {
    size_t length = 0, solid = 0;
    for (int column = 0; column < grid->columns; column++) {
        char utf8[5];
        uint32_t character = cells_at(grid, row, column)->character;
        if (character == 0) {
            continue;
        }
        size_t bytes = (size_t)text_encode(character, utf8);
        if (length + bytes + 1 > size) {
            break;
        }
        memcpy(out + length, utf8, bytes);
        length += bytes;
        solid = character != ' ' ? length : solid;
    }
    if (size > 0) {
        out[solid] = '\0';
    }
}

void cells_print(const CellGrid *grid, FILE *stream) {
    size_t size = (size_t)grid->columns * 4 + 1;
    char *line = malloc(size);
    for (int row = 0; line != NULL && row < grid->rows; row++) {
        cells_row_text(grid, row, line, size);
        fprintf(stream, "%s\n", line);
    }
    free(line);
}
