// Figures of features: what is drawn where, at any size; pictures with decoded pixels, text chunks
// and the same bytes every time.
#include "tests/unit/synthetic_features.h"
#include "tests/unit/temporary_folder.h"
#include "views/cells.h"
#include "views/feature_view.h"
#include "views/palette.h"
#include "views/picture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <png.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const Heading plain = {false, false};

// The n-th image of a scene, or NULL.
static const Shape *image_of(const Scene *scene, int n) {
    for (size_t i = 0; i < scene->shape_count; i++) {
        if (scene->shapes[i].kind == SHAPE_IMAGE && n-- == 0) {
            return &scene->shapes[i];
        }
    }
    return NULL;
}

static bool has_text(const Scene *scene, const char *text) {
    for (size_t i = 0; i < scene->shape_count; i++) {
        if (scene->shapes[i].kind == SHAPE_TEXT &&
            strcmp(scene->text + scene->shapes[i].first, text) == 0) {
            return true;
        }
    }
    return false;
}

static void test_activations_are_sorted_by_class(void **state) {
    (void)state;
    Features *features = synthetic_features(4, 1, 8);
    Scene scene;
    scene_init(&scene, 80, 20);
    figure_activations(&scene, &plain, features, 1, FEATURES_NOW, "");
    // Units 6, 3 and 0 answer class 0, then 7, 4, 1 class 1, then 5, 2 class 2; strongest first.
    static const int order[8] = {6, 3, 0, 7, 4, 1, 5, 2};
    double scale = 0;
    for (int c = 0; c < 3; c++) {
        const Shape *image = image_of(&scene, c);
        assert_non_null(image);
        assert_int_equal(image->image_rows, 8);
        assert_int_equal(image->image_columns, 5);
        const float *samples = scene.samples + image->first;
        scale = c == 0 ? 1.06 / (double)samples[0] : scale;
        for (int n = 0; n < 8; n++) {
            const double expected = order[n] % 3 == c ? 1 + order[n] / 100.0 : 0.1;
            for (int i = 0; i < 5; i++) {
                assert_false(!(fabs((double)samples[n * 5 + i] * scale - expected) <= 1e-5));
            }
        }
    }
    assert_null(image_of(&scene, 3));
    assert_true(scale >= 1.06 && scale <= 1.08); // nearly everything is below full colour
    assert_true(has_text(&scene, "shirt") && has_text(&scene, "bag") && has_text(&scene, "boot"));
    assert_true(has_text(&scene, "x_1 now"));
    scene_clear(&scene);
    features_free(features);
}

static void test_sheet_shows_all_six(void **state) {
    (void)state;
    Features *features = synthetic_features(4, 1, 5);
    Scene scene;
    int columns, rows;
    feature_sheet_size(features, 0.5, &columns, &rows);
    scene_init(&scene, columns, rows);
    figure_feature_sheet(&scene, &plain, features, 0.5, false, "");
    for (int i = 0; i < 30; i++) {
        const Shape *image = image_of(&scene, i);
        assert_non_null(image);
        assert_true(image->box.x1 <= columns && image->box.y1 <= rows);
        const float *weight = features->weight[i / 15][i / 5 % 3];
        float largest = 0;
        for (int k = 0; k < 16; k++) {
            largest = fmaxf(largest, fabsf(weight[k * 5 + i % 5]));
        }
        for (int k = 0; k < 16; k++) {
            const float found = scene.samples[image->first + (size_t)k];
            assert_false(!(fabsf(found * largest - weight[k * 5 + i % 5]) <= 1e-6f));
        }
    }
    assert_true(has_text(&scene, "V_1 now - before") && has_text(&scene, "W_1 before"));
    assert_true(has_text(&scene, "fashion 4x4, base model 16-5-6, 10 inner steps, outer step 300"));
    scene_clear(&scene);
    features_free(features);
}

static void test_filmstrip_leaves_out_evenly(void **state) {
    (void)state;
    for (int available = 1; available <= FILMSTRIP_FRAMES; available++) {
        for (int wanted = 1; wanted <= FILMSTRIP_FRAMES; wanted++) {
            int chosen[FILMSTRIP_FRAMES];
            const int count = filmstrip_choose(available, wanted, chosen);
            assert_int_equal(count, available < wanted ? available : wanted);
            assert_int_equal(chosen[count - 1], available - 1);
            assert_true(count == 1 || chosen[0] == 0);
            for (int i = 1; i < count; i++) {
                const double even = (double)(available - 1) / (count - 1);
                assert_true(fabs(chosen[i] - chosen[i - 1] - even) <= 1);
                assert_true(chosen[i] > chosen[i - 1]);
            }
        }
    }
}

static void test_filmstrip_shows_units_over_steps(void **state) {
    (void)state;
    Features *features = synthetic_features(4, 1, 5);
    Filmstrip filmstrip;
    Status status;
    synthetic_filmstrip(&filmstrip, features, 6);
    Scene scene;
    scene_init(&scene, 60, 20);
    figure_filmstrip(&scene, &plain, &filmstrip, FEATURES_W, 1, false, 0, "");
    for (int i = 0; i < 6 * 5; i++) {
        const Shape *image = image_of(&scene, i);
        assert_non_null(image);
        if (i % 5 == 0) { // of the first unit the first weight is the number of the frame
            const float *samples = scene.samples + image->first;
            assert_true(samples[0] == (i == 0 ? 0 : 1));
        }
    }
    assert_null(image_of(&scene, 30));
    assert_true(has_text(&scene, "0") && has_text(&scene, "16") && has_text(&scene, "0.625"));
    scene_reset(&scene, 20, 20); // room for two: the first and the last
    figure_filmstrip(&scene, &plain, &filmstrip, FEATURES_W, 1, false, 0, "");
    assert_true(has_text(&scene, "0") && has_text(&scene, "16") && !has_text(&scene, "8"));
    scene_clear(&scene);
    Features *other = synthetic_features(5, 1, 5);
    assert_false(filmstrip_append(&filmstrip, other, &status));
    assert_non_null(strstr(status.text, "5 x 5 x 1"));
    features_free(other);
    filmstrip_clear(&filmstrip);
    features_free(features);
}

// Where the letters of a class stand: their mean.
static Point mean_of_letters(const Scene *scene, char letter, double left, double right,
                             int *count) {
    Point sum = {0, 0};
    *count = 0;
    for (size_t i = 0; i < scene->shape_count; i++) {
        const Shape *shape = &scene->shapes[i];
        if (shape->kind == SHAPE_MARK && shape->letter == letter && shape->box.x0 >= left &&
            shape->box.x0 < right) {
            sum.x += shape->box.x0;
            sum.y += shape->box.y0;
            ++*count;
        }
    }
    return (Point){sum.x / *count, sum.y / *count};
}

static void test_embedding_shows_every_example_by_class(void **state) {
    (void)state;
    Features *features = synthetic_features(4, 1, 5);
    const Embedding *now = &features->embedding[FEATURES_NOW];
    EmbeddingView view = {.component = {0, 1}, .highlighted = -1};
    Scene scene;
    scene_init(&scene, 120, 30);
    figure_embedding(&scene, &plain, features, &view, "");
    for (int c = 0; c < 3; c++) {
        double mean[2] = {0, 0};
        for (int b = c * 5; b < c * 5 + 5; b++) {
            mean[0] += (double)now->point[b * now->shown] / 5;
            mean[1] += (double)now->point[b * now->shown + 1] / 5;
        }
        int count;
        mean_of_letters(&scene, (char)('A' + c), 0, 60, &count);
        assert_int_equal(count, 5);
        const Point at = mean_of_letters(&scene, (char)('A' + c), 60, 120, &count);
        assert_int_equal(count, 5);
        // Components are centred, so to the right of the middle is to the right of zero.
        const Point origin = {61 + 59 / 2.0, 0};
        assert_true(fabs(mean[0]) < 0.6 || (at.x > origin.x) == (mean[0] > 0));
    }
    char name[64];
    snprintf(name, sizeof name, "PC 1 (%.1f %%)", 100 * now->share[0]);
    assert_true(has_text(&scene, name));
    snprintf(name, sizeof name, "PC 2 (%.1f %%)", 100 * now->share[1]);
    assert_true(has_text(&scene, name));
    assert_true(has_text(&scene, "B") && has_text(&scene, "bag"));
    assert_true(has_text(&scene, "few-shot accuracy 0.625"));
    // One class highlighted: the others dim, and drawn before it.
    view.highlighted = 1;
    scene_reset(&scene, 120, 30);
    figure_embedding(&scene, &plain, features, &view, "");
    Ink last = INK_TEXT;
    for (size_t i = 0; i < scene.shape_count; i++) {
        if (scene.shapes[i].kind == SHAPE_MARK) {
            assert_true(scene.shapes[i].ink ==
                        (scene.shapes[i].letter == 'B' ? INK_CLASS_2 : INK_DIM));
            last = scene.shapes[i].ink;
        }
    }
    assert_int_equal(last, INK_CLASS_2);
    scene_clear(&scene);
    // Single characters are their own letters.
    strcpy(features->class_name[0], "7");
    assert_int_equal(features_class_letter(features, 0), 'A');
    strcpy(features->class_name[1], "x");
    strcpy(features->class_name[2], "%");
    assert_int_equal(features_class_letter(features, 0), '7');
    assert_int_equal(features_class_letter(features, 2), '%');
    features_free(features);
}

static void test_what_cannot_be_projected_is_said(void **state) {
    (void)state;
    Features *features = synthetic_features(4, 1, 5);
    const EmbeddingView view = {.component = {0, 1}, .highlighted = -1};
    const ChartView chart = {.range = RANGE_FROM_ZERO};
    Status status;
    for (int when = 0; when < 2; when++) {
        const size_t count = 6 * 15;
        for (size_t i = 0; i < count; i++) {
            features->x[when][2][i] = when == 0 ? 0.0f : i == 7 ? NAN : 1;
        }
        embedding_clear(&features->embedding[when]);
        assert_true(
            embedding_init(&features->embedding[when], features->x[when][2], 6, 15, &status));
        assert_int_equal(features->embedding[when].components, 0);
    }
    Scene scene;
    scene_init(&scene, 120, 30);
    figure_embedding(&scene, &plain, features, &view, "");
    assert_true(has_text(&scene, "the embedding of the batch is one point"));
    assert_true(has_text(&scene, "the embedding is not finite"));
    scene_reset(&scene, 120, 30);
    figure_variance(&scene, &plain, features, &chart, "");
    assert_true(has_text(&scene, "the embedding does not vary"));
    scene_clear(&scene);
    features_free(features);
}

static void draw_at(const FeatureView *view, const FeatureData *data, int rows, int columns) {
    static const CellStyle styles[] = {{SYMBOLS_ASCII, COLOURS_MONO, THEME_DARK},
                                       {SYMBOLS_BRAILLE, COLOURS_256, THEME_LIGHT}};
    for (size_t s = 0; s < sizeof styles / sizeof styles[0]; s++) {
        CellGrid grid;
        Scene scene;
        scene_init(&scene, columns, rows);
        feature_figure(&scene, &plain, view, data, 1);
        assert_false(scene.failed);
        assert_true(cells_init(&grid, rows, columns));
        assert_true(cells_draw(&grid, 0, 0, &scene, &styles[s]));
        cells_clear(&grid);
        scene_clear(&scene);
    }
}

static void test_every_figure_at_every_size(void **state) {
    (void)state;
    static const struct {
        int size, channels, units;
    } kinds[] = {{1, 1, 1}, {14, 1, 37}, {4, 3, 9}};
    for (size_t k = 0; k < sizeof kinds / sizeof kinds[0]; k++) {
        Features *features = synthetic_features(kinds[k].size, kinds[k].channels, kinds[k].units);
        Filmstrip filmstrip;
        synthetic_filmstrip(&filmstrip, features, 9);
        // NaN and infinity may come from a rule that diverges.
        features->x[1][1][0] = NAN;
        features->x[1][1][1] = INFINITY;
        features->weight[FEATURES_W][FEATURES_NOW][0] = NAN;
        const FeatureData full = {features, &filmstrip, ""}, none = {NULL, NULL, "not yet"};
        for (int figure = 0; figure < FEATURE_FIGURES; figure++) {
            FeatureView view;
            feature_view_init(&view, (FeatureFigure)figure);
            for (int rows = 1; rows < 40; rows += 3) {
                for (int columns = 1; columns < 170; columns += 13) {
                    view.layer = rows - 3;
                    view.first = columns - 20;
                    view.embedding.component[0] = rows - 5;
                    draw_at(&view, &full, rows, columns);
                    draw_at(&view, &none, rows, columns);
                }
            }
        }
        filmstrip_clear(&filmstrip);
        features_free(features);
    }
}

// -- Pictures
// ---------------------------------------------------------------------------------------

static char *read_bytes(const char *path, size_t *size) {
    FILE *stream = fopen(path, "rb");
    assert_non_null(stream);
    assert_int_equal(fseek(stream, 0, SEEK_END), 0);
    *size = (size_t)ftell(stream);
    rewind(stream);
    char *bytes = malloc(*size);
    assert_non_null(bytes);
    assert_int_equal(fread(bytes, 1, *size, stream), *size);
    fclose(stream);
    return bytes;
}

static void assert_note(const char *bytes, size_t size, const char *key, const char *text) {
    char chunk[256];
    const int length = snprintf(chunk, sizeof chunk, "tEXt%s%c%s", key, 0, text);
    if (memmem(bytes, size, chunk, (size_t)length) == NULL) {
        fail_msg("no text chunk %s: %s", key, text);
    }
}

static void test_pictures_repeat_and_say_where_they_come_from(void **state) {
    (void)state;
    static const char *const tensors[] = {
        [FEATURE_SHEET] = "phi layer1.W and layer1.V, before, now and now - before",
        [FEATURE_FILTERS] = "phi layer1.V, before",
        [FEATURE_ACTIVATIONS] = "x_2, before",
        [FEATURE_EMBEDDING] = "x_2, principal components 1 and 2, before and now",
        [FEATURE_VARIANCE] = "x_2, variance explained, before and now",
        [FEATURE_FILMSTRIP] = "phi layer1.V over meta-training",
    };
    const char *path = in_folder(temporary_folder(), "figure.png");
    Features *features = synthetic_features(8, 1, 12);
    Filmstrip filmstrip;
    synthetic_filmstrip(&filmstrip, features, 9);
    features->outer_step = 300;
    filmstrip.frame[8].outer_step = 300;
    const FeatureData data = {features, &filmstrip, ""};
    for (int figure = 0; figure < FEATURE_FIGURES; figure++) {
        FeatureView view;
        feature_view_init(&view, (FeatureFigure)figure);
        view.weight = FEATURES_V;
        view.when = FEATURES_BEFORE;
        view.layer = 2;
        FeatureFigure found;
        assert_true(feature_figure_named(feature_figure_name(view.figure), &found));
        assert_int_equal(found, figure);
        Status status;
        size_t size, again_size;
        assert_true(feature_export(&view, &data, path, 1, THEME_LIGHT, &status));
        char *bytes = read_bytes(path, &size);
        assert_true(feature_export(&view, &data, path, 1, THEME_LIGHT, &status));
        char *again = read_bytes(path, &again_size);
        assert_int_equal(size, again_size);
        assert_memory_equal(bytes, again, size);
        assert_note(bytes, size, "run", "runs/2031-02-03_040506-a1b2");
        assert_note(bytes, size, "outer step", "300");
        assert_note(bytes, size, "seed", "7");
        assert_note(bytes, size, "data", "fashion");
        assert_note(bytes, size, "tensor", tensors[figure]);
        assert_true(feature_export(&view, &data, path, 2, THEME_DARK, &status));
        free(again);
        again = read_bytes(path, &again_size);
        assert_true(size != again_size || memcmp(bytes, again, size) != 0);
        free(bytes);
        free(again);
        assert_false(
            feature_export(&view, &(FeatureData){NULL, NULL, ""}, path, 1, THEME_LIGHT, &status));
        assert_int_equal(status.code, STATUS_FAILURE);
    }
    filmstrip_clear(&filmstrip);
    features_free(features);
}

// A picture's pixels [height, width, 3]; the caller frees.
static uint8_t *decode(const char *path, int *width, int *height) {
    png_image image = {.version = PNG_IMAGE_VERSION};
    assert_true(png_image_begin_read_from_file(&image, path));
    assert_int_equal(image.format, PNG_FORMAT_RGB);
    uint8_t *pixels = malloc(PNG_IMAGE_SIZE(image));
    assert_non_null(pixels);
    assert_true(png_image_finish_read(&image, NULL, pixels, 0, NULL));
    *width = (int)image.width;
    *height = (int)image.height;
    return pixels;
}

// Every weight of every unit has its colour in the file of that unit, and no file is missing.
static void test_a_file_for_each_unit(void **state) {
    (void)state;
    enum { SIZE = 4, UNITS = 3, MARGIN = PICTURE_MARGIN, PIXELS = 16 };
    const char *folder = temporary_folder();
    Features *features = synthetic_features(SIZE, 1, UNITS);
    const FeatureData data = {features, NULL, ""};
    const FeatureView view = {.figure = FEATURE_FILTERS, .when = FEATURES_NOW};
    Status status;
    if (!feature_export_units(&view, &data, in_folder(folder, "unit.png"), 1, THEME_LIGHT,
                              &status)) {
        fail_msg("%s", status.text);
    }
    for (int unit = 0; unit < UNITS; unit++) {
        char name[32];
        int width, height;
        snprintf(name, sizeof name, "unit-%03d.png", unit + 1);
        uint8_t *pixels = decode(in_folder(folder, name), &width, &height);
        assert_true(width > MARGIN + SIZE * PIXELS && height > MARGIN + SIZE * PIXELS);
        const float *weight = features->weight[FEATURES_W][FEATURES_NOW];
        float largest = 0;
        for (int i = 0; i < SIZE * SIZE; i++) {
            largest = fmaxf(largest, fabsf(weight[i * UNITS + unit]));
        }
        for (int i = 0; i < SIZE * SIZE; i++) {
            const float sample = weight[i * UNITS + unit] / largest;
            const Colour colour = palette_map(&sample, MAP_DIVERGING, THEME_LIGHT);
            const int x = MARGIN + (i % SIZE) * PIXELS + PIXELS / 2;
            const int y = MARGIN + PICTURE_CELL_HEIGHT + (i / SIZE) * PIXELS + PIXELS / 2;
            const uint8_t *pixel = pixels + 3 * ((ptrdiff_t)y * width + x);
            assert_int_equal(pixel[0], colour.red);
            assert_int_equal(pixel[1], colour.green);
            assert_int_equal(pixel[2], colour.blue);
        }
        free(pixels);
    }
    assert_int_not_equal(access(in_folder(folder, "unit-004.png"), F_OK), 0);
    features_free(features);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_activations_are_sorted_by_class),
        cmocka_unit_test(test_sheet_shows_all_six),
        cmocka_unit_test(test_filmstrip_leaves_out_evenly),
        cmocka_unit_test(test_filmstrip_shows_units_over_steps),
        cmocka_unit_test(test_embedding_shows_every_example_by_class),
        cmocka_unit_test(test_what_cannot_be_projected_is_said),
        cmocka_unit_test(test_every_figure_at_every_size),
        cmocka_unit_test(test_pictures_repeat_and_say_where_they_come_from),
        cmocka_unit_test(test_a_file_for_each_unit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
