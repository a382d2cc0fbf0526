#include "engine/anatomy.h"

#include <math.h>

const char *anatomy_part_name(int part) {
    static const char *const rest[] = {"merge.b", "perpendicular", "decay"};
    return part < TERMS ? term_names[part] : rest[part - TERMS];
}

// Adds up one part: part [i, j] = factor * values[i, j] * scale[j] (values or scale NULL: 1).
typedef struct {
    const WeightChange *change;
    const real *values, *scale;
    double factor;
    bool in_step; // goes through n() of the merged step, so its scale counts
} Part;

static void measure(const Part *part, double *square, double *along) {
    const WeightChange *change = part->change;
    const int m = change->below, n = change->units;
    *square = *along = 0;
    for (int i = 0; i < m; i++)
        for (int j = 0; j < n; j++) {
            const ptrdiff_t at = (ptrdiff_t)i * n + j;
            double value = part->factor;
            value *= part->values ? (double)part->values[at] : 1;
            value *= part->scale ? (double)part->scale[j] : 1;
            value *= part->in_step ? (double)change->change_scale[j] : 1;
            *square += value * value;
            *along += value * (double)change->D[at];
        }
}

static Part part_of(const WeightChange *change, const Rule *rule, int part) {
    const double root = 1 / sqrt(TERMS);
    switch (part) {
    case ANATOMY_BIAS:
        return (Part){change, NULL, NULL, (double)rule->merge_b / TERMS * root, true};
    case ANATOMY_PERPENDICULAR: {
        const double pull = change->along < 0 ? 0 : (double)change->along;
        return (Part){change, change->w, NULL, -pull * root, true};
    }
    case ANATOMY_DECAY:
        return (Part){change, change->w, NULL, -1.0 / 7, false};
    default:
        return (Part){change, change->term[part], change->term_scale[part],
                      (double)rule->merge_w[part] / TERMS * root, true};
    }
}

void anatomy_measure(Anatomy *anatomy, const WeightChange *change, const Rule *rule) {
    const size_t weights = (size_t)change->below * (size_t)change->units;
    double step = 0;
    for (size_t i = 0; i < weights; i++)
        step += (double)change->D[i] * (double)change->D[i];
    for (int k = 0; k < ANATOMY_PARTS; k++) {
        const Part part = part_of(change, rule, k);
        double square, along;
        measure(&part, &square, &along);
        anatomy->norm[k] = (float)sqrt(square);
        anatomy->projection[k] = (float)(along / step);
    }
    anatomy->step_norm = (float)sqrt(step);
}

double anatomy_share(const Anatomy *anatomy, int part) {
    double sum = 0;
    for (int k = 0; k < ANATOMY_PARTS; k++)
        sum += (double)anatomy->norm[k];
    return (double)anatomy->norm[part] / sum;
}
