// Features: the weights are those of the run's evaluated base model, the batch is what it says, and
// activations agree with a base model written anew.
#include "tests/unit/small_training.h"

#include "engine/features.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { EXAMPLES = 18 };

typedef struct {
    SmallTraining small;
    MetaTraining *training; // after some steps and an evaluation
    Features *features;     // of its theta
} Case;

static FeaturesPlan plan_of(const Case *made) {
    return (FeaturesPlan){.layout = &made->training->layout,
                          .theta = made->training->average,
                          .settings = &made->small.settings,
                          .dataset = &made->small.held_out,
                          .examples = EXAMPLES};
}

static void case_init(Case *made) {
    Status status;
    small_training_init(&made->small);
    made->small.settings.evaluate_seeds = 1;
    made->training = small_training_new(&made->small);
    small_training_steps(made->training, 3);
    small_training_evaluate(made->training);
    const FeaturesPlan plan = plan_of(made);
    if (!features_compute(&made->features, &plan, NULL, &status))
        fail_msg("%s", status.text);
    assert_non_null(made->features);
}

static void case_clear(Case *made) {
    features_free(made->features);
    meta_training_free(made->training);
    small_training_clear(&made->small);
}

static void test_weights_are_those_of_the_evaluated_base_model(void **state) {
    (void)state;
    Case made;
    case_init(&made);
    const Features *features = made.features;
    const PhiShape *shape = &made.training->evaluation_shape;
    assert_memory_equal(&features->shape, shape, sizeof *shape);
    const int units = shape->sizes[1], inputs = shape->sizes[0];
    const size_t count = (size_t)inputs * (size_t)units;
    float *const(*weight)[FEATURES_WHEN] = features->weight;
    assert_memory_equal(weight[FEATURES_W][FEATURES_NOW], made.training->filters,
                        count * sizeof(float));
    for (int i = 0; i < inputs; i++)
        for (int n = 0; n < units; n++) {
            const real v = made.training->evaluated.V[1][(ptrdiff_t)i * units + n];
            const int to = made.training->permutation[i] * units + n;
            assert_true(weight[FEATURES_V][FEATURES_NOW][to] == (float)v);
        }
    for (int kind = 0; kind < FEATURES_WEIGHTS; kind++) {
        int moved = 0;
        for (size_t i = 0; i < count; i++) {
            const float before = weight[kind][FEATURES_BEFORE][i];
            const float now = weight[kind][FEATURES_NOW][i];
            assert_true(fabsf(before) <= 0.02f); // phi_0 is cut at two deviations of 0.01
            assert_false(!(fabsf(weight[kind][FEATURES_DIFFERENCE][i] - (now - before)) <= 1e-6f));
            moved += now != before;
        }
        assert_true(moved > (int)count / 2);
    }
    assert_memory_not_equal(weight[FEATURES_W][FEATURES_BEFORE],
                            weight[FEATURES_V][FEATURES_BEFORE], count * sizeof(float));
    // One seed, so the evaluation's mean is that seed's accuracy.
    const EvaluationPoint *point = history_evaluation(made.training->history, 0);
    assert_true(features->accuracy[FEATURES_BEFORE] == point->accuracy_mean[0][0]);
    assert_true(features->accuracy[FEATURES_NOW] == point->accuracy_mean[0][SNAPSHOT_MARKS - 1]);
    case_clear(&made);
}

static void test_batch_is_sorted_and_in_image_order(void **state) {
    (void)state;
    Case made;
    case_init(&made);
    const Features *features = made.features;
    const Dataset *dataset = &made.small.held_out;
    assert_string_equal(features->data, dataset->name);
    assert_int_equal(features->classes, 3);
    assert_int_equal(features->per_class, EXAMPLES / 3);
    assert_int_equal(features->examples, EXAMPLES);
    assert_true(features->class_of[0] < features->class_of[1] &&
                features->class_of[1] < features->class_of[2]);
    for (int b = 0; b < EXAMPLES; b++) {
        const int example = features->example[b];
        assert_int_equal(features->label[b], b / features->per_class);
        assert_int_equal(dataset->labels[example], features->class_of[features->label[b]]);
        for (int other = 0; other < b; other++)
            assert_true(features->example[other] != example);
        const uint8_t *pixels = dataset_example(dataset, example);
        for (int i = 0; i < features->shape.sizes[0]; i++)
            for (int when = 0; when < 2; when++) {
                const float found = features->x[when][0][i * EXAMPLES + b];
                assert_false(!(fabsf(found - (float)pixels[i] / 255) <= 1e-6f));
            }
    }
    case_clear(&made);
}

// x_l of one unit as spec 2 words it, in double; to [examples].
static void naive_unit(const Features *features, const double *w, double bias, int l, double *to) {
    const int below = features->shape.sizes[l - 1], B = features->examples;
    double mean = 0, variance = 0;
    for (int b = 0; b < B; b++) {
        to[b] = 0;
        for (int i = 0; i < below; i++)
            to[b] += w[i] * (double)features->x[FEATURES_NOW][l - 1][i * B + b];
        mean += to[b] / B;
    }
    for (int b = 0; b < B; b++)
        variance += (to[b] - mean) * (to[b] - mean) / B;
    for (int b = 0; b < B; b++)
        to[b] = fmax((to[b] - mean) / sqrt(variance + 1e-6) + bias, 0);
}

static void test_activations_are_those_of_the_base_model(void **state) {
    (void)state;
    Case made;
    case_init(&made);
    const Features *features = made.features;
    const PhiShape *shape = &features->shape;
    int positive = 0;
    for (int l = 1; l <= shape->layers; l++)
        for (int n = 0; n < shape->sizes[l]; n++) {
            double w[64], expected[EXAMPLES];
            for (int i = 0; i < shape->sizes[l - 1]; i++) {
                const int at = l == 1 ? made.training->permutation[i] : i; // x_0 in image order
                w[at] = (double)made.training->evaluated.W[l][(ptrdiff_t)i * shape->sizes[l] + n];
            }
            naive_unit(features, w, (double)made.training->evaluated.b[l][n], l, expected);
            for (int b = 0; b < EXAMPLES; b++) {
                const double found =
                    (double)features->x[FEATURES_NOW][l][(ptrdiff_t)n * EXAMPLES + b];
                assert_false(!(fabs(found - expected[b]) <= 1e-3));
                positive += found > 0;
            }
        }
    assert_true(positive > EXAMPLES);
    assert_memory_not_equal(features->x[FEATURES_BEFORE][shape->layers],
                            features->x[FEATURES_NOW][shape->layers],
                            (size_t)shape->sizes[shape->layers] * EXAMPLES * sizeof(float));
    case_clear(&made);
}

// The points are a rotation of the embedding: what they vary is the share of their component.
static void test_embedding_keeps_the_variance(void **state) {
    (void)state;
    Case made;
    case_init(&made);
    const Features *features = made.features;
    const int L = features->shape.layers, units = features->shape.sizes[L];
    for (int when = 0; when < 2; when++) {
        const Embedding *embedding = &features->embedding[when];
        double total = 0, shares = 0;
        for (int n = 0; n < units; n++) {
            const float *x = features->x[when][L] + (ptrdiff_t)n * EXAMPLES;
            double mean = 0;
            for (int b = 0; b < EXAMPLES; b++)
                mean += (double)x[b] / EXAMPLES;
            for (int b = 0; b < EXAMPLES; b++)
                total += ((double)x[b] - mean) * ((double)x[b] - mean) / EXAMPLES;
        }
        assert_true(embedding->finite && embedding->components >= 2);
        assert_true(embedding->components <= units && embedding->shown <= EMBEDDING_COMPONENTS);
        for (int k = 0; k < embedding->components; k++) {
            assert_true(k == 0 || embedding->share[k] <= embedding->share[k - 1]);
            shares += embedding->share[k];
            double variance = 0;
            for (int b = 0; k < embedding->shown && b < EXAMPLES; b++) {
                const double point = (double)embedding->point[b * embedding->shown + k];
                variance += point * point / EXAMPLES;
            }
            assert_false(k < embedding->shown &&
                         !(fabs(variance / total - embedding->share[k]) <= 1e-4));
        }
        assert_false(!(fabs(shares - 1) <= 1e-5));
        const double dimensions = embedding_dimensions(embedding);
        assert_true(dimensions >= 1 && dimensions <= embedding->components);
    }
    case_clear(&made);
}

static void test_same_numbers_again_and_other_seeds(void **state) {
    (void)state;
    Case made;
    Status status;
    Features *again;
    case_init(&made);
    FeaturesPlan plan = plan_of(&made);
    const PhiShape *shape = &made.features->shape;
    const size_t count = (size_t)shape->sizes[0] * (size_t)shape->sizes[1] * sizeof(float);
    for (int seed = 0; seed < 2; seed++) {
        plan.seed = seed;
        assert_true(features_compute(&again, &plan, NULL, &status));
        const bool same = memcmp(again->weight[FEATURES_W][FEATURES_NOW],
                                 made.features->weight[FEATURES_W][FEATURES_NOW], count) == 0;
        assert_true(same == (seed == 0));
        features_free(again);
    }
    // More examples than the classes have are not to be had.
    plan.examples = 100000;
    assert_true(features_compute(&again, &plan, NULL, &status));
    assert_int_equal(again->per_class, 12);
    features_free(again);
    case_clear(&made);
}

static void test_interrupted_and_impossible(void **state) {
    (void)state;
    Case made;
    Status status;
    Features *none;
    atomic_bool stop;
    case_init(&made);
    FeaturesPlan plan = plan_of(&made);
    atomic_init(&stop, true);
    status_clear(&status);
    assert_true(features_compute(&none, &plan, &stop, &status));
    assert_null(none);
    Settings settings = made.small.settings;
    strcpy(settings.evaluate_layers, "6,nonsense");
    plan.settings = &settings;
    assert_false(features_compute(&none, &plan, NULL, &status));
    assert_null(none);
    assert_int_equal(status.code, STATUS_USAGE);
    assert_non_null(strstr(status.text, "6,nonsense"));
    case_clear(&made);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_weights_are_those_of_the_evaluated_base_model),
        cmocka_unit_test(test_batch_is_sorted_and_in_image_order),
        cmocka_unit_test(test_activations_are_those_of_the_base_model),
        cmocka_unit_test(test_embedding_keeps_the_variance),
        cmocka_unit_test(test_same_numbers_again_and_other_seeds),
        cmocka_unit_test(test_interrupted_and_impossible),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
