// Silhouettes, made from a seed: meta-training data whose tasks are about as hard as those that
// people have, where glyphs.h and shapes.h are nearly solved by comparing pixels.
//
// A silhouette is a dense body, a width along an axis, with parts that grow out of it or are cut
// from it, often the same on both sides.  It is shaded, striped, printed on and grainy.  Classes
// come in families of one body and the same parts: in a family they differ by proportions and by
// which parts are there, by much in some families and by little in others.  What says nothing about
// the class varies the most, from example to example: light, contrast, prints, stripes, place,
// size, and what covers a part of it.
//
// In the dim look class c is of family c mod SILHOUETTES_FAMILIES, so a task of ten classes has
// some that are easily told apart and some that are not.  Another seed has other families.
//
// There are two looks.  The dim one has forms at any angle in poor light.  The bright one has them
// as on pictures of goods, mostly upright and filling the frame, light on black, in two to six
// families of uneven size, so that the first principal components are clusters.
#ifndef ENGINE_DATA_SILHOUETTES_H
#define ENGINE_DATA_SILHOUETTES_H

#include "engine/data/drawn.h"

enum {
    SILHOUETTES_SIDE = 20, // height and width of an example
    SILHOUETTES_FAMILIES = 6,
};

typedef enum { SILHOUETTES_DIM, SILHOUETTES_BRIGHT } SilhouettesLook;

// Makes an indexed data set of grey images; the same seed gives the same bytes, and class c of a
// world is the same whatever the number of classes.  STATUS_USAGE as drawn_init.
bool silhouettes_init(Dataset *dataset, const DrawnPlan *plan, SilhouettesLook look,
                      Status *status);

#endif
