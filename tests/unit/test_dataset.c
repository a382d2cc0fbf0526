// Data sets: sizes, index, and resizing against a naive twin that divides every pixel into the
// cells of a grid that both images fit on.
#include "engine/data/dataset.h"
#include "engine/random.h"

#include <limits.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static Dataset random_images(int count, int height, int width, int channels) {
    Dataset dataset;
    Status status;
    assert_true(dataset_init(&dataset, "random", count, height, width, channels, &status));
    Random random = random_seeded(7, 1);
    for (int i = 0; i < count * height * width * channels; i++)
        dataset.pixels[i] = (uint8_t)random_bits(&random);
    for (int i = 0; i < count; i++)
        dataset.labels[i] = i % 3;
    assert_true(dataset_index(&dataset, 3, &status));
    return dataset;
}

static void starts_with_zeros(void **state) {
    (void)state;
    Dataset dataset;
    Status status;
    assert_true(dataset_init(&dataset, "zeros", 3, 4, 5, 3, &status));
    for (int i = 0; i < 3 * 4 * 5 * 3; i++)
        assert_int_equal(dataset.pixels[i], 0);
    assert_string_equal(dataset.name, "zeros");
    assert_ptr_equal(dataset_example(&dataset, 2), dataset.pixels + 120);
    dataset_clear(&dataset);
    assert_null(dataset.pixels);
}

static void refuses_absurd_sizes(void **state) {
    (void)state;
    static const int sizes[][4] = {
        {0, 1, 1, 1},
        {1, 0, 1, 1},
        {1, 1, -1, 1},
        {1, 1, 1, 0},
        {INT_MAX, INT_MAX, INT_MAX, INT_MAX},
        {1, 1 << 16, 1 << 15, 1},
    };
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        Dataset dataset;
        Status status = {0};
        assert_false(dataset_init(&dataset, "huge", sizes[i][0], sizes[i][1], sizes[i][2],
                                  sizes[i][3], &status));
        assert_int_not_equal(status.code, STATUS_OK);
        assert_non_null(strstr(status.text, "huge"));
        assert_null(dataset.pixels);
    }
}

static void index_sorts_by_class(void **state) {
    (void)state;
    static const int32_t labels[8] = {3, 1, 1, 0, 3, 1, 0, 3}; // nothing in class 2 and 4
    static const int32_t order[8] = {3, 6, 1, 2, 5, 0, 4, 7};
    static const int32_t start[6] = {0, 2, 5, 5, 8, 8};
    Dataset dataset;
    Status status;
    assert_true(dataset_init(&dataset, "labels", 8, 1, 1, 1, &status));
    memcpy(dataset.labels, labels, sizeof labels);
    assert_true(dataset_index(&dataset, 5, &status));
    assert_int_equal(dataset.classes, 5);
    assert_memory_equal(dataset.order, order, sizeof order);
    assert_memory_equal(dataset.class_start, start, sizeof start);
    dataset_clear(&dataset);
}

static void index_refuses_labels_out_of_range(void **state) {
    (void)state;
    for (int bad = -1; bad <= 4; bad += 5) {
        Dataset dataset;
        Status status;
        assert_true(dataset_init(&dataset, "labels", 3, 1, 1, 1, &status));
        dataset.labels[1] = bad;
        assert_false(dataset_index(&dataset, 4, &status));
        assert_int_equal(status.code, STATUS_BAD_DATA);
        assert_non_null(strstr(status.text, "example 1"));
        dataset_clear(&dataset);
    }
}

// Mean of pixel (row, column) of an image of another size.
static double naive_mean(const Dataset *dataset, int example, int height, int width, int row,
                         int column, int channel) {
    double sum = 0;
    for (int i = row * dataset->height; i < (row + 1) * dataset->height; i++)
        for (int j = column * dataset->width; j < (column + 1) * dataset->width; j++)
            sum += dataset_example(
                dataset,
                example)[(i / height * dataset->width + j / width) * dataset->channels + channel];
    return sum / (dataset->height * dataset->width);
}

static void check_resize(int height, int width, int to_height, int to_width, int channels) {
    Dataset dataset = random_images(4, height, width, channels), resized;
    Status status;
    assert_true(dataset_resized(&resized, &dataset, to_height, to_width, &status));
    assert_int_equal(resized.height, to_height);
    assert_int_equal(resized.width, to_width);
    const uint8_t *pixel = resized.pixels;
    double before = 0, after = 0;
    for (int example = 0; example < 4; example++)
        for (int row = 0; row < to_height; row++)
            for (int column = 0; column < to_width; column++)
                for (int channel = 0; channel < channels; channel++) {
                    const double mean =
                        naive_mean(&dataset, example, to_height, to_width, row, column, channel);
                    assert_int_equal(*pixel, (int)floor(mean + 0.5));
                    after += *pixel++;
                }
    const int pixels = 4 * height * width * channels,
              to_pixels = 4 * to_height * to_width * channels;
    for (int i = 0; i < pixels; i++)
        before += dataset.pixels[i];
    assert_true(fabs(before / pixels - after / to_pixels) <= 0.5);
    assert_memory_equal(resized.labels, dataset.labels, 4 * sizeof *dataset.labels);
    assert_memory_equal(resized.order, dataset.order, 4 * sizeof *dataset.order);
    assert_int_equal(resized.classes, dataset.classes);
    dataset_clear(&dataset);
    dataset_clear(&resized);
}

static void resizes_by_area(void **state) {
    (void)state;
    check_resize(28, 28, 14, 14, 1);
    check_resize(20, 20, 14, 14, 1);
    check_resize(32, 32, 16, 16, 3);
    check_resize(7, 13, 5, 3, 3);
    check_resize(14, 14, 28, 28, 1);
    check_resize(5, 3, 7, 8, 1);
    check_resize(9, 9, 1, 1, 1);
    check_resize(1, 1, 4, 4, 3);
    check_resize(1, 12, 1, 5, 1);
    check_resize(6, 6, 6, 6, 3);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(starts_with_zeros),    cmocka_unit_test(refuses_absurd_sizes),
        cmocka_unit_test(index_sorts_by_class), cmocka_unit_test(index_refuses_labels_out_of_range),
        cmocka_unit_test(resizes_by_area),
    };
    return cmocka_run_group_tests_name("dataset", tests, NULL, NULL);
}
