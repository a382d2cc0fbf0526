// A scene: what a figure looks like, before anybody has decided on a terminal or a picture.
//
// The unit of length is the character cell, because both back ends have one: a terminal's cell, and
// a box of 8 x 16 pixels (times the scale) in a PNG.  x runs right and y runs down from the top
// left corner of the figure; (2.5, 0.5) is the middle of the third cell of the first row.
// Coordinates may be fractions: a terminal rounds text and rules to cells and lines to braille
// dots, a PNG to antialiased pixels.  Colours are meanings (Ink), which each back end turns into
// its own.
//
// Later shapes lie over earlier ones.  A scene owns its points, text and samples.  Running out of
// memory sets `failed`, drops the shape and is not fatal: the rest is drawn.
#ifndef VIEWS_SCENE_H
#define VIEWS_SCENE_H

#include <stdbool.h>
#include <stddef.h>

// What a colour means.  Never the only carrier of a meaning: text, letters or patterns say it too.
typedef enum {
    INK_TEXT,
    INK_DIM, // units, hints, what may be overlooked
    INK_TITLE,
    INK_AXIS,
    INK_GRID,    // thin lines behind a plot; left out by the terminal
    INK_CURVE_1, // the curves follow one another, so INK_CURVE_1 + n is the n-th
    INK_CURVE_2,
    INK_CURVE_3,
    INK_CURVE_4,
    INK_CURVE_5,
    INK_CURVE_6,
    INK_CLASS_1, // classes follow one another like curves; their letter tells them apart besides
    INK_CLASS_2,
    INK_CLASS_3,
    INK_CLASS_4,
    INK_CLASS_5,
    INK_CLASS_6,
    INK_CLASS_7,
    INK_CLASS_8,
    INK_CLASS_9,
    INK_CLASS_10,
    INK_GOOD,
    INK_WARNING,
    INK_ERROR,
    INK_FOCUS, // the focused panel, the cursor, a selected row
    INK_KEY,   // a key's name in the key bar
    INK_COUNT
} Ink;

enum { CURVE_INKS = 6, CLASS_INKS = 10 };

typedef enum { WEIGHT_DIM, WEIGHT_NORMAL, WEIGHT_BOLD } Weight;
typedef enum { PATTERN_SOLID, PATTERN_DASHED } Pattern;
typedef enum { ALIGN_LEFT, ALIGN_CENTRE, ALIGN_RIGHT } Align;

// Greys from 0 (dark) to 1 (light); diverging from -1 over 0 to 1; colour from three channels 0
// .. 1.
typedef enum { MAP_GREY, MAP_DIVERGING, MAP_COLOUR } ColourMap;

typedef enum {
    MARK_POINT,  // of a curve: a disc in a picture, the letter (or a dot) in a terminal
    MARK_LETTER, // the mark's letter
    MARK_CROSS,  // NaN
    MARK_UP,     // +Inf, or above the range
    MARK_DOWN,   // -Inf, or below it
} MarkKind;

typedef enum {
    SHAPE_LINE,  // points: a polyline; a point with a NaN coordinate starts a new piece
    SHAPE_BAND,  // points: upper edge left to right, then as many of the lower edge left to right
    SHAPE_BAR,   // box: filled; it grows to `side`, so that side may lie inside a cell
    SHAPE_RULE,  // box with x0 == x1 or y0 == y1: a straight thin line (box drawing in a terminal)
    SHAPE_TICK,  // at (x0, y0) on a rule, pointing to `side`
    SHAPE_MARK,  // at (x0, y0)
    SHAPE_TEXT,  // one line of UTF-8; its middle at y0, its `align` at x0
    SHAPE_IMAGE, // box: `image_rows` x `image_columns` samples (x 3 for MAP_COLOUR)
} ShapeKind;

typedef enum { SIDE_LEFT, SIDE_RIGHT, SIDE_UP, SIDE_DOWN } Side;

typedef struct {
    double x, y;
} Point;

typedef struct {
    double x0, y0, x1, y1; // x0 <= x1, y0 <= y1
} Box;

typedef struct {
    ShapeKind kind;
    Ink ink;
    Weight weight;
    Pattern pattern;
    Align align;
    Side side;
    MarkKind mark;
    char letter;
    bool reversed; // text: on a bar of its own ink (selected rows, key bar)
    ColourMap map;
    int image_rows, image_columns;
    Box box;             // position, or (x0, y0)
    Box clip;            // nothing is drawn outside
    size_t first, count; // points, characters or samples of the scene's pools
} Shape;

typedef struct {
    double width, height; // of the figure, in cells
    Shape *shapes;
    size_t shape_count, shape_capacity;
    Point *points;
    size_t point_count, point_capacity;
    char *text;
    size_t text_count, text_capacity;
    float *samples;
    size_t sample_count, sample_capacity;
    Box clip;    // given to the shapes that follow
    bool failed; // memory ran out; something is missing
} Scene;

// An empty scene of the given size; the clip is the whole figure.  scene_clear gives memory back,
// scene_reset keeps it for the next frame.
void scene_init(Scene *scene, double width, double height);
void scene_reset(Scene *scene, double width, double height);
void scene_clear(Scene *scene);

// What follows is drawn inside clip only (and inside the figure).  scene_unclip: the whole figure
// again.
void scene_clip(Scene *scene, Box clip);
void scene_unclip(Scene *scene);

void scene_line(Scene *scene, const Point *points, size_t count, Ink ink, Weight weight,
                Pattern pattern);
// upper and lower: [count] edges at the same x.
void scene_band(Scene *scene, const Point *upper, const Point *lower, size_t count, Ink ink);
// side: SIDE_UP for an upright bar, SIDE_RIGHT for a lying one.
void scene_bar(Scene *scene, Box box, Side side, Ink ink);
void scene_rule_across(Scene *scene, double x0, double x1, double y, Ink ink);
void scene_rule_down(Scene *scene, double x, double y0, double y1, Ink ink);
void scene_tick(Scene *scene, double x, double y, Side side, Ink ink);
void scene_mark(Scene *scene, double x, double y, MarkKind mark, char letter, Ink ink);
// Text is copied.  Invalid UTF-8 and control characters are shown as '?', so that no file name or
// log line can reach the terminal as an escape sequence.
void scene_text(Scene *scene, double x, double y, Align align, Ink ink, Weight weight,
                const char *text);
void scene_text_reversed(Scene *scene, double x, double y, Ink ink, const char *text);
// samples [rows, columns] or [rows, columns, 3] are copied.  Where a back end has fewer cells or
// pixels than samples, each shows the mean of those whose centre it covers (scene_image_mean).
void scene_image(Scene *scene, Box box, ColourMap map, int rows, int columns, const float *samples);

// What a part of an image shows, given in its own coordinates (0 .. 1 across and down): the mean of
// the samples whose centre lies inside, or of the one sample there if there is none; NaN if one of
// them is.  out [1], or [3] for MAP_COLOUR.
void scene_image_mean(const Scene *scene, const Shape *image, Box part, float *out);

// All shapes of part, moved by (x, y) and clipped to part's own size there.
void scene_append(Scene *scene, const Scene *part, double x, double y);

// Cuts the segment a-b to the box.  False if nothing of it is inside (or a coordinate is not
// finite).
bool clip_segment(Box box, Point *a, Point *b);

#endif
