// Tasks: what is drawn, how often, and what is refused.
#include "engine/data/view.h"
#include "engine/task.h"
#include "tests/unit/check.h"
#include "tests/unit/random_task.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { TASKS = 3000 };

// --- Drawing -----------------------------------------------------------------------------------

static void a_seed_decides_everything(void **state) {
    (void)state;
    const Settings settings = usual_settings();
    Dataset dataset = usual_images();
    for (uint64_t seed = 0; seed < 20; seed++) {
        Task a = draw(&settings, &dataset, seed), b = draw(&settings, &dataset, seed);
        assert_string_equal(a.name, b.name);
        assert_string_equal(a.architecture, b.architecture);
        assert_int_equal(a.horizon, b.horizon);
        assert_memory_equal(a.class_of, b.class_of, sizeof a.class_of);
        assert_memory_equal(a.permutation, b.permutation, (size_t)a.inputs * sizeof(int));
        assert_true(a.rotation == b.rotation && a.shift == b.shift && a.noise == b.noise);
        Random random = random_seeded(seed, 1), again = random;
        Batch p = labelled(&a, &random, NULL), q = labelled(&b, &again, NULL);
        assert_memory_equal(p.x, q.x, (size_t)(p.rows * a.inputs) * sizeof(real));
        assert_memory_equal(p.y, q.y, (size_t)(p.rows * p.columns) * sizeof(real));
        assert_memory_equal(p.label, q.label, (size_t)p.rows * sizeof(int));
        task_unlabelled_batch(&a, &random, 4, p.x);
        task_unlabelled_batch(&b, &again, 4, q.x);
        assert_memory_equal(p.x, q.x, 4 * (size_t)a.inputs * sizeof(real));
        assert_memory_equal(&random, &again, sizeof random);
        Task other = draw(&settings, &dataset, seed + 1000);
        assert_memory_not_equal(a.permutation, other.permutation, (size_t)a.inputs * sizeof(int));
        batch_clear(&p);
        batch_clear(&q);
        task_clear(&a);
        task_clear(&b);
        task_clear(&other);
    }
    dataset_clear(&dataset);
}

static void check_task(const Task *task, const Settings *settings) {
    assert_int_equal(task->inputs, SIZE * SIZE);
    assert_int_equal(task->sizes[0], task->inputs);
    assert_int_equal(task->sizes[task->layers], settings->embedding);
    assert_in_range(task->classes, settings->classes_min, settings->classes_max);
    assert_in_range(task->layers - 1, settings->hidden_layers_min, settings->hidden_layers_max);
    assert_in_range(task->horizon, settings->horizon_min, settings->horizon_max);
    for (int l = 1; l < task->layers; l++) {
        assert_in_range(task->sizes[l], settings->width_min, settings->width_max);
        assert_int_equal(task->sizes[l] % 8, 0);
    }
    for (int c = 0; c < task->classes; c++) {
        assert_in_range(task->class_of[c], 0, CLASSES - 1);
        assert_int_equal(times(task->class_of, task->classes, task->class_of[c]), 1);
    }
    for (int i = 0; i < task->inputs; i += 13)
        assert_int_equal(times(task->permutation, task->inputs, i), 1);
    assert_int_equal(task->targets, task->augmented ? TASK_TARGETS : 0);
    assert_in_range((int)(task->rotation * 1e6), 0, task->augmented ? 3141593 : 0);
    assert_true(task->shift >= 0 && task->shift <= (task->augmented ? settings->shift : 0));
    assert_true(task->noise >= 0 && task->noise <= (task->augmented ? settings->noise : 0));
}

// Bounds are five standard errors wide; the seeds are fixed, so this passes always or never.
static void draws_follow_the_settings(void **state) {
    (void)state;
    const Settings settings = usual_settings();
    Dataset dataset = usual_images();
    double classes = 0, augmented = 0, hidden = 0, log_horizon = 0, log_width = 0, rotation = 0;
    int class_used[CLASSES] = {0}, first_input[SIZE * SIZE] = {0};
    for (int seed = 0; seed < TASKS; seed++) {
        Task task = draw(&settings, &dataset, (uint64_t)seed);
        check_task(&task, &settings);
        classes += task.classes;
        augmented += task.augmented;
        hidden += task.layers - 1;
        rotation += task.rotation;
        log_horizon += log(task.horizon + 0.5);
        log_width += log(task.sizes[1]);
        class_used[task.class_of[0]]++;
        first_input[task.permutation[0]]++;
        task_clear(&task);
    }
    const double root = sqrt(TASKS);
    assert_near(classes / TASKS, 6.5, 5 * 1.71 / root);
    assert_near(augmented / TASKS, 0.5, 5 * 0.5 / root);
    assert_near(hidden / TASKS, 2, 5 * 0.82 / root);
    assert_near(rotation / augmented, 3.14159 / 2, 5 * 0.91 / sqrt(augmented));
    assert_near(log_horizon / TASKS, (log(15) + log(51)) / 2, 5 * 0.36 / root);
    assert_near(log_width / TASKS, (log(32) + log(97)) / 2, 5 * 0.33 / root);
    for (int c = 0; c < CLASSES; c++)
        assert_near(class_used[c], TASKS / (double)CLASSES, 5 * sqrt(TASKS / (double)CLASSES));
    int used = 0;
    for (int i = 0; i < SIZE * SIZE; i++)
        used += first_input[i] > 0;
    assert_int_equal(used, SIZE * SIZE);
    dataset_clear(&dataset);
}

static void sources_are_drawn_by_weight(void **state) {
    (void)state;
    const int sizes[4] = {5, 5, 5, 5};
    const double weights[3] = {1, 0, 3};
    Settings settings = usual_settings();
    settings.classes_max = 4;
    Dataset sources[3];
    int drawn[3] = {0};
    for (int i = 0; i < 3; i++)
        sources[i] = random_images("source", sizes, 4, SIDE, i == 2 ? 3 : 1);
    for (int seed = 0; seed < TASKS; seed++) {
        Task task;
        Status status;
        assert_true(task_init(&task, &settings, sources, weights, 3, (uint64_t)seed, &status));
        drawn[task.dataset - sources]++;
        assert_int_equal(task.inputs, SIZE * SIZE * task.dataset->channels);
        task_clear(&task);
    }
    assert_int_equal(drawn[1], 0);
    assert_near(drawn[2] / (double)TASKS, 0.75, 5 * 0.433 / sqrt(TASKS));
    for (int i = 0; i < 3; i++)
        dataset_clear(&sources[i]);
}

static void classes_without_examples_are_not_drawn(void **state) {
    (void)state;
    const int sizes[7] = {3, 0, 3, 3, 0, 3, 0};
    Settings settings = usual_settings();
    Dataset dataset = random_images("gaps", sizes, 7, SIDE, 1);
    for (uint64_t seed = 0; seed < 50; seed++) {
        Task task = draw(&settings, &dataset, seed);
        assert_int_equal(task.classes, 4); // the most that there are
        for (int c = 0; c < task.classes; c++)
            assert_true(sizes[task.class_of[c]] > 0);
        task_clear(&task);
    }
    dataset_clear(&dataset);
}

static void classes_of_a_task_are_of_one_group(void **state) {
    (void)state;
    enum { GROUP = 4, GROUPS = CLASSES / GROUP };
    Settings settings = usual_settings();
    Dataset dataset = usual_images();
    int met[GROUPS] = {0};
    dataset.group = GROUP;
    for (uint64_t seed = 0; seed < 60; seed++) {
        Task task = draw(&settings, &dataset, seed);
        const int group = task.class_of[0] / GROUP;
        assert_int_equal(task.classes, GROUP); // the most that there are
        for (int c = 0; c < task.classes; c++)
            assert_int_equal(task.class_of[c] / GROUP, group);
        met[group]++;
        task_clear(&task);
    }
    for (int group = 0; group < GROUPS; group++)
        assert_in_range(met[group], 8, 40);
    dataset_clear(&dataset);
}

// Each activation of the list, about as often; and nothing else of a task changes with a list of
// one.
static void activations_are_drawn(void **state) {
    (void)state;
    enum { DRAWN = 300 };
    Settings settings = usual_settings(), other = settings;
    Dataset dataset = usual_images();
    int times[ACTIVATION_COUNT] = {0};
    strcpy(settings.activation, "elu,tanh,step");
    strcpy(other.activation, "sine");
    for (uint64_t seed = 0; seed < DRAWN; seed++) {
        Task task = draw(&settings, &dataset, seed);
        times[task.activation]++;
        task_clear(&task);
    }
    for (int i = 0; i < ACTIVATION_COUNT; i++) {
        const bool listed = i == ACTIVATION_ELU || i == ACTIVATION_TANH || i == ACTIVATION_STEP;
        assert_in_range(times[i], listed ? DRAWN / 4 : 0, listed ? DRAWN / 2 : 0);
    }
    strcpy(settings.activation, "relu");
    Task task = draw(&settings, &dataset, 7), same = draw(&other, &dataset, 7);
    assert_int_equal(task.activation, ACTIVATION_RELU);
    assert_int_equal(same.activation, ACTIVATION_SINE);
    assert_memory_equal(task.sizes, same.sizes, sizeof task.sizes);
    assert_memory_equal(task.permutation, same.permutation,
                        (size_t)task.inputs * sizeof *task.permutation);
    assert_int_equal(task.horizon, same.horizon);
    task_clear(&task);
    task_clear(&same);
    dataset_clear(&dataset);
}

static void names_tell_what_was_drawn(void **state) {
    (void)state;
    Settings settings = usual_settings();
    Dataset dataset = usual_images();
    settings.classes_min = settings.classes_max = 7;
    settings.hidden_layers_min = settings.hidden_layers_max = 2;
    settings.width_min = settings.width_max = 50; // no multiple of 8: taken as it is
    settings.augmented = 0;
    Task task = draw(&settings, &dataset, 1);
    assert_string_equal(task.name, "images 7-way");
    assert_string_equal(task.architecture, "196-50-50-32");
    task_clear(&task);
    strcpy(settings.activation, "elu");
    task = draw(&settings, &dataset, 1);
    assert_string_equal(task.architecture, "196-50-50-32 elu");
    task_clear(&task);
    settings.augmented = 1;
    settings.hidden_layers_min = settings.hidden_layers_max = PHI_LAYERS - 1;
    settings.width_min = settings.width_max = 10000;
    task = draw(&settings, &dataset, 1);
    assert_string_equal(task.name, "images 7-way rotated");
    assert_int_equal(strncmp(task.architecture, "196-10000-10000-", 16), 0);
    assert_int_equal(strlen(task.architecture), sizeof task.architecture - 1);
    task_clear(&task);
    dataset_clear(&dataset);
}

// --- Refusals ----------------------------------------------------------------------------------

static void refused(const Settings *settings, const Dataset *dataset, double weight,
                    const char *said) {
    Task task;
    Status status = {0};
    assert_false(task_init(&task, settings, dataset, &weight, 1, 1, &status));
    assert_int_equal(status.code, STATUS_USAGE);
    if (!strstr(status.text, said))
        fail_msg("'%s': expected '%s'", status.text, said);
}

static void refuses_impossible_settings(void **state) {
    (void)state;
    const Settings usual = usual_settings();
    Dataset dataset = usual_images();
    const struct {
        size_t offset;
        int value;
        const char *said;
    } changes[] = {
        {offsetof(Settings, classes_min), 1, "task.classes"},
        {offsetof(Settings, classes_min), 10, "task.classes"},
        {offsetof(Settings, classes_max), TASK_CLASSES + 1, "task.classes"},
        {offsetof(Settings, hidden_layers_max), PHI_LAYERS, "task.hidden_layers"},
        {offsetof(Settings, hidden_layers_min), -1, "task.hidden_layers"},
        {offsetof(Settings, width_min), 0, "task.width"},
        {offsetof(Settings, horizon_min), 0, "inner.horizon"},
        {offsetof(Settings, horizon_max), 14, "inner.horizon"},
        {offsetof(Settings, shots), 0, "task.shots"},
        {offsetof(Settings, image_size), 0, "task.image_size"},
        {offsetof(Settings, image_size), VIEW_SIDE + 1, "task.image_size"},
        {offsetof(Settings, image_size), 2, "found 20 x 20"},
    };
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        Settings settings = usual;
        memcpy((char *)&settings + changes[i].offset, &changes[i].value, sizeof(int));
        refused(&settings, &dataset, 1, changes[i].said);
    }
    Settings wide = usual;
    wide.classes_min = 13;
    wide.classes_max = 30;
    refused(&wide, &dataset, 1, "found 12");
    Settings wavy = usual;
    strcpy(wavy.activation, "relu,wavy");
    refused(&wavy, &dataset, 1, "task.activation");
    refused(&usual, &dataset, 0, "weights");
    refused(&usual, &dataset, NAN, "weights");
    refused(&usual, &dataset, INFINITY, "weights");
    dataset.channels = 2;
    refused(&usual, &dataset, 1, "1 or 3 channels");
    dataset_clear(&dataset);
}

static void refuses_images_that_are_too_large(void **state) {
    (void)state;
    const int sizes[4] = {2, 2, 2, 2};
    const Settings settings = usual_settings();
    Dataset dataset = random_images("large", sizes, 4, VIEW_SIDE + 1, 1);
    refused(&settings, &dataset, 1, "data set large");
    dataset_clear(&dataset);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_seed_decides_everything),
        cmocka_unit_test(draws_follow_the_settings),
        cmocka_unit_test(sources_are_drawn_by_weight),
        cmocka_unit_test(classes_without_examples_are_not_drawn),
        cmocka_unit_test(classes_of_a_task_are_of_one_group),
        cmocka_unit_test(activations_are_drawn),
        cmocka_unit_test(names_tell_what_was_drawn),
        cmocka_unit_test(refuses_impossible_settings),
        cmocka_unit_test(refuses_images_that_are_too_large),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
