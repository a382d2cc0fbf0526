#include "views/picture.h"

#include "views/font.h"
#include "views/palette.h"
#include "views/raster.h"
#include "views/text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { PICTURE_SIDE = 16384 }; // pixels, most

typedef struct {
    Raster raster;
    Font font;
    const Scene *scene;
    int scale;
    Theme theme;
} Drawing;

static double pixel_x(const Drawing *drawing, double x) {
    return (PICTURE_MARGIN + x * PICTURE_CELL_WIDTH) * drawing->scale;
}

static double pixel_y(const Drawing *drawing, double y) {
    return (PICTURE_MARGIN + y * PICTURE_CELL_HEIGHT) * drawing->scale;
}

static Point pixel(const Drawing *drawing, Point point) {
    return (Point){pixel_x(drawing, point.x), pixel_y(drawing, point.y)};
}

static Box pixel_box(const Drawing *drawing, Box box) {
    return (Box){pixel_x(drawing, box.x0), pixel_y(drawing, box.y0), pixel_x(drawing, box.x1),
                 pixel_y(drawing, box.y1)};
}

static void lay(Drawing *drawing, Ink ink, double alpha) {
    raster_ink(&drawing->raster, palette_ink(ink, drawing->theme), alpha);
}

// Strokes the segment, or its dashes: `walked` is the length drawn so far, so that dashes run on
// through the points of a line.
static void draw_segment(Drawing *drawing, Point a, Point b, double half_width, Pattern pattern,
                         double *walked) {
    double on = 6 * drawing->scale, period = 10 * drawing->scale;
    double length = hypot(b.x - a.x, b.y - a.y);
    if (pattern == PATTERN_SOLID || length == 0) {
        raster_stroke(&drawing->raster, a, b, half_width);
        return;
    }
    const double first = floor(*walked / period) * period;
    for (long i = 0; first + (double)i * period < *walked + length; i++) {
        const double dash = first + (double)i * period;
        double start = fmax(dash - *walked, 0) / length;
        double end = fmin(dash + on - *walked, length) / length;
        if (start < end) {
            Point from = {a.x + start * (b.x - a.x), a.y + start * (b.y - a.y)};
            Point to = {a.x + end * (b.x - a.x), a.y + end * (b.y - a.y)};
            raster_stroke(&drawing->raster, from, to, half_width);
        }
    }
    *walked += length;
}

static bool is_point(Point point) {
    return isfinite(point.x) && isfinite(point.y);
}

static void draw_line(Drawing *drawing, const Shape *shape) {
    static const double half_widths[] = {
        [WEIGHT_DIM] = 0.5, [WEIGHT_NORMAL] = 0.75, [WEIGHT_BOLD] = 1.1};
    double half_width = half_widths[shape->weight] * drawing->scale, walked = 0;
    const Point *points = drawing->scene->points + shape->first;
    // Strokes are as wide as they are: what is cut away is cut outside of their width.
    Box clip = {shape->clip.x0 - 1, shape->clip.y0 - 1, shape->clip.x1 + 1, shape->clip.y1 + 1};
    for (size_t i = 0; i < shape->count; i++) {
        bool next = i + 1 < shape->count && is_point(points[i + 1]);
        bool alone = !next && !(i > 0 && is_point(points[i - 1]));
        if (!is_point(points[i]) || !(next || alone)) {
            continue;
        }
        Point a = points[i], b = points[next ? i + 1 : i];
        if (!clip_segment(clip, &a, &b)) {
            continue;
        }
        draw_segment(drawing, pixel(drawing, a), pixel(drawing, b),
                     alone ? half_width * 1.6 : half_width, shape->pattern, &walked);
    }
    lay(drawing, shape->ink, shape->weight == WEIGHT_DIM ? 0.45 : 1);
}

// Between neighbouring points, column of pixels by column of pixels.
static void draw_band(Drawing *drawing, const Shape *shape) {
    size_t count = shape->count / 2;
    const Point *upper = drawing->scene->points + shape->first, *lower = upper + count;
    for (size_t i = 0; i + 1 < count; i++) {
        double start = fmax(pixel_x(drawing, upper[i].x), drawing->raster.clip.x0);
        double end = fmin(pixel_x(drawing, upper[i + 1].x), drawing->raster.clip.x1);
        double x0 = pixel_x(drawing, upper[i].x), width = pixel_x(drawing, upper[i + 1].x) - x0;
        for (int x = (int)ceil(start - 0.5); x + 0.5 < end; x++) {
            double share = (x + 0.5 - x0) / width;
            double top = upper[i].y + share * (upper[i + 1].y - upper[i].y);
            double bottom = lower[i].y + share * (lower[i + 1].y - lower[i].y);
            raster_box(&drawing->raster,
                       (Box){x, pixel_y(drawing, top), x + 1, pixel_y(drawing, bottom)});
        }
    }
    lay(drawing, shape->ink, 0.2);
}

static void draw_bar(Drawing *drawing, const Shape *shape) {
    Box box = pixel_box(drawing, shape->box);
    double gap = box.x1 - box.x0 >= 4 * drawing->scale ? drawing->scale : 0;
    raster_box(&drawing->raster, (Box){box.x0, box.y0, box.x1 - gap, box.y1});
    lay(drawing, shape->ink, shape->weight == WEIGHT_DIM ? 0.45 : 0.9);
}

// A rule takes whole pixels, so that it is crisp.
static void draw_rule(Drawing *drawing, const Shape *shape) {
    Box box = pixel_box(drawing, shape->box);
    if (box.y0 == box.y1) {
        box.y0 = round(box.y0) - (drawing->scale == 2);
        box.y1 = box.y0 + drawing->scale;
    } else {
        box.x0 = round(box.x0) - (drawing->scale == 2);
        box.x1 = box.x0 + drawing->scale;
    }
    raster_box(&drawing->raster, box);
    lay(drawing, shape->ink, 1);
}

static void draw_tick(Drawing *drawing, const Shape *shape) {
    static const Point directions[] = {
        [SIDE_LEFT] = {-1, 0}, [SIDE_RIGHT] = {1, 0}, [SIDE_UP] = {0, -1}, [SIDE_DOWN] = {0, 1}};
    double length = 4 * drawing->scale;
    Point at = pixel(drawing, (Point){shape->box.x0, shape->box.y0});
    Point to = {at.x + directions[shape->side].x * length,
                at.y + directions[shape->side].y * length};
    Box box = {fmin(at.x, to.x), fmin(at.y, to.y), fmax(at.x, to.x), fmax(at.y, to.y)};
    if (shape->side == SIDE_LEFT || shape->side == SIDE_RIGHT) {
        box.y0 = round(at.y) - (drawing->scale == 2);
        box.y1 = box.y0 + drawing->scale;
    } else {
        box.x0 = round(at.x) - (drawing->scale == 2);
        box.x1 = box.x0 + drawing->scale;
    }
    raster_box(&drawing->raster, box);
    lay(drawing, shape->ink, 1);
}

static void draw_character(Drawing *drawing, double x, double y, uint32_t character, bool bold) {
    int stride, scale = drawing->scale;
    const uint8_t *glyph = font_glyph(&drawing->font, character, scale, bold, &stride);
    raster_glyph(&drawing->raster, (int)lround(x), (int)lround(y), glyph,
                 PICTURE_CELL_WIDTH * scale, PICTURE_CELL_HEIGHT * scale, stride);
}

static void draw_text(Drawing *drawing, const Shape *shape) {
    const char *text = drawing->scene->text + shape->first;
    int width = text_width(text), column = 0;
    double start = shape->align == ALIGN_LEFT     ? shape->box.x0
                   : shape->align == ALIGN_CENTRE ? shape->box.x0 - width / 2.0
                                                  : shape->box.x0 - width;
    double x = pixel_x(drawing, start), y = pixel_y(drawing, shape->box.y0 - 0.5);
    double cell = PICTURE_CELL_WIDTH * drawing->scale;
    if (shape->reversed) {
        raster_box(&drawing->raster, (Box){x, y, x + width * cell, y + 2 * cell});
        lay(drawing, shape->ink, 1);
    }
    while (*text != '\0') {
        uint32_t character = text_decode(&text);
        draw_character(drawing, x + column * cell, y, character, shape->weight == WEIGHT_BOLD);
        column += text_character_width(character);
    }
    if (shape->reversed) {
        raster_ink(&drawing->raster, palette_paper(drawing->theme), 1);
    } else {
        lay(drawing, shape->ink, 1);
    }
}

static void draw_mark(Drawing *drawing, const Shape *shape) {
    Raster *raster = &drawing->raster;
    double size = drawing->scale;
    Point at = pixel(drawing, (Point){shape->box.x0, shape->box.y0});
    switch (shape->mark) {
    case MARK_POINT:
        raster_disc(raster, at, 4 * size);
        raster_ink(raster, palette_paper(drawing->theme), 1);
        raster_disc(raster, at, 3 * size);
        break;
    case MARK_LETTER:
        draw_character(drawing, at.x - PICTURE_CELL_WIDTH * size / 2,
                       at.y - PICTURE_CELL_HEIGHT * size / 2,
                       (uint32_t)(unsigned char)shape->letter, true);
        break;
    case MARK_CROSS:
        raster_stroke(raster, (Point){at.x - 3.5 * size, at.y - 3.5 * size},
                      (Point){at.x + 3.5 * size, at.y + 3.5 * size}, 0.9 * size);
        raster_stroke(raster, (Point){at.x - 3.5 * size, at.y + 3.5 * size},
                      (Point){at.x + 3.5 * size, at.y - 3.5 * size}, 0.9 * size);
        break;
    case MARK_UP:
    case MARK_DOWN: {
        double tip = (shape->mark == MARK_UP ? -4 : 4) * size;
        raster_triangle(raster, (Point){at.x, at.y + tip},
                        (Point){at.x - 4 * size, at.y - tip * 0.75},
                        (Point){at.x + 4 * size, at.y - tip * 0.75});
        break;
    }
    }
    lay(drawing, shape->ink, 1);
}

static void draw_image(Drawing *drawing, const Shape *shape) {
    Box box = pixel_box(drawing, shape->box);
    int x0 = (int)lround(box.x0), y0 = (int)lround(box.y0);
    int x1 = (int)lround(box.x1), y1 = (int)lround(box.y1);
    for (int y = y0; y < y1; y++) {
        for (int x = x0; x < x1; x++) {
            const Box part = {(double)(x - x0) / (x1 - x0), (double)(y - y0) / (y1 - y0),
                              (double)(x + 1 - x0) / (x1 - x0), (double)(y + 1 - y0) / (y1 - y0)};
            float sample[3];
            scene_image_mean(drawing->scene, shape, part, sample);
            raster_pixel(&drawing->raster, x, y, palette_map(sample, shape->map, drawing->theme));
        }
    }
}

static void draw_shape(Drawing *drawing, const Shape *shape) {
    static void (*const draw[])(Drawing *, const Shape *) = {
        [SHAPE_LINE] = draw_line, [SHAPE_BAND] = draw_band,   [SHAPE_BAR] = draw_bar,
        [SHAPE_RULE] = draw_rule, [SHAPE_TICK] = draw_tick,   [SHAPE_MARK] = draw_mark,
        [SHAPE_TEXT] = draw_text, [SHAPE_IMAGE] = draw_image,
    };
    // Antialiasing may reach a pixel beyond; curves at the edge of a plot keep their full width.
    double slack = 2 * drawing->scale;
    Box clip = pixel_box(drawing, shape->clip);
    drawing->raster.clip =
        (Box){clip.x0 - slack, clip.y0 - slack, clip.x1 + slack, clip.y1 + slack};
    draw[shape->kind](drawing, shape);
}

void picture_clear(Picture *picture) {
    free(picture->pixels);
    *picture = (Picture){0};
}

bool picture_draw(Picture *picture, const Scene *scene, const PictureOptions *options,
                  Status *status) {
    int scale = options->scale == 2 ? 2 : 1;
    Drawing drawing = {.scene = scene, .scale = scale, .theme = options->theme};
    double width = ceil((scene->width * PICTURE_CELL_WIDTH + 2 * PICTURE_MARGIN) * scale);
    double height = ceil((scene->height * PICTURE_CELL_HEIGHT + 2 * PICTURE_MARGIN) * scale);
    *picture = (Picture){0};
    if (!(width <= PICTURE_SIDE && height <= PICTURE_SIDE)) {
        return status_fail(status, STATUS_USAGE,
                           "a picture has at most %d pixels a side, this one %.0f x %.0f",
                           PICTURE_SIDE, width, height);
    }
    if (scene->failed) {
        return status_fail(status, STATUS_FAILURE, "no memory for the figure");
    }
    if (!font_init(&drawing.font, status)) {
        return false;
    }
    if (!raster_init(&drawing.raster, (int)width, (int)height, palette_paper(options->theme))) {
        font_clear(&drawing.font);
        return status_fail(status, STATUS_FAILURE, "no memory for a picture of %.0f x %.0f pixels",
                           width, height);
    }
    for (size_t i = 0; i < scene->shape_count; i++) {
        draw_shape(&drawing, &scene->shapes[i]);
    }
    *picture = (Picture){drawing.raster.width, drawing.raster.height, drawing.raster.pixels};
    drawing.raster.pixels = NULL;
    raster_clear(&drawing.raster);
    font_clear(&drawing.font);
    return true;
}

bool picture_export(const Scene *scene, const char *path, const PictureOptions *options,
                    Status *status) {
    Picture picture;
    if (!picture_draw(&picture, scene, options, status)) {
        return false;
    }
    bool done = picture_write(&picture, path, options, status);
    picture_clear(&picture);
    return done;
}
