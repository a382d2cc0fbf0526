// Data sets of grey images that are drawn from a seed, class by class (shapes.h, silhouettes.h):
// what they have in common.
#ifndef ENGINE_DATA_DRAWN_H
#define ENGINE_DATA_DRAWN_H

#include "engine/data/dataset.h"
#include "engine/random.h"

#include <stdint.h>

// Draws count examples of a class: pixels [count, side, side].
typedef void DrawClass(uint64_t seed, int class, int count, uint8_t *pixels);

// Many worlds, so that a rule cannot learn a few by heart: world w is what one world of seed + w
// is, its classes in a row, and a task takes its classes from one of them (Dataset.group).
typedef struct {
    int worlds;
    int classes;   // of each world
    int per_class; // examples
    uint64_t seed;
} DrawnPlan;

// Makes an indexed data set of worlds * classes * per_class images of side x side pixels.
// STATUS_USAGE: not at least one of each, or too many for an int.
bool drawn_init(Dataset *dataset, const char *name, int side, const DrawnPlan *plan,
                DrawClass *draw, Status *status);

// The grey of a picture at a point, x to the right and y down, both in -1 .. 1.  It is brought to
// 0 (black) .. 1 (white).
typedef double GreyAt(const void *picture, double x, double y);

// pixels [side, side]: the mean of four points in each.
void drawn_render(GreyAt *grey_at, const void *picture, int side, uint8_t *pixels);

double drawn_between(Random *random, double low, double high); // uniform

#endif
