// Grids shown on a curses screen whose terminal is /dev/null: what curses believes to show, at each
// terminal type.
#include "views/curses_back_end.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <curses.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>

static uint32_t shown_character(int row, int column) {
    cchar_t cell;
    wchar_t text[CCHARW_MAX + 1];
    attr_t attributes;
    short pair;
    assert_int_equal(mvin_wch(row, column, &cell), OK);
    assert_int_equal(getcchar(&cell, text, &attributes, &pair, NULL), OK);
    return (uint32_t)text[0];
}

static void test_cells_reach_the_screen(void **state) {
    (void)state;
    static const struct {
        const char *term;
        Colours most;
    } terminals[] = {{"xterm-256color", COLOURS_256},
                     {"screen", COLOURS_8},
                     {"vt100", COLOURS_MONO},
                     {"tmux-256color", COLOURS_256},
                     {"linux", COLOURS_8}};
    int tried = 0;
    for (size_t t = 0; t < sizeof terminals / sizeof *terminals; t++) {
        FILE *nowhere = fopen("/dev/null", "r+");
        assert_non_null(nowhere);
        SCREEN *screen = newterm(terminals[t].term, nowhere, nowhere);
        if (screen == NULL) { // this terminal is not described here (ncurses-base has xterm, linux,
                              // vt100, screen)
            fclose(nowhere);
            continue;
        }
        CursesBackEnd back_end;
        CellGrid grid;
        CellStyle style = curses_style(terminals[t].term, false);
        assert_int_equal(style.colours, terminals[t].most);
        assert_int_equal(curses_style(terminals[t].term, true).colours, COLOURS_MONO);
        curses_back_end_init(&back_end, &style);
        assert_true(back_end.style.colours <= terminals[t].most);
        assert_true(cells_init(&grid, LINES + 3, COLS + 5)); // larger than the screen
        Scene scene;
        scene_init(&scene, COLS, LINES);
        for (int ink = 0; ink < INK_COUNT; ink++) {
            scene_text(&scene, 2 * ink, 0.5, ALIGN_LEFT, (Ink)ink, (Weight)(ink % 3), "a");
        }
        const float samples[2] = {-1, 1};
        scene_image(&scene, (Box){0, 1, 20, 3}, MAP_DIVERGING, 1, 2, samples);
        assert_true(cells_draw(&grid, 0, 0, &scene, &back_end.style));
        curses_back_end_show(&back_end, &grid, false);
        assert_int_equal(shown_character(0, 2 * (INK_COUNT - 1)), 'a');
        assert_int_equal(shown_character(1, 15), cells_at(&grid, 1, 15)->character);
        // A changed cell changes, the others stay.
        grid.cells[0].character = 'Z';
        curses_back_end_show(&back_end, &grid, false);
        assert_int_equal(shown_character(0, 0), 'Z');
        assert_int_equal(shown_character(0, 2), 'a');
        // After a resize, and when asked for, everything is drawn again.
        assert_int_equal(mvaddstr(0, 2, "!"), OK);
        curses_back_end_show(&back_end, &grid, true);
        assert_int_equal(shown_character(0, 2), 'a');
        cells_clear(&grid);
        assert_true(cells_init(&grid, 2, 3));
        curses_back_end_show(&back_end, &grid, false);
        assert_int_equal(shown_character(0, 0), ' ');
        assert_int_equal(shown_character(0, 2 * (INK_COUNT - 1)), ' ');
        scene_clear(&scene);
        cells_clear(&grid);
        curses_back_end_clear(&back_end);
        endwin();
        delscreen(screen);
        fclose(nowhere);
        tried++;
    }
    assert_true(tried > 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_cells_reach_the_screen)};
    if (setlocale(LC_ALL, "C.UTF-8") == NULL) {
        return 1;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
