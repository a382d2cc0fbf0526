// Shapes: made from a seed alone, told apart by their classes, neither empty nor full.
#include "engine/data/shapes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { CLASSES = 24, PER_CLASS = 20, PIXELS = SHAPES_SIDE * SHAPES_SIDE };

static Dataset make(int classes, uint64_t seed) {
    Dataset dataset;
    Status status;
    assert_true(shapes_init(&dataset, classes, PER_CLASS, seed, &status));
    return dataset;
}

static void the_seed_decides_every_byte(void **state) {
    (void)state;
    Dataset a = make(CLASSES, 1), b = make(CLASSES, 1), other = make(CLASSES, 2);
    assert_memory_equal(a.pixels, b.pixels, (size_t)a.count * PIXELS);
    assert_memory_not_equal(a.pixels, other.pixels, (size_t)a.count * PIXELS);
    dataset_clear(&a);
    dataset_clear(&b);
    dataset_clear(&other);
}

static void a_class_is_the_same_among_more(void **state) {
    (void)state;
    Dataset few = make(3, 1), many = make(CLASSES, 1);
    assert_memory_equal(few.pixels, many.pixels, (size_t)few.count * PIXELS);
    dataset_clear(&few);
    dataset_clear(&many);
}

static void classes_have_their_examples(void **state) {
    (void)state;
    Dataset dataset = make(CLASSES, 1);
    assert_int_equal(dataset.count, CLASSES * PER_CLASS);
    assert_int_equal(dataset.classes, CLASSES);
    for (int c = 0; c < CLASSES; c++)
        assert_int_equal(dataset.class_start[c + 1] - dataset.class_start[c], PER_CLASS);
    dataset_clear(&dataset);
}

static double distance(const uint8_t *a, const uint8_t *b) {
    double sum = 0;
    for (int i = 0; i < PIXELS; i++)
        sum += (a[i] - b[i]) * (double)(a[i] - b[i]);
    return sum;
}

// The nearest of the other examples is of the same class far more often than the 1 in 24 of chance,
// but not always: then there would be nothing to learn.
static void classes_can_be_told_apart_but_not_trivially(void **state) {
    (void)state;
    Dataset dataset = make(CLASSES, 1);
    int right = 0;
    for (int i = 0; i < dataset.count; i++) {
        int nearest = -1;
        for (int j = 0; j < dataset.count; j++)
            if (j != i &&
                (nearest < 0 ||
                 distance(dataset_example(&dataset, i), dataset_example(&dataset, j)) <
                     distance(dataset_example(&dataset, i), dataset_example(&dataset, nearest))))
                nearest = j;
        right += dataset.labels[nearest] == dataset.labels[i];
    }
    print_message("nearest neighbour: %d of %d\n", right, dataset.count);
    assert_true(right > dataset.count / 2);
    assert_true(right < dataset.count);
    dataset_clear(&dataset);
}

static void nearly_every_example_shows_something(void **state) {
    (void)state;
    Dataset dataset = make(CLASSES, 1);
    int shown = 0;
    for (int i = 0; i < dataset.count; i++) {
        const uint8_t *pixels = dataset_example(&dataset, i);
        int bright = 0;
        for (int p = 0; p < PIXELS; p++)
            bright += pixels[p] > 64;
        shown += bright > PIXELS / 40 && bright < PIXELS - PIXELS / 40;
    }
    assert_true(shown > dataset.count * 9 / 10);
    dataset_clear(&dataset);
}

static void absurd_sizes_are_refused(void **state) {
    (void)state;
    const int sizes[][2] = {{0, 1}, {1, 0}, {-1, 5}, {1 << 20, 1 << 20}};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        Dataset dataset;
        Status status;
        assert_false(shapes_init(&dataset, sizes[i][0], sizes[i][1], 1, &status));
        assert_int_equal(status.code, STATUS_USAGE);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_seed_decides_every_byte),
        cmocka_unit_test(a_class_is_the_same_among_more),
        cmocka_unit_test(classes_have_their_examples),
        cmocka_unit_test(classes_can_be_told_apart_but_not_trivially),
        cmocka_unit_test(nearly_every_example_shows_something),
        cmocka_unit_test(absurd_sizes_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
