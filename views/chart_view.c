#include "views/chart_view.h"

#include "views/series.h"

#include <math.h>
#include <stddef.h>

// On the axis, where equal lengths look equal.
static double position(const ChartView *view, double x) {
    return view->log_x ? log(x) : x;
}

static double value(const ChartView *view, double position) {
    return view->log_x ? exp(position) : position;
}

typedef struct {
    double low, high;
} Span;

static Span whole_span(const ChartView *view, const ChartExtent *extent) {
    return (Span){position(view, extent->x_low), position(view, extent->x_high)};
}

static Span shown_span(const ChartView *view, const ChartExtent *extent) {
    if (view->window && view->x_high > view->x_low && !(view->log_x && view->x_low <= 0)) {
        return (Span){position(view, view->x_low), position(view, view->x_high)};
    }
    return whole_span(view, extent);
}

void chart_view_shown(const ChartView *view, const ChartExtent *extent, double *low, double *high) {
    Span span = shown_span(view, extent);
    *low = view->window ? value(view, span.low) : extent->x_low;
    *high = view->window ? value(view, span.high) : extent->x_high;
}

// The least width that zooming in leaves.
static double least_width(const ChartView *view, const ChartExtent *extent) {
    Span whole = whole_span(view, extent);
    double least = (whole.high - whole.low) * 1e-6;
    return extent->whole && !view->log_x && least < 2 ? 2 : least;
}

static bool is_everything(const ChartView *view, const ChartExtent *extent, Span span) {
    Span whole = whole_span(view, extent);
    return span.high - span.low >= (whole.high - whole.low) * (1 - 1e-9);
}

// Makes span the window, moved into what there is.
static void set_window(ChartView *view, const ChartExtent *extent, Span span) {
    Span whole = whole_span(view, extent);
    double width = fmin(span.high - span.low, whole.high - whole.low);
    span.low = fmax(fmin(span.low, whole.high - width), whole.low);
    view->window = true;
    view->x_low = value(view, span.low);
    view->x_high = value(view, span.low + width);
}

// -- Cursor
// -----------------------------------------------------------------------------------------

// Also holds the window, so that the point stays where it is on the screen.
static void put_cursor(ChartView *view, const ChartExtent *extent, size_t index) {
    view->cursor = true;
    view->cursor_x = extent->x[index];
    double at = position(view, view->cursor_x);
    Span span = shown_span(view, extent);
    double beyond = at < span.low ? at - span.low : at > span.high ? at - span.high : 0;
    if (!view->window || (isfinite(beyond) && beyond != 0)) {
        set_window(view, extent, (Span){span.low + beyond, span.high + beyond});
    }
}

// The last point in sight: where a cursor begins.
static size_t last_in_sight(const ChartView *view, const ChartExtent *extent) {
    double low, high;
    chart_view_shown(view, extent, &low, &high);
    size_t index = series_search(extent->x, extent->count, high);
    return index == extent->count || (index > 0 && extent->x[index] > high) ? index - 1 : index;
}

static const char *move_cursor(ChartView *view, const ChartExtent *extent, int direction) {
    if (!view->cursor) {
        put_cursor(view, extent, last_in_sight(view, extent));
        return NULL;
    }
    size_t here = series_nearest(extent->x, extent->count, view->cursor_x);
    Span span = shown_span(view, extent);
    double step = (span.high - span.low) / fmax(extent->columns, 1);
    double wanted = value(view, position(view, extent->x[here]) + direction * step);
    size_t there = series_nearest(extent->x, extent->count, wanted);
    if (direction > 0 && there <= here) {
        there = here + 1 < extent->count ? here + 1 : here;
    } else if (direction < 0 && there >= here) {
        there = here > 0 ? here - 1 : here;
    }
    put_cursor(view, extent, there);
    return there != here ? NULL : direction > 0 ? "the last point" : "the first point";
}

// -- Window
// -----------------------------------------------------------------------------------------

static const char *pan(ChartView *view, const ChartExtent *extent, int direction) {
    Span span = shown_span(view, extent);
    if (is_everything(view, extent, span)) {
        return "everything is shown; z zooms in";
    }
    double step = direction * (span.high - span.low) / 4, before = view->x_low;
    set_window(view, extent, (Span){span.low + step, span.high + step});
    return view->x_low != before ? NULL : direction > 0 ? "the newest points" : "the first points";
}

// Factor 2 doubles what is shown; with everything in sight, and no cursor to hold it, the chart
// follows again.
static const char *zoom(ChartView *view, const ChartExtent *extent, double factor) {
    Span span = shown_span(view, extent);
    double least = least_width(view, extent), width = (span.high - span.low) * factor;
    if (factor > 1 && is_everything(view, extent, span)) {
        return "everything is shown";
    }
    if (factor < 1 && span.high - span.low <= least) {
        return "no closer";
    }
    width = fmax(width, least);
    double cursor = view->cursor ? position(view, view->cursor_x) : NAN;
    bool seen = cursor >= span.low && cursor <= span.high;
    // The point that stays where it is on the screen.
    double fixed = seen ? cursor : view->window ? (span.low + span.high) / 2 : span.high;
    double share = (fixed - span.low) / (span.high - span.low);
    set_window(view, extent, (Span){fixed - share * width, fixed + (1 - share) * width});
    view->window = view->cursor || !is_everything(view, extent, shown_span(view, extent));
    return NULL;
}

// -- Scales
// -----------------------------------------------------------------------------------------

static const char *next_range(ChartView *view, const ChartExtent *extent) {
    view->range = (RangeMode)((view->range + 1) % 3);
    if (view->range == RANGE_FIXED) {
        view->y_low = extent->y_low;
        view->y_high = extent->y_high;
    }
    return NULL;
}

static const double factors[] = {0, 0.5, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.999};
enum { FACTORS = sizeof factors / sizeof factors[0] };

static const char *smooth(ChartView *view, const ChartExtent *extent, int direction) {
    if (!extent->smoothed) {
        return "no curve here is smoothed";
    }
    // The nearest factor beyond the present one, whatever that is.
    for (int i = 0; i < FACTORS; i++) {
        int at = direction > 0 ? i : FACTORS - 1 - i;
        if (direction > 0 ? factors[at] > view->smoothing : factors[at] < view->smoothing) {
            view->smoothing = factors[at];
            return NULL;
        }
    }
    return direction > 0 ? "no smoother" : "not smoothed";
}

static const char *toggle_log_x(ChartView *view, const ChartExtent *extent) {
    size_t first = 0;
    while (first < extent->count && !(extent->x[first] > 0)) {
        first++;
    }
    if (!view->log_x && (first == extent->count || (view->window && view->x_high <= 0))) {
        return "nothing to the right of zero";
    }
    view->log_x = !view->log_x;
    if (view->log_x && view->window && view->x_low <= 0) {
        view->x_low = fmin(extent->x[first], view->x_high / 2); // zero is not on such an axis
    }
    return NULL;
}

const char *chart_view_move(ChartView *view, ChartMove move, const ChartExtent *extent) {
    switch (move) {
    case CHART_CURSOR_LEFT:
        return move_cursor(view, extent, -1);
    case CHART_CURSOR_RIGHT:
        return move_cursor(view, extent, 1);
    case CHART_CURSOR_FIRST:
        put_cursor(view, extent, 0);
        return NULL;
    case CHART_CURSOR_LAST:
        put_cursor(view, extent, extent->count - 1);
        return NULL;
    case CHART_PAN_LEFT:
        return pan(view, extent, -1);
    case CHART_PAN_RIGHT:
        return pan(view, extent, 1);
    case CHART_ZOOM_IN:
        return zoom(view, extent, 0.5);
    case CHART_ZOOM_OUT:
        return zoom(view, extent, 2);
    case CHART_FOLLOW:
        view->window = view->cursor = false;
        return NULL;
    case CHART_LOG_X:
        return toggle_log_x(view, extent);
    case CHART_LOG_Y:
        view->log_y = !view->log_y;
        return NULL;
    case CHART_RANGE:
        return next_range(view, extent);
    case CHART_SMOOTH_LESS:
        return smooth(view, extent, -1);
    case CHART_SMOOTH_MORE:
        return smooth(view, extent, 1);
    case CHART_MOVES:
        break;
    }
    return "";
}

void chart_view_share(const ChartView *from, ChartView *to) {
    to->window = from->window;
    to->x_low = from->x_low;
    to->x_high = from->x_high;
    to->log_x = from->log_x;
    to->cursor = from->cursor;
    to->cursor_x = from->cursor_x;
}
