// The Features and Embedding screens: where the figures are at every size, and what is said.
#include "tests/unit/grid_text.h"
#include "tests/unit/synthetic_features.h"
#include "views/feature_screen.h"
#include "views/layout.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

static bool overlap(const Rectangle *a, const Rectangle *b) {
    return a->row < b->row + b->rows && b->row < a->row + a->rows &&
           a->column < b->column + b->columns && b->column < a->column + a->columns;
}

static void check(const FeatureLayout *layout, int top, int rows, int columns) {
    assert_in_range(layout->count, 1, FEATURE_PANELS);
    for (int i = 0; i < layout->count; i++) {
        const Rectangle *place = &layout->place[i];
        assert_true(place->rows > 0 && place->columns > 0);
        assert_true(place->row >= top && place->row + place->rows <= rows);
        assert_true(place->column >= 0 && place->column + place->columns <= columns);
        for (int k = 0; k < i; k++)
            assert_false(overlap(place, &layout->place[k]));
    }
}

static void test_every_size(void **state) {
    (void)state;
    for (int figure = 0; figure < FEATURE_FIGURES; figure++) {
        FeatureView view;
        feature_view_init(&view, (FeatureFigure)figure);
        for (int rows = LAYOUT_ROWS; rows <= 200; rows++) {
            for (int columns = LAYOUT_COLUMNS; columns <= 400; columns++) {
                FeatureLayout layout;
                feature_layout(&view, false, 2, rows, columns, &layout);
                check(&layout, 2, rows, columns);
                feature_layout(&view, true, 2, rows, columns, &layout);
                assert_int_equal(layout.count, 1);
                check(&layout, 2, rows, columns);
                assert_int_equal(layout.view[0].figure, figure);
            }
        }
    }
}

static void test_large_windows_show_more(void **state) {
    (void)state;
    FeatureView view;
    FeatureLayout layout;
    feature_view_init(&view, FEATURE_FILTERS);
    view.weight = FEATURES_V;
    view.when = FEATURES_BEFORE;
    feature_layout(&view, false, 2, 23, 80, &layout); // what was chosen
    assert_int_equal(layout.count, 1);
    assert_int_equal(layout.view[0].weight, FEATURES_V);
    assert_int_equal(layout.view[0].when, FEATURES_BEFORE);
    feature_layout(&view, false, 2, 23, 120, &layout); // of the weights chosen all three
    assert_int_equal(layout.count, 3);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(layout.view[i].weight, FEATURES_V);
        assert_int_equal(layout.view[i].when, i);
    }
    feature_layout(&view, false, 2, 49, 160, &layout); // all six
    assert_int_equal(layout.count, 6);
    for (int i = 0; i < 6; i++) {
        assert_int_equal(layout.view[i].weight, i / 3);
        assert_int_equal(layout.view[i].when, i % 3);
    }
    feature_view_init(&view, FEATURE_EMBEDDING);
    feature_layout(&view, false, 2, 49, 160, &layout);
    assert_int_equal(layout.count, 2);
    assert_int_equal(layout.view[1].figure, FEATURE_VARIANCE);
}

// The whole screen as one text; the caller frees it.
static char *screen_text(int rows, int columns, const FeatureScreen *screen,
                         const CellStyle *style) {
    CellGrid grid;
    assert_true(cells_init(&grid, rows, columns));
    assert_true(feature_screen_draw(&grid, NULL, screen, style));
    char *text = grid_text(&grid);
    cells_clear(&grid);
    return text;
}

static void expect(const char *text, const char *words) {
    if (strstr(text, words) == NULL)
        fail_msg("the screen does not say '%s':\n%s", words, text);
}

static void test_says_tabs_note_and_figures(void **state) {
    (void)state;
    const CellStyle style = {SYMBOLS_ASCII, COLOURS_MONO, THEME_DARK};
    FeatureView view;
    feature_view_init(&view, FEATURE_FILTERS);
    FeatureScreen screen = {.view = &view,
                            .tabs = {"weights", "activations", "filmstrip"},
                            .note = "following: outer step 300",
                            .data = {NULL, NULL, "computing"}};
    char *text = screen_text(24, 80, &screen, &style);
    expect(text, " weights   activations   filmstrip   following: outer step 300");
    expect(text, "computing");
    free(text);
    Features *features = synthetic_features(4, 1, 8);
    screen.data.features = features;
    text = screen_text(50, 160, &screen, &style);
    expect(text, "W_1 before");
    expect(text, "V_1 now - before");
    free(text);
    free(screen_text(1, 1, &screen, &style)); // no size is too small to draw
    free(screen_text(3, 9, &screen, &style));
    features_free(features);
}

static void test_every_figure_in_every_style(void **state) {
    (void)state;
    static const CellStyle styles[] = {{SYMBOLS_ASCII, COLOURS_MONO, THEME_DARK},
                                       {SYMBOLS_BLOCK, COLOURS_16, THEME_LIGHT},
                                       {SYMBOLS_BRAILLE, COLOURS_256, THEME_DARK}};
    static const int sizes[][2] = {{12, 48}, {24, 80}, {39, 97}, {50, 160}, {90, 300}};
    Features *features = synthetic_features(4, 1, 8);
    Filmstrip filmstrip;
    synthetic_filmstrip(&filmstrip, features, 6);
    for (int figure = 0; figure < FEATURE_FIGURES; figure++) {
        FeatureView view;
        feature_view_init(&view, (FeatureFigure)figure);
        const FeatureScreen screen = {.view = &view,
                                      .tabs = {"one", "two"},
                                      .tab = 1,
                                      .note = "",
                                      .data = {features, &filmstrip, "nothing"}};
        for (size_t size = 0; size < sizeof sizes / sizeof *sizes; size++)
            for (size_t i = 0; i < sizeof styles / sizeof *styles; i++) {
                char *text = screen_text(sizes[size][0], sizes[size][1], &screen, &styles[i]);
                assert_null(strstr(text, "nothing"));
                free(text);
            }
    }
    filmstrip_clear(&filmstrip);
    features_free(features);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_size),
        cmocka_unit_test(test_large_windows_show_more),
        cmocka_unit_test(test_says_tabs_note_and_figures),
        cmocka_unit_test(test_every_figure_in_every_style),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
