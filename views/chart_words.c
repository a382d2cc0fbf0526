// The words of a line chart: labels, letters, legend, cursor, notes.
#include "views/chart_plot.h"
#include "views/series.h"
#include "views/text.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// How many points of curves a label would hide that begins at x and has its middle at `row`.
static size_t hidden_points(const Plotter *plotter, double x, double width, double row) {
    size_t hidden = 0;
    for (int s = 0; s < plotter->chart->series_count; s++) {
        const Series *series = &plotter->chart->series[s];
        for (size_t i = 0; i < series->count; i++) {
            double at = plotter_x(plotter, series->x[i]), y = plotter_y(plotter, series->y[i]);
            hidden += at >= x - 1 && at <= x + width + 1 && fabs(y - row) < 1;
        }
    }
    return hidden;
}

static bool boxes_meet(Box a, Box b) {
    return a.x0 < b.x1 && b.x0 < a.x1 && a.y0 < b.y1 && b.y0 < a.y1;
}

// The place of a reference's label: above or below its line, left, middle or right, where it hides
// least and meets none of the labels before it.  False if there is none.
static bool find_label(const Plotter *plotter, double y, double width, const Box *taken,
                       int taken_count, Box *place) {
    size_t least = SIZE_MAX;
    const Box *plot = &plotter->plot;
    double room = plot->x1 - plot->x0 - width;
    for (int below = 0; below < 2 && room >= 0; below++) {
        for (int part = 0; part < 3; part++) {
            double x = fmin(plot->x0 + 1 + floor(part * fmax(room - 2, 0) / 2), plot->x1 - width);
            double row = below ? y + 0.6 : y - 0.6;
            Box box = {x, row - 0.5, x + width, row + 0.5};
            bool fits = box.y0 >= plot->y0 - 0.1 && box.y1 <= plot->y1 + 0.1;
            for (int k = 0; k < taken_count; k++) {
                fits = fits && !boxes_meet(box, taken[k]);
            }
            size_t hidden = fits ? hidden_points(plotter, x, width, row) : SIZE_MAX;
            if (hidden < least) {
                least = hidden;
                *place = box;
            }
        }
    }
    return least < SIZE_MAX;
}

// Three decimals for the usual values, so that neighbours can be compared; otherwise three digits.
static char *format_value(char *out, size_t size, double value) {
    bool usual = value == 0 || (fabs(value) >= 0.01 && fabs(value) < 10);
    return usual ? format_fixed(out, size, value, 3) : format_number(out, size, value, 3);
}

void chart_draw_reference_labels(const Plotter *plotter) {
    Box taken[CHART_REFERENCES];
    int labels = 0;
    for (int r = 0; r < plotter->chart->reference_count; r++) {
        const Reference *reference = &plotter->chart->references[r];
        double y = plotter_y(plotter, reference->value);
        if (!(y >= plotter->plot.y0 && y <= plotter->plot.y1)) {
            continue;
        }
        char value[32], label[96];
        snprintf(label, sizeof label, "%.60s %s", reference->name,
                 format_value(value, sizeof value, reference->value));
        if (find_label(plotter, y, text_width(label), taken, labels, &taken[labels])) {
            const Box *box = &taken[labels++];
            scene_text(plotter->scene, box->x0, (box->y0 + box->y1) / 2, ALIGN_LEFT, reference->ink,
                       WEIGHT_NORMAL, label);
        }
    }
}

// -- Letters, legend, heading
// -------------------------------------------------------------------------

static bool last_shown(const Plotter *plotter, const Series *series, double *y) {
    for (size_t i = series->count; i > 0; i--) {
        if (plotter_shows_x(plotter, series->x[i - 1]) &&
            plotter_shows_y(plotter, series->y[i - 1])) {
            *y = series->y[i - 1];
            return true;
        }
    }
    return false;
}

void chart_draw_letters(const Plotter *plotter) {
    int order[CHART_SERIES], count = 0;
    double rows[CHART_SERIES];
    for (int s = 0; s < plotter->chart->series_count; s++) {
        double y;
        if (plotter->chart->series[s].letter == 0 ||
            !last_shown(plotter, &plotter->chart->series[s], &y)) {
            continue;
        }
        double row = fmin(fmax(plotter_y(plotter, y), plotter->plot.y0), plotter->plot.y1 - 0.01);
        int at = count++;
        for (; at > 0 && rows[at - 1] > row; at--) {
            rows[at] = rows[at - 1];
            order[at] = order[at - 1];
        }
        rows[at] = row;
        order[at] = s;
    }
    for (int i = 1; i < count; i++) {
        rows[i] = fmax(rows[i], rows[i - 1] + 1);
    }
    double edge = plotter->plot.y1 - 0.01;
    for (int i = count - 1; i >= 0; i--, edge -= 1) {
        rows[i] = fmin(rows[i], edge);
        edge = rows[i];
    }
    for (int i = 0; i < count; i++) {
        const Series *series = &plotter->chart->series[order[i]];
        char letter[2] = {series->letter, '\0'};
        if (rows[i] >= plotter->plot.y0) {
            scene_text(plotter->scene, plotter->plot.x1 + 1, rows[i], ALIGN_LEFT, series->ink,
                       WEIGHT_BOLD, letter);
        }
    }
}

// How much a legend says.
typedef struct {
    int digits; // of the values at the cursor
    bool names; // also of curves that have a letter
    bool values;
    bool more; // at the cursor: also the error, the smoothed value
} Wording;

// The series' point at the cursor.
static bool cursor_point(const Plotter *plotter, const Series *series, size_t *index) {
    if (!plotter->view->cursor || series->count == 0) {
        return false;
    }
    *index = series_nearest(series->x, series->count, plotter->view->cursor_x);
    return true;
}

// The smoothed curve's value at a point; NaN without memory.
static double smoothed_value(const Plotter *plotter, const Series *series, size_t index) {
    double *smooth = malloc((index + 1) * sizeof *smooth);
    if (smooth == NULL) {
        return NAN;
    }
    series_smooth(series->y, series->steps, index + 1, plotter->view->smoothing, smooth);
    const double value = smooth[index];
    free(smooth);
    return value;
}

// "0.607 ±0.012", "0.653214 smoothed 0.71".
static void cursor_values(const Plotter *plotter, const Series *series, size_t index, int digits,
                          bool all, char *out, size_t size) {
    char y[32], more[32], extra[96] = "";
    if (all && series->error != NULL && isfinite(series->error[index])) {
        snprintf(extra, sizeof extra, " ±%s",
                 format_number(more, sizeof more, series->error[index], digits > 4 ? 4 : digits));
    } else if (all && series->smoothed && plotter->view->smoothing > 0) {
        double smooth = smoothed_value(plotter, series, index);
        snprintf(extra, sizeof extra, " smoothed %s",
                 format_number(more, sizeof more, smooth, digits > 4 ? 4 : digits));
    }
    if (all && series->steps != NULL && series->steps[index] > 1) {
        const size_t used = strlen(extra);
        snprintf(extra + used, sizeof extra - used, ", mean of %.0f steps", series->steps[index]);
    }
    snprintf(out, size, "%s%s", format_number(y, sizeof y, series->y[index], digits), extra);
}

static void legend_entry(const Plotter *plotter, const Series *series, const Wording *wording,
                         char *out, size_t size) {
    char value[128] = "";
    double y;
    size_t index;
    if (wording->values && cursor_point(plotter, series, &index)) {
        cursor_values(plotter, series, index, wording->digits, wording->more, value, sizeof value);
    } else if (wording->values && last_shown(plotter, series, &y)) {
        format_value(value, sizeof value, y);
    }
    const bool named = wording->names || series->letter == 0;
    snprintf(out, size, "%.60s%s%s", named ? series->name : "", named && *value ? " " : "", value);
}

static int legend_width(const Plotter *plotter, const Wording *wording) {
    int width = 0;
    for (int s = 0; s < plotter->chart->series_count; s++) {
        char entry[192];
        if (plotter->chart->series[s].name != NULL) {
            legend_entry(plotter, &plotter->chart->series[s], wording, entry, sizeof entry);
            width += 2 + text_width(entry) + 2;
        }
    }
    return width - 2;
}

// The most that there is room for.
static const Wording *choose_wording(const Plotter *plotter) {
    static const Wording usual[] = {{0, true, true, false}, {0, true, false, false}};
    static const Wording cursor[] = {{6, true, true, true},   {4, true, true, true},
                                     {6, false, true, true},  {4, false, true, true},
                                     {4, false, true, false}, {3, false, true, false},
                                     {0, true, false, false}};
    const Wording *wordings = plotter->view->cursor ? cursor : usual;
    int last = plotter->view->cursor ? 6 : 1, chosen = 0;
    while (chosen < last && legend_width(plotter, &wordings[chosen]) > plotter->scene->width) {
        chosen++;
    }
    return &wordings[chosen];
}

void chart_draw_legend(const Plotter *plotter) {
    const Chart *chart = plotter->chart;
    int name = chart->y_name != NULL ? text_width(chart->y_name) + 2 : 0;
    const Wording *wording = choose_wording(plotter);
    double x = 0;
    if (name + legend_width(plotter, wording) <= plotter->scene->width && name > 0) {
        scene_text(plotter->scene, 0, 1.5, ALIGN_LEFT, INK_DIM, WEIGHT_NORMAL, chart->y_name);
        x = name;
    }
    for (int s = 0; s < chart->series_count; s++) {
        const Series *series = &chart->series[s];
        char entry[192];
        if (series->name == NULL) {
            continue;
        }
        legend_entry(plotter, series, wording, entry, sizeof entry);
        if (x + 2 + text_width(entry) > plotter->scene->width) {
            break;
        }
        char letter[2] = {series->letter, '\0'};
        scene_text(plotter->scene, x, 1.5, ALIGN_LEFT, series->ink, WEIGHT_BOLD,
                   series->letter != 0 ? letter : "—");
        scene_text(plotter->scene, x + 2, 1.5, ALIGN_LEFT, INK_TEXT, WEIGHT_NORMAL, entry);
        x += 2 + text_width(entry) + 2;
    }
}

// -- Cursor
// -------------------------------------------------------------------------------------------

// The point of the first curve that has one.
static bool cursor_x(const Plotter *plotter, double *x) {
    for (int s = 0; s < plotter->chart->series_count; s++) {
        size_t index;
        if (cursor_point(plotter, &plotter->chart->series[s], &index)) {
            *x = plotter->chart->series[s].x[index];
            return true;
        }
    }
    return false;
}

void chart_draw_cursor(const Plotter *plotter) {
    double at;
    if (!cursor_x(plotter, &at)) {
        return;
    }
    double x = plotter_x(plotter, at);
    if (x >= plotter->plot.x0 && x <= plotter->plot.x1) {
        Point ends[2] = {{x, plotter->plot.y0}, {x, plotter->plot.y1}};
        scene_line(plotter->scene, ends, 2, INK_FOCUS, WEIGHT_NORMAL, PATTERN_SOLID);
    }
}

// "at 33", or "at 33: q 0.5" with the values of all curves.
static void describe_cursor(const Plotter *plotter, bool values, char *out, size_t size) {
    char number[32];
    double at;
    out[0] = '\0';
    if (!cursor_x(plotter, &at)) {
        return;
    }
    snprintf(out, size, "at %s%s", format_number(number, sizeof number, at, 9), values ? ":" : "");
    for (int s = 0; values && s < plotter->chart->series_count; s++) {
        const Series *series = &plotter->chart->series[s];
        char entry[128];
        size_t index, length = strlen(out);
        if (cursor_point(plotter, series, &index)) {
            cursor_values(plotter, series, index, 4, true, entry, sizeof entry);
            snprintf(out + length, size - length, " %s%s%s",
                     series->letter ? (char[2]){series->letter, 0} : "", series->letter ? " " : "",
                     entry);
        }
    }
}

void chart_describe(const Plotter *plotter, bool legend, char *alarm, char *note, size_t size) {
    char parts[4][192] = {"", "", "", ""}, factor[16];
    const ChartView *view = plotter->view;
    bool smoothed = false;
    for (int s = 0; s < plotter->chart->series_count; s++) {
        smoothed = smoothed || (plotter->chart->series[s].smoothed && view->smoothing > 0);
    }
    alarm[0] = '\0';
    if (plotter->not_finite > 0) {
        snprintf(alarm, size, "%ld not finite", plotter->not_finite);
    }
    describe_cursor(plotter, !legend, parts[0], sizeof parts[0]);
    if (plotter->not_positive > 0) {
        snprintf(parts[1], sizeof parts[1], "%ld not positive", plotter->not_positive);
    }
    if (smoothed) {
        snprintf(parts[2], sizeof parts[2], "EMA %s",
                 format_number(factor, sizeof factor, view->smoothing, 4));
    }
    snprintf(parts[3], sizeof parts[3], "%s%s%s%s", view->log_x ? "log x " : "",
             view->log_y ? "log y " : "",
             view->range == RANGE_FROM_ZERO ? "from 0 "
             : view->range == RANGE_FIXED   ? "fixed y "
                                            : "",
             view->window ? "held" : "");
    note[0] = '\0';
    for (int i = 0; i < 4; i++) {
        size_t length = strlen(note);
        if (parts[i][0] != '\0') {
            snprintf(note + length, size - length, "%s%s", length > 0 ? "  " : "", parts[i]);
        }
    }
}
