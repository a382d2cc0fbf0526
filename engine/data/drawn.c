#include "engine/data/drawn.h"

#include <limits.h>
#include <math.h>

enum { SAMPLES = 2 }; // along each side of a pixel

bool drawn_init(Dataset *dataset, const char *name, int side, const DrawnPlan *plan,
                DrawClass *draw, Status *status) {
    const int per_class = plan->per_class;
    int classes, count;
    if (plan->worlds < 1 || plan->classes < 1 || per_class < 1 ||
        __builtin_mul_overflow(plan->worlds, plan->classes, &classes) ||
        __builtin_mul_overflow(classes, per_class, &count))
        return status_fail(
            status, STATUS_USAGE,
            "%s: expected at least one world, one class and one example of each, and "
            "at most %d examples in all, found %d, %d and %d",
            name, INT_MAX, plan->worlds, plan->classes, per_class);
    if (!dataset_init(dataset, name, count, side, side, 1, status))
        return false;
    for (int class = 0; class < classes; class ++) {
        const size_t first = (size_t) class * (size_t)per_class;
        draw(plan->seed + (uint64_t)(class / plan->classes), class % plan->classes, per_class,
             dataset->pixels + first * (size_t)side * (size_t)side);
        for (int i = 0; i < per_class; i++)
            dataset->labels[first + (size_t)i] = class;
    }
    dataset->group = plan->worlds > 1 ? plan->classes : 0;
    if (dataset_index(dataset, classes, status))
        return true;
    dataset_clear(dataset);
    return false;
}

void drawn_render(GreyAt *grey_at, const void *picture, int side, uint8_t *pixels) {
    for (int row = 0; row < side; row++)
        for (int column = 0; column < side; column++) {
            double sum = 0;
            for (int i = 0; i < SAMPLES * SAMPLES; i++) {
                const int down = i / SAMPLES, right = i % SAMPLES;
                const double x = column + (right + 0.5) / SAMPLES, y = row + (down + 0.5) / SAMPLES;
                sum += fmin(fmax(grey_at(picture, 2 * x / side - 1, 2 * y / side - 1), 0), 1);
            }
            pixels[row * side + column] = (uint8_t)lround(255 * sum / (SAMPLES * SAMPLES));
        }
}

double drawn_between(Random *random, double low, double high) {
    return low + (high - low) * random_uniform(random);
}
