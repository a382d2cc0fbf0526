// Line charts: axes, smoothing, thinning, what is not finite, and every size without harm.
#include "views/axis.h"
#include "views/cells.h"
#include "views/figure.h"
#include "views/series.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static void check_close(double a, double b) {
    assert_false(!(fabs(a - b) <= 1e-12 + 1e-9 * fabs(b)));
}

static const CellStyle ascii = {SYMBOLS_ASCII, COLOURS_MONO, THEME_DARK};

// -- Smoothing and thinning
// ---------------------------------------------------------------------------

static void test_smoothing_is_exact_on_constants(void **state) {
    (void)state;
    double y[1000], smooth[1000];
    for (int i = 0; i < 1000; i++) {
        y[i] = 0.1 + 0.2; // not a round number
    }
    for (double factor = 0; factor < 0.9999; factor = factor * 0.5 + 0.4999) {
        series_smooth(y, NULL, 1000, factor, smooth);
        for (int i = 0; i < 1000; i++) {
            assert_true(smooth[i] == y[i]); // to the bit
        }
        if (factor > 0.9995) {
            break;
        }
    }
}

// Against the definition: the weighted mean of what has come so far.
static void test_smoothing_is_a_weighted_mean(void **state) {
    (void)state;
    const double y[] = {3, NAN, 1, 4, INFINITY, 1, 5};
    double smooth[7], factor = 0.8;
    series_smooth(y, NULL, 7, factor, smooth);
    for (int i = 0; i < 7; i++) {
        double sum = 0, weights = 0, weight = 1;
        for (int k = i; k >= 0; k--) {
            if (isfinite(y[k])) {
                sum += weight * y[k];
                weights += weight;
                weight *= factor;
            }
        }
        if (isfinite(y[i])) {
            check_close(smooth[i], sum / weights);
        } else {
            assert_true(isnan(smooth[i]));
        }
    }
    double own[7];
    memcpy(own, y, sizeof own);
    series_smooth(own, NULL, 7, factor, own); // in place
    check_close(own[6], smooth[6]);
}

// A point that is the mean of three equal values is smoothed as the three would be.
static void test_smoothing_counts_what_a_point_stands_for(void **state) {
    (void)state;
    const double each[] = {2, 5, 5, 5, 1}, together[] = {2, 5, 1}, steps[] = {0, 3, 1};
    double of_each[5], of_together[3];
    series_smooth(each, NULL, 5, 0.7, of_each);
    series_smooth(together, steps, 3, 0.7, of_together);
    check_close(of_together[0], of_each[0]);
    check_close(of_together[1], of_each[3]);
    check_close(of_together[2], of_each[4]);
}

static void test_thinning_keeps_spikes_and_gaps(void **state) {
    (void)state;
    enum { COUNT = 100000 };
    Point *points = malloc(COUNT * sizeof *points);
    assert_non_null(points);
    for (int i = 0; i < COUNT; i++) {
        points[i] = (Point){i * 80.0 / COUNT, 5};
    }
    points[31415].y = -7; // one point in a hundred thousand each
    points[92653].y = 70;
    for (int i = 58000; i < 60000; i++) {
        points[i].y = NAN;
    }
    size_t kept = series_thin(points, COUNT, 0.125);
    assert_in_range(kept, 640, 4 * 641);
    double lowest = INFINITY, highest = -INFINITY;
    size_t gaps = 0;
    for (size_t i = 0; i < kept; i++) {
        lowest = points[i].y < lowest ? points[i].y : lowest;
        highest = points[i].y > highest ? points[i].y : highest;
        gaps += isnan(points[i].y);
        assert_true(i == 0 || points[i].x >= points[i - 1].x);
    }
    check_close(lowest, -7);
    check_close(highest, 70);
    assert_in_range(gaps, 10, 20);
    free(points);
    Point few[3] = {{0, 1}, {0.01, NAN}, {0.02, 2}};
    assert_int_equal(series_thin(few, 3, 1), 3); // few points stay as they are
    assert_int_equal(series_thin(few, 0, 1), 0);
}

static void test_search(void **state) {
    (void)state;
    const double x[] = {1, 2, 2, 5};
    assert_int_equal(series_search(x, 4, 0), 0);
    assert_int_equal(series_search(x, 4, 2), 1);
    assert_int_equal(series_search(x, 4, 3), 3);
    assert_int_equal(series_search(x, 4, 6), 4);
    assert_int_equal(series_search(x, 0, 6), 0);
}

// -- Axes
// ---------------------------------------------------------------------------------------------

static void check_axis(double low, double high, bool logarithmic, int wanted, bool widen) {
    Axis axis;
    axis_init(&axis, low, high, logarithmic, wanted, widen, false);
    assert_true(isfinite(axis.low) && isfinite(axis.high) && axis.low < axis.high);
    assert_in_range(axis.tick_count, 2, AXIS_TICKS);
    double before = -INFINITY;
    for (int i = 0; i < axis.tick_count; i++) {
        double share = axis_fraction(&axis, axis.ticks[i]);
        assert_true(share >= -1e-5 && share <= 1 + 1e-5);
        assert_true(axis.ticks[i] > before);
        before = axis.ticks[i];
        char label[32];
        assert_true(strlen(axis_label(&axis, axis.ticks[i], label, sizeof label)) > 0);
    }
    if (fabs(low) < 1e299 && fabs(high) < 1e299) {
        assert_true(axis_fraction(&axis, low) >= -1e-5 && axis_fraction(&axis, high) <= 1 + 1e-5);
    }
}

static void test_axes_of_any_range_have_ticks(void **state) {
    (void)state;
    static const double ends[] = {-DBL_MAX, -1e12,  -3.7, -1,   -1e-9, -5e-324,
                                  0,        5e-324, 1e-9, 0.1,  0.5,   0.9,
                                  1,        1.0001, 7,    1234, 1e12,  DBL_MAX};
    int count = sizeof ends / sizeof *ends;
    for (int i = 0; i < count; i++) {
        for (int k = i; k < count; k++) {
            for (int wanted = 1; wanted < 40; wanted += 3) {
                check_axis(ends[i], ends[k], false, wanted, true);
                if (ends[i] > 1e-300) {
                    check_axis(ends[i], ends[k], true, wanted, true);
                    check_axis(ends[i], ends[k], true, wanted, false);
                }
            }
        }
    }
}

static void test_ticks_are_round(void **state) {
    (void)state;
    Axis axis;
    char label[32];
    axis_init(&axis, 0.37, 0.69, false, 3, true, false);
    assert_int_equal(axis.tick_count, 2);
    assert_string_equal(axis_label(&axis, axis.ticks[0], label, sizeof label), "0.4");
    assert_string_equal(axis_label(&axis, axis.ticks[1], label, sizeof label), "0.6");
    axis_init(&axis, 1, 1000, true, 5, true, false);
    assert_int_equal(axis.tick_count, 4);
    check_close(axis.ticks[3], 1000);
    check_close(axis_fraction(&axis, 10), 1.0 / 3);
    assert_true(isnan(axis_fraction(&axis, 0)));
    axis_init(&axis, 0, 3, false, 20, false, true); // outer steps: whole ticks only
    assert_int_equal(axis.tick_count, 4);
}

// -- Charts
// -------------------------------------------------------------------------------------------

enum { COLUMNS = 40, ROWS = 12 };

typedef struct {
    char rows[ROWS][COLUMNS * 4 + 1];
    Cell cells[ROWS][COLUMNS];
} Picture;

static Picture draw(const Chart *chart, const ChartView *view) {
    static const Heading heading = {false, false};
    Picture picture;
    Scene scene;
    CellGrid grid;
    scene_init(&scene, COLUMNS, ROWS);
    figure_chart(&scene, &heading, chart, view);
    assert_false(scene.failed);
    assert_true(cells_init(&grid, ROWS, COLUMNS));
    assert_true(cells_draw(&grid, 0, 0, &scene, &ascii));
    for (int row = 0; row < ROWS; row++) {
        cells_row_text(&grid, row, picture.rows[row], sizeof picture.rows[row]);
        for (int column = 0; column < COLUMNS; column++) {
            picture.cells[row][column] = *cells_at(&grid, row, column);
        }
    }
    cells_clear(&grid);
    scene_clear(&scene);
    return picture;
}

// Cells with this character and ink, the heading and legend left out.
static int count_cells(const Picture *picture, uint32_t character, Ink ink) {
    int count = 0;
    for (int row = 2; row < ROWS; row++) {
        for (int column = 0; column < COLUMNS; column++) {
            const Cell *cell = &picture->cells[row][column];
            count += cell->character == character && cell->ink == ink;
        }
    }
    return count;
}

static bool has_ink(const Picture *picture, int row, Ink ink) {
    for (int column = 6; column < COLUMNS; column++) {
        if (picture->cells[row][column].ink == ink &&
            picture->cells[row][column].character != ' ') {
            return true;
        }
    }
    return false;
}

static Chart chart_of(const double *x, const double *y, size_t count) {
    return (Chart){
        .title = "loss",
        .x_name = "step",
        .y_name = "bits",
        .empty = "no step yet",
        .series =
            {{.name = "now", .letter = 'q', .x = x, .y = y, .count = count, .ink = INK_CURVE_1}},
        .series_count = 1,
        .x_whole = true};
}

static void test_empty_chart_is_a_sentence(void **state) {
    (void)state;
    Chart chart = chart_of(NULL, NULL, 0);
    chart.references[0] = (Reference){"line", 0.5, INK_DIM};
    chart.reference_count = 1;
    Picture picture = draw(&chart, &(ChartView){0});
    assert_non_null(strstr(picture.rows[6], "no step yet"));
    assert_int_equal(count_cells(&picture, '|', INK_AXIS), 0);
}

static void test_axes_names_and_letters_are_shown(void **state) {
    (void)state;
    double x[50], y[50];
    for (int i = 0; i < 50; i++) {
        x[i] = i + 1;
        y[i] = 2 + i / 10.0;
    }
    Chart chart = chart_of(x, y, 50);
    Picture picture = draw(&chart, &(ChartView){0});
    assert_string_equal(picture.rows[0], "loss");
    assert_string_equal(picture.rows[1], "bits  q now 6.900");
    assert_non_null(strstr(picture.rows[ROWS - 1], "step"));
    assert_non_null(strstr(picture.rows[ROWS - 1], "20"));
    assert_int_equal(count_cells(&picture, 'q', INK_CURVE_1), 1);
    assert_int_equal(picture.cells[2][COLUMNS - 1].character, 'q'); // where the curve ends
}

static void test_what_is_not_finite_is_marked_and_counted(void **state) {
    (void)state;
    double x[80], y[80];
    for (int i = 0; i < 80; i++) {
        x[i] = i;
        y[i] = 1;
    }
    y[20] = NAN;
    y[40] = INFINITY;
    y[60] = -INFINITY;
    Chart chart = chart_of(x, y, 80);
    Picture picture = draw(&chart, &(ChartView){0});
    assert_string_equal(picture.rows[0], "loss  3 not finite");
    assert_int_equal(count_cells(&picture, 'x', INK_ERROR), 1);
    assert_int_equal(count_cells(&picture, '^', INK_ERROR), 1);
    assert_int_equal(count_cells(&picture, 'v', INK_ERROR), 1);
    // At their own x: a quarter, a half and three quarters of the plot.
    assert_int_equal(picture.cells[2][21].character, '^');
    // Its neighbours are still drawn: nearly the whole width holds the line.
    int drawn = 0;
    for (int row = 2; row < ROWS; row++) {
        for (int column = 0; column < COLUMNS - 2; column++) {
            drawn += picture.cells[row][column].ink == INK_CURVE_1;
        }
    }
    assert_in_range(drawn, 32, 36);
    for (int i = 0; i < 80; i++) {
        y[i] = NAN; // nothing but NaN is no reason to say that there is no data
    }
    picture = draw(&chart, &(ChartView){0});
    assert_string_equal(picture.rows[0], "loss  80 not finite");
    assert_true(count_cells(&picture, 'x', INK_ERROR) > 30);
}

static void test_spikes_survive_smoothing(void **state) {
    (void)state;
    enum { COUNT = 20000 };
    double *x = malloc(2 * COUNT * sizeof *x), *y = x + COUNT;
    assert_non_null(x);
    for (int i = 0; i < COUNT; i++) {
        x[i] = i;
        y[i] = 1 + 0.01 * (i % 7);
    }
    y[12345] = 9;
    Chart chart = chart_of(x, y, COUNT);
    chart.series[0].smoothed = true;
    Picture picture = draw(&chart, &(ChartView){.smoothing = 0.95});
    assert_string_equal(picture.rows[0], "loss  EMA 0.95");
    assert_true(has_ink(&picture, 2, INK_CURVE_1) || has_ink(&picture, 3, INK_CURVE_1));
    int dim = 0, bold = 0;
    for (int row = 2; row < ROWS; row++) {
        for (int column = 4; column < COLUMNS - 2; column++) {
            dim += picture.cells[row][column].attributes == CELL_DIM;
            bold += picture.cells[row][column].attributes == CELL_BOLD;
        }
    }
    assert_true(dim > 3);
    assert_true(bold > 25);
    free(x);
}

static void test_one_point_at_zero_has_no_negative_axis(void **state) {
    (void)state;
    double x[1] = {0}, y[1] = {0.5};
    Chart chart = chart_of(x, y, 1);
    Picture picture = draw(&chart, &(ChartView){0});
    assert_null(strstr(picture.rows[ROWS - 1], "-"));
    assert_non_null(strstr(picture.rows[ROWS - 1], "0"));
}

static void test_references_and_their_labels(void **state) {
    (void)state;
    double x[2] = {0, 10}, y[2] = {0.2, 0.9};
    Chart chart = chart_of(x, y, 2);
    chart.references[0] = (Reference){"random", 0.5, INK_DIM};
    chart.references[1] = (Reference){"unknown", NAN, INK_DIM};
    chart.reference_count = 2;
    Picture picture = draw(&chart, &(ChartView){0});
    int labels = 0, unknown = 0;
    for (int row = 0; row < ROWS; row++) {
        labels += strstr(picture.rows[row], "random 0.500") != NULL;
        unknown += strstr(picture.rows[row], "unknown") != NULL;
    }
    assert_int_equal(labels, 1);
    assert_int_equal(unknown, 0);
    assert_true(count_cells(&picture, '-', INK_DIM) > 8);
}

static void test_logarithmic_axis(void **state) {
    (void)state;
    double x[4] = {0, 1, 2, 3}, y[4] = {1, 100, -5, 10000};
    Chart chart = chart_of(x, y, 4);
    Picture picture = draw(&chart, &(ChartView){.log_y = true});
    assert_string_equal(picture.rows[0], "loss  1 not positive  log y");
    assert_int_equal(count_cells(&picture, 'v', INK_WARNING), 1);
    assert_non_null(strstr(picture.rows[2], "10000"));
}

static void test_window_range_and_cursor(void **state) {
    (void)state;
    double x[101], y[101];
    for (int i = 0; i <= 100; i++) {
        x[i] = i;
        y[i] = i;
    }
    Chart chart = chart_of(x, y, 101);
    Picture picture = draw(&chart, &(ChartView){.window = true, .x_low = 40, .x_high = 60});
    assert_non_null(strstr(picture.rows[0], "held"));
    assert_non_null(strstr(picture.rows[ROWS - 1], "50"));
    assert_null(strstr(picture.rows[ROWS - 1], "80"));
    picture = draw(&chart, &(ChartView){.window = true, .x_low = 400, .x_high = 600});
    assert_non_null(strstr(picture.rows[6], "nothing in the part that is shown"));
    picture = draw(&chart, &(ChartView){.cursor = true, .cursor_x = 33.4});
    assert_string_equal(picture.rows[0], "loss  at 33");
    assert_non_null(strstr(picture.rows[1], "33"));
    picture = draw(&chart, &(ChartView){.range = RANGE_FIXED, .y_low = 0, .y_high = 1000});
    assert_false(has_ink(&picture, 3, INK_CURVE_1)); // far below
    for (int i = 0; i <= 100; i++) {
        y[i] = 50 + i / 100.0;
    }
    picture = draw(&chart, &(ChartView){.range = RANGE_FROM_ZERO});
    assert_int_equal(picture.rows[9][1], '0');
}

static void test_accuracies_stay_between_zero_and_one(void **state) {
    (void)state;
    double x[3] = {1, 2, 3}, y[3] = {0.97, 0.99, 1};
    Chart chart = chart_of(x, y, 3);
    chart.y_limit_high = 1;
    Picture picture = draw(&chart, &(ChartView){0});
    for (int row = 0; row < ROWS; row++) {
        assert_null(strstr(picture.rows[row], "1.1"));
        assert_null(strstr(picture.rows[row], "1.05"));
    }
}

// Every size, with the ugliest numbers there are: shapes stay inside, nothing crashes (and the
// sanitizers watch).
static void test_every_size_and_ugly_numbers(void **state) {
    (void)state;
    static const double ugly[] = {NAN,    INFINITY, -INFINITY, DBL_MAX, -DBL_MAX,
                                  5e-324, 0,        -0.0,      1,       1e-9};
    enum { COUNT = 60 };
    double x[COUNT], y[COUNT], error[COUNT];
    for (int variant = 0; variant < 12; variant++) {
        for (int i = 0; i < COUNT; i++) {
            x[i] = variant == 3 ? 7 : i * (variant == 4 ? 1e300 : 1);
            y[i] = variant < 10 ? ugly[(i * 7 + variant) % (variant + 1)] : 1 + 1e-17 * i;
            error[i] = ugly[(i + variant) % 10];
        }
        Chart chart = chart_of(x, y, COUNT);
        chart.series[0].error = error;
        chart.series[0].points = true;
        chart.references[0] = (Reference){"r", ugly[variant % 10], INK_DIM};
        chart.reference_count = 1;
        ChartView view = {.smoothing = 0.9,
                          .log_y = variant % 2,
                          .log_x = variant % 3 == 2,
                          .cursor = variant % 2,
                          .cursor_x = 12,
                          .range = (RangeMode)(variant % 3),
                          .y_low = 1,
                          .y_high = 2};
        for (int rows = 1; rows <= 20; rows++) {
            for (int columns = 1; columns <= 60; columns += 1 + columns / 8) {
                Scene scene;
                CellGrid grid;
                scene_init(&scene, columns, rows);
                figure_chart(&scene, &(Heading){true, true}, &chart, &view);
                assert_false(scene.failed);
                for (size_t s = 0; s < scene.shape_count; s++) {
                    const Box *clip = &scene.shapes[s].clip;
                    assert_true(clip->x0 >= 0 && clip->y0 >= 0 && clip->x1 <= columns &&
                                clip->y1 <= rows);
                }
                assert_true(cells_init(&grid, rows, columns));
                assert_true(cells_draw(&grid, 0, 0, &scene, &ascii));
                cells_clear(&grid);
                scene_clear(&scene);
            }
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_smoothing_is_exact_on_constants),
        cmocka_unit_test(test_smoothing_is_a_weighted_mean),
        cmocka_unit_test(test_smoothing_counts_what_a_point_stands_for),
        cmocka_unit_test(test_thinning_keeps_spikes_and_gaps),
        cmocka_unit_test(test_search),
        cmocka_unit_test(test_axes_of_any_range_have_ticks),
        cmocka_unit_test(test_ticks_are_round),
        cmocka_unit_test(test_empty_chart_is_a_sentence),
        cmocka_unit_test(test_axes_names_and_letters_are_shown),
        cmocka_unit_test(test_what_is_not_finite_is_marked_and_counted),
        cmocka_unit_test(test_spikes_survive_smoothing),
        cmocka_unit_test(test_one_point_at_zero_has_no_negative_axis),
        cmocka_unit_test(test_references_and_their_labels),
        cmocka_unit_test(test_logarithmic_axis),
        cmocka_unit_test(test_window_range_and_cursor),
        cmocka_unit_test(test_accuracies_stay_between_zero_and_one),
        cmocka_unit_test(test_every_size_and_ugly_numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
