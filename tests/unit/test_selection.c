// Parts of a data set: kept examples, chosen classes, fixed splits, colours; for bytes and floats.
#include "engine/data/selection.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { COUNT = 60, CLASSES = 4, FEATURES = 3 };

// Example i has the numbers i, i + 1, i + 2 and class i % CLASSES.
static Dataset numbered(bool floats) {
    Dataset dataset;
    Status status;
    assert_true(floats ? dataset_init_floats(&dataset, "numbered", COUNT, FEATURES, &status)
                       : dataset_init_bytes(&dataset, "numbered", COUNT, FEATURES, &status));
    for (int i = 0; i < COUNT; i++) {
        for (int j = 0; j < FEATURES; j++)
            if (floats)
                dataset.values[i * FEATURES + j] = (float)(i + j);
            else
                dataset.pixels[i * FEATURES + j] = (uint8_t)(i + j);
        dataset.labels[i] = i % CLASSES;
    }
    assert_true(dataset_index(&dataset, CLASSES, &status));
    return dataset;
}

static int number_of(const Dataset *dataset, int example) {
    if (dataset->values)
        return (int)dataset->values[(size_t)example * FEATURES];
    return dataset_example(dataset, example)[0];
}

static void expect_numbers(const Dataset *dataset, int example, int number) {
    for (int j = 0; j < FEATURES; j++)
        if (dataset->values)
            assert_true(dataset->values[example * FEATURES + j] == (float)(number + j));
        else
            assert_int_equal(dataset->pixels[example * FEATURES + j], number + j);
}

static void kept_examples_stay_in_order(void **state) {
    (void)state;
    for (int floats = 0; floats < 2; floats++) {
        Dataset dataset = numbered(floats);
        bool keep[COUNT];
        Status status;
        for (int i = 0; i < COUNT; i++)
            keep[i] = i % 3 == 1;
        assert_true(dataset_keep(&dataset, keep, &status));
        assert_int_equal(dataset.count, COUNT / 3);
        for (int i = 0; i < dataset.count; i++) {
            expect_numbers(&dataset, i, 3 * i + 1);
            assert_int_equal(dataset.labels[i], (3 * i + 1) % CLASSES);
        }
        assert_int_equal(dataset.class_start[CLASSES], dataset.count);
        dataset_clear(&dataset);
    }
}

static void nothing_kept_is_refused(void **state) {
    (void)state;
    Dataset dataset = numbered(false);
    const bool keep[COUNT] = {false};
    Status status;
    assert_false(dataset_keep(&dataset, keep, &status));
    assert_int_equal(status.code, STATUS_USAGE);
    dataset_clear(&dataset);
}

static void classes_are_numbered_anew(void **state) {
    (void)state;
    Dataset dataset = numbered(true);
    Status status;
    assert_true(dataset_keep_classes(&dataset, "3,1", &status));
    assert_int_equal(dataset.classes, 2);
    assert_int_equal(dataset.count, COUNT / 2);
    for (int i = 0; i < dataset.count; i++) {
        expect_numbers(&dataset, i, 2 * i + 1);
        assert_int_equal(dataset.labels[i], i % 2); // old class 1, 3, 1, 3 ...
    }
    assert_string_equal(dataset.class_names[0], "1");
    assert_string_equal(dataset.class_names[1], "3");
    // Names that look like numbers are names.
    assert_true(dataset_keep_classes(&dataset, "3", &status));
    assert_int_equal(dataset.classes, 1);
    expect_numbers(&dataset, 0, 3);
    dataset_clear(&dataset);
}

static void classes_have_names(void **state) {
    (void)state;
    static const char *const names[CLASSES] = {"ant", "bee", "cat", "dog"};
    Dataset dataset = numbered(false);
    Status status;
    assert_true(dataset_name_classes(&dataset, &status));
    for (int class = 0; class < CLASSES; class ++)
        snprintf(dataset.class_names[class], DATASET_NAME, "%s", names[class]);
    assert_false(dataset_keep_classes(&dataset, "beee", &status));
    assert_non_null(strstr(status.text, "nearest is bee"));
    assert_true(dataset_keep_classes(&dataset, "dog,0-1", &status));
    assert_int_equal(dataset.classes, 3);
    assert_string_equal(dataset.class_names[2], "dog");
    dataset_clear(&dataset);
}

// The two sides are disjoint and make up the whole; every class gives its share; the seed decides.
static void splits_are_fixed(void **state) {
    (void)state;
    Status status;
    for (uint64_t seed = 1; seed < 4; seed++) {
        Dataset training = numbered(false), held_out = numbered(false), again = numbered(true);
        bool seen[COUNT] = {false};
        assert_true(dataset_split(&training, 0.2, seed, false, &status));
        assert_true(dataset_split(&held_out, 0.2, seed, true, &status));
        assert_true(dataset_split(&again, 0.2, seed, true, &status));
        for (int i = 0; i < training.count; i++)
            seen[number_of(&training, i)] = true;
        for (int i = 0; i < held_out.count; i++) {
            assert_false(seen[number_of(&held_out, i)]);
            seen[number_of(&held_out, i)] = true;
            assert_int_equal(number_of(&again, i), number_of(&held_out, i));
        }
        for (int i = 0; i < COUNT; i++)
            assert_true(seen[i]);
        for (int class = 0; class < CLASSES; class ++)
            assert_int_equal(held_out.class_start[class + 1] - held_out.class_start[class], 3);
        dataset_clear(&training);
        dataset_clear(&held_out);
        dataset_clear(&again);
    }
    Dataset one = numbered(false), other = numbered(false);
    assert_true(dataset_split(&one, 0.5, 1, true, &status));
    assert_true(dataset_split(&other, 0.5, 2, true, &status));
    bool differs = false;
    for (int i = 0; i < one.count; i++)
        differs |= number_of(&one, i) != number_of(&other, i);
    assert_true(differs);
    dataset_clear(&one);
    dataset_clear(&other);
}

static void colours_become_grey_and_back(void **state) {
    (void)state;
    Dataset dataset;
    Status status;
    static const uint8_t colours[6][3] = {{255, 255, 255}, {0, 0, 0},   {255, 0, 0},
                                          {0, 255, 0},     {0, 0, 255}, {10, 200, 30}};
    static const uint8_t greys[6] = {255, 0, 76, 150, 29, 124};
    assert_true(dataset_init(&dataset, "colours", 3, 1, 2, 3, &status));
    memcpy(dataset.pixels, colours, sizeof colours);
    assert_true(dataset_set_channels(&dataset, 3, &status)); // already so
    assert_memory_equal(dataset.pixels, colours, sizeof colours);
    assert_true(dataset_set_channels(&dataset, 1, &status));
    assert_int_equal(dataset.channels, 1);
    assert_memory_equal(dataset.pixels, greys, sizeof greys);
    assert_true(dataset_set_channels(&dataset, 3, &status));
    for (int i = 0; i < 6; i++)
        for (int channel = 0; channel < 3; channel++)
            assert_int_equal(dataset.pixels[3 * i + channel], greys[i]);
    dataset_clear(&dataset);
    Dataset vectors = numbered(false);
    assert_false(dataset_set_channels(&vectors, 3, &status));
    assert_int_equal(status.code, STATUS_USAGE);
    assert_false(dataset_resized(&dataset, &vectors, 4, 4, &status));
    assert_int_equal(status.code, STATUS_USAGE);
    dataset_clear(&vectors);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kept_examples_stay_in_order),
        cmocka_unit_test(nothing_kept_is_refused),
        cmocka_unit_test(classes_are_numbered_anew),
        cmocka_unit_test(classes_have_names),
        cmocka_unit_test(splits_are_fixed),
        cmocka_unit_test(colours_become_grey_and_back),
    };
    return cmocka_run_group_tests_name("selection", tests, NULL, NULL);
}
