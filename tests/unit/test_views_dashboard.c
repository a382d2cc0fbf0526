// The Train screen as cells: what it says at the usual sizes, and that every size and every
// snapshot can be drawn.
#include "tests/unit/grid_text.h"
#include "tests/unit/synthetic_snapshot.h"
#include "views/dashboard.h"
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

static const char *const keys[] = {"space\tpause", "e\texport", "q\tquit", NULL};
static const CellStyle styles[] = {{SYMBOLS_ASCII, COLOURS_MONO, THEME_DARK},
                                   {SYMBOLS_BLOCK, COLOURS_16, THEME_LIGHT},
                                   {SYMBOLS_BRAILLE, COLOURS_256, THEME_DARK}};

// The whole screen as one text; the caller frees it.
static char *screen_text(int rows, int columns, const Snapshot *snapshot,
                         const DashboardView *view) {
    CellGrid grid;
    assert_true(cells_init(&grid, rows, columns));
    assert_true(dashboard_draw(&grid, snapshot, view, keys, &styles[0], NULL));
    char *text = grid_text(&grid);
    cells_clear(&grid);
    return text;
}

static void expect_words(const char *text, const char *const *words) {
    for (; *words != NULL; words++) {
        if (strstr(text, *words) == NULL) {
            fail_msg("the screen does not say '%s':\n%s", *words, text);
        }
    }
}

static void test_usual_size_says_everything(void **state) {
    (void)state;
    Snapshot snapshot;
    DashboardView view;
    assert_true(synthetic_snapshot_init(&snapshot, 450, 25));
    dashboard_view_init(&view);
    char *text = screen_text(24, 80, &snapshot, &view);
    expect_words(text, (const char *const[]){"training",
                                             "outer step 450 of 2,000",
                                             "0:03:00",
                                             "2.5 outer/s",
                                             "87.3 inner/s",
                                             "41.7 GFLOP/s",
                                             "meta-loss",
                                             "2 not finite",
                                             "EMA 0.95",
                                             "accuracy on fashion 14x14",
                                             "raw pixels 0.690",
                                             "random init 0.490",
                                             "t=0",
                                             "t=50",
                                             "theta h.unit0",
                                             "workers",
                                             "196-64-48-32",
                                             "15/40",
                                             "evaluated outer step 450",
                                             "space pause",
                                             "q quit",
                                             NULL});
    free(text);
    view.held_out = 1;
    view.histogram = 99; // further than there is: the last
    text = screen_text(50, 160, &snapshot, &view);
    expect_words(text, (const char *const[]){
                           "held-out glyphs (2 of 2)", "phi layer1.W  NaN 17  +Inf 2  -Inf 5",
                           "first-layer filters", "checkpoint saved", "0.640", NULL});
    free(text);
    snapshot.state = ENGINE_PAUSED;
    snapshot.non_finite = 3;
    snapshot.held_out_is_fallback = true;
    view.held_out = 0;
    text = screen_text(50, 160, &snapshot, &view);
    expect_words(text, (const char *const[]){" PAUSED ", "3 dropped (not finite)",
                                             "no other held-out set found", NULL});
    free(text);
    synthetic_snapshot_clear(&snapshot);
}

static void test_nothing_yet_is_said(void **state) {
    (void)state;
    DashboardView view;
    Snapshot snapshot;
    static const char *const words[] = {"starting", "no outer step yet", "no evaluation yet",
                                        "no worker yet", NULL};
    dashboard_view_init(&view);
    char *text = screen_text(24, 80, NULL, &view);
    expect_words(text, words);
    free(text);
    memset(&snapshot, 0, sizeof snapshot);
    snapshot.outer_steps_per_second = snapshot.inner_steps_per_second = snapshot.gflops = NAN;
    snapshot.held_out_count = 1;
    text = screen_text(24, 80, &snapshot, &view);
    expect_words(text, words);
    expect_words(text, (const char *const[]){"- outer/s", "- GFLOP/s", NULL}); // absent, not zero
    assert_null(strstr(text, "0 outer/s"));
    free(text);
    snapshot.held_out_count = 0;
    text = screen_text(24, 80, &snapshot, &view);
    expect_words(text, (const char *const[]){"no held-out data set", NULL});
    free(text);
}

static void test_too_small_is_one_line(void **state) {
    (void)state;
    DashboardView view;
    dashboard_view_init(&view);
    char *text = screen_text(5, 40, NULL, &view);
    assert_string_equal(text, "needs 48x12, has 40x5\n\n\n\n\n");
    free(text);
    text = screen_text(1, 1, NULL, &view);
    assert_string_equal(text, "~\n");
    free(text);
}

static void test_every_size_draws_inside(void **state) {
    (void)state;
    Snapshot snapshot;
    DashboardView view;
    assert_true(synthetic_snapshot_init(&snapshot, 120, 10));
    dashboard_view_init(&view);
    for (int rows = 1; rows <= 200; rows += 1 + rows / 6) {
        for (int columns = 1; columns <= 400; columns += 1 + columns / 6) {
            CellGrid grid;
            Layout layout;
            int variant = rows + columns;
            view.focus = (PanelKind)(variant % (PANEL_COUNT + 1));
            view.zoomed = variant % 5 == 0;
            view.first_unit = view.first_worker = variant % 70 - 3;
            view.charts[PANEL_TRANSFER].cursor = variant % 2;
            view.over_time = variant % 3 == 0;
            assert_true(cells_init(&grid, rows, columns));
            assert_true(
                dashboard_draw(&grid, &snapshot, &view, keys, &styles[variant % 3], &layout));
            assert_int_equal(layout.too_small, rows < LAYOUT_ROWS || columns < LAYOUT_COLUMNS);
            for (int row = 0; row < rows; row++) {
                assert_int_not_equal(cells_at(&grid, row, 0)->character,
                                     0); // no half of a character
            }
            cells_clear(&grid);
        }
    }
    synthetic_snapshot_clear(&snapshot);
}

static void test_focus_is_visible_without_colour(void **state) {
    (void)state;
    DashboardView view;
    dashboard_view_init(&view);
    view.focus = PANEL_WORKERS;
    char *text = screen_text(24, 80, NULL, &view);
    expect_words(text, (const char *const[]){"> workers", NULL});
    assert_null(strstr(text, "> meta-loss"));
    free(text);
    view.zoomed = true;
    text = screen_text(24, 80, NULL, &view);
    assert_null(strstr(text, "meta-loss"));
    expect_words(text, (const char *const[]){"> workers", "q quit", NULL});
    free(text);
}

static void test_panels_have_names(void **state) {
    (void)state;
    int named = 0;
    for (int i = 0; i < PANEL_COUNT; i++) {
        PanelKind kind;
        const char *name = panel_name((PanelKind)i);
        if (name != NULL) {
            assert_true(panel_from_name(name, &kind));
            assert_int_equal(kind, i);
            named++;
        }
    }
    assert_int_equal(named, 8);
    PanelKind kind;
    assert_false(panel_from_name("nonsense", &kind));
    assert_null(panel_name(PANEL_COUNT));
}

// Of steps that were put together the extremes are on the axes, those without a finite loss are
// counted, and the cursor says that it reads a mean.
static void test_a_long_run(void **state) {
    (void)state;
    enum { STEPS = 3 * HISTORY_OUTER };
    Snapshot snapshot;
    DashboardView view;
    char lost[32];
    assert_true(synthetic_snapshot_init(&snapshot, STEPS, 100));
    assert_true(history_outer(snapshot.history, 0)->steps > 1);
    dashboard_view_init(&view);
    view.focus = PANEL_LOSS;
    view.zoomed = true;
    view.charts[PANEL_LOSS].cursor = true;
    view.charts[PANEL_LOSS].cursor_x = 100;
    char *text = screen_text(30, 120, &snapshot, &view);
    snprintf(lost, sizeof lost, "%d not finite", STEPS / 211); // synthetic_snapshot.c
    expect_words(text, (const char *const[]){lost, ", mean of ", "smoothed", NULL});
    free(text);
    // A spike of 1.25 at every 177th step, far above the means of several.
    view.charts[PANEL_LOSS] = (ChartView){.window = true, .x_low = 200, .x_high = 3000};
    text = screen_text(30, 120, &snapshot, &view);
    expect_words(text, (const char *const[]){"1.2", NULL});
    free(text);
    synthetic_snapshot_clear(&snapshot);
}

static void test_weights_over_time(void **state) {
    (void)state;
    Snapshot snapshot;
    DashboardView view;
    assert_true(synthetic_snapshot_init(&snapshot, 100, 10));
    dashboard_view_init(&view);
    char *text = screen_text(30, 100, &snapshot, &view);
    assert_null(strstr(text, "over time"));
    free(text);
    view.over_time = true;
    text = screen_text(30, 100, &snapshot, &view);
    expect_words(text, (const char *const[]){"theta h.unit0 over time", "median", NULL});
    free(text);

    // Zoomed, with the cursor on the evaluation of which nothing was finite.
    view.focus = PANEL_WEIGHTS;
    view.zoomed = true;
    view.histogram = 1;
    view.charts[PANEL_WEIGHTS].cursor = true;
    view.charts[PANEL_WEIGHTS].cursor_x = 40;
    text = screen_text(30, 100, &snapshot, &view);
    expect_words(text, (const char *const[]){"> phi layer1.W over time", "9 not finite", "at 40",
                                             "max 0.42", "84% 0.14", "median 0", "16% -0.14",
                                             "min -0.42", NULL});
    free(text);
    view.charts[PANEL_WEIGHTS].cursor = false;

    // Which histogram is the same for both, and a run that is only watched has no other.
    view.zoomed = view.over_time = false;
    view.focus = PANEL_COUNT;
    text = screen_text(30, 100, &snapshot, &view);
    expect_words(text, (const char *const[]){"phi layer1.W", NULL});
    assert_null(strstr(text, "over time"));
    free(text);
    snapshot.histogram_count = 0;
    text = screen_text(30, 100, &snapshot, &view);
    expect_words(text, (const char *const[]){"phi layer1.W over time", NULL});
    free(text);
    snapshot.weight_count = 0;
    text = screen_text(30, 100, &snapshot, &view);
    assert_null(strstr(text, "over time"));
    free(text);
    view.over_time = true;
    text = screen_text(30, 100, &snapshot, &view);
    expect_words(text, (const char *const[]){"weights over time", "no evaluation yet", NULL});
    free(text);
    synthetic_snapshot_clear(&snapshot);
}

// A file name or task name with escape sequences cannot reach the terminal.
static void test_hostile_texts(void **state) {
    (void)state;
    Snapshot snapshot;
    DashboardView view;
    assert_true(synthetic_snapshot_init(&snapshot, 3, 1));
    dashboard_view_init(&view);
    snprintf(snapshot.run, sizeof snapshot.run, "\x1b]0;title\x07");
    snprintf(snapshot.log[2], SNAPSHOT_LOG_TEXT, "bad\x1b[2J\xff");
    snprintf(snapshot.workers[0].task, sizeof snapshot.workers[0].task,
             "\x9b"
             "1m");
    CellGrid grid;
    assert_true(cells_init(&grid, 24, 100));
    assert_true(dashboard_draw(&grid, &snapshot, &view, keys, &styles[2], NULL));
    for (int row = 0; row < 24; row++) {
        for (int column = 0; column < 100; column++) {
            uint32_t character = cells_at(&grid, row, column)->character;
            assert_true(character == 0 ||
                        (character >= 0x20 && !(character >= 0x7f && character < 0xa0)));
        }
    }
    cells_clear(&grid);
    synthetic_snapshot_clear(&snapshot);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_usual_size_says_everything),
        cmocka_unit_test(test_nothing_yet_is_said),
        cmocka_unit_test(test_too_small_is_one_line),
        cmocka_unit_test(test_every_size_draws_inside),
        cmocka_unit_test(test_focus_is_visible_without_colour),
        cmocka_unit_test(test_panels_have_names),
        cmocka_unit_test(test_a_long_run),
        cmocka_unit_test(test_weights_over_time),
        cmocka_unit_test(test_hostile_texts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
