// What all figures share: title line, sentences, pages of text.
#include "views/figure.h"

#include "views/text.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

// A part of the title line at x, cut to what is left of it; returns where the next part begins.
static int heading_part(Scene *scene, int x, const char *part, Ink ink, Weight weight) {
    char text[256];
    int room = (int)scene->width - x;
    if (*part == '\0' || (x > 2 && room < 4)) {
        return x;
    }
    text_fit(text, sizeof text, part, room);
    scene_text(scene, x, 0.5, ALIGN_LEFT, ink, weight, text);
    return x + text_width(text) + 2;
}

void figure_heading(Scene *scene, const Heading *heading, const char *title, const char *alarm,
                    const char *note) {
    int x = 0;
    if (heading->focused && scene->width > 4) {
        scene_text(scene, 0, 0.5, ALIGN_LEFT, INK_FOCUS, WEIGHT_BOLD, ">");
        x = 2;
    }
    x = heading_part(scene, x, title, heading->focused ? INK_FOCUS : INK_TITLE, WEIGHT_BOLD);
    x = heading_part(scene, x, alarm, INK_ERROR, WEIGHT_NORMAL);
    x = heading_part(scene, x, note, INK_DIM, WEIGHT_NORMAL);
    if (heading->rule && x - 1 < scene->width) {
        scene_rule_across(scene, x - 1, scene->width, 0.5, heading->focused ? INK_FOCUS : INK_AXIS);
    }
}

void figure_sentence(Scene *scene, const char *sentence, Ink ink) {
    enum { LINES = 8 };
    char rows[LINES][512];
    int count = 0, columns = (int)scene->width > 4 ? (int)scene->width - 2 : (int)scene->width;
    int top = scene->height >= 2 ? 1 : 0, room = (int)scene->height - top;
    for (; *sentence && count < LINES && count < room; count++)
        sentence = text_row(rows[count], sizeof rows[count], sentence, columns);
    const int first = top + (room - count) / 2;
    for (int i = 0; i < count; i++)
        scene_text(scene, floor((scene->width - text_width(rows[i])) / 2), first + i + 0.5,
                   ALIGN_LEFT, ink, WEIGHT_NORMAL, rows[i]);
}

// The widest part before a tab, so that what follows stands in a column.
static int key_width(const char *const *lines, int count) {
    int width = 0;
    for (int i = 0; i < count; i++) {
        const char *tab = strchr(lines[i], '\t');
        char key[128];
        if (tab != NULL) {
            snprintf(key, sizeof key, "%.*s", (int)(tab - lines[i]), lines[i]);
            width = text_width(key) > width ? text_width(key) : width;
        }
    }
    return width;
}

void figure_page(Scene *scene, const Heading *heading, const char *title, const char *const *lines,
                 int line_count, int first) {
    int room = (int)scene->height - 1, width = (int)scene->width,
        keys = key_width(lines, line_count);
    first = first > line_count - room ? line_count - room : first;
    first = first < 0 ? 0 : first;
    char note[64] = "", text[512];
    if (line_count > room) {
        snprintf(note, sizeof note, "lines %d-%d of %d", first + 1,
                 first + room < line_count ? first + room : line_count, line_count);
    }
    figure_heading(scene, heading, title, "", note);
    for (int i = 0; i < room && first + i < line_count; i++) {
        const char *line = lines[first + i], *tab = strchr(line, '\t');
        int x = 0;
        if (tab != NULL) {
            char key[128];
            snprintf(key, sizeof key, "%.*s", (int)(tab - line), line);
            text_fit(text, sizeof text, key, width - 1);
            scene_text(scene, 1, i + 1.5, ALIGN_LEFT, INK_KEY, WEIGHT_BOLD, text);
            x = keys + 3;
            line = tab + 1;
        }
        if (x < width) {
            text_fit(text, sizeof text, line, width - x);
            scene_text(scene, x, i + 1.5, ALIGN_LEFT, INK_TEXT, WEIGHT_NORMAL, text);
        }
    }
}
