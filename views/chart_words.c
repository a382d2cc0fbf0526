// The words of a line chart: labels, letters, legend, cursor, notes.
#include "views/chart_plot.h"
#include "views/series.h"
#include "views/text.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
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

static void legend_entry(const Plotter *plotter, const Series *series, bool values, char *out,
                         size_t size) {
    char value[32];
    double y;
    bool known = values && last_shown(plotter, series, &y);
    snprintf(out, size, "%.60s%s%s", series->name, known ? " " : "",
             known ? format_value(value, sizeof value, y) : "");
}

static int legend_width(const Plotter *plotter, bool values) {
    int width = 0;
    for (int s = 0; s < plotter->chart->series_count; s++) {
        char entry[128];
        if (plotter->chart->series[s].name != NULL) {
            legend_entry(plotter, &plotter->chart->series[s], values, entry, sizeof entry);
            width += 2 + text_width(entry) + 2;
        }
    }
    return width - 2;
}

void chart_draw_legend(const Plotter *plotter) {
    const Chart *chart = plotter->chart;
    int name = chart->y_name != NULL ? text_width(chart->y_name) + 2 : 0;
    bool values = legend_width(plotter, true) <= plotter->scene->width;
    double x = 0;
    if (name + legend_width(plotter, values) <= plotter->scene->width && name > 0) {
        scene_text(plotter->scene, 0, 1.5, ALIGN_LEFT, INK_DIM, WEIGHT_NORMAL, chart->y_name);
        x = name;
    }
    for (int s = 0; s < chart->series_count; s++) {
        const Series *series = &chart->series[s];
        char entry[128];
        if (series->name == NULL) {
            continue;
        }
        legend_entry(plotter, series, values, entry, sizeof entry);
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

static size_t nearest(const Series *series, double x) {
    size_t index = series_search(series->x, series->count, x);
    if (index == series->count || (index > 0 && x - series->x[index - 1] < series->x[index] - x)) {
        index--;
    }
    return index;
}

void chart_draw_cursor(const Plotter *plotter, char *note, size_t size) {
    const Chart *chart = plotter->chart;
    size_t at = 0;
    for (int s = 0; s < chart->series_count; s++) {
        const Series *series = &chart->series[s];
        if (series->count == 0) {
            continue;
        }
        size_t index = nearest(series, plotter->view->cursor_x);
        char number[32];
        int wrote = 0;
        if (at == 0) {
            double x = plotter_x(plotter, series->x[index]);
            if (x >= plotter->plot.x0 && x <= plotter->plot.x1) {
                Point ends[2] = {{x, plotter->plot.y0}, {x, plotter->plot.y1}};
                scene_line(plotter->scene, ends, 2, INK_FOCUS, WEIGHT_NORMAL, PATTERN_SOLID);
            }
            wrote = snprintf(note, size,
                             "at %s:", format_number(number, sizeof number, series->x[index], 9));
            at += wrote > 0 && (size_t)wrote < size ? (size_t)wrote : 0;
        }
        wrote = snprintf(
            note + at, size - at, " %s%s%s", series->letter ? (char[2]){series->letter, 0} : "",
            series->letter ? " " : "", format_number(number, sizeof number, series->y[index], 6));
        at += wrote > 0 && (size_t)wrote < size - at ? (size_t)wrote : 0;
    }
}

void chart_describe(const Plotter *plotter, char *alarm, char *note, size_t size) {
    char parts[3][64] = {"", "", ""}, factor[16];
    const ChartView *view = plotter->view;
    bool smoothed = false;
    for (int s = 0; s < plotter->chart->series_count; s++) {
        smoothed = smoothed || (plotter->chart->series[s].smoothed && view->smoothing > 0);
    }
    alarm[0] = '\0';
    if (plotter->not_finite > 0) {
        snprintf(alarm, size, "%ld not finite", plotter->not_finite);
    }
    if (plotter->not_positive > 0) {
        snprintf(parts[0], sizeof parts[0], "%ld not positive", plotter->not_positive);
    }
    if (smoothed) {
        snprintf(parts[1], sizeof parts[1], "EMA %s",
                 format_number(factor, sizeof factor, view->smoothing, 4));
    }
    snprintf(parts[2], sizeof parts[2], "%s%s%s", view->log_x ? "log x " : "",
             view->log_y ? "log y " : "", view->window ? "zoomed" : "");
    note[0] = '\0';
    for (int i = 0; i < 3; i++) {
        size_t length = strlen(note);
        if (parts[i][0] != '\0') {
            snprintf(note + length, size - length, "%s%s", length > 0 ? "  " : "", parts[i]);
        }
    }
}
