// Filled shapes, made from a seed: meta-training data that needs no file and is as unlike glyphs as
// photographs are, dense where glyphs are thin.  A class is an outline with an inside; its examples
// are that outline bent, turned, moved, scaled and lit a little differently.
//
// An outline is a star-shaped curve, radius r(angle) = r_0 (1 + sum_k a_k cos(k angle + phase_k)),
// stretched along one axis; many classes have a second, smaller one cut out of it or laid over it.
// The inside is a grey level with a gradient and stripes.
#ifndef ENGINE_DATA_SHAPES_H
#define ENGINE_DATA_SHAPES_H

#include "engine/data/drawn.h"

enum { SHAPES_SIDE = 20 }; // height and width of an example

// Makes an indexed data set of grey images; the same seed gives the same bytes, and class c of a
// world is the same whatever the number of classes.
bool shapes_init(Dataset *dataset, const DrawnPlan *plan, Status *status);

#endif
