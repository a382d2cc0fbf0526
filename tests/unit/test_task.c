// Tasks: what is drawn, how often, and that inputs, labels and targets belong together.
#include "engine/data/view.h"
#include "engine/task.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { SIDE = 20, SIZE = 14, CLASSES = 12, PER_CLASS = 24, TASKS = 3000 };

static void assert_near(double a, double b, double tolerance) {
    if (!(fabs(a - b) <= tolerance))
        fail_msg("found %.9g, expected %.9g within %g", a, b, tolerance);
}

static Settings usual_settings(void) {
    Settings settings;
    memset(&settings, 0, sizeof settings);
    settings.embedding = 32;
    settings.image_size = SIZE;
    settings.classes_min = 4;
    settings.classes_max = 9;
    settings.shots = 10;
    settings.augmented = 0.5;
    settings.rotation = 180;
    settings.shift = 3;
    settings.noise = 0.2;
    settings.permute = 1;
    settings.hidden_layers_min = 1;
    settings.hidden_layers_max = 3;
    settings.width_min = 32;
    settings.width_max = 96;
    settings.horizon_min = 15;
    settings.horizon_max = 50;
    strcpy(settings.activation, "relu");
    return settings;
}

// Class c has sizes[c] examples, in mixed order; the pixels are random.
static Dataset random_images(const char *name, const int *sizes, int classes, int side,
                             int channels) {
    Dataset dataset;
    Status status;
    int count = 0, example = 0;
    for (int c = 0; c < classes; c++)
        count += sizes[c];
    assert_true(dataset_init(&dataset, name, count, side, side, channels, &status));
    Random random = random_seeded(21, 22);
    for (int i = 0; i < count * side * side * channels; i++)
        dataset.pixels[i] = (uint8_t)random_bits(&random);
    for (int round = 0; round < count; round++)
        for (int c = 0; c < classes; c++)
            if (round < sizes[c])
                dataset.labels[example++] = c;
    assert_true(dataset_index(&dataset, classes, &status));
    return dataset;
}

static Dataset usual_images(void) {
    int sizes[CLASSES];
    for (int c = 0; c < CLASSES; c++)
        sizes[c] = PER_CLASS;
    return random_images("images", sizes, CLASSES, SIDE, 1);
}

static Task draw(const Settings *settings, const Dataset *dataset, uint64_t seed) {
    Task task;
    Status status = {0};
    const double weight = 1;
    if (!task_init(&task, settings, dataset, &weight, 1, seed, &status))
        fail_msg("%s", status.text);
    return task;
}

typedef struct {
    real *x, *y;
    int *label, *drawn;
    int rows, columns;
} Batch;

static Batch labelled(const Task *task, Random *random, const int *exclude) {
    Batch batch = {.rows = task->classes * task->shots, .columns = task->classes + task->targets};
    batch.x = malloc((size_t)(batch.rows * task->inputs) * sizeof *batch.x);
    batch.y = malloc((size_t)(batch.rows * batch.columns) * sizeof *batch.y);
    batch.label = malloc((size_t)batch.rows * sizeof *batch.label);
    batch.drawn = malloc((size_t)batch.rows * sizeof *batch.drawn);
    task_labelled_batch(task, random, batch.x, batch.y, batch.label, batch.drawn, exclude);
    return batch;
}

static void batch_clear(Batch *batch) {
    free(batch->x);
    free(batch->y);
    free(batch->label);
    free(batch->drawn);
}

static int times(const int *list, int count, int value) {
    int found = 0;
    for (int i = 0; i < count; i++)
        found += list[i] == value;
    return found;
}

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

// --- Batches -----------------------------------------------------------------------------------

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
        cmocka_unit_test(inputs_are_permuted_views),
        cmocka_unit_test(labels_belong_to_their_examples),
        cmocka_unit_test(batches_share_no_example_unless_they_must),
        cmocka_unit_test(targets_tell_where_the_image_went),
        cmocka_unit_test(unlabelled_views_are_of_all_classes_alike),
        cmocka_unit_test(noise_differs_from_example_to_example),
        cmocka_unit_test(refuses_impossible_settings),
        cmocka_unit_test(refuses_images_that_are_too_large),
    };
    return cmocka_run_group_tests_name("task", tests, NULL, NULL);
}
