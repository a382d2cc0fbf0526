#include "views/axis.h"

#include "views/text.h"

#include <math.h>
#include <string.h>

// Beyond these, differences of values could overflow and steps underflow.
static const double largest = 1e300, smallest = 1e-300;

// The smallest of 1, 2, 5 times a power of ten that is at least `least`.
static double round_step(double least) {
    double power = pow(10, floor(log10(least)));
    static const double multiples[] = {1, 2, 5};
    for (int i = 0; i < 3; i++) {
        if (multiples[i] * power >= least * (1 - 1e-9)) {
            return multiples[i] * power;
        }
    }
    return 10 * power;
}

static int decimals_of(double step, double greatest) {
    int decimals = (int)-floor(log10(step) + 1e-9);
    decimals = decimals < 0 ? 0 : decimals;
    return decimals > 5 || greatest >= 1e6 ? -1 : decimals;
}

// Ticks at the multiples of a step; halves the step until there are two.  The ends widen to a finer
// step than the ticks', which leaves less of the plot empty.
static void linear_ticks(Axis *axis, int wanted, bool widen, bool whole) {
    if (widen) {
        double fine = round_step((axis->high - axis->low) / (wanted * 3));
        axis->low = floor(axis->low / fine + 1e-6) * fine;
        axis->high = ceil(axis->high / fine - 1e-6) * fine;
    }
    axis->tick_count = 0;
    for (int more = 1; axis->tick_count < 2 && more <= 8; more *= 2) {
        double step = round_step((axis->high - axis->low) / (wanted * more));
        step = whole && step < 1 ? 1 : step;
        double slack = step * 1e-6, first = ceil((axis->low - slack) / step);
        axis->tick_count = 0;
        for (int i = 0; i < AXIS_TICKS && (first + i) * step <= axis->high + slack; i++) {
            axis->ticks[axis->tick_count++] = (first + i) * step;
        }
        axis->decimals = decimals_of(step, fmax(fabs(axis->low), fabs(axis->high)));
    }
}

// The largest value of the form 1, 2 or 5 times a power of ten at or below value (direction -1), or
// the smallest at or above it (+1).
static double round_value(double value, int direction) {
    static const double multiples[] = {1, 2, 5, 10};
    double power = pow(10, floor(log10(value)));
    for (int i = 0; i < 3; i++) {
        double lower = multiples[i] * power, upper = multiples[i + 1] * power;
        if (value <= lower * (1 + 1e-9)) {
            return lower;
        }
        if (value < upper * (1 - 1e-9)) {
            return direction < 0 ? lower : upper;
        }
    }
    return 10 * power;
}

// Ticks at each decade, at every n-th one, or at 1, 2 and 5 within few decades.
static void logarithmic_ticks(Axis *axis, int wanted, bool widen) {
    if (widen) {
        axis->low = round_value(axis->low, -1);
        axis->high = round_value(axis->high, 1);
    }
    double decades = log10(axis->high) - log10(axis->low);
    int stride = (int)ceil(decades / wanted);
    bool fine = decades * 3 <= wanted;
    static const double multiples[] = {1, 2, 5};
    axis->tick_count = 0;
    for (double power = floor(log10(axis->low) + 1e-9); axis->tick_count < AXIS_TICKS;
         power += fine ? 1 : stride) {
        if (pow(10, power) > axis->high * (1 + 1e-9)) {
            break;
        }
        for (int i = 0; i < (fine ? 3 : 1) && axis->tick_count < AXIS_TICKS; i++) {
            double tick = multiples[i] * pow(10, power);
            if (tick >= axis->low * (1 - 1e-9) && tick <= axis->high * (1 + 1e-9)) {
                axis->ticks[axis->tick_count++] = tick;
            }
        }
    }
    // The ends name the range; decades alone may miss them.
    if (axis->tick_count < 2) {
        axis->ticks[0] = axis->low;
        axis->ticks[1] = axis->high;
        axis->tick_count = 2;
    }
    axis->decimals = -1;
}

void axis_init(Axis *axis, double low, double high, bool logarithmic, int wanted, bool widen,
               bool whole) {
    wanted = wanted < 1 ? 1 : wanted > AXIS_TICKS - 4 ? AXIS_TICKS - 4 : wanted;
    low = fmin(fmax(low, -largest), largest);
    high = fmin(fmax(high, -largest), largest);
    if (logarithmic) {
        low = fmax(low, smallest);
        high = fmax(high, smallest);
    }
    if (!(high - low > fmax(fabs(low), fabs(high)) * 1e-9 && high - low > smallest)) {
        double room = low == 0 ? 1 : fabs(low) * 0.1;
        room = whole && room < 1 ? 1 : room;
        low = logarithmic ? low / 1.1 : low - room;
        high = logarithmic ? high * 1.1 : high + room;
        high = fmax(high, low + 2 * smallest);
    }
    *axis = (Axis){.logarithmic = logarithmic, .low = low, .high = high};
    if (logarithmic && high >= 2 * low) {
        logarithmic_ticks(axis, wanted, widen);
    } else {
        linear_ticks(axis, wanted, widen, whole);
    }
    while (logarithmic && axis->tick_count > 0 && axis->ticks[0] <= 0) {
        memmove(axis->ticks, axis->ticks + 1, (size_t)--axis->tick_count * sizeof *axis->ticks);
        axis->low = low;
    }
    axis->origin = logarithmic ? log(axis->low) : axis->low;
    axis->scale = 1 / ((logarithmic ? log(axis->high) : axis->high) - axis->origin);
}

char *axis_label(const Axis *axis, double tick, char *out, size_t size) {
    if (axis->decimals < 0) {
        return format_number(out, size, tick, 4);
    }
    return format_fixed(out, size, tick, axis->decimals);
}
