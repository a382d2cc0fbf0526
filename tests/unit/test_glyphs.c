// The glyph atlas: ours, small ones made here, and damaged ones.
#include "engine/data/glyphs.h"
#include "engine/random.h"

#include <png.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

typedef struct {
    uint8_t *bytes;
    size_t size;
} Block;

static Block read_block(const char *path) {
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    Block block = {.bytes = malloc(1 << 22)};
    block.size = fread(block.bytes, 1, 1 << 22, file);
    fclose(file);
    return block;
}

static bool load(Dataset *dataset, GlyphsPart part, Block png, Block text, Status *status) {
    return glyphs_init(dataset, part, png.bytes, png.size, text.bytes, text.size, status);
}

// --- The atlas that is shipped -----------------------------------------------------------------

static void the_atlas_is_large_enough(void **state) {
    (void)state;
    const Block png = read_block("assets/glyphs.png"), text = read_block("assets/glyphs.txt");
    Dataset training, held_out;
    Status status;
    assert_true(load(&training, GLYPHS_TRAINING, png, text, &status));
    assert_true(load(&held_out, GLYPHS_HELD_OUT, png, text, &status));
    assert_true(training.classes + held_out.classes >= 200);
    assert_true(held_out.classes >= 30);
    assert_string_equal(training.name, "glyphs");
    assert_string_equal(held_out.name, "held-out glyphs");
    const Dataset *const both[] = {&training, &held_out};
    for (int i = 0; i < 2; i++) {
        assert_int_equal(both[i]->channels, 1);
        assert_true(both[i]->height >= 20 && both[i]->width == both[i]->height);
        for (int c = 0; c < both[i]->classes; c++)
            assert_true(both[i]->class_start[c + 1] - both[i]->class_start[c] >=
                        (i == 0 ? 60 : 20));
    }
    dataset_clear(&training);
    dataset_clear(&held_out);
    free(png.bytes);
    free(text.bytes);
}

static void every_cell_has_ink_inside_its_margin(void **state) {
    (void)state;
    const Block png = read_block("assets/glyphs.png"), text = read_block("assets/glyphs.txt");
    for (int part = GLYPHS_TRAINING; part <= GLYPHS_HELD_OUT; part++) {
        Dataset dataset;
        Status status;
        assert_true(load(&dataset, (GlyphsPart)part, png, text, &status));
        const int n = dataset.height;
        for (int example = 0; example < dataset.count; example++) {
            const uint8_t *pixels = dataset_example(&dataset, example);
            int ink = 0, edge = 0;
            for (int i = 0; i < n * n; i++) {
                const bool on_edge = i < n || i >= n * (n - 1) || i % n == 0 || i % n == n - 1;
                *(on_edge ? &edge : &ink) += pixels[i];
            }
            assert_true(ink >= 100);
            assert_int_equal(edge, 0);
        }
        dataset_clear(&dataset);
    }
    free(png.bytes);
    free(text.bytes);
}

// No lineage of fonts is on both sides of the split, and no code point twice in the atlas.
static void lineages_and_code_points_are_not_shared(void **state) {
    (void)state;
    const Block text = read_block("assets/glyphs.txt");
    char seen[1024][2][64];
    int count = 0, training = 0;
    char *next = (char *)text.bytes;
    next[text.size - 1] = '\0';
    for (char *line; (line = strsep(&next, "\n"));) {
        char kind[64], part[64], name[64];
        if (sscanf(line, "%63s %63s %63s", kind, part, name) != 3 || strcmp(kind, "glyphs") == 0 ||
            strcmp(kind, "missing") == 0)
            continue;
        assert_true(count < 1024);
        training += strcmp(part, "training") == 0;
        for (int i = 0; i < count; i++) {
            if (strcmp(seen[i][1], name) != 0)
                continue;
            assert_string_not_equal(kind, "class");
            assert_string_equal(seen[i][0], part);
        }
        strcpy(seen[count][0], part);
        strcpy(seen[count++][1], name);
    }
    assert_true(training > count / 2 && training < count);
    free(text.bytes);
}

// --- A small atlas, whose cells say where they are ---------------------------------------------

enum { CELL = 3, CLASSES = 4, FACES = 5 };

static const char *const small_text = "glyphs 1 cell 3 classes 4 faces 5\n"
                                      "face training one Alpha\n"
                                      "face held-out two Beta\n"
                                      "face training one Gamma\n"
                                      "face training three Delta\n"
                                      "face held-out four Epsilon\n"
                                      "class training U+0041 LATIN CAPITAL LETTER A\n"
                                      "missing 1 3\n"
                                      "class held-out U+0042 LATIN CAPITAL LETTER B\n"
                                      "class held-out U+0043 LATIN CAPITAL LETTER C\n"
                                      "missing 1\n"
                                      "class training U+0044 LATIN CAPITAL LETTER D\n";

static Block text_block(const char *text) {
    return (Block){(uint8_t *)strdup(text), strlen(text)};
}

static Block encode(int width, int height, uint32_t format, const uint8_t *pixels) {
    png_image image = {.version = PNG_IMAGE_VERSION,
                       .width = (png_uint_32)width,
                       .height = (png_uint_32)height,
                       .format = format};
    png_alloc_size_t size = 1 << 16;
    Block block = {.bytes = malloc(size)};
    assert_true(png_image_write_to_memory(&image, block.bytes, &size, 0, pixels, 0, NULL));
    block.size = size;
    return block;
}

// Pixel: 60 * class + 10 * face + place in the cell, so that each differs from all others.
static uint8_t small_pixel(int class, int face, int place) {
    return (uint8_t)(60 * class + 10 * face + place);
}

static Block small_picture(void) {
    uint8_t pixels[CLASSES * CELL * FACES * CELL];
    for (int y = 0; y < CLASSES * CELL; y++)
        for (int x = 0; x < FACES * CELL; x++)
            pixels[y * FACES * CELL + x] =
                small_pixel(y / CELL, x / CELL, y % CELL * CELL + x % CELL);
    return encode(FACES * CELL, CLASSES * CELL, PNG_FORMAT_GRAY, pixels);
}

static void check_example(const Dataset *dataset, int example, int label, int class, int face) {
    assert_int_equal(dataset->labels[example], label);
    for (int i = 0; i < CELL * CELL; i++)
        assert_int_equal(dataset_example(dataset, example)[i], small_pixel(class, face, i));
}

static void parts_take_their_cells(void **state) {
    (void)state;
    const Block png = small_picture(), text = text_block(small_text);
    Dataset dataset;
    Status status;
    assert_true(load(&dataset, GLYPHS_TRAINING, png, text, &status));
    assert_int_equal(dataset.count, 5);
    assert_int_equal(dataset.classes, 2);
    static const int training[5][3] = {{0, 0, 0}, {0, 0, 2}, {1, 3, 0}, {1, 3, 2}, {1, 3, 3}};
    for (int i = 0; i < 5; i++)
        check_example(&dataset, i, training[i][0], training[i][1], training[i][2]);
    dataset_clear(&dataset);
    assert_true(load(&dataset, GLYPHS_HELD_OUT, png, text, &status));
    assert_int_equal(dataset.count, 3);
    static const int held_out[3][3] = {{0, 1, 1}, {0, 1, 4}, {1, 2, 4}};
    for (int i = 0; i < 3; i++)
        check_example(&dataset, i, held_out[i][0], held_out[i][1], held_out[i][2]);
    dataset_clear(&dataset);
    free(png.bytes);
    free(text.bytes);
}

// --- Damage ------------------------------------------------------------------------------------

// Either an error with a sentence, or a data set that is sound.
static bool survives(Block png, Block text) {
    Dataset dataset;
    Status status = {0};
    if (!load(&dataset, GLYPHS_TRAINING, png, text, &status)) {
        assert_int_equal(status.code, STATUS_BAD_DATA);
        assert_non_null(strstr(status.text, "glyph atlas"));
        return false;
    }
    assert_true(dataset.count > 0 && dataset.class_start[dataset.classes] == dataset.count);
    dataset_clear(&dataset);
    return true;
}

static void refuses_texts(void **state) {
    (void)state;
    static const struct {
        const char *from, *to, *said;
    } changes[] = {
        {"glyphs 1", "glyphs 2", "line 1"},
        {"glyphs", "glyph", "line 1"},
        {"cell 3", "cell 0", "line 1"},
        {"cell 3", "cell 3x", "line 1"},
        {"cell 3", "cell", "line 1"},
        {"cell 3", "cell 4", "picture of 20 x 16"},
        {"classes 4", "classes 99999999999999999999", "line 1"},
        {"classes 4", "classes -4", "line 1"},
        {"classes 4", "classes 3", "line 12"},
        {"classes 4", "classes 5", "line 13"},
        {"faces 5", "faces 4", "line 6"},
        {"faces 5", "faces 6", "line 7"},
        {"faces 5", "faces 1025", "line 1"},
        {"face held-out two", "face hold-out two", "line 3"},
        {"missing 1 3", "missing 1 5", "line 8"},
        {"missing 1 3", "missing -1", "line 8"},
        {"missing 1 3", "missing x", "line 8"},
        {"class training U+0044", "klass training U+0044", "line 12"},
    };
    const Block png = small_picture();
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        const char *place = strstr(small_text, changes[i].from);
        char changed[1024];
        assert_non_null(place);
        snprintf(changed, sizeof changed, "%.*s%s%s", (int)(place - small_text), small_text,
                 changes[i].to, place + strlen(changes[i].from));
        const Block text = text_block(changed);
        Dataset dataset;
        Status status = {0};
        assert_false(load(&dataset, GLYPHS_TRAINING, png, text, &status));
        assert_int_equal(status.code, STATUS_BAD_DATA);
        if (!strstr(status.text, changes[i].said))
            fail_msg("'%s': expected '%s'", status.text, changes[i].said);
        free(text.bytes);
    }
    free(png.bytes);
}

static void refuses_pictures(void **state) {
    (void)state;
    const Block text = text_block(small_text);
    uint8_t pixels[8 * CLASSES * CELL * FACES * CELL] = {0};
    const Block pictures[] = {
        {(uint8_t *)strdup("GIF89a"), 6},
        {malloc(1), 0},
        encode(FACES * CELL, CLASSES * CELL - 1, PNG_FORMAT_GRAY, pixels),
        encode(FACES * CELL + 1, CLASSES * CELL, PNG_FORMAT_GRAY, pixels),
        encode(FACES * CELL, CLASSES * CELL, PNG_FORMAT_RGB, pixels),
        encode(FACES * CELL, CLASSES * CELL, PNG_FORMAT_GA, pixels),
        encode(FACES * CELL, CLASSES * CELL, PNG_FORMAT_LINEAR_Y, pixels),
    };
    for (size_t i = 0; i < sizeof pictures / sizeof *pictures; i++) {
        assert_false(survives(pictures[i], text));
        free(pictures[i].bytes);
    }
    free(text.bytes);
}

static void refuses_a_part_without_examples(void **state) {
    (void)state;
    const Block png = small_picture();
    Block text = text_block(small_text);
    for (char *word; (word = strstr((char *)text.bytes, "training"));)
        memcpy(word, "held-out", 8);
    Dataset dataset;
    Status status;
    assert_false(load(&dataset, GLYPHS_TRAINING, png, text, &status));
    assert_non_null(strstr(status.text, "none"));
    free(png.bytes);
    free(text.bytes);
}

static void survives_truncation(void **state) {
    (void)state;
    const Block png = small_picture(), text = text_block(small_text);
    // Without its last 12 bytes (the end marker) a picture is complete for some decoders.
    for (size_t size = 0; size + 12 < png.size; size++)
        assert_false(survives((Block){png.bytes, size}, text));
    const size_t last_name = (size_t)(strstr(small_text, " U+0044") - small_text);
    for (size_t size = 0; size < text.size; size++)
        assert_int_equal(survives(png, (Block){text.bytes, size}), size >= last_name);
    free(png.bytes);
    free(text.bytes);
}

static void survives_random_damage(void **state) {
    (void)state;
    const Block png = small_picture(), text = text_block(small_text);
    Random random = random_seeded(11, 12);
    int refused = 0;
    for (int trial = 0; trial < 4000; trial++) {
        Block damaged = trial % 2 ? png : text;
        const size_t place = (size_t)random_below(&random, (int)damaged.size);
        const uint8_t kept = damaged.bytes[place];
        damaged.bytes[place] = (uint8_t)random_bits(&random);
        refused += !survives(png, text);
        damaged.bytes[place] = kept;
    }
    assert_true(refused > 1000);
    assert_true(survives(png, text));
    free(png.bytes);
    free(text.bytes);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_atlas_is_large_enough),
        cmocka_unit_test(every_cell_has_ink_inside_its_margin),
        cmocka_unit_test(lineages_and_code_points_are_not_shared),
        cmocka_unit_test(parts_take_their_cells),
        cmocka_unit_test(refuses_texts),
        cmocka_unit_test(refuses_pictures),
        cmocka_unit_test(refuses_a_part_without_examples),
        cmocka_unit_test(survives_truncation),
        cmocka_unit_test(survives_random_damage),
    };
    return cmocka_run_group_tests_name("glyphs", tests, NULL, NULL);
}
