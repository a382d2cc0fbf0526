// Vectors: tables of values, normalisation, class lists, two moons.
#include "engine/data/class_list.h"
#include "engine/data/moons.h"
#include "engine/data/normalise.h"
#include "engine/data/value_table.h"
#include "engine/random.h"
#include "tests/unit/check.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void a_table_holds_256_values(void **state) {
    (void)state;
    ValueTable table;
    value_table_init(&table);
    for (int round = 0; round < 2; round++)
        for (int i = 0; i < 256; i++)
            assert_int_equal(value_table_code(&table, (float)i * 0.37F - 20), i);
    assert_int_equal(value_table_code(&table, 1e9F), -1);
    assert_int_equal(value_table_code(&table, -20), 0); // known ones are still found
    value_table_init(&table);
    assert_int_equal(value_table_code(&table, 0.0F), value_table_code(&table, -0.0F));
    assert_int_equal(table.count, 1);
}

// Numbers with `different` values, in floats.
static Dataset numbers(int count, int features, int different) {
    Dataset dataset;
    Status status;
    assert_true(dataset_init_floats(&dataset, "numbers", count, features, &status));
    Random random = random_seeded(5, 6);
    for (int i = 0; i < count * features; i++)
        dataset.values[i] =
            (float)(i < different ? i : random_below(&random, different)) * 1.7F - 3;
    assert_true(dataset_index(&dataset, 1, &status));
    return dataset;
}

static void few_values_are_packed_without_loss(void **state) {
    (void)state;
    for (int different = 1; different <= 257; different += 64) {
        Dataset before = numbers(40, 10, different), after = numbers(40, 10, different);
        Status status;
        assert_true(dataset_pack(&after, &status));
        assert_int_equal(after.values == NULL, different <= 256);
        assert_int_equal(dataset_bytes(&after), different <= 256 ? 400 : 1600);
        for (int i = 0; i < 40; i++)
            for (int j = 0; j < 10; j++)
                assert_true(dataset_value(&after, i, j) == dataset_value(&before, i, j));
        dataset_clear(&before);
        dataset_clear(&after);
    }
}

static void ranges_become_0_to_1(void **state) {
    (void)state;
    Status status;
    for (int packed = 0; packed < 2; packed++) {
        Dataset dataset = numbers(30, 4, 100), before = numbers(30, 4, 100);
        if (packed)
            assert_true(dataset_pack(&dataset, &status));
        assert_true(dataset_normalise(&dataset, NORMALISE_RANGE, &status));
        assert_int_equal(dataset.values == NULL, packed); // bytes stay bytes
        for (int i = 0; i < 30; i++)
            for (int j = 0; j < 4; j++)
                assert_near((double)dataset_value(&dataset, i, j),
                            ((double)dataset_value(&before, i, j) + 3) / (99 * 1.7), 1e-6);
        dataset_clear(&dataset);
        dataset_clear(&before);
    }
    Dataset same = numbers(5, 3, 1);
    assert_true(dataset_normalise(&same, NORMALISE_RANGE, &status));
    assert_true(dataset_value(&same, 4, 2) == 0);
    dataset_clear(&same);
}

static void features_become_standard(void **state) {
    (void)state;
    Status status;
    Dataset dataset = numbers(50, 4, 90);
    for (int i = 0; i < 50; i++)
        dataset.values[i * 4 + 2] = 7; // constant
    assert_true(dataset_pack(&dataset, &status));
    assert_true(dataset_normalise(&dataset, NORMALISE_STANDARD, &status));
    for (int j = 0; j < 4; j++) {
        double sum = 0, squares = 0;
        for (int i = 0; i < 50; i++) {
            sum += (double)dataset_value(&dataset, i, j);
            squares += pow((double)dataset_value(&dataset, i, j), 2);
        }
        assert_near(sum / 50, 0, 1e-6);
        assert_near(squares / 50, j == 2 ? 0 : 1, 1e-5);
    }
    dataset_clear(&dataset);
    assert_true(dataset_init(&dataset, "images", 1, 2, 2, 1, &status));
    assert_true(dataset_normalise(&dataset, NORMALISE_NONE, &status));
    assert_false(dataset_normalise(&dataset, NORMALISE_STANDARD, &status));
    assert_int_equal(status.code, STATUS_USAGE);
    dataset_clear(&dataset);
}

static void labels_are_sorted_into_classes(void **state) {
    (void)state;
    static const int64_t labels[6] = {5, -2, 5, INT64_MAX, INT64_MIN, -2};
    ClassList list;
    assert_true(class_list_init(&list, labels, 6));
    assert_int_equal(list.count, 4);
    assert_int_equal(class_list_find(&list, INT64_MIN), 0);
    assert_int_equal(class_list_find(&list, -2), 1);
    assert_int_equal(class_list_find(&list, 5), 2);
    assert_int_equal(class_list_find(&list, INT64_MAX), 3);
    assert_int_equal(class_list_find(&list, 4), -1);
    class_list_clear(&list);
}

// Without noise every point lies on its half circle, and a point's moon follows from its place.
static void moons_are_half_circles(void **state) {
    (void)state;
    Dataset dataset;
    Status status;
    assert_true(moons_init(&dataset, 400, 0, 1, false, &status));
    assert_int_equal(dataset.width, 2);
    assert_int_equal(dataset.classes, 2);
    assert_int_equal(dataset.class_start[1], 200);
    double turned = 0;
    for (int i = 0; i < 400; i++) {
        const double x = (double)dataset.values[2 * i], y = (double)dataset.values[2 * i + 1];
        const bool lower = dataset.labels[i] == 1;
        assert_near(hypot(lower ? x - 1 : x, lower ? y - 0.5 : y), 1, 1e-6);
        assert_true(lower ? y <= 0.5 + 1e-6 : y >= -1e-6);
        turned += lower ? 1 - x : x; // the mean of cos t is 0
    }
    assert_near(turned / 400, 0, 5 * 0.71 / 20);
    dataset_clear(&dataset);
}

static void moons_follow_seed_and_noise(void **state) {
    (void)state;
    enum { COUNT = 2000 };
    Dataset clean, noisy, again, other, test;
    Status status;
    assert_true(moons_init(&clean, COUNT, 0, 1, false, &status));
    assert_true(moons_init(&noisy, COUNT, 0.2, 1, false, &status));
    assert_true(moons_init(&again, COUNT, 0.2, 1, false, &status));
    assert_true(moons_init(&other, COUNT, 0.2, 2, false, &status));
    assert_true(moons_init(&test, COUNT, 0.2, 1, true, &status));
    const size_t bytes = dataset_bytes(&noisy);
    assert_memory_equal(noisy.values, again.values, bytes);
    assert_memory_not_equal(noisy.values, other.values, bytes);
    assert_memory_not_equal(noisy.values, test.values, bytes);
    double squares = 0; // distances from the half circle: only the noise across it
    for (int i = 0; i < COUNT; i++) {
        const bool lower = noisy.labels[i] == 1;
        const double x = (double)noisy.values[2 * i] - lower,
                     y = (double)noisy.values[2 * i + 1] - (lower ? 0.5 : 0);
        squares += pow(hypot(x, y) - 1, 2);
    }
    assert_near(sqrt(squares / COUNT), 0.2, 0.02);
    dataset_clear(&clean);
    dataset_clear(&noisy);
    dataset_clear(&again);
    dataset_clear(&other);
    dataset_clear(&test);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_table_holds_256_values),
        cmocka_unit_test(few_values_are_packed_without_loss),
        cmocka_unit_test(ranges_become_0_to_1),
        cmocka_unit_test(features_become_standard),
        cmocka_unit_test(labels_are_sorted_into_classes),
        cmocka_unit_test(moons_are_half_circles),
        cmocka_unit_test(moons_follow_seed_and_noise),
    };
    return cmocka_run_group_tests_name("vectors", tests, NULL, NULL);
}
