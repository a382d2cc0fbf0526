// Moving in a chart: cursor, window, following, scales; nothing is drawn here but what the last
// test reads.
#include "views/cells.h"
#include "views/chart_view.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <string.h>

enum { POINTS = 1000, ROWS = 12, COLUMNS = 60 };

static double x[POINTS], y[POINTS];
static Chart chart;
static ChartView view;

// Outer steps 1 .. count, y = step / 1000.
static void grow(size_t count) {
    chart.series[0].count = count;
}

static int set_up(void **state) {
    (void)state;
    for (int i = 0; i < POINTS; i++) {
        x[i] = i + 1;
        y[i] = (i + 1) / 1000.0;
    }
    chart = (Chart){.title = "loss",
                    .x_name = "outer step",
                    .empty = "nothing",
                    .series = {{.name = "q", .x = x, .y = y, .ink = INK_CURVE_1}},
                    .series_count = 1,
                    .x_whole = true};
    view = (ChartView){0};
    grow(500);
    return 0;
}

static const char *move(ChartMove move) {
    ChartExtent extent;
    assert_true(chart_extent(&chart, &view, ROWS, COLUMNS, &extent));
    return chart_view_move(&view, move, &extent);
}

static void expect_window(double low, double high) {
    ChartExtent extent;
    double shown_low, shown_high;
    assert_true(chart_extent(&chart, &view, ROWS, COLUMNS, &extent));
    chart_view_shown(&view, &extent, &shown_low, &shown_high);
    if (!(fabs(shown_low - low) < 1e-6 && fabs(shown_high - high) < 1e-6)) {
        fail_msg("shown %g .. %g, expected %g .. %g", shown_low, shown_high, low, high);
    }
}

// Of several steps that were put together the extremes are on the axis, too.
static void a_band_widens_the_axis(void **state) {
    (void)state;
    double low[POINTS], high[POINTS];
    ChartExtent extent;
    for (int i = 0; i < POINTS; i++) {
        low[i] = high[i] = y[i];
    }
    low[7] = -3;
    high[8] = 9;
    chart.series[0].band_low = low;
    chart.series[0].band_high = high;
    assert_true(chart_extent(&chart, &view, ROWS, COLUMNS, &extent));
    assert_true(extent.y_low <= -3 && extent.y_high >= 9);
}

static void the_extent_is_that_of_the_axis(void **state) {
    (void)state;
    ChartExtent extent;
    assert_true(chart_extent(&chart, &view, ROWS, COLUMNS, &extent));
    assert_true(extent.x_low == 0 && extent.x_high == 500); // counted from the beginning
    assert_true(extent.count == 500 && extent.whole && !extent.smoothed);
    assert_true(extent.columns > COLUMNS / 2 && extent.columns < COLUMNS);
    view.log_x = true;
    assert_true(chart_extent(&chart, &view, ROWS, COLUMNS, &extent));
    assert_true(extent.x_low == 1);
    grow(0);
    assert_false(chart_extent(&chart, &view, ROWS, COLUMNS, &extent));
    chart.series_count = 0;
    assert_false(chart_extent(&chart, &view, ROWS, COLUMNS, &extent));
}

static void it_follows_until_it_is_held(void **state) {
    (void)state;
    expect_window(0, 500);
    grow(800);
    expect_window(0, 800);
    assert_null(move(CHART_ZOOM_IN)); // the newest half
    expect_window(400, 800);
    grow(1000);
    expect_window(400, 800); // stays
    assert_null(move(CHART_FOLLOW));
    expect_window(0, 1000);
    assert_false(view.window || view.cursor);
}

static void the_cursor_holds_the_chart(void **state) {
    (void)state;
    assert_null(move(CHART_CURSOR_LEFT)); // begins at the newest
    assert_true(view.cursor && view.cursor_x == 500);
    expect_window(0, 500);
    grow(900);
    expect_window(0, 500);
    assert_null(move(CHART_CURSOR_LEFT));
    const double there = view.cursor_x;
    assert_true(there < 500 && there > 480); // about a cell of 500 / 50
    grow(1000);
    assert_true(view.cursor_x == there);
    assert_null(move(CHART_CURSOR_RIGHT));
    assert_true(fabs(view.cursor_x - 500) <= 1);
    assert_null(move(CHART_CURSOR_LAST)); // the window goes along
    assert_true(view.cursor_x == 1000);
    expect_window(500, 1000);
    assert_string_equal(move(CHART_CURSOR_RIGHT), "the last point");
    assert_null(move(CHART_CURSOR_FIRST));
    assert_true(view.cursor_x == 1);
    expect_window(1, 501);
    assert_string_equal(move(CHART_CURSOR_LEFT), "the first point");
    // Everything in sight does not follow while a cursor is there.
    assert_null(move(CHART_ZOOM_OUT));
    expect_window(0, 1000);
    assert_string_equal(move(CHART_ZOOM_OUT), "everything is shown");
    assert_true(view.window);
}

// Points far apart: the cursor goes to the next one, not nowhere.
static void the_cursor_goes_from_point_to_point(void **state) {
    (void)state;
    grow(3);
    assert_null(move(CHART_CURSOR_RIGHT));
    assert_true(view.cursor_x == 3);
    assert_null(move(CHART_CURSOR_LEFT));
    assert_true(view.cursor_x == 2);
    assert_null(move(CHART_CURSOR_LEFT));
    assert_true(view.cursor_x == 1);
    grow(1);
    assert_null(move(CHART_CURSOR_LAST));
    assert_true(view.cursor_x == 1);
}

static void zoom_keeps_the_cursor_where_it_is(void **state) {
    (void)state;
    grow(1000);
    view = (ChartView){.cursor = true, .cursor_x = 250};
    assert_null(move(CHART_ZOOM_IN));
    expect_window(125, 625); // a quarter of the width is left of it, as before
    assert_null(move(CHART_ZOOM_IN));
    expect_window(187.5, 437.5);
    for (int i = 0; i < 100 && !move(CHART_ZOOM_IN); i++) {
        assert_true(view.x_low <= 250 && view.x_high >= 250);
    }
    assert_string_equal(move(CHART_ZOOM_IN), "no closer");
    assert_true(view.x_high - view.x_low >= 2 - 1e-9);
}

static void panning_stays_inside(void **state) {
    (void)state;
    assert_string_equal(move(CHART_PAN_LEFT), "everything is shown; z zooms in");
    grow(1000);
    assert_null(move(CHART_ZOOM_IN));
    assert_string_equal(move(CHART_PAN_RIGHT), "the newest points");
    assert_null(move(CHART_PAN_LEFT));
    expect_window(375, 875);
    for (int i = 0; i < 3; i++) {
        assert_null(move(CHART_PAN_LEFT));
    }
    expect_window(0, 500);
    assert_string_equal(move(CHART_PAN_LEFT), "the first points");
    assert_null(move(CHART_ZOOM_OUT)); // without a cursor it follows again
    assert_false(view.window);
}

static void scales(void **state) {
    (void)state;
    x[0] = 0;
    assert_null(move(CHART_ZOOM_IN));
    while (!move(CHART_PAN_LEFT)) {
    }
    expect_window(0, 250);
    assert_null(move(CHART_LOG_X)); // zero is not on it
    expect_window(2, 250);
    assert_null(move(CHART_ZOOM_IN));
    expect_window(sqrt(2 * 250.0) / pow(125, 0.25), sqrt(2 * 250.0) * pow(125, 0.25));
    assert_null(move(CHART_LOG_X));
    assert_false(view.log_x);
    grow(1); // only zero
    view = (ChartView){0};
    assert_string_equal(move(CHART_LOG_X), "nothing to the right of zero");
    grow(500);
    assert_null(move(CHART_LOG_Y));
    assert_true(view.log_y);
    assert_null(move(CHART_RANGE));
    assert_int_equal(view.range, RANGE_FROM_ZERO);
    view.log_y = false;
    assert_null(move(CHART_RANGE));
    assert_int_equal(view.range, RANGE_FIXED);
    assert_true(view.y_low == 0 && view.y_high >= 0.5); // as it was
    assert_null(move(CHART_RANGE));
    assert_int_equal(view.range, RANGE_AUTO);
}

static void smoothing(void **state) {
    (void)state;
    assert_string_equal(move(CHART_SMOOTH_MORE), "no curve here is smoothed");
    chart.series[0].smoothed = true;
    view.smoothing = 0.93; // between two steps
    assert_null(move(CHART_SMOOTH_MORE));
    assert_true(view.smoothing == 0.95);
    assert_null(move(CHART_SMOOTH_LESS));
    assert_true(view.smoothing == 0.9);
    while (!move(CHART_SMOOTH_LESS)) {
    }
    assert_true(view.smoothing == 0);
    while (!move(CHART_SMOOTH_MORE)) {
    }
    assert_true(view.smoothing == 0.999);
    assert_string_equal(move(CHART_SMOOTH_MORE), "no smoother");
}

static void charts_share_the_axis(void **state) {
    (void)state;
    ChartView other = {.smoothing = 0.5, .log_y = true};
    assert_null(move(CHART_CURSOR_LEFT));
    assert_null(move(CHART_LOG_X));
    chart_view_share(&view, &other);
    assert_true(other.cursor && other.cursor_x == 500 && other.log_x && other.window);
    assert_true(other.smoothing == 0.5 && other.log_y);
}

// Whatever is pressed, the view stays one that can be drawn.
static void any_moves(void **state) {
    (void)state;
    unsigned random = 7;
    chart.series[0].smoothed = true;
    y[100] = NAN;
    y[200] = -INFINITY;
    x[0] = 0;
    for (int i = 0; i < 4000; i++) {
        random = random * 1103515245u + 12345u;
        if (random % 64 == 0) {
            grow(1 + (random >> 8) % POINTS);
        }
        ChartExtent extent;
        if (!chart_extent(&chart, &view, 1 + (int)(random >> 10) % 40, 1 + (int)(random >> 12) % 90,
                          &extent)) {
            assert_true(view.log_x); // nothing but zero
            view.log_x = false;
            continue;
        }
        chart_view_move(&view, (ChartMove)((random >> 16) % CHART_MOVES), &extent);
        double low, high;
        if (!chart_extent(&chart, &view, ROWS, COLUMNS, &extent)) {
            fail_msg("move %u left nothing", (random >> 16) % CHART_MOVES);
        }
        chart_view_shown(&view, &extent, &low, &high);
        assert_true(isfinite(low) && isfinite(high) && low < high);
        assert_true(!view.log_x || low > 0);
        assert_true(view.smoothing >= 0 && view.smoothing < 1);
        assert_true(!view.cursor || isfinite(view.cursor_x));
    }
}

static void expect_row(const char *expected) {
    static const CellStyle style = {SYMBOLS_ASCII, COLOURS_MONO, THEME_DARK};
    CellGrid grid;
    Scene scene;
    char text[256];
    assert_true(cells_init(&grid, ROWS, COLUMNS));
    scene_init(&scene, COLUMNS, ROWS);
    figure_chart(&scene, &(Heading){0}, &chart, &view);
    assert_true(cells_draw(&grid, 0, 0, &scene, &style));
    cells_row_text(&grid, 1, text, sizeof text);
    assert_string_equal(text, expected);
    scene_clear(&scene);
    cells_clear(&grid);
}

// The legend reads the values at the cursor, with as many digits as there is room for.
static void the_cursor_reads_exact_values(void **state) {
    (void)state;
    y[122] = 1.0 / 3;
    view = (ChartView){.cursor = true, .cursor_x = 123.4};
    expect_row("- q 0.333333");
    double error[POINTS];
    for (int i = 0; i < POINTS; i++) {
        error[i] = 0.0123456;
    }
    chart.series[0].error = error;
    expect_row("- q 0.333333 ~0.01235");
    chart.series[0].error = NULL;
    chart.series[0].smoothed = true;
    view.smoothing = 0.5;
    expect_row("- q 0.333333 smoothed 0.2272");
    y[122] = NAN;
    expect_row("- q NaN smoothed NaN");
    // Four curves with long names: letters must do.
    chart.series[0].smoothed = false;
    y[122] = 1.0 / 3;
    for (int s = 0; s < 4; s++) {
        chart.series[s] = chart.series[0];
        chart.series[s].name = "a name that is too long";
        chart.series[s].letter = (char)('a' + s);
    }
    chart.series_count = 4;
    expect_row("a 0.333333  b 0.333333  c 0.333333  d 0.333333");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(the_extent_is_that_of_the_axis, set_up),
        cmocka_unit_test_setup(a_band_widens_the_axis, set_up),
        cmocka_unit_test_setup(it_follows_until_it_is_held, set_up),
        cmocka_unit_test_setup(the_cursor_holds_the_chart, set_up),
        cmocka_unit_test_setup(the_cursor_goes_from_point_to_point, set_up),
        cmocka_unit_test_setup(zoom_keeps_the_cursor_where_it_is, set_up),
        cmocka_unit_test_setup(panning_stays_inside, set_up),
        cmocka_unit_test_setup(scales, set_up),
        cmocka_unit_test_setup(smoothing, set_up),
        cmocka_unit_test_setup(charts_share_the_axis, set_up),
        cmocka_unit_test_setup(any_moves, set_up),
        cmocka_unit_test_setup(the_cursor_reads_exact_values, set_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
