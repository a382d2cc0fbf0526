// What a step of one layer is made of: the share of each of the twelve terms in D (spec 3.4).
//
// D is linear in the normalised terms once its two scales are known:
//
//     merged = sum_k c_k + merge.b / 12          c_k = merge.w[k] n(term_k) / 12
//     D      = (merged - w pull) s - w / 7       s = scale of n() per unit / sqrt 12
//
// so D is a sum of fifteen parts: c_k s for each term, merge.b s / 12, - w pull s and - w / 7.
#ifndef ENGINE_ANATOMY_H
#define ENGINE_ANATOMY_H

#include "engine/weight_change.h"

typedef enum {
    ANATOMY_BIAS = TERMS,  // merge.b
    ANATOMY_PERPENDICULAR, // what takes out the part along w
    ANATOMY_DECAY,         // - w / 7
    ANATOMY_PARTS
} AnatomyPart;

typedef struct {
    float norm[ANATOMY_PARTS];       // Frobenius norm of the part
    float projection[ANATOMY_PARTS]; // <part, D> / <D, D>: all of them add up to 1
    float step_norm;                 // of D
} Anatomy;

// "hebb", "merge.b", "perpendicular", "decay"
const char *anatomy_part_name(int part);

// After weight_change_forward with the same rule.
void anatomy_measure(Anatomy *anatomy, const WeightChange *change, const Rule *rule);

// norm[part] as a share of the norms of all parts; NaN if they are all 0 or not finite.
double anatomy_share(const Anatomy *anatomy, int part);

#endif
