#include "engine/data/shapes.h"

#include "engine/data/drawn.h"

#include <math.h>

enum { HARMONICS = 5, ANGLES = 256, SHAPES_STREAM = 0x73686170 };

static const double TURN = 6.28318530717958647692;

typedef struct {
    double x, y;    // centre, in half sides of the image
    double radius;  // in half sides
    double stretch; // along the axis at `angle`
    double angle;
    double amplitude[HARMONICS], phase[HARMONICS]; // of the harmonics 2 .. HARMONICS + 1
    // What `holds` needs at every point, once the rest is final.
    double cosine, sine, wide; // of the angle; root of the stretch
    double edge[ANGLES];       // radius at angle -pi + i 2 pi / ANGLES
} Outline;

typedef struct {
    double level;            // grey of the inside, 0 .. 1
    double slope_x, slope_y; // its gradient
    double stripes;          // amplitude, 0 = none
    double pitch, along, at; // stripes per half side, their direction and phase
    double cosine, sine;     // of the direction, once it is final
} Inside;

typedef struct {
    Outline outer, inner;
    bool has_inner;
    double inner_level; // 0: a hole
    Inside inside;
    double background;
} Form;

static Outline draw_outline(Random *random, double least, double most) {
    Outline outline = {.radius = drawn_between(random, least, most),
                       .stretch = exp(drawn_between(random, -0.6, 0.6)),
                       .angle = drawn_between(random, 0, TURN)};
    for (int k = 0; k < HARMONICS; k++) {
        outline.amplitude[k] = 0.45 * fabs(random_normal(random)) / (k + 1.5);
        outline.phase[k] = drawn_between(random, 0, TURN);
    }
    return outline;
}

static Form draw_form(Random *random) {
    Form form = {.outer = draw_outline(random, 0.5, 0.75)};
    form.has_inner = random_uniform(random) < 0.5;
    form.inner = draw_outline(random, 0.15, 0.35);
    form.inner.x = drawn_between(random, -0.35, 0.35);
    form.inner.y = drawn_between(random, -0.35, 0.35);
    form.inner_level = random_uniform(random) < 0.5 ? 0 : drawn_between(random, 0.3, 1);
    form.inside =
        (Inside){.level = drawn_between(random, 0.35, 0.9),
                 .slope_x = 0.3 * random_normal(random),
                 .slope_y = 0.3 * random_normal(random),
                 .stripes = random_uniform(random) < 0.5 ? drawn_between(random, 0.1, 0.4) : 0,
                 .pitch = drawn_between(random, 0.7, 3),
                 .along = drawn_between(random, 0, TURN),
                 .at = drawn_between(random, 0, TURN)};
    form.background = random_uniform(random) < 0.8 ? 0 : drawn_between(random, 0, 0.3);
    return form;
}

// What an example does to an outline.
static void bend(Outline *outline, Random *random) {
    for (int k = 0; k < HARMONICS; k++) {
        outline->amplitude[k] += 0.05 * random_normal(random);
        outline->phase[k] += 0.2 * random_normal(random);
    }
    outline->stretch *= exp(0.12 * random_normal(random));
    outline->angle += 0.08 * random_normal(random);
}

static void finish(Outline *outline) {
    outline->cosine = cos(outline->angle);
    outline->sine = sin(outline->angle);
    outline->wide = sqrt(outline->stretch);
    for (int i = 0; i < ANGLES; i++) {
        double radius = 1;
        for (int k = 0; k < HARMONICS; k++)
            radius += outline->amplitude[k] *
                      cos((k + 2) * (i * TURN / ANGLES - TURN / 2) + outline->phase[k]);
        outline->edge[i] = outline->radius * fmax(radius, 0.15);
    }
}

static Form draw_example(const Form *form, Random *random) {
    Form example = *form;
    const double dx = 0.08 * random_normal(random), dy = 0.08 * random_normal(random);
    const double scale = exp(0.1 * random_normal(random));
    bend(&example.outer, random);
    bend(&example.inner, random);
    example.outer.radius *= scale;
    example.inner.radius *= scale * exp(0.15 * random_normal(random));
    example.outer.x += dx;
    example.outer.y += dy;
    example.inner.x = example.inner.x * scale + dx;
    example.inner.y = example.inner.y * scale + dy;
    finish(&example.outer);
    if (example.has_inner)
        finish(&example.inner);
    example.inside.level *= exp(0.25 * random_normal(random));
    example.inside.at += random_normal(random);
    example.inside.along += 0.1 * random_normal(random);
    example.inside.cosine = cos(example.inside.along);
    example.inside.sine = sin(example.inside.along);
    return example;
}

static bool holds(const Outline *outline, double x, double y) {
    const double c = outline->cosine, s = outline->sine, wide = outline->wide;
    const double u = (c * (x - outline->x) + s * (y - outline->y)) / wide;
    const double v = (c * (y - outline->y) - s * (x - outline->x)) * wide;
    const int angle = (int)((atan2(v, u) / TURN + 0.5) * ANGLES) % ANGLES;
    return sqrt(u * u + v * v) < outline->edge[angle];
}

static double grey_at(const void *picture, double x, double y) {
    const Form *form = picture;
    if (!holds(&form->outer, x, y))
        return form->background;
    if (form->has_inner && holds(&form->inner, x, y))
        return form->inner_level;
    const Inside *inside = &form->inside;
    const double across = inside->cosine * x + inside->sine * y;
    return inside->level + inside->slope_x * x + inside->slope_y * y +
           inside->stripes * sin(TURN * inside->pitch * across + inside->at);
}

static void draw_class(uint64_t seed, int class, int count, uint8_t *pixels) {
    Random random = random_seeded(seed, SHAPES_STREAM + (uint64_t) class);
    const Form form = draw_form(&random);
    for (int i = 0; i < count; i++) {
        const Form example = draw_example(&form, &random);
        drawn_render(grey_at, &example, SHAPES_SIDE,
                     pixels + (size_t)i * SHAPES_SIDE * SHAPES_SIDE);
    }
}

bool shapes_init(Dataset *dataset, const DrawnPlan *plan, Status *status) {
    return drawn_init(dataset, "shapes", SHAPES_SIDE, plan, draw_class, status);
}
