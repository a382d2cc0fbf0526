// Shapes and silhouettes: made from a seed alone, told apart by their classes, neither empty nor
// full.
#include "engine/data/shapes.h"
#include "engine/data/silhouettes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { CLASSES = 24, PER_CLASS = 12, SIDE = 20, PIXELS = SIDE * SIDE };

typedef bool Init(Dataset *dataset, const DrawnPlan *plan, Status *status);

// What a test gets as its state.
typedef struct {
    Init *init;
    int least,
        most; // of the CLASSES * PER_CLASS examples whose nearest neighbour is of their class
} Kind;

static Kind shapes = {shapes_init, CLASSES *PER_CLASS / 2, CLASSES *PER_CLASS - 1};
static bool dim_init(Dataset *dataset, const DrawnPlan *plan, Status *status) {
    return silhouettes_init(dataset, plan, SILHOUETTES_DIM, status);
}

static bool bright_init(Dataset *dataset, const DrawnPlan *plan, Status *status) {
    return silhouettes_init(dataset, plan, SILHOUETTES_BRIGHT, status);
}

static Kind silhouettes = {dim_init, CLASSES *PER_CLASS / 4, CLASSES *PER_CLASS * 4 / 5};
static Kind bright_silhouettes = {bright_init, CLASSES *PER_CLASS / 4, CLASSES *PER_CLASS * 4 / 5};

static Dataset make_worlds(void **state, int worlds, int classes, uint64_t seed) {
    const Kind *kind = *state;
    const DrawnPlan plan = {worlds, classes, PER_CLASS, seed};
    Dataset dataset;
    Status status;
    assert_true(kind->init(&dataset, &plan, &status));
    assert_int_equal(dataset.width, SIDE);
    assert_int_equal(dataset.height, SIDE);
    return dataset;
}

static Dataset make(void **state, int classes, uint64_t seed) {
    return make_worlds(state, 1, classes, seed);
}

static void the_seed_decides_every_byte(void **state) {
    Dataset a = make(state, CLASSES, 1), b = make(state, CLASSES, 1);
    Dataset other = make(state, CLASSES, 2);
    assert_memory_equal(a.pixels, b.pixels, (size_t)a.count * PIXELS);
    assert_memory_not_equal(a.pixels, other.pixels, (size_t)a.count * PIXELS);
    dataset_clear(&a);
    dataset_clear(&b);
    dataset_clear(&other);
}

static void a_class_is_the_same_among_more(void **state) {
    Dataset few = make(state, 3, 1), many = make(state, CLASSES, 1);
    assert_memory_equal(few.pixels, many.pixels, (size_t)few.count * PIXELS);
    dataset_clear(&few);
    dataset_clear(&many);
}

static void a_world_is_that_of_its_own_seed(void **state) {
    Dataset one = make(state, 4, 6), three = make_worlds(state, 3, 4, 5);
    assert_int_equal(one.group, 0);
    assert_int_equal(three.group, 4);
    assert_int_equal(three.classes, 12);
    assert_int_equal(three.labels[one.count], 4);
    const size_t bytes = (size_t)one.count * PIXELS;
    assert_memory_equal(three.pixels + bytes, one.pixels, bytes);
    assert_memory_not_equal(three.pixels, one.pixels, bytes);
    dataset_clear(&one);
    dataset_clear(&three);
}

static void classes_have_their_examples(void **state) {
    Dataset dataset = make(state, CLASSES, 1);
    assert_int_equal(dataset.count, CLASSES * PER_CLASS);
    assert_int_equal(dataset.classes, CLASSES);
    for (int c = 0; c < CLASSES; c++)
        assert_int_equal(dataset.class_start[c + 1] - dataset.class_start[c], PER_CLASS);
    dataset_clear(&dataset);
}

static int distance(const uint8_t *a, const uint8_t *b) {
    int sum = 0;
    for (int i = 0; i < PIXELS; i++)
        sum += (a[i] - b[i]) * (a[i] - b[i]);
    return sum;
}

// The label of the nearest of the other examples.
static int neighbour(const Dataset *dataset, int i) {
    int nearest = -1;
    int least = 0;
    for (int j = 0; j < dataset->count; j++) {
        const int far = distance(dataset_example(dataset, i), dataset_example(dataset, j));
        if (j != i && (nearest < 0 || far < least)) {
            nearest = j;
            least = far;
        }
    }
    return dataset->labels[nearest];
}

// The nearest neighbour is of the same class far more often than the 1 in 24 of chance, but not
// always: then there would be nothing to learn.
static void classes_can_be_told_apart_but_not_trivially(void **state) {
    const Kind *kind = *state;
    Dataset dataset = make(state, CLASSES, 1);
    int right = 0;
    for (int i = 0; i < dataset.count; i++)
        right += neighbour(&dataset, i) == dataset.labels[i];
    print_message("nearest neighbour: %d of %d\n", right, dataset.count);
    assert_in_range(right, kind->least, kind->most);
    dataset_clear(&dataset);
}

static void the_wrong_neighbours_of_silhouettes_are_of_the_family(void **state) {
    Dataset dataset = make(state, CLASSES, 1);
    int wrong = 0, relatives = 0;
    for (int i = 0; i < dataset.count; i++) {
        const int label = dataset.labels[i], found = neighbour(&dataset, i);
        wrong += found != label;
        relatives += found != label && (found - label) % SILHOUETTES_FAMILIES == 0;
    }
    print_message("%d of %d wrong neighbours are of the family\n", relatives, wrong);
    assert_true(relatives > wrong / 3); // by chance 3 of 23
    dataset_clear(&dataset);
}

static void nearly_every_example_shows_something(void **state) {
    Dataset dataset = make(state, CLASSES, 1);
    int shown = 0;
    for (int i = 0; i < dataset.count; i++) {
        const uint8_t *pixels = dataset_example(&dataset, i);
        int bright = 0;
        for (int p = 0; p < PIXELS; p++)
            bright += pixels[p] > 64;
        shown += bright > PIXELS / 40 && bright < PIXELS - PIXELS / 40;
    }
    print_message("%d of %d show something\n", shown, dataset.count);
    assert_true(shown > dataset.count * 4 / 5);
    dataset_clear(&dataset);
}

static void absurd_sizes_are_refused(void **state) {
    const Kind *kind = *state;
    const DrawnPlan plans[] = {{1, 0, 1, 1},
                               {1, 1, 0, 1},
                               {1, -1, 5, 1},
                               {0, 5, 5, 1},
                               {1, 1 << 20, 1 << 20, 1},
                               {1 << 20, 1 << 20, 1, 1}};
    for (size_t i = 0; i < sizeof plans / sizeof plans[0]; i++) {
        Dataset dataset;
        Status status;
        assert_false(kind->init(&dataset, &plans[i], &status));
        assert_int_equal(status.code, STATUS_USAGE);
    }
}

#define WITH(kind, test)                                                                           \
    { #test ", " #kind, test, NULL, NULL, &kind }
#define WITH_EACH(test) WITH(shapes, test), WITH(silhouettes, test), WITH(bright_silhouettes, test)

int main(void) {
    const struct CMUnitTest tests[] = {
        WITH_EACH(the_seed_decides_every_byte),
        WITH_EACH(a_class_is_the_same_among_more),
        WITH_EACH(a_world_is_that_of_its_own_seed),
        WITH_EACH(classes_have_their_examples),
        WITH_EACH(classes_can_be_told_apart_but_not_trivially),
        WITH(silhouettes, the_wrong_neighbours_of_silhouettes_are_of_the_family),
        WITH_EACH(nearly_every_example_shows_something),
        WITH_EACH(absurd_sizes_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
