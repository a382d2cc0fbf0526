#include "engine/data/silhouettes.h"

#include "engine/data/drawn.h"

#include <math.h>

enum {
    WAVES = 3,
    STATIONS = 64, // where a width is kept, along the axis
    PARTS = 4,     // the body and what grows out of it
    GRAIN = 12,    // most points of the noise along each side
    FAMILY_STREAM = 0x66616d69,
    CLASS_STREAM = 0x73696c68,
    WORLD_STREAM = 0x776f726c,
    MEMBER_STREAM = 0x636c6173
};

static const double TURN = 6.28318530717958647692;

typedef struct {
    double low, high;
} Span;

// What the looks differ in.
typedef struct {
    Span dim, background, grain; // of a family's Nuisance, cut off at 0
    Span level, rim;             // of its body, rim cut off at 0
    double length;               // of its body
    double upright, lying;       // probabilities that the body is; else it is at any angle
    double bow;       // 0: light is lognormal; else dim times a power of a uniform number
    int grain_points; // of the noise, along each side
    bool uneven;      // 2 to 6 families, of many classes and of few
} Look;

static const Look looks[] = {
    [SILHOUETTES_DIM] = {.dim = {0.1, 0.7},
                         .background = {-0.4, 0.2},
                         .grain = {-0.1, 0.25},
                         .level = {0.4, 0.85},
                         .rim = {-0.3, 0.6},
                         .length = 0.85,
                         .grain_points = 6},
    [SILHOUETTES_BRIGHT] = {.dim = {0.1, 0.8},
                            .background = {-1, 0.15},
                            .grain = {-0.1, 0.4},
                            .level = {0.75, 1.05},
                            .rim = {-0.5, 0.4},
                            .length = 0.95,
                            .upright = 0.6,
                            .lying = 0.5,
                            .bow = 1.3,
                            .grain_points = 12,
                            .uneven = true},
};

// A strip along an axis, its half width on each side a smooth function of the place.
typedef struct {
    double x, y, angle;            // middle and direction, in half sides of the image
    double length, width;          // half of each
    double cap;                    // exponent of the ends: 2 is an ellipse, 8 nearly a rectangle
    double bend;                   // of the axis
    double wave[WAVES], at[WAVES]; // of the width, with their phases
    double skew;                   // how much wider one side is
    double level;                  // its grey beside the body's; 0 or less: it is cut out
    bool present;
    // What `holds` needs at every point, once the rest is final.
    double cosine, sine, half[STATIONS];
} Part;

typedef struct {
    double share;        // probability that an example has it
    double height;       // amplitude
    double pitch, along; // periods per half side, direction
} Stripes;

typedef struct {
    double dim, slope, grain, background; // how much light, shade, noise and what is behind vary
    double printed, covered;              // probabilities
    double stray;                         // of the stripes that an example has for itself
    double shift, turn, grow, wobble;     // how much place, angle, size and form vary
} Nuisance;

// A family, a class of it, or the silhouette of an example.
typedef struct {
    Part part[PARTS];
    bool mirrored;
    double level, rim; // of the body, and how much darker it is at the edge
    Stripes stripes;
    double spread; // how far the classes of a family are apart
    Nuisance nuisance;
} Silhouette;

// What an example has beside its silhouette.
typedef struct {
    Silhouette form;
    double x, y, cosine, sine, scale_x, scale_y; // where it is
    double slope_x, slope_y;
    double stripe_phase, stripe_cosine, stripe_sine;
    double background, background_x, background_y;
    int grain_points;
    double grain[GRAIN][GRAIN];
    Part print, cover;
} Example;

// ---- families and classes ----

static Part draw_part(Random *random, double length, double width) {
    Part part = {.level = 1, .present = true};
    part.length = length * exp(0.25 * random_normal(random));
    part.width = width * exp(0.25 * random_normal(random));
    part.cap = exp(drawn_between(random, 0.5, 2.3));
    part.bend = 0.2 * random_normal(random);
    for (int k = 0; k < WAVES; k++) {
        part.wave[k] = 0.5 * random_normal(random) / (k + 1.5);
        part.at[k] = drawn_between(random, 0, TURN);
    }
    return part;
}

static double within(Random *random, Span span) {
    return drawn_between(random, span.low, span.high);
}

static Nuisance draw_nuisance(const Look *look, Random *random) {
    Nuisance nuisance;
    nuisance.dim = within(random, look->dim);
    nuisance.slope = drawn_between(random, 0, 0.3);
    nuisance.grain = fmax(0, within(random, look->grain));
    nuisance.background = fmax(0, within(random, look->background));
    nuisance.printed = fmax(0, drawn_between(random, -0.2, 0.5));
    nuisance.covered = fmax(0, drawn_between(random, -0.2, 0.2));
    nuisance.stray = fmax(0, drawn_between(random, -0.3, 0.6));
    nuisance.shift = drawn_between(random, 0.01, 0.12);
    nuisance.turn = drawn_between(random, 0.01, 0.15);
    nuisance.grow = drawn_between(random, 0.03, 0.2);
    nuisance.wobble = drawn_between(random, 0.08, 0.4);
    return nuisance;
}

static Stripes draw_stripes(Random *random, double share) {
    Stripes stripes = {.share = share};
    stripes.height = drawn_between(random, 0.1, 0.4);
    stripes.pitch = drawn_between(random, 0.7, 3);
    stripes.along = drawn_between(random, 0, TURN);
    return stripes;
}

static double draw_angle(const Look *look, Random *random) {
    if (look->upright > 0) {
        if (random_uniform(random) < look->upright)
            return TURN / 4;
        if (random_uniform(random) < look->lying)
            return 0;
    }
    return drawn_between(random, 0, TURN);
}

static Silhouette draw_family(const Look *look, Random *random) {
    Silhouette family = {.mirrored = random_uniform(random) < 0.6};
    family.part[0] = draw_part(random, look->length, 0.5);
    family.part[0].angle = draw_angle(look, random);
    if (family.mirrored)
        family.part[0].bend = 0;
    else
        family.part[0].skew = 0.3 * random_normal(random);
    for (int i = 1; i < PARTS; i++) {
        Part *part = &family.part[i];
        *part = draw_part(random, 0.38, 0.14);
        part->x = drawn_between(random, -0.8, 0.8); // along the body
        part->y = drawn_between(random, -0.4, 0.4); // across
        part->angle = drawn_between(random, 0, TURN);
        part->level = random_uniform(random) < 0.35 ? 0 : drawn_between(random, 0.5, 1.3);
        part->present = random_uniform(random) < 0.7;
    }
    family.level = within(random, look->level);
    family.rim = fmax(0, within(random, look->rim));
    family.stripes = draw_stripes(random, fmax(0, drawn_between(random, -0.6, 0.8)));
    family.spread = exp(drawn_between(random, log(0.1), log(0.6)));
    family.nuisance = draw_nuisance(look, random);
    return family;
}

// Moves the proportions of a part by about `much`.
static void vary_part(Part *part, double much, Random *random) {
    part->x += 0.25 * much * random_normal(random);
    part->y += 0.15 * much * random_normal(random);
    part->angle += 0.5 * much * random_normal(random);
    part->length *= exp(0.4 * much * random_normal(random));
    part->width *= exp(0.5 * much * random_normal(random));
    part->cap = fmax(1.2, part->cap * exp(0.6 * much * random_normal(random)));
    for (int k = 0; k < WAVES; k++) {
        part->wave[k] += 0.3 * much * random_normal(random) / (k + 1);
        part->at[k] += 0.5 * much * random_normal(random);
    }
}

// The body stays in the middle: where it is says nothing about the class.
static void vary_body(Part *body, double much, Random *random) {
    const double angle = body->angle;
    vary_part(body, much, random);
    body->x = body->y = 0;
    body->angle = angle;
}

static Silhouette draw_class_of(const Silhouette *family, Random *random) {
    Silhouette class = *family;
    vary_body(&class.part[0], family->spread, random);
    for (int i = 1; i < PARTS; i++) {
        vary_part(&class.part[i], family->spread, random);
        if (random_uniform(random) < 0.6 * family->spread)
            class.part[i].present = !class.part[i].present;
    }
    class.level *= exp(0.3 * family->spread * random_normal(random));
    class.rim *= exp(family->spread * random_normal(random));
    if (random_uniform(random) < family->spread)
        class.stripes = draw_stripes(random, random_uniform(random));
    return class;
}

// ---- examples ----

static void finish_part(Part *part) {
    part->cosine = cos(part->angle);
    part->sine = sin(part->angle);
    for (int i = 0; i < STATIONS; i++) {
        const double t = 2.0 * i / (STATIONS - 1) - 1;
        double half = 1;
        for (int k = 0; k < WAVES; k++)
            half += part->wave[k] * cos((k + 1) * TURN / 4 * t + part->at[k]);
        const double ends = pow(fmax(0, 1 - pow(fabs(t), part->cap)), 1 / part->cap);
        part->half[i] = part->width * fmax(half, 0.25) * ends;
    }
}

// An ellipse somewhere, lighter or darker than what is there.
static Part draw_patch(Random *random, double share, double size) {
    Part part = {.present = random_uniform(random) < share, .cap = 2};
    part.x = drawn_between(random, -0.6, 0.6);
    part.y = drawn_between(random, -0.6, 0.6);
    part.angle = drawn_between(random, 0, TURN);
    part.length = size * exp(0.5 * random_normal(random));
    part.width = size * exp(0.5 * random_normal(random));
    part.level = drawn_between(random, -0.6, 0.6);
    finish_part(&part);
    return part;
}

static void light(Example *example, const Look *look, Random *random) {
    const Nuisance *nuisance = &example->form.nuisance;
    Silhouette *form = &example->form;
    form->level *= look->bow > 0 ? 1 - nuisance->dim * pow(random_uniform(random), look->bow)
                                 : exp(nuisance->dim * (random_normal(random) - 0.3));
    example->slope_x = nuisance->slope * random_normal(random);
    example->slope_y = nuisance->slope * random_normal(random);
    if (random_uniform(random) < nuisance->stray)
        form->stripes = draw_stripes(random, 1);
    form->stripes.height *=
        random_uniform(random) < form->stripes.share ? exp(0.4 * random_normal(random)) : 0;
    const double along = form->stripes.along + 0.1 * random_normal(random);
    example->stripe_phase = drawn_between(random, 0, TURN);
    example->stripe_cosine = cos(along);
    example->stripe_sine = sin(along);
    example->background = nuisance->background * random_uniform(random);
    example->background_x = nuisance->background * random_normal(random);
    example->background_y = nuisance->background * random_normal(random);
    const double grain = nuisance->grain * random_uniform(random);
    const int points = example->grain_points = look->grain_points;
    for (int i = 0; i < points * points; i++)
        example->grain[i / points][i % points] = grain * random_normal(random);
}

static void place(Example *example, Random *random) {
    const Nuisance *nuisance = &example->form.nuisance;
    const double angle = nuisance->turn * random_normal(random);
    example->x = nuisance->shift * random_normal(random);
    example->y = nuisance->shift * random_normal(random);
    example->cosine = cos(angle);
    example->sine = sin(angle);
    example->scale_x = exp(nuisance->grow * random_normal(random));
    example->scale_y = example->scale_x * exp(0.5 * nuisance->grow * random_normal(random));
}

static void draw_example(Example *example, const Silhouette *class, const Look *look,
                         Random *random) {
    example->form = *class;
    Silhouette *form = &example->form;
    vary_body(&form->part[0], form->nuisance.wobble, random);
    finish_part(&form->part[0]);
    for (int i = 1; i < PARTS; i++) {
        vary_part(&form->part[i], form->nuisance.wobble, random);
        finish_part(&form->part[i]);
    }
    light(example, look, random);
    place(example, random);
    example->print = draw_patch(random, form->nuisance.printed, 0.3);
    example->cover = draw_patch(random, form->nuisance.covered, 0.3);
}

// ---- rendering ----

typedef struct {
    double along, across; // in the frame of a part
} Place;

static Place place_in(const Part *part, double x, double y) {
    const double dx = x - part->x, dy = y - part->y;
    return (Place){.along = part->cosine * dx + part->sine * dy,
                   .across = part->cosine * dy - part->sine * dx};
}

// How far from the axis to the edge a place is, 0 .. 1; more outside.
static double reach(const Part *part, Place at) {
    const double t = at.along / part->length;
    if (!(fabs(t) < 1))
        return 2;
    const double across = at.across - part->bend * (t * t - 0.3);
    const double half = part->half[(int)((t + 1) / 2 * (STATIONS - 1) + 0.5)];
    const double edge = half * (across > 0 ? 1 + part->skew : 1 - part->skew);
    return edge > 0 ? fabs(across) / edge : 2;
}

// Between the points of the coarse noise.
static double grain_at(const Example *example, double x, double y) {
    const int last = example->grain_points - 1;
    const double u = fmin(fmax((x + 1) / 2, 0), 0.999) * last,
                 v = fmin(fmax((y + 1) / 2, 0), 0.999) * last;
    const int i = (int)v, j = (int)u;
    const double down = v - i, right = u - j;
    return (1 - down) * ((1 - right) * example->grain[i][j] + right * example->grain[i][j + 1]) +
           down * ((1 - right) * example->grain[i + 1][j] + right * example->grain[i + 1][j + 1]);
}

// The grey of the silhouette without its light; below 0 outside.
static double bare_grey(const Silhouette *form, double x, double y) {
    Place at = place_in(&form->part[0], x, y);
    const double body = reach(&form->part[0], at);
    double grey = body < 1 ? form->level * (1 - form->rim * body * body) : -1;
    if (form->mirrored)
        at.across = fabs(at.across);
    for (int i = 1; i < PARTS; i++) {
        const Part *part = &form->part[i];
        if (part->present && reach(part, place_in(part, at.along, at.across)) < 1)
            grey = part->level > 0 ? form->level * part->level : -1;
    }
    return grey;
}

static double grey_at(const void *picture, double x, double y) {
    const Example *example = picture;
    const Silhouette *form = &example->form;
    const double dx = x - example->x, dy = y - example->y;
    const double u = (example->cosine * dx + example->sine * dy) / example->scale_x;
    const double v = (example->cosine * dy - example->sine * dx) / example->scale_y;
    const bool covered =
        example->cover.present && reach(&example->cover, place_in(&example->cover, x, y)) < 1;
    if (covered)
        return example->cover.level;
    const double bare = bare_grey(form, u, v);
    if (bare < 0)
        return example->background + example->background_x * x + example->background_y * y;
    const double across = example->stripe_cosine * u + example->stripe_sine * v;
    double light =
        1 + example->slope_x * u + example->slope_y * v + grain_at(example, u, v) +
        form->stripes.height * sin(TURN * form->stripes.pitch * across + example->stripe_phase);
    if (example->print.present && reach(&example->print, place_in(&example->print, u, v)) < 1)
        light += example->print.level;
    return bare * light;
}

// Of uneven families the first classes are of one each; of the others the more the earlier.
static int family_of(const Look *look, uint64_t seed, int class) {
    if (!look->uneven)
        return class % SILHOUETTES_FAMILIES;
    Random of_world = random_seeded(seed, WORLD_STREAM);
    Random of_class = random_seeded(seed, MEMBER_STREAM + (uint64_t) class);
    const int families = 2 + random_below(&of_world, SILHOUETTES_FAMILIES - 1);
    const double pick = random_uniform(&of_class);
    return class < families ? class : (int)(families * pick * pick);
}

static void draw_class(const Look *look, uint64_t seed, int class, int count, uint8_t *pixels) {
    Random of_family = random_seeded(seed, FAMILY_STREAM + (uint64_t)family_of(look, seed, class));
    const Silhouette family = draw_family(look, &of_family);
    Random random = random_seeded(seed, CLASS_STREAM + (uint64_t) class);
    const Silhouette form = draw_class_of(&family, &random);
    for (int i = 0; i < count; i++) {
        Example example;
        draw_example(&example, &form, look, &random);
        drawn_render(grey_at, &example, SILHOUETTES_SIDE,
                     pixels + (size_t)i * SILHOUETTES_SIDE * SILHOUETTES_SIDE);
    }
}

static void draw_dim(uint64_t seed, int class, int count, uint8_t *pixels) {
    draw_class(&looks[SILHOUETTES_DIM], seed, class, count, pixels);
}

static void draw_bright(uint64_t seed, int class, int count, uint8_t *pixels) {
    draw_class(&looks[SILHOUETTES_BRIGHT], seed, class, count, pixels);
}

bool silhouettes_init(Dataset *dataset, const DrawnPlan *plan, SilhouettesLook look,
                      Status *status) {
    return drawn_init(dataset, "silhouettes", SILHOUETTES_SIDE, plan,
                      look == SILHOUETTES_BRIGHT ? draw_bright : draw_dim, status);
}
