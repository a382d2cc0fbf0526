#include "views/scene.h"

#include "views/text.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

void scene_init(Scene *scene, double width, double height) {
    memset(scene, 0, sizeof *scene);
    scene_reset(scene, width, height);
}

void scene_reset(Scene *scene, double width, double height) {
    scene->width = width;
    scene->height = height;
    scene->shape_count = scene->point_count = scene->text_count = scene->sample_count = 0;
    scene->failed = false;
    scene_unclip(scene);
}

void scene_clear(Scene *scene) {
    free(scene->shapes);
    free(scene->points);
    free(scene->text);
    free(scene->samples);
    memset(scene, 0, sizeof *scene);
}

void scene_clip(Scene *scene, Box clip) {
    scene->clip.x0 = fmax(clip.x0, 0);
    scene->clip.y0 = fmax(clip.y0, 0);
    scene->clip.x1 = fmin(clip.x1, scene->width);
    scene->clip.y1 = fmin(clip.y1, scene->height);
}

void scene_unclip(Scene *scene) {
    scene->clip = (Box){0, 0, scene->width, scene->height};
}

// Room for `more` items behind the first `count` of a pool; NULL, and scene->failed, without
// memory.
static void *pool_reserve(Scene *scene, void *pool, size_t *capacity, size_t count, size_t more,
                          size_t item) {
    if (more <= *capacity - count) {
        return pool;
    }
    if (more > SIZE_MAX / item / 2 - count) {
        scene->failed = true;
        return NULL;
    }
    size_t wanted = (count + more) * 2 < 64 ? 64 : (count + more) * 2;
    void *grown = wanted > SIZE_MAX / item ? NULL : realloc(pool, wanted * item);
    if (grown == NULL) {
        scene->failed = true;
        return NULL;
    }
    *capacity = wanted;
    return grown;
}

// A new shape with the scene's clip, or NULL without memory.
static Shape *shape_add(Scene *scene, ShapeKind kind, Ink ink) {
    Shape *shapes = pool_reserve(scene, scene->shapes, &scene->shape_capacity, scene->shape_count,
                                 1, sizeof *shapes);
    if (shapes == NULL) {
        return NULL;
    }
    scene->shapes = shapes;
    Shape *shape = &shapes[scene->shape_count++];
    memset(shape, 0, sizeof *shape);
    shape->kind = kind;
    shape->ink = ink;
    shape->weight = WEIGHT_NORMAL;
    shape->clip = scene->clip;
    return shape;
}

static bool points_add(Scene *scene, const Point *points, size_t count) {
    Point *pool = pool_reserve(scene, scene->points, &scene->point_capacity, scene->point_count,
                               count, sizeof *pool);
    if (pool == NULL) {
        return false;
    }
    scene->points = pool;
    memcpy(pool + scene->point_count, points, count * sizeof *points);
    scene->point_count += count;
    return true;
}

void scene_line(Scene *scene, const Point *points, size_t count, Ink ink, Weight weight,
                Pattern pattern) {
    size_t first = scene->point_count;
    Shape *shape;
    if (count == 0 || !points_add(scene, points, count) ||
        (shape = shape_add(scene, SHAPE_LINE, ink)) == NULL) {
        return;
    }
    shape->weight = weight;
    shape->pattern = pattern;
    shape->first = first;
    shape->count = count;
}

void scene_band(Scene *scene, const Point *upper, const Point *lower, size_t count, Ink ink) {
    size_t first = scene->point_count;
    Shape *shape;
    if (count == 0 || !points_add(scene, upper, count) || !points_add(scene, lower, count) ||
        (shape = shape_add(scene, SHAPE_BAND, ink)) == NULL) {
        return;
    }
    shape->weight = WEIGHT_DIM;
    shape->first = first;
    shape->count = 2 * count;
}

void scene_bar(Scene *scene, Box box, Side side, Ink ink) {
    Shape *shape = shape_add(scene, SHAPE_BAR, ink);
    if (shape != NULL) {
        shape->box = box;
        shape->side = side;
    }
}

static void rule_add(Scene *scene, Box box, Ink ink) {
    Shape *shape = shape_add(scene, SHAPE_RULE, ink);
    if (shape != NULL) {
        shape->box = box;
    }
}

void scene_rule_across(Scene *scene, double x0, double x1, double y, Ink ink) {
    rule_add(scene, (Box){x0, y, x1, y}, ink);
}

void scene_rule_down(Scene *scene, double x, double y0, double y1, Ink ink) {
    rule_add(scene, (Box){x, y0, x, y1}, ink);
}

void scene_tick(Scene *scene, double x, double y, Side side, Ink ink) {
    Shape *shape = shape_add(scene, SHAPE_TICK, ink);
    if (shape != NULL) {
        shape->box = (Box){x, y, x, y};
        shape->side = side;
    }
}

void scene_mark(Scene *scene, double x, double y, MarkKind mark, char letter, Ink ink) {
    Shape *shape = shape_add(scene, SHAPE_MARK, ink);
    if (shape != NULL) {
        shape->box = (Box){x, y, x, y};
        shape->mark = mark;
        shape->letter = letter;
        shape->weight = WEIGHT_BOLD;
    }
}

// Copies text with everything that cannot be shown replaced, so that back ends may trust it.
static Shape *text_add(Scene *scene, double x, double y, Ink ink, const char *text) {
    size_t room = strlen(text) + 8, first = scene->text_count;
    if (*text == '\0') {
        return NULL;
    }
    char *pool = pool_reserve(scene, scene->text, &scene->text_capacity, first, room, 1);
    if (pool == NULL) {
        return NULL;
    }
    scene->text = pool;
    size_t at = first;
    while (*text != '\0') {
        at += (size_t)text_encode(text_decode(&text), pool + at);
    }
    Shape *shape = shape_add(scene, SHAPE_TEXT, ink);
    if (shape == NULL) {
        return NULL;
    }
    pool[at] = '\0';
    scene->text_count = at + 1;
    shape->first = first;
    shape->count = at - first;
    shape->box = (Box){x, y, x, y};
    return shape;
}

void scene_text(Scene *scene, double x, double y, Align align, Ink ink, Weight weight,
                const char *text) {
    Shape *shape = text_add(scene, x, y, ink, text);
    if (shape != NULL) {
        shape->align = align;
        shape->weight = weight;
    }
}

void scene_text_reversed(Scene *scene, double x, double y, Ink ink, const char *text) {
    Shape *shape = text_add(scene, x, y, ink, text);
    if (shape != NULL) {
        shape->reversed = true;
    }
}

void scene_image(Scene *scene, Box box, ColourMap map, int rows, int columns,
                 const float *samples) {
    size_t count = (size_t)rows * (size_t)columns * (map == MAP_COLOUR ? 3 : 1);
    if (rows < 1 || columns < 1) {
        return;
    }
    float *pool = pool_reserve(scene, scene->samples, &scene->sample_capacity, scene->sample_count,
                               count, sizeof *pool);
    Shape *shape;
    if (pool == NULL) {
        return;
    }
    scene->samples = pool;
    if ((shape = shape_add(scene, SHAPE_IMAGE, INK_TEXT)) == NULL) {
        return;
    }
    memcpy(pool + scene->sample_count, samples, count * sizeof *samples);
    shape->first = scene->sample_count;
    shape->count = count;
    shape->box = box;
    shape->map = map;
    shape->image_rows = rows;
    shape->image_columns = columns;
    scene->sample_count += count;
}

static Box box_moved(Box box, double x, double y) {
    return (Box){box.x0 + x, box.y0 + y, box.x1 + x, box.y1 + y};
}

// The samples whose centre lies in low .. high of 0 .. 1, or the one in whose middle they are.
static void samples_inside(double low, double high, int count, int *first, int *end) {
    *first = (int)ceil(low * count - 0.5);
    *end = (int)ceil(high * count - 0.5);
    if (*first >= *end) {
        *first = (int)floor((low + high) / 2 * count);
        *end = *first + 1;
    }
    *first = *first < 0 ? 0 : *first > count - 1 ? count - 1 : *first;
    *end = *end > count ? count : *end <= *first ? *first + 1 : *end;
}

void scene_image_mean(const Scene *scene, const Shape *image, Box part, float *out) {
    const int channels = image->map == MAP_COLOUR ? 3 : 1;
    const float *samples = scene->samples + image->first;
    int top, bottom, left, right;
    samples_inside(part.y0, part.y1, image->image_rows, &top, &bottom);
    samples_inside(part.x0, part.x1, image->image_columns, &left, &right);
    for (int c = 0; c < channels; c++) {
        double sum = 0;
        for (int row = top; row < bottom; row++) {
            for (int column = left; column < right; column++) {
                size_t at = (size_t)row * (size_t)image->image_columns + (size_t)column;
                sum += (double)samples[at * (size_t)channels + (size_t)c];
            }
        }
        out[c] = (float)(sum / ((double)(bottom - top) * (right - left)));
    }
}

static Box box_intersection(Box a, Box b) {
    return (Box){fmax(a.x0, b.x0), fmax(a.y0, b.y0), fmin(a.x1, b.x1), fmin(a.y1, b.y1)};
}

void scene_append(Scene *scene, const Scene *part, double x, double y) {
    Box whole = {0, 0, scene->width, scene->height};
    for (size_t i = 0; i < part->shape_count; i++) {
        const Shape *from = &part->shapes[i];
        Box box = box_moved(from->box, x, y);
        size_t before = scene->shape_count;
        switch (from->kind) {
        case SHAPE_LINE:
        case SHAPE_BAND: {
            size_t first = scene->point_count;
            if (points_add(scene, part->points + from->first, from->count) &&
                shape_add(scene, from->kind, from->ink) != NULL) {
                for (size_t k = first; k < scene->point_count; k++) {
                    scene->points[k].x += x;
                    scene->points[k].y += y;
                }
                scene->shapes[before].first = first;
                scene->shapes[before].count = from->count;
            }
            break;
        }
        case SHAPE_TEXT:
            text_add(scene, box.x0, box.y0, from->ink, part->text + from->first);
            break;
        case SHAPE_IMAGE:
            scene_image(scene, box, from->map, from->image_rows, from->image_columns,
                        part->samples + from->first);
            break;
        default:
            shape_add(scene, from->kind, from->ink);
            break;
        }
        if (scene->shape_count == before) {
            continue;
        }
        Shape *to = &scene->shapes[before];
        size_t first = to->first, count = to->count;
        *to = *from;
        to->first = first;
        to->count = count;
        to->box = box;
        to->clip = box_intersection(box_moved(from->clip, x, y), whole);
    }
    scene->failed = scene->failed || part->failed;
}

// Narrows the stretch [*low, *high] of a segment to where start + t * delta >= edge.
static bool clip_edge(double start, double delta, double edge, double *low, double *high) {
    if (delta == 0) {
        return start >= edge;
    }
    double t = (edge - start) / delta;
    if (delta > 0) {
        *low = fmax(*low, t);
    } else {
        *high = fmin(*high, t);
    }
    return *low <= *high;
}

bool clip_segment(Box box, Point *a, Point *b) {
    double dx = b->x - a->x, dy = b->y - a->y, low = 0, high = 1;
    if (!isfinite(a->x) || !isfinite(a->y) || !isfinite(dx) || !isfinite(dy) ||
        !clip_edge(a->x, dx, box.x0, &low, &high) || !clip_edge(-a->x, -dx, -box.x1, &low, &high) ||
        !clip_edge(a->y, dy, box.y0, &low, &high) || !clip_edge(-a->y, -dy, -box.y1, &low, &high)) {
        return false;
    }
    Point start = *a;
    *b = (Point){fmin(fmax(start.x + high * dx, box.x0), box.x1),
                 fmin(fmax(start.y + high * dy, box.y0), box.y1)};
    *a = (Point){fmin(fmax(start.x + low * dx, box.x0), box.x1),
                 fmin(fmax(start.y + low * dy, box.y0), box.y1)};
    return true;
}
