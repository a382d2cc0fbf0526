// One histogram: heading with the number of values, bars over an axis from the lowest to the
// highest bin, a line of percentiles, and counters for everything that is in no bin.
#include "views/figure.h"

#include "views/axis.h"
#include "views/text.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

// Bars [bars] from the bins: a bar that covers parts of bins gets those parts of their counts.
static void resample(const HistogramView *histogram, int bars, double *heights) {
    for (int bar = 0; bar < bars; bar++) {
        double start = (double)bar * SNAPSHOT_BINS / bars,
               end = (double)(bar + 1) * SNAPSHOT_BINS / bars;
        heights[bar] = 0;
        for (int bin = (int)start; bin < SNAPSHOT_BINS && bin < end; bin++) {
            double part = fmin(end, bin + 1) - fmax(start, bin);
            heights[bar] += part * histogram->bins[bin];
        }
    }
}

static void draw_bars(Scene *scene, const HistogramView *histogram, Box plot) {
    enum { BARS = 512 };
    double heights[BARS], highest = 0, width = plot.x1 - plot.x0;
    int bars = width >= SNAPSHOT_BINS ? SNAPSHOT_BINS : (int)width;
    bars = bars < 1 ? 1 : bars;
    double step = width / bars;
    resample(histogram, bars, heights);
    for (int bar = 0; bar < bars; bar++) {
        highest = fmax(highest, heights[bar]);
    }
    for (int bar = 0; bar < bars && highest > 0; bar++) {
        double height = heights[bar] / highest * (plot.y1 - plot.y0);
        // A bar of few values is still a bar.
        height = heights[bar] > 0 ? fmax(height, 0.125) : 0;
        if (height > 0) {
            scene_bar(
                scene,
                (Box){plot.x0 + bar * step, plot.y1 - height, plot.x0 + (bar + 1) * step, plot.y1},
                SIDE_UP, INK_CURVE_1);
        }
    }
    char label[32];
    double shown = width >= SNAPSHOT_BINS ? 1 : (double)SNAPSHOT_BINS / bars;
    scene_text(scene, plot.x0 - 1, plot.y0 + 0.5, ALIGN_RIGHT, INK_DIM, WEIGHT_NORMAL,
               format_number(label, sizeof label, nearbyint(highest / shown), 3));
    scene_text(scene, plot.x0 - 1, plot.y1 - 0.5, ALIGN_RIGHT, INK_DIM, WEIGHT_NORMAL, "0");
    scene_tick(scene, plot.x0 - 0.05, plot.y0 + 0.5, SIDE_LEFT, INK_AXIS);
}

// The axis under the bars: both ends and, between them, zero.
static void draw_axis(Scene *scene, const HistogramView *histogram, Box plot) {
    double end = plot.x1;
    char low[32], high[32];
    scene_rule_down(scene, plot.x0 - 0.05, plot.y0, plot.y1 + 0.05, INK_AXIS);
    scene_rule_across(scene, plot.x0 - 0.05, end, plot.y1 + 0.05, INK_AXIS);
    format_number(low, sizeof low, histogram->low, 3);
    format_number(high, sizeof high, histogram->high, 3);
    scene_text(scene, plot.x0, plot.y1 + 1.5, ALIGN_LEFT, INK_DIM, WEIGHT_NORMAL, low);
    double limit = plot.x0 + text_width(low) + 1, start = end - text_width(high);
    if (start >= limit) {
        scene_text(scene, end, plot.y1 + 1.5, ALIGN_RIGHT, INK_DIM, WEIGHT_NORMAL, high);
    }
    if (histogram->low < 0 && histogram->high > 0) {
        double zero =
            plot.x0 + (0 - histogram->low) / (histogram->high - histogram->low) * (end - plot.x0);
        scene_tick(scene, zero, plot.y1 + 0.05, SIDE_DOWN, INK_AXIS);
        if (floor(zero) > limit && zero + 2 < start) {
            scene_text(scene, zero, plot.y1 + 1.5, ALIGN_CENTRE, INK_DIM, WEIGHT_NORMAL, "0");
        }
    }
}

// The middle of the values, and their whole range where there is room for it.
static void describe_percentiles(const HistogramView *histogram, int columns, char *out,
                                 size_t size) {
    const double *p = histogram->percentiles;
    char median[32], low[32], high[32], least[32], greatest[32];
    if (isnan(p[4])) {
        snprintf(out, size, "no finite value");
        return;
    }
    format_number(median, sizeof median, p[4], 3);
    format_number(low, sizeof low, p[2], 3);
    format_number(high, sizeof high, p[6], 3);
    snprintf(out, size, "median %s  16-84 %% %s .. %s  range %s .. %s", median, low, high,
             format_number(least, sizeof least, p[0], 3),
             format_number(greatest, sizeof greatest, p[8], 3));
    if (text_width(out) > columns) {
        snprintf(out, size, "median %s  16-84 %% %s .. %s", median, low, high);
    }
}

static void append_counter(char *out, size_t size, const char *name, uint32_t count) {
    char part[64], number[32];
    if (count > 0) {
        snprintf(part, sizeof part, "%s%s %s", *out != '\0' ? "  " : "", name,
                 format_count(number, sizeof number, count));
        strncat(out, part, size - strlen(out) - 1);
    }
}

// The numbers that are none go into alarm; "4,096 values", and how many lie outside the bins, into
// note.
static void describe_counts(const HistogramView *histogram, char *alarm, char *note, size_t size) {
    uint64_t total = (uint64_t)histogram->under + histogram->over + histogram->nan +
                     histogram->positive_infinity + histogram->negative_infinity;
    char number[32];
    for (int bin = 0; bin < SNAPSHOT_BINS; bin++) {
        total += histogram->bins[bin];
    }
    alarm[0] = '\0';
    append_counter(alarm, size, "NaN", histogram->nan);
    append_counter(alarm, size, "+Inf", histogram->positive_infinity);
    append_counter(alarm, size, "-Inf", histogram->negative_infinity);
    snprintf(note, size, "%s values", format_count(number, sizeof number, (long long)total));
    append_counter(note, size, "below", histogram->under);
    append_counter(note, size, "above", histogram->over);
}

static int count_label_width(const HistogramView *histogram) {
    uint32_t highest = 0;
    for (int bin = 0; bin < SNAPSHOT_BINS; bin++) {
        highest = histogram->bins[bin] > highest ? histogram->bins[bin] : highest;
    }
    char label[32];
    return text_width(format_number(label, sizeof label, highest, 3));
}

void figure_histogram(Scene *scene, const Heading *heading, const HistogramView *histogram,
                      const char *empty) {
    char title[64], alarm[192], note[192], percentiles[192];
    if (histogram == NULL) {
        figure_heading(scene, heading, "weights", "", "");
        figure_sentence(scene, empty, INK_DIM);
        return;
    }
    snprintf(title, sizeof title, "%.40s", histogram->name);
    describe_counts(histogram, alarm, note, sizeof note);
    figure_heading(scene, heading, title, alarm, note);
    bool line = scene->height >= 7;
    double labels = count_label_width(histogram) + 1;
    Box plot = {fmin(labels, fmax(scene->width - 2, 0)), 1, scene->width,
                fmax(scene->height - (line ? 3 : 2), 2)};
    if (!(histogram->low < histogram->high)) {
        figure_sentence(scene, "no finite value", INK_ERROR);
        return;
    }
    draw_axis(scene, histogram, plot);
    draw_bars(scene, histogram, plot);
    if (line) {
        char fitted[192];
        describe_percentiles(histogram, (int)scene->width, percentiles, sizeof percentiles);
        text_fit(fitted, sizeof fitted, percentiles, (int)scene->width);
        scene_text(scene, 0, scene->height - 0.5, ALIGN_LEFT, INK_TEXT, WEIGHT_NORMAL, fitted);
    }
}
