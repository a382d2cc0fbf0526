// Data sets of every shape as tasks: flat vectors kept as bytes, as bytes with a table, as floats;
// and a training on a mixture of vectors, grey and coloured images, resumed bit for bit.
#include "engine/data/selection.h"
#include "engine/task.h"

#include "tests/unit/small_training.h"
#include "tests/unit/temporary_folder.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { COUNT = 24, FEATURES = 5, CLASSES = 3 };
typedef enum { BYTES, TABLE, FLOATS } Storage;

// The byte behind feature j of example i, unlike all others of the example.
static uint8_t byte_of(int i, int j) {
    return (uint8_t)(7 * i + 50 * j);
}

static float value_of(Storage storage, int i, int j) {
    const uint8_t byte = byte_of(i, j);
    return storage == BYTES ? (float)byte / 255 : sqrtf(byte) - 3;
}

static Dataset vectors(Storage storage) {
    Dataset dataset;
    Status status;
    assert_true(storage == FLOATS
                    ? dataset_init_floats(&dataset, "numbers", COUNT, FEATURES, &status)
                    : dataset_init_bytes(&dataset, "numbers", COUNT, FEATURES, &status));
    if (storage == TABLE) {
        dataset.table = calloc(DATASET_TABLE, sizeof *dataset.table);
        for (int byte = 0; byte < DATASET_TABLE; byte++)
            dataset.table[byte] = sqrtf((float)byte) - 3;
    }
    for (int i = 0; i < COUNT; i++) {
        dataset.labels[i] = i % CLASSES;
        for (int j = 0; j < FEATURES; j++)
            if (storage == FLOATS)
                dataset.values[i * FEATURES + j] = value_of(storage, i, j);
            else
                dataset.pixels[i * FEATURES + j] = byte_of(i, j);
    }
    assert_true(dataset_index(&dataset, CLASSES, &status));
    return dataset;
}

static Task draw(const SmallTraining *small, const Dataset *dataset, uint64_t seed) {
    Task task;
    Status status;
    const double weight = 1;
    if (!task_init(&task, &small->settings, dataset, &weight, 1, seed, &status))
        fail_msg("%s", status.text);
    return task;
}

// The inputs of a vector are its values in the task's order, whatever keeps them; it is never
// augmented.
static void vectors_are_inputs(void **state) {
    (void)state;
    SmallTraining small;
    small_training_init(&small);
    small.settings.augmented = 1;
    for (Storage storage = BYTES; storage <= FLOATS; storage++) {
        Dataset dataset = vectors(storage);
        Task task = draw(&small, &dataset, 3);
        const int rows = task.classes * task.shots;
        real *x = calloc((size_t)rows * FEATURES, sizeof *x),
             *y = calloc((size_t)rows * (size_t)task.classes, sizeof *y);
        int label[COUNT], drawn[COUNT];
        Random random = random_seeded(1, 1);
        assert_int_equal(task.inputs, FEATURES);
        assert_int_equal(task.input.height, 1);
        assert_int_equal(task.sizes[0], FEATURES);
        assert_false(task.augmented);
        assert_int_equal(task.targets, 0);
        task_labelled_batch(&task, &random, x, y, label, drawn, NULL);
        for (int row = 0; row < rows; row++)
            for (int j = 0; j < FEATURES; j++) {
                const float expected = value_of(storage, drawn[row], task.permutation[j]);
                assert_true(x[row * FEATURES + j] == (real)expected);
            }
        free(x);
        free(y);
        task_clear(&task);
        dataset_clear(&dataset);
    }
    small_training_clear(&small);
}

static bool permutes(SmallTraining *small, Dataset *dataset, int setting, DatasetPermute asked) {
    bool found = false;
    small->settings.permute = setting;
    dataset->permute = asked;
    for (uint64_t seed = 0; seed < 5; seed++) {
        Task task = draw(small, dataset, seed);
        for (int i = 0; i < task.inputs; i++)
            found |= task.permutation[i] != i;
        task_clear(&task);
    }
    return found;
}

static void a_data_set_may_decide_about_permutation(void **state) {
    (void)state;
    SmallTraining small;
    small_training_init(&small);
    for (int setting = 0; setting < 2; setting++) {
        assert_int_equal(permutes(&small, &small.source, setting, PERMUTE_AS_SET), setting);
        assert_false(permutes(&small, &small.source, setting, PERMUTE_NEVER));
        assert_true(permutes(&small, &small.source, setting, PERMUTE_ALWAYS));
    }
    small_training_clear(&small);
}

// ---- training on a mixture ----

typedef struct {
    SmallTraining small;
    Dataset sources[3];
    Dataset held_out[2];
} Mixture;

static const double weights[3] = {1, 1, 2};

static void mixture_init(Mixture *mixture) {
    Status status;
    small_training_init(&mixture->small);
    mixture->sources[0] = vectors(FLOATS);
    small_dataset(&mixture->sources[1], "grey", 4, 12, 0.2, 1);
    small_dataset(&mixture->sources[2], "colour", 4, 12, 0.2, 3);
    assert_true(dataset_set_channels(&mixture->sources[2], 3, &status));
    mixture->held_out[0] = vectors(TABLE);
    small_dataset(&mixture->held_out[1], "held-out colour", 3, 12, 0.2, 4);
    assert_true(dataset_set_channels(&mixture->held_out[1], 3, &status));
    mixture->small.inputs.sources = mixture->sources;
    mixture->small.inputs.source_weights = weights;
    mixture->small.inputs.source_count = 3;
    mixture->small.inputs.held_out = mixture->held_out;
    mixture->small.inputs.held_out_count = 2;
}

static void mixture_clear(Mixture *mixture) {
    for (int i = 0; i < 3; i++)
        dataset_clear(&mixture->sources[i]);
    for (int i = 0; i < 2; i++)
        dataset_clear(&mixture->held_out[i]);
    small_training_clear(&mixture->small);
}

// Which sources the workers' tasks were drawn from while steps are made.
static void run_steps(MetaTraining *training, int steps, const Dataset *sources, bool seen[3]) {
    for (int step = 0; step < steps; step++) {
        small_training_steps(training, 1);
        for (int i = 0; i < training->settings.workers; i++)
            seen[worker_state(&training->worker[i])->task.dataset - sources] = true;
    }
}

static void a_mixture_resumes_bit_for_bit(void **state) {
    (void)state;
    enum { BEFORE = 9, AFTER = 12 };
    const char *path = in_folder(temporary_folder(), "checkpoint");
    Mixture straight, broken, resumed;
    bool seen[3] = {false};
    mixture_init(&straight);
    mixture_init(&broken);
    mixture_init(&resumed);
    MetaTraining *whole = small_training_new(&straight.small);
    run_steps(whole, BEFORE, straight.sources, seen);
    small_training_evaluate(whole);
    run_steps(whole, AFTER, straight.sources, seen);
    small_training_evaluate(whole);
    for (int i = 0; i < 3; i++)
        assert_true(seen[i]); // else this tests nothing

    MetaTraining *first = small_training_new(&broken.small);
    small_training_steps(first, BEFORE);
    small_training_evaluate(first);
    small_training_save(first, path);
    meta_training_free(first);
    MetaTraining *second = small_training_new(&resumed.small);
    small_training_load(second, path);
    small_training_steps(second, AFTER);
    small_training_evaluate(second);
    assert_same_training(whole, second);
    assert_int_equal(count_lines(&straight.small.metrics, "\"data\":\"numbers\""), 2);
    assert_int_equal(count_lines(&straight.small.metrics, "\"data\":\"held-out colour\""), 2);

    meta_training_free(whole);
    meta_training_free(second);
    mixture_clear(&straight);
    mixture_clear(&broken);
    mixture_clear(&resumed);
}

// The first-layer filters of a vector's base model are a picture of one row.
static void vectors_are_shown_as_one_row(void **state) {
    (void)state;
    Mixture mixture;
    mixture_init(&mixture);
    SnapshotBoard *board = snapshot_board_new();
    mixture.small.inputs.board = board;
    MetaTraining *training = small_training_new(&mixture.small);
    small_training_evaluate(training);
    meta_training_publish(training, ENGINE_TRAINING);
    const Snapshot *snapshot = snapshot_board_acquire(board);
    assert_non_null(snapshot);
    assert_int_equal(snapshot->filters.height, 1);
    assert_int_equal(snapshot->filters.width, FEATURES);
    assert_int_equal(snapshot->filters.channels, 1);
    assert_string_equal(snapshot->held_out[0], "numbers 1x5");
    assert_string_equal(snapshot->held_out[1], "held-out colour 4x4");
    snapshot_release(board, snapshot);
    meta_training_free(training);
    snapshot_board_free(board);
    mixture_clear(&mixture);
}

// A name comes from a path, and a path may have quotes and backslashes.
static void names_are_json_texts(void **state) {
    (void)state;
    SmallTraining small;
    small_training_init(&small);
    strcpy(small.held_out.name, "my \"pets\" a\\b");
    MetaTraining *training = small_training_new(&small);
    small_training_evaluate(training);
    assert_int_equal(count_lines(&small.metrics, "\"data\":\"my \\\"pets\\\" a\\\\b\",\"seeds\""),
                     1);
    meta_training_free(training);
    small_training_clear(&small);
}

// Equal columns of huge numbers: the ridge is lost to rounding, so raw pixels have no regression.
static void raw_inputs_without_a_regression_do_not_end_a_training(void **state) {
    (void)state;
    Mixture mixture;
    mixture_init(&mixture);
    Dataset *numbers = &mixture.held_out[0];
    Status status;
    dataset_clear(numbers);
    assert_true(dataset_init_floats(numbers, "numbers", COUNT, FEATURES, &status));
    for (int i = 0; i < COUNT; i++) {
        numbers->labels[i] = i % CLASSES;
        for (int j = 0; j < FEATURES; j++)
            numbers->values[i * FEATURES + j] = (float)(1e12 * (i * i % 7 + 0.3));
    }
    assert_true(dataset_index(numbers, CLASSES, &status));
    MetaTraining *training = small_training_new(&mixture.small);
    small_training_evaluate(training);
    assert_int_equal(count_lines(&mixture.small.metrics, "\"raw_pixels\":\"NaN\""), 1);
    meta_training_free(training);
    mixture_clear(&mixture);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(vectors_are_inputs),
        cmocka_unit_test(a_data_set_may_decide_about_permutation),
        cmocka_unit_test(a_mixture_resumes_bit_for_bit),
        cmocka_unit_test(vectors_are_shown_as_one_row),
        cmocka_unit_test(names_are_json_texts),
        cmocka_unit_test(raw_inputs_without_a_regression_do_not_end_a_training),
    };
    return cmocka_run_group_tests_name("mixture", tests, NULL, NULL);
}
