// Scenes drawn into cells: what stands where, in which characters, at each symbol level.
#include "views/cells.h"
#include "views/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <string.h>

static const CellStyle braille = {SYMBOLS_BRAILLE, COLOURS_256, THEME_DARK};
static const CellStyle block = {SYMBOLS_BLOCK, COLOURS_256, THEME_DARK};
static const CellStyle ascii = {SYMBOLS_ASCII, COLOURS_MONO, THEME_DARK};

// Draws scene at the corner of a grid of its own size and compares the rows.
static void expect_rows(const Scene *scene, const CellStyle *style, const char *const *rows) {
    CellGrid grid;
    assert_true(cells_init(&grid, (int)scene->height, (int)scene->width));
    assert_true(cells_draw(&grid, 0, 0, scene, style));
    for (int row = 0; row < grid.rows; row++) {
        char line[1024];
        cells_row_text(&grid, row, line, sizeof line);
        assert_string_equal(line, rows[row]);
    }
    cells_clear(&grid);
}

static void test_lines_in_each_symbol_level(void **state) {
    (void)state;
    Scene scene;
    scene_init(&scene, 4, 1);
    scene_line(&scene, (Point[]){{0.1, 0.9}, {3.9, 0.1}}, 2, INK_CURVE_1, WEIGHT_NORMAL,
               PATTERN_SOLID);
    expect_rows(&scene, &braille, (const char *[]){"⣀⠤⠒⠉"});
    expect_rows(&scene, &block, (const char *[]){"▄▄▀▀"});
    expect_rows(&scene, &ascii, (const char *[]){".--'"});
    scene_clear(&scene);
}

static void test_dashes_leave_every_other_cell(void **state) {
    (void)state;
    Scene scene;
    scene_init(&scene, 6, 1);
    scene_line(&scene, (Point[]){{0, 0.5}, {6, 0.5}}, 2, INK_DIM, WEIGHT_NORMAL, PATTERN_DASHED);
    expect_rows(&scene, &ascii, (const char *[]){"- - -"});
    scene_clear(&scene);
}

static void test_gaps_and_lonely_points(void **state) {
    (void)state;
    Scene scene;
    scene_init(&scene, 5, 1);
    scene_line(
        &scene,
        (Point[]){
            {0.5, 0.5}, {1.4, 0.5}, {2, NAN}, {2.5, 0.5}, {3, NAN}, {INFINITY, 0}, {4.5, 0.5}},
        7, INK_CURVE_1, WEIGHT_NORMAL, PATTERN_SOLID);
    expect_rows(&scene, &ascii, (const char *[]){"--- -"});
    scene_clear(&scene);
}

static void test_rules_join(void **state) {
    (void)state;
    Scene scene;
    scene_init(&scene, 5, 3);
    scene_rule_down(&scene, 0.95, 0, 2.05, INK_AXIS);
    scene_rule_across(&scene, 0.95, 5, 2.05, INK_AXIS);
    scene_tick(&scene, 0.95, 0.5, SIDE_LEFT, INK_AXIS);
    scene_tick(&scene, 3.2, 2.05, SIDE_DOWN, INK_AXIS);
    scene_rule_across(&scene, 0, 5, 1.5, INK_GRID); // pictures only
    expect_rows(&scene, &braille, (const char *[]){"┤", "│", "└──┬─"});
    expect_rows(&scene, &ascii, (const char *[]){"+", "|", "+--+-"});
    scene_clear(&scene);
}

static void test_later_curves_take_a_cell_over(void **state) {
    (void)state;
    Scene scene;
    CellGrid grid;
    scene_init(&scene, 1, 1);
    assert_true(cells_init(&grid, 1, 1));
    scene_line(&scene, (Point[]){{0, 0.1}, {1, 0.1}}, 2, INK_CURVE_1, WEIGHT_DIM, PATTERN_SOLID);
    scene_line(&scene, (Point[]){{0, 0.4}, {1, 0.4}}, 2, INK_CURVE_1, WEIGHT_DIM, PATTERN_SOLID);
    cells_draw(&grid, 0, 0, &scene, &braille);
    assert_int_equal(cells_at(&grid, 0, 0)->character, 0x281b); // both: upper two rows of dots
    assert_int_equal(cells_at(&grid, 0, 0)->attributes, CELL_DIM);
    scene_line(&scene, (Point[]){{0, 0.9}, {1, 0.9}}, 2, INK_CURVE_1, WEIGHT_BOLD, PATTERN_SOLID);
    cells_blank(&grid);
    cells_draw(&grid, 0, 0, &scene, &braille);
    assert_int_equal(cells_at(&grid, 0, 0)->character, 0x28c0); // the last row alone
    assert_int_equal(cells_at(&grid, 0, 0)->attributes, CELL_BOLD);
    // A band lies behind: it leaves cells that are taken alone.
    scene_band(&scene, (Point[]){{0, 0}, {1, 0}}, (Point[]){{0, 1}, {1, 1}}, 2, INK_CURVE_2);
    cells_blank(&grid);
    cells_draw(&grid, 0, 0, &scene, &braille);
    assert_int_equal(cells_at(&grid, 0, 0)->character, 0x28c0);
    cells_clear(&grid);
    scene_clear(&scene);
}

static void test_text_alignment_and_clipping(void **state) {
    (void)state;
    Scene scene;
    scene_init(&scene, 9, 4);
    scene_text(&scene, 9, 0.5, ALIGN_RIGHT, INK_TEXT, WEIGHT_NORMAL, "right");
    scene_text(&scene, 4.5, 1.5, ALIGN_CENTRE, INK_TEXT, WEIGHT_NORMAL, "mid");
    scene_text(&scene, -2, 2.5, ALIGN_LEFT, INK_TEXT, WEIGHT_NORMAL, "abcdefghijklmnop");
    scene_clip(&scene, (Box){2, 3, 5, 4});
    scene_text(&scene, 0, 3.5, ALIGN_LEFT, INK_TEXT, WEIGHT_NORMAL, "123456789");
    expect_rows(&scene, &braille, (const char *[]){"    right", "   mid", "cdefghijk", "  345"});
    scene_clear(&scene);
}

static void test_wide_characters(void **state) {
    (void)state;
    Scene scene;
    CellGrid grid;
    scene_init(&scene, 4, 1);
    assert_true(cells_init(&grid, 1, 4));
    scene_text(&scene, 0, 0.5, ALIGN_LEFT, INK_TEXT, WEIGHT_NORMAL, "中文");
    cells_draw(&grid, 0, 0, &scene, &braille);
    assert_int_equal(cells_at(&grid, 0, 0)->character, 0x4e2d);
    assert_int_equal(cells_at(&grid, 0, 1)->character, 0);
    assert_int_equal(cells_at(&grid, 0, 2)->character, 0x6587);
    assert_int_equal(cells_at(&grid, 0, 3)->character, 0);
    // Overwriting either half leaves no half behind.
    scene_reset(&scene, 4, 1);
    scene_text(&scene, 1, 0.5, ALIGN_LEFT, INK_TEXT, WEIGHT_NORMAL, "xy");
    cells_draw(&grid, 0, 0, &scene, &braille);
    char line[32];
    cells_row_text(&grid, 0, line, sizeof line);
    assert_string_equal(line, " xy");
    // At the edge there is no room for the second half.
    scene_reset(&scene, 4, 1);
    scene_text(&scene, 3, 0.5, ALIGN_LEFT, INK_TEXT, WEIGHT_NORMAL, "中");
    cells_draw(&grid, 0, 0, &scene, &braille);
    assert_int_equal(cells_at(&grid, 0, 3)->character, '?');
    cells_clear(&grid);
    scene_clear(&scene);
    scene_init(&scene, 10, 1);
    scene_text(&scene, 0, 0.5, ALIGN_LEFT, INK_TEXT, WEIGHT_NORMAL, "θ ± 1…中");
    expect_rows(&scene, &ascii, (const char *[]){"t ~ 1~??"});
    scene_clear(&scene);
}

static void test_no_escape_reaches_a_cell(void **state) {
    (void)state;
    Scene scene;
    scene_init(&scene, 12, 1);
    scene_text(&scene, 0, 0.5, ALIGN_LEFT, INK_TEXT, WEIGHT_NORMAL,
               "\x1b[2Jrun\n\x9b"
               "1m");
    expect_rows(&scene, &braille, (const char *[]){"?[2Jrun??1m"});
    scene_clear(&scene);
}

static void test_bars_have_eighths(void **state) {
    (void)state;
    Scene scene;
    scene_init(&scene, 4, 2);
    scene_bar(&scene, (Box){0, 0, 1, 2}, SIDE_UP, INK_CURVE_1);
    scene_bar(&scene, (Box){1, 0.5, 2, 2}, SIDE_UP, INK_CURVE_1);
    scene_bar(&scene, (Box){2, 1.875, 3, 2}, SIDE_UP, INK_CURVE_1);
    expect_rows(&scene, &braille, (const char *[]){"█▄", "██▁"});
    expect_rows(&scene, &ascii, (const char *[]){"##", "##."});
    scene_clear(&scene);
    scene_init(&scene, 4, 1);
    scene_bar(&scene, (Box){0, 0, 2.25, 1}, SIDE_RIGHT, INK_CURVE_1);
    expect_rows(&scene, &braille, (const char *[]){"██▎"});
    scene_clear(&scene);
}

static void test_images_are_half_blocks(void **state) {
    (void)state;
    Scene scene;
    CellGrid grid;
    const float samples[4] = {-1, 0, 1, NAN};
    scene_init(&scene, 2, 1);
    assert_true(cells_init(&grid, 1, 2));
    scene_image(&scene, (Box){0, 0, 2, 1}, MAP_DIVERGING, 2, 2, samples);
    cells_draw(&grid, 0, 0, &scene, &braille);
    assert_int_equal(cells_at(&grid, 0, 0)->character, 0x2580);
    assert_int_equal(cells_at(&grid, 0, 0)->ink, CELL_DIVERGING);
    assert_int_equal(cells_at(&grid, 0, 0)->paper, CELL_DIVERGING + CELL_DIVERGING_STEPS - 1);
    assert_int_equal(cells_at(&grid, 0, 1)->character, 'x'); // NaN is an error, not a colour
    assert_int_equal(cells_at(&grid, 0, 1)->ink, INK_ERROR);
    const float ramp[4] = {-1, 1, -1, 1};
    scene_reset(&scene, 2, 1);
    scene_image(&scene, (Box){0, 0, 2, 1}, MAP_DIVERGING, 2, 2, ramp);
    expect_rows(&scene, &ascii, (const char *[]){" @"});
    cells_clear(&grid);
    scene_clear(&scene);
}

static void test_segments_are_cut_to_a_box(void **state) {
    (void)state;
    const Box box = {0, 0, 10, 10};
    Point a = {-1e300, 5}, b = {1e300, 5};
    assert_true(clip_segment(box, &a, &b));
    assert_true(a.x >= 0 && b.x <= 10 && fabs(a.y - 5) < 1e-9 && fabs(b.y - 5) < 1e-9);
    a = (Point){-5, -5};
    b = (Point){15, 15};
    assert_true(clip_segment(box, &a, &b));
    assert_true(fabs(a.x) < 1e-9 && fabs(b.x - 10) < 1e-9);
    a = (Point){-5, 20};
    b = (Point){20, 20};
    assert_false(clip_segment(box, &a, &b));
    a = (Point){NAN, 0};
    b = (Point){1, 1};
    assert_false(clip_segment(box, &a, &b));
    a = (Point){-1.7e308, 0};
    b = (Point){1.7e308, 1}; // the difference overflows
    assert_false(clip_segment(box, &a, &b));
    a = b = (Point){3, 3};
    assert_true(clip_segment(box, &a, &b));
}

static void test_scenes_can_be_put_together(void **state) {
    (void)state;
    Scene part, whole;
    scene_init(&part, 4, 1);
    scene_text(&part, 0, 0.5, ALIGN_LEFT, INK_GOOD, WEIGHT_BOLD,
               "abcdef"); // reaches beyond its part
    scene_init(&whole, 12, 2);
    scene_append(&whole, &part, 1, 0);
    scene_append(&whole, &part, 6, 1);
    expect_rows(&whole, &braille, (const char *[]){" abcd", "      abcd"});
    assert_int_equal(whole.shapes[0].ink, INK_GOOD);
    assert_int_equal(whole.shapes[0].weight, WEIGHT_BOLD);
    scene_clear(&part);
    scene_clear(&whole);
}

static void test_drawing_stays_inside(void **state) {
    (void)state;
    CellGrid grid;
    Scene scene;
    assert_true(cells_init(&grid, 5, 5));
    scene_init(&scene, 3, 3);
    scene_line(&scene, (Point[]){{-50, -50}, {50, 50}}, 2, INK_CURVE_1, WEIGHT_NORMAL,
               PATTERN_SOLID);
    scene_bar(&scene, (Box){-10, 1, 10, 100}, SIDE_UP, INK_CURVE_2);
    scene_text(&scene, -3, 0.5, ALIGN_LEFT, INK_TEXT, WEIGHT_NORMAL, "0123456789");
    assert_true(cells_draw(&grid, 1, 1, &scene, &braille));
    for (int i = 0; i < 5; i++) {
        assert_int_equal(cells_at(&grid, 0, i)->character, ' ');
        assert_int_equal(cells_at(&grid, 4, i)->character, ' ');
        assert_int_equal(cells_at(&grid, i, 0)->character, ' ');
        assert_int_equal(cells_at(&grid, i, 4)->character, ' ');
    }
    assert_int_equal(cells_at(&grid, 1, 1)->character, '3');
    for (int place = -10; place < 10; place++) { // partly or wholly outside: nothing bad happens
        assert_true(cells_draw(&grid, place, -place, &scene, &braille));
    }
    cells_clear(&grid);
    assert_false(cells_init(&grid, 0, 5));
    assert_int_equal(grid.rows, 0);
    scene_clear(&scene);
}

// Where there are fewer cells than samples each shows the mean of those that it covers.
static void test_images_are_averaged(void **state) {
    (void)state;
    Scene scene;
    float samples[8 * 6], mean;
    for (int i = 0; i < 8 * 6; i++) {
        samples[i] = (float)i;
    }
    scene_init(&scene, 4, 4);
    scene_image(&scene, (Box){0, 0, 3, 2}, MAP_GREY, 8, 6, samples);
    const Shape *image = &scene.shapes[0];
    scene_image_mean(&scene, image, (Box){0, 0, 1, 1}, &mean);
    assert_true(mean == 23.5f);
    scene_image_mean(&scene, image, (Box){0, 0, 1.0 / 3, 0.25}, &mean); // 2 x 2 in the corner
    assert_true(mean == (0 + 1 + 6 + 7) / 4.0f);
    scene_image_mean(&scene, image, (Box){2.0 / 3, 0.75, 1, 1}, &mean); // and in the other
    assert_true(mean == (40 + 41 + 46 + 47) / 4.0f);
    scene_image_mean(&scene, image, (Box){0.51, 0.51, 0.52, 0.52}, &mean); // inside of one
    assert_true(mean == 4 * 6 + 3);
    // Parts that tile the image use every sample once, however many there are.
    for (int parts = 1; parts <= 6; parts++) {
        double sum = 0, count = 0;
        for (int p = 0; p < parts; p++) {
            const double low = (double)p / parts, high = (p + 1.0) / parts;
            const int covered = (int)ceil(high * 6 - 0.5) - (int)ceil(low * 6 - 0.5);
            scene_image_mean(&scene, image, (Box){low, 0, high, 1}, &mean);
            sum += (double)mean * covered;
            count += covered;
        }
        assert_true(count == 6 && fabs(sum / 6 - 23.5) < 1e-5);
    }
    scene.samples[7] = NAN;
    scene_image_mean(&scene, image, (Box){0, 0, 1, 1}, &mean);
    assert_true(isnan(mean));
    scene_clear(&scene);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines_in_each_symbol_level),
        cmocka_unit_test(test_dashes_leave_every_other_cell),
        cmocka_unit_test(test_gaps_and_lonely_points),
        cmocka_unit_test(test_rules_join),
        cmocka_unit_test(test_later_curves_take_a_cell_over),
        cmocka_unit_test(test_text_alignment_and_clipping),
        cmocka_unit_test(test_wide_characters),
        cmocka_unit_test(test_no_escape_reaches_a_cell),
        cmocka_unit_test(test_bars_have_eighths),
        cmocka_unit_test(test_images_are_half_blocks),
        cmocka_unit_test(test_segments_are_cut_to_a_box),
        cmocka_unit_test(test_scenes_can_be_put_together),
        cmocka_unit_test(test_drawing_stays_inside),
        cmocka_unit_test(test_images_are_averaged),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
