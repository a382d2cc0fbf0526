// Batches of a task: that inputs, labels and targets belong together.
#include "engine/data/view.h"
#include "tests/unit/check.h"
#include "tests/unit/random_task.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void inputs_are_permuted_views(void **state) {
    (void)state;
    Settings settings = usual_settings();
    settings.augmented = 0;
    Dataset dataset = usual_images();
    for (int permute = 0; permute < 2; permute++) {
        settings.permute = permute;
        Task task = draw(&settings, &dataset, 5);
        Random random = random_seeded(6, 7);
        Batch batch = labelled(&task, &random, NULL);
        int moved = 0;
        for (int i = 0; i < batch.rows; i++) {
            real view[SIZE * SIZE];
            view_render(&(View){0}, dataset_example(&dataset, batch.drawn[i]), SIDE, SIDE, 1, SIZE,
                        NULL, view);
            for (int j = 0; j < task.inputs; j++)
                assert_true(batch.x[i * task.inputs + j] == view[task.permutation[j]]);
        }
        for (int j = 0; j < task.inputs; j++)
            moved += task.permutation[j] != j;
        assert_true(permute ? moved > task.inputs / 2 : moved == 0);
        batch_clear(&batch);
        task_clear(&task);
    }
    dataset_clear(&dataset);
}

static void labels_belong_to_their_examples(void **state) {
    (void)state;
    const Settings settings = usual_settings();
    Dataset dataset = usual_images();
    int in_order = 0;
    for (uint64_t seed = 0; seed < 20; seed++) {
        Task task = draw(&settings, &dataset, seed);
        Random random = random_seeded(seed, 8);
        Batch batch = labelled(&task, &random, NULL);
        for (int c = 0; c < task.classes; c++)
            assert_int_equal(times(batch.label, batch.rows, c), task.shots);
        for (int i = 0; i < batch.rows; i++) {
            assert_int_equal(dataset.labels[batch.drawn[i]], task.class_of[batch.label[i]]);
            assert_int_equal(times(batch.drawn, batch.rows, batch.drawn[i]), 1);
            for (int c = 0; c < task.classes; c++)
                assert_true(batch.y[i * batch.columns + c] == (c == batch.label[i]));
            in_order += i > 0 && batch.label[i] == batch.label[i - 1];
        }
        batch_clear(&batch);
        task_clear(&task);
    }
    assert_true(in_order < 20 * 50 / 2); // sorted by class it would be nine of ten
    dataset_clear(&dataset);
}

// Two batches of 10 from classes with 20 examples or more share none; with fewer they share as few
// as can be; with fewer than 10 every example is used as often as any other, give or take one.
static void batches_share_no_example_unless_they_must(void **state) {
    (void)state;
    const int sizes[6] = {20, 21, 400, 14, 10, 3};
    Settings settings = usual_settings();
    settings.classes_min = settings.classes_max = 6;
    Dataset dataset = random_images("sizes", sizes, 6, SIDE, 1);
    for (uint64_t seed = 0; seed < 30; seed++) {
        Task task = draw(&settings, &dataset, seed);
        Random random = random_seeded(seed, 9);
        Batch a = labelled(&task, &random, NULL), b = labelled(&task, &random, a.drawn);
        for (int c = 0; c < task.classes; c++) {
            const int size = sizes[task.class_of[c]];
            int shared = 0;
            for (int i = 0; i < b.rows; i++) {
                if (b.label[i] != c)
                    continue;
                shared += times(a.drawn, a.rows, b.drawn[i]) > 0;
                const int uses = times(b.drawn, b.rows, b.drawn[i]);
                assert_in_range(uses, 10 / size, (10 + size - 1) / size);
            }
            assert_int_equal(shared, size >= 20 ? 0 : size >= 10 ? 20 - size : 10);
        }
        batch_clear(&a);
        batch_clear(&b);
        task_clear(&task);
    }
    dataset_clear(&dataset);
}

// One bright spot, right of the middle, in every image.
static Dataset spots(int distance) {
    const int sizes[4] = {PER_CLASS, PER_CLASS, PER_CLASS, PER_CLASS};
    Dataset dataset = random_images("spots", sizes, 4, SIDE, 1);
    memset(dataset.pixels, 0, (size_t)(dataset.count * SIDE * SIDE));
    for (int example = 0; example < dataset.count; example++)
        for (int i = 0; i < 4; i++)
            dataset.pixels[(example * SIDE + SIDE / 2 - 1 + i / 2) * SIDE + SIDE / 2 - 1 +
                           distance + i % 2] = 255;
    return dataset;
}

// Where the spot is seen must be where the targets say that it went.
static void targets_tell_where_the_image_went(void **state) {
    (void)state;
    enum { DISTANCE = 4 };
    Settings settings = usual_settings();
    settings.classes_max = 4;
    settings.augmented = 1;
    settings.noise = 0;
    settings.shift = 2;
    settings.image_size = SIDE;
    settings.permute = 0;
    Dataset dataset = spots(DISTANCE);
    double widest = 0;
    for (uint64_t seed = 0; seed < 20; seed++) {
        Task task = draw(&settings, &dataset, seed);
        Random random = random_seeded(seed, 10);
        Batch batch = labelled(&task, &random, NULL);
        for (int i = 0; i < batch.rows; i++) {
            const real *x = batch.x + i * task.inputs,
                       *target = batch.y + i * batch.columns + task.classes;
            double light = 0, right = 0, down = 0;
            for (int j = 0; j < task.inputs; j++) {
                light += x[j];
                right += x[j] * (j % SIDE + 0.5 - SIDE / 2.0);
                down += x[j] * (j / SIDE + 0.5 - SIDE / 2.0);
            }
            assert_near(right / light, DISTANCE * target[0] + task.shift * target[2], 0.12);
            assert_near(down / light, -DISTANCE * target[1] + task.shift * target[3], 0.12);
            assert_near(target[0] * target[0] + target[1] * target[1], 1, 1e-6);
            assert_true(fabs(target[2]) <= 1 && fabs(target[3]) <= 1);
            assert_true(acos(target[0]) <= task.rotation + 1e-3);
            widest = fmax(widest, acos(target[0]) / task.rotation);
        }
        batch_clear(&batch);
        task_clear(&task);
    }
    assert_true(widest > 0.99);
    dataset_clear(&dataset);
}

// Images of one brightness tell which class they are of.
static void unlabelled_views_are_of_all_classes_alike(void **state) {
    (void)state;
    enum { COUNT = 4000 };
    Settings settings = usual_settings();
    settings.augmented = 0;
    settings.image_size = 4;
    const int sizes[CLASSES] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 300};
    Dataset dataset = random_images("grey", sizes, CLASSES, 4, 1);
    for (int i = 0; i < dataset.count * 16; i++)
        dataset.pixels[i] = (uint8_t)(dataset.labels[i / 16] + 1);
    Task task = draw(&settings, &dataset, 3);
    Random random = random_seeded(1, 11);
    real *x = malloc((size_t)(COUNT * task.inputs) * sizeof *x);
    task_unlabelled_batch(&task, &random, COUNT, x);
    int seen[CLASSES] = {0};
    for (int i = 0; i < COUNT; i++) {
        const int class = (int)lround(x[i * task.inputs] * 255) - 1;
        assert_int_equal(times(task.class_of, task.classes, class), 1);
        seen[class]++;
    }
    const double expected = COUNT / (double)task.classes;
    for (int c = 0; c < task.classes; c++)
        assert_near(seen[task.class_of[c]], expected, 5 * sqrt(expected));
    free(x);
    task_clear(&task);
    dataset_clear(&dataset);
}

static void noise_differs_from_example_to_example(void **state) {
    (void)state;
    Settings settings = usual_settings();
    settings.augmented = 1;
    settings.rotation = settings.shift = 0;
    Dataset dataset = usual_images();
    memset(dataset.pixels, 0, (size_t)(dataset.count * SIDE * SIDE));
    Task task = draw(&settings, &dataset, 2);
    assert_string_equal(strrchr(task.name, ' '), " augmented");
    Random random = random_seeded(3, 4);
    Batch batch = labelled(&task, &random, NULL);
    double squares = 0, products = 0;
    for (int i = 1; i < batch.rows; i++)
        for (int j = 0; j < task.inputs; j++) {
            squares += pow(batch.x[i * task.inputs + j], 2);
            products += batch.x[i * task.inputs + j] * batch.x[(i - 1) * task.inputs + j];
        }
    const double count = (batch.rows - 1) * (double)task.inputs;
    assert_near(sqrt(squares / count) / task.noise, 1, 0.05);
    assert_near(products / squares, 0, 5 / sqrt(count));
    for (int i = 0; i < batch.rows; i++)
        for (int j = 0; j < TASK_TARGETS; j++)
            assert_true(batch.y[i * batch.columns + task.classes + j] == (j == 0));
    batch_clear(&batch);
    task_clear(&task);
    dataset_clear(&dataset);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(inputs_are_permuted_views),
        cmocka_unit_test(labels_belong_to_their_examples),
        cmocka_unit_test(batches_share_no_example_unless_they_must),
        cmocka_unit_test(targets_tell_where_the_image_went),
        cmocka_unit_test(unlabelled_views_are_of_all_classes_alike),
        cmocka_unit_test(noise_differs_from_example_to_example),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
