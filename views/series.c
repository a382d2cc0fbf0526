#include "views/series.h"

#include <math.h>

void series_smooth(const double *y, const double *steps, size_t count, double factor, double *out) {
    double mean = 0, weight = 0;
    for (size_t i = 0; i < count; i++) {
        if (!isfinite(y[i])) {
            out[i] = NAN;
            continue;
        }
        // As an increment, so that a constant gives no rounding: the first step's share is
        // exactly 1.
        const double kept = steps != NULL && steps[i] > 1 ? pow(factor, steps[i]) : factor;
        weight = kept * weight + (1 - kept);
        mean += (1 - kept) / weight * (y[i] - mean);
        out[i] = mean;
    }
}

size_t series_search(const double *x, size_t count, double value) {
    size_t low = 0, high = count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (x[middle] < value) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

size_t series_nearest(const double *x, size_t count, double value) {
    size_t index = series_search(x, count, value);
    if (index == count || (index > 0 && value - x[index - 1] < x[index] - value)) {
        index--;
    }
    return index;
}

static bool is_gap(Point point) {
    return isnan(point.x) || isnan(point.y);
}

// One column's points [count] -> at most four of them, in their order.
static size_t thin_column(Point *points, size_t count) {
    size_t lowest = count, highest = count, first = count, last = 0;
    for (size_t i = 0; i < count; i++) {
        if (is_gap(points[i])) {
            continue;
        }
        first = first == count ? i : first;
        last = i;
        lowest = lowest == count || points[i].y < points[lowest].y ? i : lowest;
        highest = highest == count || points[i].y > points[highest].y ? i : highest;
    }
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        bool only_gaps = first == count && i == 0;
        if (only_gaps ||
            (!is_gap(points[i]) && (i == first || i == last || i == lowest || i == highest))) {
            points[kept++] = points[i];
        }
    }
    return kept;
}

size_t series_thin(Point *points, size_t count, double column) {
    size_t kept = 0;
    for (size_t start = 0; start < count;) {
        double edge = NAN;
        size_t end = start;
        // A gap has a y of NaN; its x, if it has one, decides its column like any other.
        while (end < count &&
               (isnan(points[end].x) || isnan(edge) || floor(points[end].x / column) == edge)) {
            edge = isnan(points[end].x) ? edge : floor(points[end].x / column);
            end++;
        }
        size_t size = end - start;
        if (size > 4) {
            size = thin_column(points + start, size);
        }
        for (size_t i = 0; i < size; i++) {
            points[kept++] = points[start + i];
        }
        start = end;
    }
    return kept;
}
