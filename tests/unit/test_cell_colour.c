// Pictures and inks at every number of colours that a terminal may have.
#include "views/cell_colour.h"
#include "views/cell_image.h"
#include "views/palette.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

static CellStyle style_of(Colours colours, Theme theme) {
    return (CellStyle){SYMBOLS_BRAILLE, colours, theme};
}

static void test_numbers_are_those_of_the_terminal(void **state) {
    (void)state;
    static const int most[] = {[COLOURS_MONO] = -1,
                               [COLOURS_8] = 7,
                               [COLOURS_16] = 15,
                               [COLOURS_256] = 255,
                               [COLOURS_DIRECT] = 0xffffff};
    for (int colours = COLOURS_MONO; colours <= COLOURS_DIRECT; colours++) {
        for (int theme = THEME_DARK; theme <= THEME_LIGHT; theme++) {
            const CellStyle style = style_of((Colours)colours, (Theme)theme);
            for (int ink = 0; ink < INK_COUNT; ink++) {
                for (int dim = 0; dim < 2; dim++) {
                    const int number = cell_colour(&style, ink, dim != 0);
                    assert_true(number >= -1 && number <= most[colours]);
                    // The first numbers of direct colours are the palette's, not a colour.
                    assert_true(colours != COLOURS_DIRECT || number == -1 || number >= 256);
                }
            }
            assert_int_equal(cell_colour(&style, CELL_DEFAULT, false), -1);
            if (colours == COLOURS_8) {
                continue; // pictures are characters there
            }
            const int end = CELL_COLOUR + CELL_COLOUR_STEPS * CELL_COLOUR_STEPS * CELL_COLOUR_STEPS;
            for (int code = CELL_GREY; code < end; code++) {
                const int number = cell_colour(&style, code, false);
                assert_true(number >= (colours == COLOURS_MONO ? -1 : 0));
                assert_true(number <= most[colours]);
            }
        }
    }
}

static Colour colour_of(int number) {
    return (Colour){(uint8_t)(number >> 16), (uint8_t)(number >> 8), (uint8_t)number};
}

static int distance(Colour a, Colour b) {
    return abs(a.red - b.red) + abs(a.green - b.green) + abs(a.blue - b.blue);
}

static void test_direct_colours_are_those_of_the_pictures(void **state) {
    (void)state;
    for (int theme = THEME_DARK; theme <= THEME_LIGHT; theme++) {
        const CellStyle style = style_of(COLOURS_DIRECT, (Theme)theme);
        int last = -1;
        for (int step = 0; step < CELL_DIVERGING_STEPS; step++) {
            const float sample = (float)(step - 32) / 32;
            const Colour expected = palette_map(&sample, MAP_DIVERGING, (Theme)theme);
            const int number = cell_colour(&style, CELL_DIVERGING + step, false);
            assert_true(distance(colour_of(number), expected) <= 1);
            assert_int_not_equal(number, last); // every step is a tone of its own
            last = number;
        }
    }
}

// Values are further from zero the further their tone is along the scale, and the ends differ.
static void test_few_colours_keep_sign_and_order(void **state) {
    (void)state;
    for (int colours = COLOURS_16; colours <= COLOURS_256; colours++) {
        for (int theme = THEME_DARK; theme <= THEME_LIGHT; theme++) {
            const CellStyle style = style_of((Colours)colours, (Theme)theme);
            int seen[CELL_DIVERGING_STEPS], count = 0;
            for (int step = 0; step < CELL_DIVERGING_STEPS; step++) {
                const int number = cell_colour(&style, CELL_DIVERGING + step, false);
                if (count == 0 || seen[count - 1] != number) {
                    seen[count++] = number;
                }
            }
            assert_int_equal(count, colours == COLOURS_16 ? 7 : 17);
            for (int i = 0; i < count / 2; i++) {
                for (int j = count / 2 + 1; j < count; j++) {
                    // A tone of one sign is none of the other, but for the two beside zero.
                    assert_true(seen[i] != seen[j] || j - i <= 2);
                }
            }
            int last = -1, greys = 0;
            for (int step = 0; step < CELL_GREY_STEPS; step++) {
                const int number = cell_colour(&style, CELL_GREY + step, false);
                greys += number != last;
                last = number;
            }
            assert_int_equal(greys, colours == COLOURS_16 ? 4 : 24);
        }
    }
}

static Cell cell_of(float upper, float lower, ColourMap map, Symbols symbols, Colours colours,
                    Theme theme) {
    const CellStyle style = {symbols, colours, theme};
    return cell_of_samples(&upper, &lower, map, &style);
}

static void test_a_cell_of_a_picture_at_every_level(void **state) {
    (void)state;
    for (int colours = COLOURS_16; colours <= COLOURS_DIRECT; colours++) {
        const Cell cell = cell_of(1, 0, MAP_GREY, SYMBOLS_BLOCK, (Colours)colours, THEME_DARK);
        assert_int_equal(cell.character, 0x2580);
        assert_int_equal(cell.ink, CELL_GREY + CELL_GREY_STEPS - 1);
        assert_int_equal(cell.paper, CELL_GREY);
    }
    // Without colours: five shades of blocks, and halves where the two differ much.
    static const uint32_t shades[] = {' ', 0x2591, 0x2592, 0x2593, 0x2588};
    for (int i = 0; i < 5; i++) {
        const float grey = (float)i / 4;
        const Cell cell = cell_of(grey, grey, MAP_GREY, SYMBOLS_BLOCK, COLOURS_MONO, THEME_DARK);
        assert_int_equal(cell.character, shades[i]);
        const Cell light = cell_of(grey, grey, MAP_GREY, SYMBOLS_BLOCK, COLOURS_MONO, THEME_LIGHT);
        assert_int_equal(light.character, shades[4 - i]);
    }
    assert_int_equal(cell_of(1, 0, MAP_GREY, SYMBOLS_BLOCK, COLOURS_MONO, THEME_DARK).character,
                     0x2580);
    assert_int_equal(cell_of(0, 1, MAP_GREY, SYMBOLS_BLOCK, COLOURS_MONO, THEME_DARK).character,
                     0x2584);
    assert_int_equal(cell_of(0, 1, MAP_GREY, SYMBOLS_BLOCK, COLOURS_MONO, THEME_LIGHT).character,
                     0x2580);
    // In ASCII the ramp, whose sign has a colour besides where there are any.
    static const char ramp[] = " .:-=+*#%@";
    for (int i = 0; i < 10; i++) {
        const float value = (float)i / 9 * 2 - 1;
        const Cell cell =
            cell_of(value, value, MAP_DIVERGING, SYMBOLS_ASCII, COLOURS_256, THEME_DARK);
        assert_int_equal(cell.character, ramp[i]);
        assert_int_equal(cell.ink, i < 4 ? INK_CURVE_1 : i > 5 ? INK_CURVE_2 : INK_TEXT);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_numbers_are_those_of_the_terminal),
        cmocka_unit_test(test_direct_colours_are_those_of_the_pictures),
        cmocka_unit_test(test_few_colours_keep_sign_and_order),
        cmocka_unit_test(test_a_cell_of_a_picture_at_every_level),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
