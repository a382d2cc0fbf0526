// What the Runs screen has chosen: marks with their letters, the cursor on its run while others
// come and go, curves read whole bit by bit, the chart of several runs.
#include "app/runs_model.h"
#include "engine/history.h"
#include "tests/unit/check.h"
#include "tests/unit/temporary_folder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void make_run(const char *folder, double rate, int steps) {
    RunDirectory run;
    Settings settings;
    Status status;
    settings_default(&settings);
    settings.outer_rate = rate;
    check(run_directory_create(&run, folder, "small", &status) &&
              run_directory_write_config(&run, &settings, &status),
          &status);
    for (int step = 1; step <= steps; step++) {
        char text[256];
        snprintf(text, sizeof text,
                 "{\"kind\":\"outer\",\"outer_step\":%d,\"seconds\":%d,\"meta_loss\":%d,"
                 "\"accuracy\":0.5,\"gradient_norm\":1,\"clipped_norm\":1,\"rate\":0.001}",
                 step, step, step);
        check(run_directory_metric(&run, text, &status), &status);
    }
    run_directory_close(&run);
}

static RunsModel model;

static const char *current(void) {
    const RunReader *reader = runs_model_current(&model);
    return reader ? run_list_name(&model.list, reader) : "";
}

// Ticks until nothing more comes, on a clock of the test's own.
static double now = 100;
static int tick_all(void) {
    int ticks = 0;
    now += 10; // a new scan
    for (int quiet = 0; quiet < 3; ticks++, now += 0.3)
        quiet = runs_model_tick(&model, now) ? 0 : quiet + 1;
    return ticks;
}

static void test_cursor_and_marks(void **state) {
    (void)state;
    const char *folder = temporary_folder();
    OverlayRun overlay[CHART_SERIES];
    const RunReader *pair[2];
    make_run(in_folder(folder, "b"), 1, 2);
    make_run(in_folder(folder, "d"), 2, 3);
    make_run(in_folder(folder, "f"), 3, 4);
    runs_model_init(&model, folder);
    assert_null(runs_model_current(&model));
    assert_int_equal(runs_model_overlay(&model, overlay), 0);
    tick_all();
    assert_int_equal(model.shown_count, 3);
    assert_string_equal(current(), "b");
    runs_model_move(&model, 1);
    assert_string_equal(current(), "d");
    assert_int_equal(runs_model_overlay(&model, overlay), 1); // without marks the current one
    assert_string_equal(overlay[0].name, "d");
    assert_false(runs_model_pair(&model, pair));

    // One before it comes: the cursor stays on its run.
    make_run(in_folder(folder, "a"), 4, 1);
    tick_all();
    assert_int_equal(model.shown_count, 4);
    assert_string_equal(current(), "d");
    assert_true(runs_model_mark(&model));
    runs_model_move(&model, 100);
    assert_string_equal(current(), "f");
    assert_true(runs_model_pair(&model, pair));
    assert_string_equal(run_list_name(&model.list, pair[1]), "f");
    assert_true(runs_model_mark(&model));
    assert_int_equal(runs_model_overlay(&model, overlay), 2);
    assert_int_equal(overlay[0].letter, 'a');
    assert_string_equal(overlay[0].name, "d");
    assert_int_equal(overlay[1].letter, 'b');
    assert_int_equal(overlay[1].outer_count, 4);
    assert_string_equal(model.rows.rows[3].entries[0], "b");

    // The mark of d goes: f keeps its letter.  A filter hides rows, not curves.
    Status status;
    runs_model_move(&model, -1);
    assert_true(runs_model_mark(&model));
    check(runs_model_filter(&model, "outer.rate=1", &status), &status);
    assert_int_equal(model.shown_count, 1);
    assert_string_equal(current(), "b");
    assert_int_equal(runs_model_overlay(&model, overlay), 1);
    assert_int_equal(overlay[0].letter, 'b');
    assert_string_equal(overlay[0].name, "f");
    assert_false(runs_model_filter(&model, "outer.rate=x", &status));
    assert_int_equal(model.shown_count, 1);

    // The run under the cursor goes: nothing passes any more.
    assert_int_equal(rename(in_folder(folder, "b"), in_folder(folder, ".b")), 0);
    tick_all();
    assert_int_equal(model.shown_count, 0);
    assert_null(runs_model_current(&model));
    assert_true(runs_model_mark(&model)); // nothing to mark
    runs_model_move(&model, 1);
    runs_model_clear(&model);
}

// A long run comes in several looks, whole in the end.
static void test_long_run(void **state) {
    (void)state;
    const char *folder = temporary_folder();
    enum { STEPS = 4000 }; // about 0.5 MB
    OverlayRun overlay[CHART_SERIES];
    make_run(in_folder(folder, "long"), 1, STEPS);
    runs_model_init(&model, folder);
    assert_true(tick_all() > 3);
    assert_int_equal(runs_model_overlay(&model, overlay), 1);
    assert_int_equal(overlay[0].outer_count, STEPS);
    for (int i = 0; i < STEPS; i++)
        assert_true(history_outer(overlay[0].history, (size_t)i)->meta_loss == i + 1);
    runs_model_clear(&model);
}

static void test_chart_of_runs(void **state) {
    (void)state;
    History *histories[2] = {history_new(), history_new()};
    OverlayRun runs[2];
    for (int r = 0; r < 2; r++) {
        for (int step = 1; step <= 10; step++) {
            const OuterPoint point = {.outer_step = step, .meta_loss = 1 + r};
            assert_true(history_append_outer(&histories[r], &point));
        }
        runs[r] = (OverlayRun){.name = r ? "two" : "one",
                               .letter = (char)('a' + r),
                               .history = histories[r],
                               .outer_count = 10};
    }
    Scene scene;
    CellGrid grid;
    const CellStyle style = {.symbols = SYMBOLS_ASCII, .colours = COLOURS_MONO};
    const Heading heading = {0};
    const ChartView view = {.smoothing = 0.9};
    assert_true(cells_init(&grid, 12, 60));
    scene_init(&scene, 60, 12);
    figure_overlay(&scene, &heading, OVERLAY_LOSS, runs, 2, "none", &view);
    assert_true(cells_draw(&grid, 0, 0, &scene, &style));
    char legend[256];
    cells_row_text(&grid, 1, legend, sizeof legend);
    assert_non_null(strstr(legend, "a one 1"));
    assert_non_null(strstr(legend, "b two 2"));
    // No run, and no evaluation: sentences.
    for (int count = 0; count <= 2; count += 2) {
        char all[12 * 256] = "";
        scene_reset(&scene, 60, 12);
        cells_blank(&grid);
        figure_overlay(&scene, &heading, OVERLAY_ACCURACY, runs, count, "no run", &view);
        cells_draw(&grid, 0, 0, &scene, &style);
        for (int row = 0; row < 12; row++)
            cells_row_text(&grid, row, all + strlen(all), 256);
        assert_non_null(strstr(all, count ? "no evaluation yet" : "no run"));
    }
    scene_clear(&scene);
    cells_clear(&grid);
    history_free(histories[0]);
    history_free(histories[1]);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cursor_and_marks),
        cmocka_unit_test(test_long_run),
        cmocka_unit_test(test_chart_of_runs),
    };
    return cmocka_run_group_tests_name("runs_model", tests, NULL, NULL);
}
