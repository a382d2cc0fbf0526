// The Step screen as cells and pictures: where its panels are, what they say, that every size can
// be drawn, that a figure has the same bytes every time.
#include "app/step_export.h"
#include "tests/unit/grid_text.h"
#include "tests/unit/small_stepping.h"
#include "tests/unit/temporary_folder.h"
#include "views/stepping.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const CellStyle styles[] = {{SYMBOLS_ASCII, COLOURS_MONO, THEME_DARK},
                                   {SYMBOLS_BLOCK, COLOURS_16, THEME_LIGHT},
                                   {SYMBOLS_BRAILLE, COLOURS_256, THEME_DARK}};

// One session for all tests; each goes where it wants.
static int open_session(void **state) {
    static StepSession session;
    const StepPlan plan = small_step_plan();
    Status status;
    status_clear(&status);
    *state = &session;
    return step_session_begin(&session, &plan, &status) ? 0 : -1;
}

static int close_session(void **state) {
    step_session_end(*state);
    return 0;
}

static StepSnapshot *snapshot_at(const StepSession *session, int step, int stage, int selected) {
    StepSnapshot *snapshot = malloc(sizeof *snapshot);
    Status status;
    assert_non_null(snapshot);
    for (int i = 0; i < FUTURES; i++) {
        Stepper *stepper = debugger_stepper(session->debugger, (Future)i);
        assert_true(!stepper || stepper_go(stepper, step, stage, NULL, &status));
    }
    assert_true(step_snapshot_take(snapshot, session->debugger, selected, &status));
    return snapshot;
}

static void snapshot_free(StepSnapshot *snapshot) {
    step_snapshot_clear(snapshot);
    free(snapshot);
}

// ---- layout ----

static bool apart(const Rectangle *a, const Rectangle *b) {
    return a->row + a->rows <= b->row || b->row + b->rows <= a->row ||
           a->column + a->columns <= b->column || b->column + b->columns <= a->column;
}

static void check_layout(const SteppingView *view, int rows, int columns) {
    SteppingLayout layout;
    bool focused = false;
    stepping_layout(view, rows, columns, &layout);
    for (int i = 0; i < layout.count; i++) {
        const Rectangle *room = &layout.rectangles[i];
        focused |= layout.kinds[i] == view->focus;
        if (room->rows < 1 || room->columns < 1 || room->row < 0 || room->column < 0 ||
            room->row + room->rows > rows - 1 || room->column + room->columns > columns)
            fail_msg("panel %d at %dx%d lies outside or is empty", layout.kinds[i], columns, rows);
        for (int k = 0; k < i; k++)
            if (!apart(room, &layout.rectangles[k]) || layout.kinds[i] == layout.kinds[k])
                fail_msg("panels %d and %d at %dx%d", layout.kinds[k], layout.kinds[i], columns,
                         rows);
    }
    assert_true(focused);
}

static void test_layout(void **state) {
    (void)state;
    SteppingView view;
    stepping_view_init(&view);
    for (int rows = LAYOUT_ROWS; rows <= 100; rows++)
        for (int columns = LAYOUT_COLUMNS; columns <= 240; columns++)
            for (int focus = STEPPING_STAGES; focus < STEPPING_PANELS; focus++) {
                view.focus = (SteppingPanel)focus;
                view.zoomed = (rows + columns) % 5 == 0;
                check_layout(&view, rows, columns);
            }
}

static void test_panels_go_round(void **state) {
    (void)state;
    SteppingPanel panel = STEPPING_STAGES;
    int count = 0;
    do {
        SteppingPanel found;
        assert_true(stepping_panel_from_name(stepping_panel_name(panel), &found));
        assert_int_equal(found, panel);
        assert_int_equal(stepping_next_panel(stepping_next_panel(panel, 1), -1), panel);
        panel = stepping_next_panel(panel, 1);
        count++;
    } while (panel != STEPPING_STAGES);
    assert_int_equal(count, STEPPING_PANELS - 1); // all but the head
    assert_null(stepping_panel_name(STEPPING_HEAD));
    assert_false(stepping_panel_from_name("head", &panel));
}

// ---- cells ----

// All of a screen as one text; the caller frees it.
static char *screen_text(const StepSnapshot *snapshot, const SteppingView *view, int rows,
                         int columns, const CellStyle *style) {
    CellGrid grid;
    assert_true(cells_init(&grid, rows, columns));
    assert_true(stepping_draw(&grid, snapshot, view, "opening", "", style));
    char *text = grid_text(&grid);
    cells_clear(&grid);
    return text;
}

static void expect(const char *text, const char *words) {
    if (!strstr(text, words))
        fail_msg("the screen does not say '%s':\n%s", words, text);
}

static void test_what_it_says(void **state) {
    SteppingView view;
    stepping_view_init(&view);
    StepSnapshot *snapshot = snapshot_at(*state, 7, SMALL_STAGES - 8, 3); // terms of layer 1
    snapshot->seed = 3;
    char *text = screen_text(snapshot, &view, 24, 80, &styles[0]);
    expect(text, "inner step 7 of 20");
    expect(text, "stage 12 of 19: terms of layer 1");
    expect(text, "twelve terms of w");
    expect(text, "layer1.decorr_x");
    expect(text, "36x8");
    expect(text, "anatomy of this step");
    expect(text, "stages");
    free(text);
    text = screen_text(snapshot, &view, 50, 160, &styles[2]);
    expect(text, "lin_lower_symm");
    expect(text, "layer 2");
    expect(text, "few-shot loss");
    expect(text, "few-shot accuracy");
    expect(text, "288 values");
    expect(text, ":break nan");
    free(text);
    view.table = view.zoomed = true;
    view.focus = STEPPING_TENSOR;
    view.first_row = 30;
    view.first_column = 1000; // the last one
    text = screen_text(snapshot, &view, 24, 80, &styles[0]);
    expect(text, "\n   30 ");
    expect(text, "       7\n");
    free(text);
    text = screen_text(NULL, &view, 24, 80, &styles[0]);
    expect(text, "opening");
    free(text);
    snapshot_free(snapshot);
}

// Every panel at every size, whatever the values.
static void test_every_size(void **state) {
    SteppingView view;
    const Heading heading = {.rule = true};
    stepping_view_init(&view);
    StepSnapshot *snapshot = snapshot_at(*state, 3, 4, 1); // h_2: three axes
    snapshot->values[5] = NAN;
    snapshot->tensors[1].statistics.non_finite = 1;
    snapshot->share[4] = NAN;
    for (int rows = 1; rows <= 40; rows += 3) {
        for (int columns = 1; columns <= 170; columns += 13) {
            for (int panel = 0; panel < STEPPING_PANELS; panel++) {
                Scene scene;
                CellGrid grid;
                view.table = rows % 2;
                view.curves = columns % 2;
                scene_init(&scene, columns, rows);
                stepping_panel(&scene, (SteppingPanel)panel, snapshot, &view, &heading, 1);
                assert_false(scene.failed);
                assert_true(cells_init(&grid, rows, columns));
                assert_true(cells_draw(&grid, 0, 0, &scene, &styles[columns % 3]));
                cells_clear(&grid);
                scene_clear(&scene);
            }
        }
    }
    snapshot_free(snapshot);
}

// ---- the snapshot ----

static void test_snapshot_is_a_copy(void **state) {
    const StepSession *session = *state;
    StepSnapshot *snapshot = snapshot_at(session, 2, SMALL_STAGES - 2, 0); // apply
    const Stepper *stepper = debugger_looked_at_stepper(session->debugger);
    assert_string_equal(snapshot->tensor.name, "layer1.W");
    assert_int_equal(snapshot->tensor.count, 36 * 8);
    for (size_t i = 0; i < snapshot->tensor.count; i++)
        assert_true(snapshot->values[i] == (float)stepper_next_phi(stepper)->W[1][i]);
    assert_true(snapshot->curve[0].count == stepper_record_count(stepper));
    assert_true(snapshot->curve[0].loss[2] == stepper_record(stepper, 2)->loss);
    for (int l = 1; l <= 2; l++) {
        double sum = 0;
        for (int k = 0; k < ANATOMY_PARTS; k++)
            sum += (double)step_snapshot_share(snapshot, 2, l, k);
        assert_true(fabs(sum - 1) < 1e-5);
    }
    snapshot_free(snapshot);
    // A selection beyond the end is the last one.
    snapshot = snapshot_at(session, 2, 0, 1000);
    assert_int_equal(snapshot->selected, snapshot->tensor_count - 1);
    snapshot_free(snapshot);
}

// ---- pictures ----

static void test_exports(void **state) {
    static const char *const figures[] = {"loss",   "accuracy", "anatomy",   "anatomy-curves",
                                          "tensor", "values",   "histogram", "tensors",
                                          "stages", "points"};
    const StepSession *session = *state;
    const char *folder = temporary_folder();
    Status status;
    StepSnapshot *snapshot = snapshot_at(session, 5, 0, 0);
    snapshot_free(snapshot);
    for (size_t i = 0; i < sizeof figures / sizeof figures[0]; i++) {
        for (int k = 0; k < 2; k++) {
            status_clear(&status);
            if (!step_export(session, figures[i], "layer1.W", in_folder(folder, k ? "b" : "a"), 1,
                             THEME_DARK, &status))
                fail_msg("%s: %s", figures[i], status.text);
        }
        FILE *a = fopen(in_folder(folder, "a"), "rb"), *b = fopen(in_folder(folder, "b"), "rb");
        assert_true(a && b);
        int byte, length = 0;
        do {
            byte = fgetc(a);
            assert_int_equal(byte, fgetc(b));
            length++;
        } while (byte != EOF);
        assert_true(length > 500);
        fclose(a);
        fclose(b);
    }
    assert_false(step_export(session, "los", NULL, in_folder(folder, "c"), 1, THEME_DARK, &status));
    assert_non_null(strstr(status.text, "the nearest is 'loss'"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_layout),
        cmocka_unit_test(test_panels_go_round),
        cmocka_unit_test(test_what_it_says),
        cmocka_unit_test(test_every_size),
        cmocka_unit_test(test_snapshot_is_a_copy),
        cmocka_unit_test(test_exports),
    };
    return cmocka_run_group_tests(tests, open_session, close_session);
}
