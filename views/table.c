// Tables: a heading, a line of column names, rows.  Columns that find no room are left out, those
// of the highest priority number first.
#include "views/figure.h"

#include "views/text.h"

#include <stdio.h>

static const char *entry_of(const Table *table, int row, int column) {
    return table->entries[row * table->column_count + column];
}

static int column_width(const Table *table, int column) {
    int width = text_width(table->columns[column].name);
    for (int row = 0; row < table->row_count; row++) {
        int here = text_width(entry_of(table, row, column));
        width = here > width ? here : width;
    }
    return width;
}

// Cells of the columns that are shown, with a gap between neighbours; shrunk: as narrow as they may
// be.
static int total_width(const Table *table, const int *widths, bool shrunk) {
    int total = -1;
    for (int c = 0; c < table->column_count; c++) {
        int least = table->columns[c].least;
        if (widths[c] > 0) {
            total += 1 + (shrunk && least > 0 && least < widths[c] ? least : widths[c]);
        }
    }
    return total;
}

static void leave_out_one(const Table *table, int *widths) {
    int worst = -1;
    for (int c = 0; c < table->column_count; c++) {
        if (widths[c] > 0 &&
            (worst < 0 || table->columns[c].priority > table->columns[worst].priority)) {
            worst = c;
        }
    }
    widths[worst] = 0;
}

// Takes a cell from the widest column that may shrink.
static bool shrink_one(const Table *table, int *widths) {
    int widest = -1;
    for (int c = 0; c < table->column_count; c++) {
        int least = table->columns[c].least;
        if (least > 0 && widths[c] > least && (widest < 0 || widths[c] > widths[widest])) {
            widest = c;
        }
    }
    if (widest >= 0) {
        widths[widest]--;
    }
    return widest >= 0;
}

// Widths [column_count]; 0 for a column that is left out.
static void fit_columns(const Table *table, int room, int *widths) {
    int left = table->column_count;
    for (int c = 0; c < table->column_count; c++) {
        widths[c] = column_width(table, c);
    }
    for (; left > 1 && total_width(table, widths, true) > room; left--) {
        leave_out_one(table, widths);
    }
    while (total_width(table, widths, false) > room && shrink_one(table, widths)) {
    }
    for (int c = 0; c < table->column_count; c++) {
        widths[c] = widths[c] > room ? room : widths[c];
    }
}

static void draw_row(Scene *scene, const Table *table, int row, double y, const int *widths) {
    Ink ink = row < 0 ? INK_DIM : table->inks != NULL ? table->inks[row] : INK_TEXT;
    double x = 0;
    for (int c = 0; c < table->column_count; c++) {
        char text[256];
        if (widths[c] == 0) {
            continue;
        }
        Align align = table->columns[c].align;
        double at = align == ALIGN_RIGHT    ? x + widths[c]
                    : align == ALIGN_CENTRE ? x + widths[c] / 2.0
                                            : x;
        text_fit(text, sizeof text, row < 0 ? table->columns[c].name : entry_of(table, row, c),
                 widths[c]);
        scene_text(scene, at, y, align, ink, row == table->selected ? WEIGHT_BOLD : WEIGHT_NORMAL,
                   text);
        x += widths[c] + 1;
    }
    if (row >= 0 && row == table->selected) {
        scene_text(scene, scene->width, y, ALIGN_RIGHT, INK_FOCUS, WEIGHT_BOLD, "<");
    }
}

void figure_table(Scene *scene, const Heading *heading, const Table *table) {
    int widths[TABLE_COLUMNS], room = (int)scene->height - 2;
    if (table->row_count == 0) {
        figure_heading(scene, heading, table->title, "", "");
        figure_sentence(scene, table->empty, INK_DIM);
        return;
    }
    room = room < 0 ? 0 : room;
    int first = table->first > table->row_count - room ? table->row_count - room : table->first;
    first = first < 0 ? 0 : first;
    char note[64] = "";
    if (table->row_count > room) {
        int end = first + room < table->row_count ? first + room : table->row_count;
        snprintf(note, sizeof note, "%d-%d of %d", first + 1, end, table->row_count);
    }
    figure_heading(scene, heading, table->title, "", note);
    fit_columns(table, (int)scene->width, widths);
    draw_row(scene, table, -1, 1.5, widths);
    for (int i = 0; i < room && first + i < table->row_count; i++) {
        draw_row(scene, table, first + i, i + 2.5, widths);
    }
}
