// Damaged checkpoints: a file in which anything is missing or cannot be is refused with one
// sentence.
#include "tests/unit/check.h"
#include "tests/unit/small_training.h"
#include "tests/unit/temporary_folder.h"

#include "engine/files/safetensors.h"

#include <limits.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static char folder[4096];

// FOLDER/NAME; the text stays valid until the 16th call after.
static const char *at(const char *name) {
    return in_folder(folder, name);
}

// ---- files that are damaged ----

// A checkpoint in memory.
typedef struct {
    unsigned char *bytes;
    size_t size, header; // bytes before the data
} File;

static void file_read(File *file, const char *path) {
    FILE *stream = fopen(path, "rb");
    assert_non_null(stream);
    assert_int_equal(fseek(stream, 0, SEEK_END), 0);
    file->size = (size_t)ftell(stream);
    rewind(stream);
    file->bytes = malloc(file->size);
    assert_non_null(file->bytes);
    assert_int_equal(fread(file->bytes, 1, file->size, stream), file->size);
    fclose(stream);
    file->header = 8;
    for (int i = 0; i < 8; i++)
        file->header += (size_t)file->bytes[i] << (8 * i);
}

static void file_write(const File *file, size_t size, const char *path) {
    FILE *stream = fopen(path, "wb");
    assert_non_null(stream);
    assert_int_equal(fwrite(file->bytes, 1, size, stream), size);
    assert_int_equal(fclose(stream), 0);
}

// The checkpoint that the tests below damage, of a training with tasks and an evaluation.
static File whole;

static int make_whole(void **state) {
    (void)state;
    snprintf(folder, sizeof folder, "%s", temporary_folder());
    SmallTraining small;
    small_training_init(&small);
    MetaTraining *training = small_training_new(&small);
    small_training_evaluated_steps(training, 6, 5);
    small_training_save(training, at("whole"));
    file_read(&whole, at("whole"));
    small_training_end(&small, training);
    return 0;
}

static int free_whole(void **state) {
    (void)state;
    free(whole.bytes);
    return 0;
}

// Loading must fail with one sentence that names the file and holds the part.
static void refuse_with(SmallTraining *small, const char *path, const char *part) {
    Status status = {.text = ""};
    MetaTraining *training = small_training_new(small);
    if (meta_training_load(training, path, &status))
        fail_msg("%s was loaded, expected an error with '%s'", path, part);
    assert_int_equal(status.code, STATUS_BAD_DATA);
    if (!strstr(status.text, path) || !strstr(status.text, part) || strchr(status.text, '\n'))
        fail_msg("expected '%s' in: %s", part, status.text);
    meta_training_free(training);
}

static void refuse(const char *path, const char *part) {
    SmallTraining small;
    small_training_init(&small);
    refuse_with(&small, path, part);
    small_training_clear(&small);
}

static void a_cut_file_is_refused(void **state) {
    (void)state;
    const size_t cuts[] = {0,
                           1,
                           7,
                           8,
                           9,
                           whole.header / 2,
                           whole.header - 1,
                           whole.header,
                           whole.header + 1,
                           (whole.header + whole.size) / 2,
                           whole.size - 8,
                           whole.size - 1};
    for (size_t i = 0; i < sizeof cuts / sizeof cuts[0]; i++) {
        file_write(&whole, cuts[i], at("cut"));
        refuse(at("cut"), "expected");
    }
    refuse(at("missing"), "No such file");
    refuse(folder, "");
}

// Any one byte of the header changed: an error, or the same training as before (a letter of a
// note).
static void a_changed_header_is_refused_or_harmless(void **state) {
    (void)state;
    Random random = random_seeded(1, 0);
    SmallTraining small, other;
    small_training_init(&small);
    small_training_init(&other);
    MetaTraining *good = small_training_resumed(&small, at("whole"));
    int refused = 0;
    for (int i = 0; i < 300; i++) {
        const size_t place =
            i < 9 ? (size_t)i : 8 + (size_t)random_below(&random, (int)whole.header - 8);
        const unsigned char kept = whole.bytes[place];
        whole.bytes[place] ^= (unsigned char)(1 << random_below(&random, 7));
        file_write(&whole, whole.size, at("flipped"));
        whole.bytes[place] = kept;
        Status status = {.text = ""};
        MetaTraining *training = small_training_new(&other);
        if (meta_training_load(training, at("flipped"), &status))
            assert_same_training(good, training);
        else {
            assert_int_equal(status.code, STATUS_BAD_DATA);
            assert_non_null(strstr(status.text, at("flipped")));
            refused++;
        }
        meta_training_free(training);
    }
    assert_true(refused > 200);
    small_training_end(&small, good);
    small_training_clear(&other);
}

// ---- single tensors and words ----

// One change of a checkpoint: a tensor left out, or one of its elements another.
typedef struct {
    const char *tensor;
    bool missing;
    int index;              // of the element
    const void *element;    // its new value, 4 or 8 bytes
    const char *key, *text; // metadata instead; text NULL: left out
} Change;

static void copy_metadata(const Safetensors *file, SafetensorsWriter *writer,
                          const Change *change) {
    Status status;
    for (size_t i = 0; i < safetensors_metadata_count(file); i++) {
        const char *key, *text;
        safetensors_metadata_entry(file, i, &key, &text);
        if (change->key && strcmp(change->key, key) == 0)
            text = change->text;
        if (text)
            assert_true(safetensors_add_metadata(writer, key, text, &status));
    }
}

static void copy_tensors(const Safetensors *file, SafetensorsWriter *writer, const Change *change) {
    Status status;
    bool found = change->tensor == NULL;
    for (size_t i = 0; i < safetensors_count(file); i++) {
        const Tensor *tensor = safetensors_tensor(file, i);
        const size_t size = (size_t)(tensor->end - tensor->begin);
        unsigned char *values = malloc(size + 1);
        assert_non_null(values);
        memcpy(values, whole.bytes + whole.header + tensor->begin, size);
        const bool wanted = change->tensor && strcmp(change->tensor, tensor->name) == 0;
        if (wanted && !change->missing) {
            const size_t element = dtype_size(tensor->dtype);
            assert_true((uint64_t)change->index < tensor->count);
            memcpy(values + (size_t)change->index * element, change->element, element);
        }
        found = found || wanted;
        if (!wanted || !change->missing)
            assert_true(safetensors_add(writer, tensor->name, tensor->dtype, tensor->rank,
                                        tensor->shape, values, &status));
        free(values);
    }
    if (!found)
        fail_msg("the checkpoint has no %s", change->tensor);
}

static void write_changed(const char *path, const Change *change) {
    Safetensors *file;
    Status status;
    SafetensorsWriter *writer = safetensors_writer_new();
    assert_non_null(writer);
    assert_true(safetensors_parse(&file, "whole", whole.bytes, whole.size, &status));
    copy_metadata(file, writer, change);
    copy_tensors(file, writer, change);
    assert_true(safetensors_write(writer, path, &status));
    safetensors_writer_free(writer);
    safetensors_free(file);
}

static void refuse_change(Change change, const char *part) {
    write_changed(at("changed"), &change);
    refuse(at("changed"), part);
}

static void refuse_missing(const char *tensor) {
    refuse_change((Change){.tensor = tensor, .missing = true}, tensor);
}

static void refuse_double(const char *tensor, int index, double value) {
    refuse_change((Change){.tensor = tensor, .index = index, .element = &value}, tensor);
}

static void refuse_integer(const char *tensor, int index, int64_t value) {
    refuse_change((Change){.tensor = tensor, .index = index, .element = &value}, tensor);
}

static void refuse_metadata(const char *key, const char *text) {
    refuse_change((Change){.key = key, .text = text}, key);
}

// The changes above are what is refused, not the way in which the tests write.
static void an_unchanged_copy_is_loaded(void **state) {
    (void)state;
    SmallTraining small;
    small_training_init(&small);
    write_changed(at("changed"), &(Change){0});
    assert_same_file(at("whole"), at("changed"));
    MetaTraining *training = small_training_resumed(&small, at("changed"));
    small_training_end(&small, training);
}

// A checkpoint of an older version has no percentiles over time: training goes on with the same
// bits, and they begin with its next evaluation.
static void percentiles_may_be_missing(void **state) {
    (void)state;
    SmallTraining small, other;
    small_training_init(&small);
    small_training_init(&other);
    write_changed(at("changed"), &(Change){.tensor = "curve.weights", .missing = true});
    MetaTraining *with = small_training_resumed(&small, at("whole")),
                 *without = small_training_resumed(&other, at("changed"));
    assert_int_equal(history_weight_count(with->history), 2);
    assert_int_equal(history_weight_count(without->history), 0);
    assert_int_equal(meta_training_metrics_of_step(without), 1);
    small_training_evaluated_steps(with, 5, 5);
    small_training_evaluated_steps(without, 5, 5);
    assert_true(same_theta(with, without));
    assert_same_metrics(&small.metrics, &other.metrics);
    assert_int_equal(history_weight_count(with->history), 3);
    assert_int_equal(history_weight_count(without->history), 1);
    assert_true(history_weights(without->history, 0)[0] == 10);
    small_training_end(&small, with);
    small_training_end(&other, without);
}

static void percentiles_that_no_training_has_are_refused(void **state) {
    (void)state;
    refuse_double("curve.weights", 0, -1); // an outer step
    refuse_double("curve.weights", 0, 0.5);
    refuse_double("curve.weights", 0, 7); // later than the last
    refuse_double("curve.weights", 0, (double)NAN);
}

static void a_missing_tensor_is_refused(void **state) {
    (void)state;
    refuse_missing("theta.merge.w");
    refuse_missing("theta.h.conv1.b");
    refuse_missing("adam.first");
    refuse_missing("adam.second");
    refuse_missing("counters");
    refuse_missing("numbers");
    refuse_missing("curve.outer");
    refuse_missing("curve.evaluation");
    // Percentiles over time are not in it, since a checkpoint of older versions has none.
    refuse_missing("evaluated.permutation");
    refuse_missing("evaluated.layer2.V");
    refuse_missing("worker.0.random");
    refuse_missing("worker.3.task");
    refuse_missing("worker.1.result");
    refuse_missing("worker.2.layer1.b");
}

static void numbers_that_no_training_has_are_refused(void **state) {
    (void)state;
    const real nan = (real)NAN, infinity = (real)INFINITY;
    refuse_change((Change){.tensor = "theta.merge.b", .element = &nan}, "theta.merge.b");
    refuse_change((Change){.tensor = "theta.h.conv1.w", .index = 5, .element = &infinity},
                  "theta.h.conv1.w");
    refuse_double("adam.first", 3, (double)NAN);
    refuse_double("adam.second", 0, (double)INFINITY);
    refuse_double("adam.second", 7, -1e-9);   // its root would be NaN
    refuse_double("numbers", 0, (double)NAN); // seconds
    refuse_double("numbers", 0, -1);
    refuse_double("numbers", 1, (double)NAN); // factor of the rate
    refuse_double("numbers", 1, -0.5);
    refuse_double("numbers", 1, (double)INFINITY);
}

static void counters_that_no_training_has_are_refused(void **state) {
    (void)state;
    refuse_integer("counters", 0, -1); // outer step
    refuse_integer("counters", 0, INT64_MAX);
    refuse_integer("counters", 1, -1); // Adam's steps
    refuse_integer("counters", 1, 7);  // more than outer steps
    refuse_integer("counters", 2, -1); // dropped workers
    refuse_integer("counters", 3, 2);  // has evaluated
    refuse_integer("counters", 4, 7);  // outer step of the evaluation
    refuse_integer("counters", 4, -1);
    refuse_integer("counters", 5, -1); // skipped in a row
}

static void workers_that_cannot_be_are_refused(void **state) {
    (void)state;
    refuse_integer("worker.0.task", 1, 2);         // has a task
    refuse_integer("worker.0.task", 2, INT64_MAX); // inner steps
    refuse_integer("worker.0.task", 2, -1);
    refuse_integer("worker.0.task", 2, 1000); // beyond its horizon
    refuse_integer("worker.0.task", 3, -1);
    refuse_integer("worker.0.task", 3, 0);
    refuse_integer("worker.0.task", 3, 1LL << 31);
}

// From four zeros xoshiro256** gives zeros for ever, and drawing different examples would never
// end.
static void random_numbers_that_stand_still_are_refused(void **state) {
    (void)state;
    static const uint64_t zeros[4] = {0};
    Safetensors *file;
    Status status;
    File damaged = {.bytes = malloc(whole.size), .size = whole.size};
    assert_non_null(damaged.bytes);
    memcpy(damaged.bytes, whole.bytes, whole.size);
    assert_true(safetensors_parse(&file, "whole", whole.bytes, whole.size, &status));
    const Tensor *tensor = safetensors_find(file, "worker.2.random");
    assert_non_null(tensor);
    memcpy(damaged.bytes + whole.header + tensor->begin, zeros, sizeof zeros);
    safetensors_free(file);
    file_write(&damaged, damaged.size, at("still"));
    refuse(at("still"), "worker.2.random");
    free(damaged.bytes);
}

// A task is drawn from its seed; another seed gives, as a rule, another architecture than phi has.
static void a_phi_of_another_task_is_refused(void **state) {
    (void)state;
    int refused = 0;
    SmallTraining small;
    small_training_init(&small);
    for (int64_t seed = 1; seed <= 8; seed++) {
        Status status = {.text = ""};
        write_changed(at("changed"), &(Change){.tensor = "worker.1.task", .element = &seed});
        MetaTraining *training = small_training_new(&small);
        if (!meta_training_load(training, at("changed"), &status)) {
            assert_int_equal(status.code, STATUS_BAD_DATA);
            assert_non_null(strstr(status.text, "worker.1."));
            refused++;
        }
        meta_training_free(training);
    }
    assert_true(refused >= 4);
    small_training_clear(&small);
}

static void a_permutation_that_is_none_is_refused(void **state) {
    (void)state;
    refuse_integer("evaluated.permutation", 3, 16);
    refuse_integer("evaluated.permutation", 3, -1);
    refuse_integer("evaluated.permutation", 3, INT64_MAX);
    // Every position once: one of these two is there already, at another place.
    int64_t first;
    Safetensors *file;
    Status status;
    assert_true(safetensors_parse(&file, "whole", whole.bytes, whole.size, &status));
    const Tensor *tensor = safetensors_find(file, "evaluated.permutation");
    memcpy(&first, whole.bytes + whole.header + tensor->begin, sizeof first);
    safetensors_free(file);
    refuse_integer("evaluated.permutation", 1, first);
}

// Curves are drawn and counted by them: numbers that no step has had must not come in.
static void states_to_fall_back_to_that_cannot_be_are_refused(void **state) {
    (void)state;
    const real nan = (real)NAN;
    refuse_missing("fallback.0.theta");
    refuse_missing("fallback.0.adam.first");
    refuse_missing("fallback.0.adam.second");
    refuse_missing("fallback.0.counters");
    refuse_missing("fallback.0.rate_factor");
    refuse_change((Change){.tensor = "fallback.0.theta", .index = 5, .element = &nan},
                  "fallback.0.theta");
    refuse_double("fallback.0.adam.first", 2, (double)INFINITY);
    refuse_double("fallback.0.adam.second", 2, -1e-9);
    refuse_double("fallback.0.rate_factor", 0, -1);
    refuse_double("fallback.0.rate_factor", 0, (double)NAN);
    refuse_integer("fallback.0.counters", 0, -1);
    refuse_integer("fallback.0.counters", 0, 7); // has not been yet
    refuse_integer("fallback.0.counters", 1, 1); // more of Adam's steps than outer steps
    refuse_integer("fallback.counters", 0, 0);
    refuse_integer("fallback.counters", 0, FALLBACK_STATES + 1);
    refuse_integer("fallback.counters", 0, INT64_MIN);
    refuse_integer("fallback.counters", 1, 2);
}

// Written before there were such states: the one that is loaded is the first.
static void a_checkpoint_without_them_is_loaded(void **state) {
    (void)state;
    write_changed(at("changed"), &(Change){.tensor = "fallback.counters", .missing = true});
    SmallTraining small, other;
    small_training_init(&small);
    small_training_init(&other);
    MetaTraining *whole_one = small_training_resumed(&small, at("whole"));
    MetaTraining *training = small_training_resumed(&other, at("changed"));
    assert_true(same_theta(whole_one, training));
    assert_int_equal(training->fallback.count, 1);
    const FallbackState *kept = &training->fallback.state[0];
    assert_int_equal(kept->outer_step, training->outer_step);
    assert_int_equal(kept->adam_step, training->adam.step);
    assert_memory_equal(kept->theta, training->theta, training->layout.count * sizeof(real));
    small_training_end(&small, whole_one);
    small_training_end(&other, training);
}

// A checkpoint whose points stand for so many outer steps each, so many of them not finite.
static void refuse_ranges(int rows, double steps, double not_finite) {
    enum { COLUMNS = 2 + 2 * OUTER_RANGES };
    double table[8 * COLUMNS] = {0};
    for (int i = 0; i < rows; i++) {
        table[i * COLUMNS] = steps;
        table[i * COLUMNS + 1] = not_finite;
    }
    Safetensors *file;
    Status status;
    SafetensorsWriter *writer = safetensors_writer_new();
    assert_non_null(writer);
    assert_true(safetensors_parse(&file, "whole", whole.bytes, whole.size, &status));
    copy_metadata(file, writer, &(Change){0});
    copy_tensors(file, writer, &(Change){0});
    const uint64_t shape[2] = {(uint64_t)rows, COLUMNS};
    assert_true(safetensors_add(writer, "curve.ranges", DTYPE_F64, 2, shape, table, &status));
    assert_true(safetensors_write(writer, at("changed"), &status));
    safetensors_writer_free(writer);
    safetensors_free(file);
    refuse(at("changed"), "curve.ranges");
}

static void ranges_that_cannot_be_are_refused(void **state) {
    (void)state;
    refuse_ranges(5, 1, 0); // curve.outer has 6 rows
    refuse_ranges(7, 1, 0);
    refuse_ranges(6, 0, 0);
    refuse_ranges(6, 1.5, 0);
    refuse_ranges(6, 2, 0); // more than since the point before
    refuse_ranges(6, INT_MAX, 0);
    refuse_ranges(6, 1e300, 0);
    refuse_ranges(6, (double)NAN, 0);
    refuse_ranges(6, 1, 2);
    refuse_ranges(6, 1, (double)NAN);
}

static void curves_that_cannot_be_are_refused(void **state) {
    (void)state;
    refuse_double("curve.outer", 0, (double)NAN); // outer step
    refuse_double("curve.outer", 0, 1e300);
    refuse_double("curve.outer", 0, 7); // has not been yet
    refuse_double("curve.outer", 0, -1);
    refuse_double("curve.outer", 0, 0.5);
    refuse_double("curve.outer", 7, (double)NAN); // dropped workers
    refuse_double("curve.outer", 7, 5);
    refuse_double("curve.outer", 7, -1);
    refuse_double("curve.evaluation", 0, (double)NAN); // outer step
    refuse_double("curve.evaluation", 0, 7);
    refuse_double("curve.evaluation", 0, 6);           // later than the next
    refuse_double("curve.evaluation", 2, (double)NAN); // held-out sets
    refuse_double("curve.evaluation", 2, SNAPSHOT_HELD_OUT + 1);
    refuse_double("curve.evaluation", 2, -1);
    refuse_double("curve.evaluation", 2, 1e300);
}

static void words_that_do_not_fit_are_refused(void **state) {
    (void)state;
    refuse_metadata("kind", "rule");
    refuse_metadata("kind", NULL);
    refuse_metadata("version", "2");
    refuse_metadata("version", NULL);
    refuse_metadata("version", "1 or so");
    refuse_metadata("H", "5");
    refuse_metadata("workers", "5");
    refuse_metadata("workers", NULL);
    refuse_metadata("seed", "8");
    refuse_metadata("seed", "7x");
}

static void other_settings_are_refused(void **state) {
    (void)state;
    static const struct {
        const char *assignment, *said;
    } others[] = {{"rule.hidden=5", "H"},    {"rule.error_channels=4", "D"},
                  {"rule.embedding=5", "E"}, {"outer.workers=3", "workers"},
                  {"run.seed=8", "seed"},    {"evaluate.layers=6", "evaluated."},
                  {"task.image_size=3", ""}};
    SmallTraining small;
    Status status;
    small_training_init(&small);
    const Settings good = small.settings;
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        check(settings_assign(&small.settings, others[i].assignment, "--set", &status), &status);
        refuse_with(&small, at("whole"), others[i].said);
        small.settings = good;
    }
    MetaTraining *training = small_training_resumed(&small, at("whole"));
    small_training_end(&small, training);
}

static void a_rule_is_no_checkpoint(void **state) {
    (void)state;
    SmallTraining small;
    Status status;
    small_training_init(&small);
    MetaTraining *training = small_training_new(&small);
    assert_true(meta_training_save_rule(training, at("rule"), &status));
    refuse_with(&small, at("rule"), "kind");
    small_training_end(&small, training);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_cut_file_is_refused),
        cmocka_unit_test(a_changed_header_is_refused_or_harmless),
        cmocka_unit_test(an_unchanged_copy_is_loaded),
        cmocka_unit_test(percentiles_may_be_missing),
        cmocka_unit_test(percentiles_that_no_training_has_are_refused),
        cmocka_unit_test(a_missing_tensor_is_refused),
        cmocka_unit_test(numbers_that_no_training_has_are_refused),
        cmocka_unit_test(counters_that_no_training_has_are_refused),
        cmocka_unit_test(workers_that_cannot_be_are_refused),
        cmocka_unit_test(random_numbers_that_stand_still_are_refused),
        cmocka_unit_test(a_phi_of_another_task_is_refused),
        cmocka_unit_test(a_permutation_that_is_none_is_refused),
        cmocka_unit_test(states_to_fall_back_to_that_cannot_be_are_refused),
        cmocka_unit_test(a_checkpoint_without_them_is_loaded),
        cmocka_unit_test(curves_that_cannot_be_are_refused),
        cmocka_unit_test(ranges_that_cannot_be_are_refused),
        cmocka_unit_test(words_that_do_not_fit_are_refused),
        cmocka_unit_test(other_settings_are_refused),
        cmocka_unit_test(a_rule_is_no_checkpoint),
    };
    return cmocka_run_group_tests_name("damaged_checkpoint", tests, make_whole, free_whole);
}
