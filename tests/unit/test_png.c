// Pictures: decoded pixels, text chunks, the same bytes every time, and files that are whole or not
// there.
#include "tests/unit/synthetic_snapshot.h"
#include "views/dashboard.h"
#include "views/font.h"
#include "views/palette.h"
#include "views/picture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <png.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[] = "/tmp/rulesmith-test-XXXXXX";
static char path[128];

static int set_up(void **state) {
    (void)state;
    if (mkdtemp(folder) == NULL) {
        return -1;
    }
    snprintf(path, sizeof path, "%s/picture.png", folder);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    unlink(path);
    return rmdir(folder); // fails if a temporary file was left
}

static uint8_t *read_bytes(const char *name, size_t *size) {
    FILE *file = fopen(name, "rb");
    assert_non_null(file);
    assert_int_equal(fseek(file, 0, SEEK_END), 0);
    *size = (size_t)ftell(file);
    rewind(file);
    uint8_t *bytes = malloc(*size + 1);
    assert_non_null(bytes);
    assert_int_equal(fread(bytes, 1, *size, file), *size);
    fclose(file);
    return bytes;
}

// Whether the file has a chunk of this type that contains these bytes.
static bool has_chunk(const uint8_t *bytes, size_t size, const char *type, const char *text,
                      size_t length) {
    for (size_t at = 8; at + 12 <= size;) {
        size_t data = (size_t)bytes[at] << 24 | (size_t)bytes[at + 1] << 16 |
                      (size_t)bytes[at + 2] << 8 | bytes[at + 3];
        if (memcmp(bytes + at + 4, type, 4) == 0 &&
            (length == 0 || (data == length && memcmp(bytes + at + 8, text, length) == 0))) {
            return true;
        }
        at += 12 + data;
    }
    return false;
}

static void expect_colour(const uint8_t *pixel, Colour colour) {
    assert_int_equal(pixel[0], colour.red);
    assert_int_equal(pixel[1], colour.green);
    assert_int_equal(pixel[2], colour.blue);
}

static const uint8_t *pixel_at(const uint8_t *pixels, int width, double column, double row,
                               int scale) {
    int x = (int)((PICTURE_MARGIN + column * PICTURE_CELL_WIDTH) * scale);
    int y = (int)((PICTURE_MARGIN + row * PICTURE_CELL_HEIGHT) * scale);
    return pixels + 3 * ((size_t)y * (size_t)width + (size_t)x);
}

static void test_decoded_pixels(void **state) {
    (void)state;
    for (int scale = 1; scale <= 2; scale++) {
        for (int theme = THEME_DARK; theme <= THEME_LIGHT; theme++) {
            Scene scene;
            Status status;
            const float samples[4] = {-1, 0, 0, 1};
            PictureOptions options = {.scale = scale, .theme = (Theme)theme};
            scene_init(&scene, 20, 5);
            scene_image(&scene, (Box){0, 0, 2, 1}, MAP_DIVERGING, 2, 2, samples);
            scene_bar(&scene, (Box){4, 1, 6, 3}, SIDE_UP, INK_CURVE_3);
            scene_line(&scene, (Point[]){{8, 2}, {12, 2}}, 2, INK_CURVE_1, WEIGHT_BOLD,
                       PATTERN_SOLID);
            scene_rule_across(&scene, 0, 20, 4.5, INK_AXIS);
            assert_true(picture_export(&scene, path, &options, &status));
            scene_clear(&scene);
            png_image image = {.version = PNG_IMAGE_VERSION};
            assert_true(png_image_begin_read_from_file(&image, path));
            assert_int_equal(image.width, (160 + 24) * scale);
            assert_int_equal(image.height, (80 + 24) * scale);
            assert_int_equal(image.format, PNG_FORMAT_RGB);
            uint8_t *pixels = malloc(PNG_IMAGE_SIZE(image));
            assert_non_null(pixels);
            assert_true(png_image_finish_read(&image, NULL, pixels, 0, NULL));
            int width = (int)image.width;
            expect_colour(pixels, palette_paper((Theme)theme));
            expect_colour(pixel_at(pixels, width, 0.5, 0.2, scale),
                          palette_map(&samples[0], MAP_DIVERGING, (Theme)theme));
            expect_colour(pixel_at(pixels, width, 1.5, 0.8, scale),
                          palette_map(&samples[3], MAP_DIVERGING, (Theme)theme));
            expect_colour(pixel_at(pixels, width, 10, 2, scale),
                          palette_ink(INK_CURVE_1, (Theme)theme));
            expect_colour(pixel_at(pixels, width, 10, 1.5, scale), palette_paper((Theme)theme));
            expect_colour(pixel_at(pixels, width, 19, 4.5, scale),
                          palette_ink(INK_AXIS, (Theme)theme));
            const uint8_t *bar = pixel_at(pixels, width, 5, 2, scale);
            Colour green = palette_ink(INK_CURVE_3, (Theme)theme);
            assert_true(abs(bar[1] - green.green) < 30 && memcmp(bar, pixels, 3) != 0);
            free(pixels);
        }
    }
}

static void test_same_bytes_and_chunks(void **state) {
    (void)state;
    Snapshot snapshot;
    DashboardView view;
    Status status;
    size_t size, again_size;
    assert_true(synthetic_snapshot_init(&snapshot, 300, 25));
    dashboard_view_init(&view);
    for (int kind = 0; kind < PANEL_COUNT; kind++) {
        if (panel_name((PanelKind)kind) == NULL) {
            assert_false(
                dashboard_export((PanelKind)kind, &snapshot, &view, path, 1, THEME_DARK, &status));
            continue;
        }
        assert_true(
            dashboard_export((PanelKind)kind, &snapshot, &view, path, 1, THEME_DARK, &status));
        uint8_t *bytes = read_bytes(path, &size);
        assert_true(
            dashboard_export((PanelKind)kind, &snapshot, &view, path, 1, THEME_DARK, &status));
        uint8_t *again = read_bytes(path, &again_size);
        assert_int_equal(size, again_size);
        assert_memory_equal(bytes, again, size);
        static const char run[] = "run\0runs/2031-02-03_040506-a1b2",
                          step[] = "outer step\0"
                                   "300",
                          seed[] = "seed\0"
                                   "7";
        assert_true(has_chunk(bytes, size, "tEXt", run, sizeof run - 1));
        assert_true(has_chunk(bytes, size, "tEXt", step, sizeof step - 1));
        assert_true(has_chunk(bytes, size, "tEXt", seed, sizeof seed - 1));
        assert_false(has_chunk(bytes, size, "tIME", NULL, 0));
        assert_true(has_chunk(bytes, size, "IEND", NULL, 0));
        free(bytes);
        free(again);
    }
    assert_true(dashboard_export(PANEL_FILTERS, &snapshot, &view, path, 1, THEME_DARK, &status));
    uint8_t *bytes = read_bytes(path, &size);
    static const char tensor[] = "tensor\0phi layer1.W";
    assert_true(has_chunk(bytes, size, "tEXt", tensor, sizeof tensor - 1));
    free(bytes);
    synthetic_snapshot_clear(&snapshot);
}

static void test_failures_name_the_file_and_leave_the_old_one(void **state) {
    (void)state;
    Scene scene;
    Status status;
    PictureOptions options = {.scale = 1, .theme = THEME_LIGHT};
    size_t size;
    scene_init(&scene, 4, 2);
    assert_false(picture_export(&scene, "/nowhere/at/all.png", &options, &status));
    assert_int_equal(status.code, STATUS_FAILURE);
    assert_non_null(strstr(status.text, "/nowhere/at/all.png"));
    assert_true(picture_export(&scene, path, &options, &status));
    free(read_bytes(path, &size));
    assert_true(size > 50);
    scene_clear(&scene);
    scene_init(&scene, 1e6, 2);
    assert_false(picture_export(&scene, path, &options, &status));
    assert_non_null(strstr(status.text, "16384"));
    scene_clear(&scene);
    // A folder of the picture's name cannot be replaced, and no temporary file stays (tear_down
    // looks).
    char name[160];
    snprintf(name, sizeof name, "%s/folder.png", folder);
    assert_int_equal(mkdir(name, 0700), 0);
    scene_init(&scene, 4, 2);
    assert_false(picture_export(&scene, name, &options, &status));
    assert_non_null(strstr(status.text, "folder.png"));
    scene_clear(&scene);
    assert_int_equal(rmdir(name), 0);
}

static void test_the_font_has_what_figures_print(void **state) {
    (void)state;
    Font font;
    Status status;
    assert_true(font_init(&font, &status));
    for (int scale = 1; scale <= 2; scale++) {
        for (int bold = 0; bold < 2; bold++) {
            int stride;
            const uint8_t *unknown = font_glyph(&font, 0x4e2d, scale, bold, &stride);
            assert_ptr_equal(unknown, font_glyph(&font, '?', scale, bold, &stride));
            static const uint32_t needed[] = {'A',    'z',    '0',   '.',   '-',   '%',
                                              0xb1,   0xd7,   0xb7,  0xb0,  0xb5,  0x2013,
                                              0x2014, 0x2026, 0x3b8, 0x3c6, 0x2212};
            for (size_t i = 0; i < sizeof needed / sizeof *needed; i++) {
                const uint8_t *glyph = font_glyph(&font, needed[i], scale, bold, &stride);
                assert_ptr_not_equal(glyph, unknown);
                int ink = 0;
                for (int y = 0; y < 16 * scale; y++) {
                    for (int x = 0; x < 8 * scale; x++) {
                        ink += glyph[y * stride + x];
                    }
                }
                assert_true(ink > 200);
            }
        }
    }
    font_clear(&font);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_decoded_pixels),
        cmocka_unit_test(test_same_bytes_and_chunks),
        cmocka_unit_test(test_failures_name_the_file_and_leave_the_old_one),
        cmocka_unit_test(test_the_font_has_what_figures_print),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
