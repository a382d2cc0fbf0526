#include "views/layout.h"

#include <stddef.h>

// From here on two panels stand side by side, and three or four.
static const int two_abreast = 72, three_abreast = 110, gradient_abreast = 180, rate_abreast = 240;

// The least height of a chart, and of a body with two bands of panels.
static const int chart_rows = 6, two_bands = 14;

static void place(Layout *layout, PanelKind kind, int row, int column, int rows, int columns) {
    layout->kinds[layout->count] = kind;
    layout->rectangles[layout->count++] = (Rectangle){row, column, rows, columns};
}

// Panels side by side in a band, one column apart, as equally wide as whole cells allow.
static void place_band(Layout *layout, const PanelKind *kinds, int count, int row, int rows,
                       int columns) {
    int room = columns - (count - 1);
    for (int i = 0; i < count; i++) {
        int start = room * i / count, end = room * (i + 1) / count;
        place(layout, kinds[i], row, start + i, rows, end - start);
    }
}

// Panels one under the other, as equally high as whole rows allow.
static void place_stack(Layout *layout, const PanelKind *kinds, int count, int row, int rows,
                        int columns) {
    for (int i = 0; i < count; i++) {
        int start = rows * i / count, end = rows * (i + 1) / count;
        place(layout, kinds[i], row + start, 0, end - start, columns);
    }
}

static void place_wide(Layout *layout, int row, int rows, int columns) {
    static const PanelKind upper[] = {PANEL_LOSS, PANEL_TRANSFER, PANEL_GRADIENT, PANEL_RATE};
    static const PanelKind lower[] = {PANEL_HISTOGRAM, PANEL_WORKERS};
    static const PanelKind lower_three[] = {PANEL_HISTOGRAM, PANEL_FILTERS, PANEL_WORKERS};
    int charts = columns >= rate_abreast ? 4 : columns >= gradient_abreast ? 3 : 2;
    if (rows < two_bands) {
        place_band(layout, upper, charts, row, rows, columns);
        return;
    }
    int top = (rows * 11 + 10) / 20; // charts get the larger share
    place_band(layout, upper, charts, row, top, columns);
    if (columns >= three_abreast && rows - top >= 10) {
        place_band(layout, lower_three, 3, row + top, rows - top, columns);
    } else {
        place_band(layout, lower, 2, row + top, rows - top, columns);
    }
}

static void place_narrow(Layout *layout, int row, int rows, int columns) {
    static const PanelKind kinds[] = {PANEL_LOSS, PANEL_TRANSFER, PANEL_WORKERS, PANEL_HISTOGRAM};
    int count = rows / chart_rows;
    count = count < 1 ? 1 : count > 4 ? 4 : count;
    place_stack(layout, kinds, count, row, rows, columns);
}

static int status_rows(int columns) {
    return columns >= 150 ? 1 : 2;
}

static int log_rows(int rows) {
    return rows >= 40 ? 5 : rows >= 30 ? 3 : 1;
}

static bool begin(int rows, int columns, Layout *layout) {
    *layout = (Layout){.too_small = rows < LAYOUT_ROWS || columns < LAYOUT_COLUMNS};
    return !layout->too_small;
}

void layout_train(int rows, int columns, Layout *layout) {
    if (!begin(rows, columns, layout)) {
        return;
    }
    int status = status_rows(columns), log = log_rows(rows), body = rows - status - log - 1;
    place(layout, PANEL_STATUS, 0, 0, status, columns);
    if (columns >= two_abreast) {
        place_wide(layout, status, body, columns);
    } else {
        place_narrow(layout, status, body, columns);
    }
    place(layout, PANEL_LOG, status + body, 0, log, columns);
    place(layout, PANEL_KEYS, rows - 1, 0, 1, columns);
}

void layout_zoomed(int rows, int columns, PanelKind kind, Layout *layout) {
    if (!begin(rows, columns, layout)) {
        return;
    }
    int status = status_rows(columns);
    place(layout, PANEL_STATUS, 0, 0, status, columns);
    place(layout, kind, status, 0, rows - status - 1, columns);
    place(layout, PANEL_KEYS, rows - 1, 0, 1, columns);
}

static bool is_chart(PanelKind kind) {
    return kind >= PANEL_LOSS && kind <= PANEL_RATE;
}

static bool is_of_weights(PanelKind kind) {
    return kind == PANEL_HISTOGRAM || kind == PANEL_WEIGHTS;
}

void layout_show(Layout *layout, PanelKind kind) {
    int place = -1;
    bool figure = kind >= PANEL_LOSS && kind <= PANEL_WORKERS;
    if (!figure || layout_find(layout, kind) != NULL) {
        return;
    }
    for (int i = 0; i < layout->count; i++) {
        if (is_chart(layout->kinds[i]) && (place < 0 || !is_of_weights(layout->kinds[place]))) {
            place = i;
        }
        if (!is_chart(kind) && is_of_weights(layout->kinds[i])) {
            place = i;
        }
    }
    if (place >= 0) {
        layout->kinds[place] = kind;
    }
}

const Rectangle *layout_find(const Layout *layout, PanelKind kind) {
    for (int i = 0; i < layout->count; i++) {
        if (layout->kinds[i] == kind) {
            return &layout->rectangles[i];
        }
    }
    return NULL;
}
