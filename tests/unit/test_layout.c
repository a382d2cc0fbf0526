// The arithmetic of the screen, for every size from 1 x 1 to 200 x 400.
#include "views/dashboard.h"
#include "views/layout.h"

// cmocka wants these first
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static int overlap(const Rectangle *a, const Rectangle *b) {
    return a->row < b->row + b->rows && b->row < a->row + a->rows &&
           a->column < b->column + b->columns && b->column < a->column + a->columns;
}

static void check(const Layout *layout, int rows, int columns) {
    if (rows < LAYOUT_ROWS || columns < LAYOUT_COLUMNS) {
        assert_true(layout->too_small);
        assert_int_equal(layout->count, 0);
        return;
    }
    assert_false(layout->too_small);
    assert_in_range(layout->count, 3, PANEL_COUNT);
    for (int i = 0; i < layout->count; i++) {
        const Rectangle *place = &layout->rectangles[i];
        assert_true(place->rows > 0 && place->columns > 0);
        assert_true(place->row >= 0 && place->row + place->rows <= rows);
        assert_true(place->column >= 0 && place->column + place->columns <= columns);
        for (int k = 0; k < i; k++) {
            assert_false(overlap(place, &layout->rectangles[k]));
            assert_int_not_equal(layout->kinds[i], layout->kinds[k]);
        }
    }
    assert_non_null(layout_find(layout, PANEL_STATUS));
    assert_non_null(layout_find(layout, PANEL_KEYS));
}

static void test_every_size(void **state) {
    (void)state;
    for (int rows = 1; rows <= 200; rows++) {
        for (int columns = 1; columns <= 400; columns++) {
            Layout layout;
            layout_train(rows, columns, &layout);
            check(&layout, rows, columns);
            if (!layout.too_small) {
                assert_non_null(layout_find(&layout, PANEL_LOSS));
                assert_non_null(layout_find(&layout, PANEL_LOG));
            }
            layout_zoomed(rows, columns, PANEL_TRANSFER, &layout);
            check(&layout, rows, columns);
        }
    }
}

static void test_charts_have_room(void **state) {
    (void)state;
    for (int rows = LAYOUT_ROWS; rows <= 200; rows++) {
        for (int columns = LAYOUT_COLUMNS; columns <= 400; columns++) {
            Layout layout;
            layout_train(rows, columns, &layout);
            for (int i = 0; i < layout.count; i++) {
                if (panel_name(layout.kinds[i]) != NULL) {
                    assert_true(layout.rectangles[i].rows >= 6);
                    assert_true(layout.rectangles[i].columns >= 35);
                }
            }
        }
    }
}

static void test_usual_terminal_shows_everything_essential(void **state) {
    (void)state;
    static const PanelKind essential[] = {PANEL_STATUS,    PANEL_LOSS,    PANEL_TRANSFER,
                                          PANEL_HISTOGRAM, PANEL_WORKERS, PANEL_LOG,
                                          PANEL_KEYS};
    Layout layout;
    layout_train(24, 80, &layout);
    for (size_t i = 0; i < sizeof essential / sizeof *essential; i++) {
        assert_non_null(layout_find(&layout, essential[i]));
    }
    layout_train(50, 160, &layout);
    assert_non_null(layout_find(&layout, PANEL_FILTERS));
    layout_train(80, 300, &layout);
    assert_non_null(layout_find(&layout, PANEL_GRADIENT));
    assert_non_null(layout_find(&layout, PANEL_RATE));
    assert_null(layout_find(&layout, PANEL_COUNT));
}

// Whatever has the focus is seen, in every window.
static void test_the_focus_is_shown(void **state) {
    (void)state;
    DashboardView view;
    dashboard_view_init(&view);
    for (int rows = LAYOUT_ROWS; rows <= 100; rows++) {
        for (int columns = LAYOUT_COLUMNS; columns <= 300; columns++) {
            for (int kind = 0; kind < PANEL_COUNT; kind++) {
                Layout layout;
                view.focus = (PanelKind)kind;
                dashboard_layout(&view, NULL, rows, columns, &layout);
                check(&layout, rows, columns);
                assert_true(panel_name(view.focus) == NULL ||
                            layout_find(&layout, view.focus) != NULL);
            }
        }
    }
    // In a small window the gradient takes the place of the accuracy, not of the loss.
    Layout layout;
    view.focus = PANEL_GRADIENT;
    dashboard_layout(&view, NULL, 24, 80, &layout);
    assert_non_null(layout_find(&layout, PANEL_LOSS));
    assert_non_null(layout_find(&layout, PANEL_HISTOGRAM));
    view.focus = PANEL_FILTERS;
    dashboard_layout(&view, NULL, 24, 80, &layout);
    assert_non_null(layout_find(&layout, PANEL_TRANSFER));
}

// Weights over time stand where the histogram stood, whatever has the focus, until that is the
// histogram.
static void test_weights_over_time_replace_the_histogram(void **state) {
    (void)state;
    DashboardView view;
    Layout before, layout;
    dashboard_view_init(&view);
    dashboard_layout(&view, NULL, 24, 80, &before);
    view.over_time = true;
    for (int kind = 0; kind <= PANEL_COUNT; kind++) {
        view.focus = (PanelKind)kind;
        dashboard_layout(&view, NULL, 24, 80, &layout);
        const bool displaced = kind == PANEL_HISTOGRAM || kind == PANEL_FILTERS;
        const Rectangle *place = layout_find(&layout, displaced ? view.focus : PANEL_WEIGHTS);
        assert_non_null(place);
        assert_memory_equal(place, layout_find(&before, PANEL_HISTOGRAM), sizeof *place);
        assert_int_equal(layout.count, before.count);
        assert_true(displaced ? layout_find(&layout, PANEL_WEIGHTS) == NULL
                              : layout_find(&layout, PANEL_HISTOGRAM) == NULL);
    }
}

static void test_focus_visits_every_figure(void **state) {
    (void)state;
    PanelKind focus = PANEL_COUNT, first = dashboard_next_panel(PANEL_COUNT, 1);
    int visited = 0;
    do {
        focus = dashboard_next_panel(focus, 1);
        assert_non_null(panel_name(focus));
        assert_int_equal(dashboard_next_panel(dashboard_next_panel(focus, 1), -1), focus);
        visited++;
    } while (dashboard_next_panel(focus, 1) != first && visited < 20);
    assert_int_equal(visited, 8);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_size),
        cmocka_unit_test(test_charts_have_room),
        cmocka_unit_test(test_usual_terminal_shows_everything_essential),
        cmocka_unit_test(test_the_focus_is_shown),
        cmocka_unit_test(test_weights_over_time_replace_the_histogram),
        cmocka_unit_test(test_focus_visits_every_figure),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
