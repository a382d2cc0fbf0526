// Histograms, filter sheets, tables, pages and sentences.
#include "views/cells.h"
#include "views/figure.h"
#include "views/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const Heading plain = {false, false};
static const CellStyle ascii = {SYMBOLS_ASCII, COLOURS_MONO, THEME_DARK};

enum { LINES = 40, WIDTH = 512 };

typedef struct {
    char rows[LINES][WIDTH];
} Page;

// The scene as lines of ASCII; clears the scene.
static Page printed(Scene *scene) {
    Page page;
    CellGrid grid;
    memset(&page, 0, sizeof page);
    assert_false(scene->failed);
    assert_true(cells_init(&grid, (int)scene->height, (int)scene->width));
    assert_true(cells_draw(&grid, 0, 0, scene, &ascii));
    for (int row = 0; row < grid.rows && row < LINES; row++) {
        cells_row_text(&grid, row, page.rows[row], WIDTH);
    }
    cells_clear(&grid);
    scene_clear(scene);
    return page;
}

static HistogramView histogram_of(double low, double high) {
    HistogramView histogram = {.name = "theta merge", .low = low, .high = high};
    for (int i = 0; i < 9; i++) {
        histogram.percentiles[i] = i - 4;
    }
    return histogram;
}

static void test_histogram_says_what_is_in_no_bin(void **state) {
    (void)state;
    HistogramView histogram = histogram_of(-2, 2);
    histogram.bins[0] = 1000;
    histogram.under = 3;
    histogram.nan = 17;
    histogram.negative_infinity = 2;
    Scene scene;
    scene_init(&scene, 70, 12);
    figure_histogram(&scene, &plain, &histogram, "none");
    Page page = printed(&scene);
    assert_string_equal(page.rows[0], "theta merge  NaN 17  -Inf 2  1,022 values  below 3");
    assert_non_null(strstr(page.rows[1], "1000+"));
    assert_non_null(strstr(page.rows[10], "-2"));
    assert_non_null(strstr(page.rows[10], "2"));
    assert_string_equal(page.rows[11], "median 0  16-84 % -2 .. 2  range -4 .. 4");
    scene_init(&scene, 70, 12);
    figure_histogram(&scene, &plain, NULL, "no outer step yet");
    page = printed(&scene);
    assert_non_null(strstr(page.rows[6], "no outer step yet"));
}

// The bars' areas are the bins' shares, however many columns there are.
static void test_bars_are_true_to_the_bins(void **state) {
    (void)state;
    HistogramView histogram = histogram_of(0, 1);
    for (int bin = 0; bin < SNAPSHOT_BINS; bin++) {
        histogram.bins[bin] = bin < SNAPSHOT_BINS / 2 ? 300 : 100;
    }
    for (int columns = 10; columns < 150; columns += 7) {
        Scene scene;
        scene_init(&scene, columns, 20);
        figure_histogram(&scene, &plain, &histogram, "none");
        double left = 0, right = 0, middle = 0;
        for (size_t i = 0; i < scene.shape_count; i++) {
            if (scene.shapes[i].kind == SHAPE_BAR) {
                middle = middle == 0 ? scene.shapes[i].box.x0 : middle;
            }
        }
        middle = (middle + columns) / 2;
        for (size_t i = 0; i < scene.shape_count; i++) {
            const Box *box = &scene.shapes[i].box;
            if (scene.shapes[i].kind == SHAPE_BAR) {
                double area = (box->x1 - box->x0) * (box->y1 - box->y0);
                double centre = (box->x0 + box->x1) / 2;
                left += centre < middle ? area : 0;
                right += centre > middle ? area : 0;
            }
        }
        assert_false(!(fabs(left / right - 3) <= 0.35)); // one bar may straddle the middle
        scene_clear(&scene);
    }
}

static FiltersView filters_of(int size, int channels, int units) {
    FiltersView filters = {.height = size, .width = size, .channels = channels, .units = units};
    size_t count = (size_t)(size * size * channels * units);
    filters.weights = malloc(count * sizeof *filters.weights);
    assert_non_null(filters.weights);
    for (size_t i = 0; i < count; i++) {
        filters.weights[i] = (float)((int)(i * 2654435761u >> 8 & 0xffff) - 32768) * 1e-4f;
    }
    snprintf(filters.caption, sizeof filters.caption, "a caption");
    return filters;
}

static void test_filters_are_normalised_each(void **state) {
    (void)state;
    FiltersView filters = filters_of(4, 1, 6);
    for (int i = 0; i < 16; i++) {
        filters.weights[i * 6 + 2] = i == 5 ? -8 : i == 6 ? 2 : 0; // unit 2: from -1 to 0.25
        filters.weights[i * 6 + 3] = 0;                            // unit 3: nothing but zero
    }
    filters.weights[7 * 6 + 4] = NAN;
    int columns, rows;
    filters_size(&filters, 1, 3, &columns, &rows);
    Scene scene;
    scene_init(&scene, columns, rows);
    figure_filters(&scene, &plain, &filters, 1, 0);
    int tiles = 0;
    for (size_t i = 0; i < scene.shape_count; i++) {
        const Shape *shape = &scene.shapes[i];
        if (shape->kind != SHAPE_IMAGE) {
            continue;
        }
        const float *samples = scene.samples + shape->first;
        float largest = 0;
        for (int k = 0; k < 16; k++) {
            largest = isfinite(samples[k]) ? fmaxf(largest, fabsf(samples[k])) : largest;
        }
        assert_true(tiles == 3 ? largest == 0 : largest == 1);
        if (tiles == 2) {
            assert_true(samples[5] == -1 && samples[6] == 0.25f && samples[0] == 0);
        }
        assert_true(tiles != 4 || isnan(samples[7]));
        assert_true(shape->box.x1 <= columns && shape->box.y1 <= rows);
        tiles++;
    }
    assert_int_equal(tiles, 6);
    Page page = printed(&scene);
    assert_string_equal(page.rows[0], "first-layer filters");
    assert_string_equal(page.rows[rows - 1], "a caption");
    free(filters.weights);
}

static void test_filters_of_any_size(void **state) {
    (void)state;
    static const int sizes[] = {1, 3, 14, 28}, channels[] = {1, 3};
    for (int s = 0; s < 4; s++) {
        for (int c = 0; c < 2; c++) {
            FiltersView filters = filters_of(sizes[s], channels[c], 37);
            for (int rows = 1; rows < 30; rows += 3) {
                for (int columns = 1; columns < 90; columns += 11) {
                    Scene scene;
                    scene_init(&scene, columns, rows);
                    figure_filters(&scene, &plain, &filters, 1, rows * 2 - 5);
                    printed(&scene);
                }
            }
            int columns, rows;
            filters_size(&filters, 0.5, 0, &columns, &rows);
            Scene scene;
            scene_init(&scene, columns, rows);
            figure_filters(&scene, &plain, &filters, 0.5, 0);
            int tiles = 0;
            for (size_t i = 0; i < scene.shape_count; i++) {
                tiles += scene.shapes[i].kind == SHAPE_IMAGE;
            }
            assert_int_equal(tiles, 37); // the stated size shows them all
            scene_clear(&scene);
            free(filters.weights);
        }
    }
    Scene scene;
    scene_init(&scene, 60, 10);
    figure_filters(&scene, &plain, &(FiltersView){0}, 1, 0);
    Page page = printed(&scene);
    assert_non_null(strstr(page.rows[5], "no evaluation yet"));
}

static const char *const entries[] = {
    "1", "glyphs 14-way rotated", "0.91", "2", "moons", "1.02", "3", "x", "NaN"};

static Table table_of(int rows) {
    return (Table){.title = "things",
                   .empty = "nothing here",
                   .columns = {{"#", 0, ALIGN_RIGHT, 2},
                               {"task", 6, ALIGN_LEFT, 0},
                               {"loss", 0, ALIGN_RIGHT, 1}},
                   .column_count = 3,
                   .entries = entries,
                   .row_count = rows,
                   .selected = -1};
}

static void test_tables_shrink_then_leave_out(void **state) {
    (void)state;
    Table table = table_of(3);
    Scene scene;
    scene_init(&scene, 40, 6);
    figure_table(&scene, &plain, &table);
    Page page = printed(&scene);
    assert_string_equal(page.rows[1], "# task                  loss");
    assert_string_equal(page.rows[2], "1 glyphs 14-way rotated 0.91");
    scene_init(&scene, 16, 6);
    figure_table(&scene, &plain, &table);
    page = printed(&scene);
    assert_string_equal(page.rows[2], "1 glyphs 1~ 0.91");
    scene_init(&scene, 12, 6);
    figure_table(&scene, &plain, &table); // '#' is the least important
    page = printed(&scene);
    assert_string_equal(page.rows[2], "glyphs~ 0.91");
    scene_init(&scene, 4, 6);
    figure_table(&scene, &plain, &table);
    page = printed(&scene);
    assert_string_equal(page.rows[2], "gly~");
}

static void test_tables_scroll(void **state) {
    (void)state;
    Table table = table_of(3);
    Scene scene;
    table.first = 9; // further than there is
    table.selected = 2;
    scene_init(&scene, 40, 4);
    figure_table(&scene, &plain, &table);
    Page page = printed(&scene);
    assert_string_equal(page.rows[0], "things  2-3 of 3");
    assert_string_equal(page.rows[2], "2 moons                 1.02");
    assert_int_equal(page.rows[3][39], '<');
    table = table_of(0);
    scene_init(&scene, 40, 5);
    figure_table(&scene, &plain, &table);
    page = printed(&scene);
    assert_non_null(strstr(page.rows[2], "nothing here"));
}

static void test_pages_and_sentences(void **state) {
    (void)state;
    static const char *const lines[] = {"Keys", "q\tquit", "space\tpause or resume", "\tand more"};
    Scene scene;
    scene_init(&scene, 30, 5);
    figure_page(&scene, &plain, "help", lines, 4, 0);
    Page page = printed(&scene);
    assert_string_equal(page.rows[0], "help");
    assert_string_equal(page.rows[2], " q      quit");
    assert_string_equal(page.rows[3], " space  pause or resume");
    scene_init(&scene, 30, 3);
    figure_page(&scene, &plain, "help", lines, 4, 2);
    page = printed(&scene);
    assert_string_equal(page.rows[0], "help  lines 3-4 of 4");
    scene_init(&scene, 14, 6);
    figure_sentence(&scene, "a sentence that is longer than the line", INK_DIM);
    page = printed(&scene);
    assert_string_equal(page.rows[1], "  a sentence");
    assert_string_equal(page.rows[2], "   that is");
    scene_init(&scene, 20, 1);
    figure_heading(&scene, &(Heading){.rule = true, .focused = true}, "title", "alarm", "note");
    page = printed(&scene);
    assert_string_equal(page.rows[0], "> title  alarm  note");
    scene_init(&scene, 20, 1);
    figure_heading(&scene, &(Heading){.rule = true}, "title", "", "note");
    page = printed(&scene);
    assert_string_equal(page.rows[0], "title  note --------");
}

static Bars some_bars(void) {
    return (Bars){.title = "fashion",
                  .axis = "accuracy",
                  .empty = "nothing is measured yet",
                  .group = {"relu", "tanh"},
                  .series = {"random", "rule"},
                  .group_count = 2,
                  .series_count = 2,
                  .value = {{0.25, 0.5}, {NAN, 0.125}},
                  .error = {{0.01, NAN}, {NAN, 0.02}}};
}

static int count_marks(const char *row, char mark) {
    int count = 0;
    for (; *row != '\0'; row++) {
        count += *row == mark;
    }
    return count;
}

static void test_lying_bars(void **state) {
    (void)state;
    Bars bars = some_bars();
    Scene scene;
    assert_int_equal(bars_height(&bars), 10);
    scene_init(&scene, 80, bars_height(&bars));
    figure_bars(&scene, &plain, &bars);
    Page page = printed(&scene);
    assert_string_equal(page.rows[0], "fashion");
    assert_memory_equal(page.rows[1], "relu  random |", 14);
    assert_memory_equal(page.rows[2], "      rule   |", 14);
    assert_memory_equal(page.rows[4], "tanh  random |", 14);
    assert_non_null(strstr(page.rows[1], "0.250 "));
    assert_non_null(strstr(page.rows[1], " 0.010"));
    assert_non_null(strstr(page.rows[2], "0.500"));
    assert_non_null(strstr(page.rows[4], "N/A"));
    assert_int_equal(count_marks(page.rows[4], '#'), 0);
    // Twice the value, twice the bar; the whisker lies over the end of one.
    const int half = count_marks(page.rows[1], '#'), whole = count_marks(page.rows[2], '#');
    assert_true(whole > 30 && abs(whole - 2 * half) <= 4);
    assert_non_null(strstr(page.rows[8], "0.5"));
    assert_non_null(strstr(page.rows[9], "accuracy"));
}

static void test_lying_bars_of_any_size(void **state) {
    (void)state;
    Bars bars = some_bars();
    for (int columns = 1; columns < 60; columns += 3) {
        for (int rows = 1; rows < 12; rows++) {
            Scene scene;
            scene_init(&scene, columns, rows);
            figure_bars(&scene, &plain, &bars);
            printed(&scene);
        }
    }
    Scene scene;
    scene_init(&scene, 60, 6);
    figure_bars(&scene, &plain, &(Bars){.title = "none", .empty = "nothing is measured yet"});
    Page page = printed(&scene);
    assert_non_null(strstr(page.rows[3], "nothing is measured yet"));
    // One series needs no name.
    bars.series_count = 1;
    scene_init(&scene, 80, bars_height(&bars));
    figure_bars(&scene, &plain, &bars);
    page = printed(&scene);
    assert_memory_equal(page.rows[2], "tanh |", 6);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_histogram_says_what_is_in_no_bin),
        cmocka_unit_test(test_bars_are_true_to_the_bins),
        cmocka_unit_test(test_filters_are_normalised_each),
        cmocka_unit_test(test_filters_of_any_size),
        cmocka_unit_test(test_tables_shrink_then_leave_out),
        cmocka_unit_test(test_tables_scroll),
        cmocka_unit_test(test_pages_and_sentences),
        cmocka_unit_test(test_lying_bars),
        cmocka_unit_test(test_lying_bars_of_any_size),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
