// Random numbers: fixed words, and the shape of the distributions.
#include "engine/random.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

// The published first words of xoshiro256** from the state 1, 2, 3, 4.
static void generator_gives_the_published_words(void **state) {
    (void)state;
    static const uint64_t expected[] = {
        11520, 0, 1509978240, 1215971899390074240u, 1216172134540287360u, 607988272756665600u};
    Random random = {{1, 2, 3, 4}};
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++)
        assert_int_equal(random_bits(&random), expected[i]);
}

// From a separate implementation of xoshiro256** and splitmix64 in Python; checkpoints and "the
// same seed gives the same bits" rest on these never changing.
static void seeds_give_the_same_words_for_ever(void **state) {
    (void)state;
    static const struct {
        uint64_t seed, stream, words[4];
    } cases[] = {
        {0,
         0,
         {0xfb5405f7bd79c540u, 0x780c98e26cea5883u, 0x2a146e0980febc66u, 0x4851477db8791fcau}},
        {1,
         2,
         {0x5f147c977b052899u, 0x3beb7d2db94e1f5du, 0x2263ee6c6d422ac7u, 0x27bc9820b49bdb7bu}},
        {2,
         1,
         {0x84f02f195ab5fd66u, 0x46ff6f0daaf44911u, 0x8276408e60c29367u, 0x9d7cf08eef179a7bu}},
        {UINT64_MAX,
         7,
         {0xacbcf3c47e82887du, 0xc9182a4741f2acc0u, 0xe9289664a658741du, 0x7b3aa1f1e8d653eau}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        Random random = random_seeded(cases[i].seed, cases[i].stream);
        for (int k = 0; k < 4; k++)
            assert_int_equal(random_bits(&random), cases[i].words[k]);
    }
    Random random = random_seeded(1, 2);
    assert_true(random_uniform(&random) == 0.3714063520265155);
    assert_true(random_uniform(&random) == 0.23406202665619735);
    assert_true(random_uniform(&random) == 0.13433733126772351);
}

// A copy of the four words goes on exactly where the original stood.
static void state_is_four_words(void **state) {
    (void)state;
    Random random = random_seeded(5, 6);
    random_normal(&random);
    Random copy;
    memcpy(&copy, &random, sizeof copy);
    for (int i = 0; i < 100; i++) {
        assert_true(random_normal(&random) == random_normal(&copy));
        assert_int_equal(random_below(&random, 1000), random_below(&copy, 1000));
    }
}

enum { DRAWS = 200000 };

typedef struct {
    double mean, deviation, least, greatest;
} Moments;

typedef double Draw(Random *random);

static Moments moments_of(Draw *draw) {
    Random random = random_seeded(3, 4);
    double sum = 0, squares = 0;
    Moments moments = {.least = INFINITY, .greatest = -INFINITY};
    for (int i = 0; i < DRAWS; i++) {
        const double x = draw(&random);
        sum += x;
        squares += x * x;
        moments.least = fmin(moments.least, x);
        moments.greatest = fmax(moments.greatest, x);
    }
    moments.mean = sum / DRAWS;
    moments.deviation = sqrt(squares / DRAWS - moments.mean * moments.mean);
    return moments;
}

// Within five standard errors of the mean of DRAWS draws.
static void assert_mean(const Moments *moments, double mean) {
    assert_true(fabs(moments->mean - mean) <= 5 * moments->deviation / sqrt(DRAWS));
}
static void assert_deviation(const Moments *moments, double deviation) {
    assert_true(fabs(moments->deviation - deviation) <= 0.01 * deviation);
}

static void uniform_fills_the_unit_interval(void **state) {
    (void)state;
    const Moments moments = moments_of(random_uniform);
    assert_mean(&moments, 0.5);
    assert_deviation(&moments, sqrt(1.0 / 12));
    assert_true(moments.least >= 0 && moments.least < 1e-3);
    assert_true(moments.greatest < 1 && moments.greatest > 1 - 1e-3);
}

static void normal_has_its_tails(void **state) {
    (void)state;
    const Moments moments = moments_of(random_normal);
    assert_mean(&moments, 0);
    assert_deviation(&moments, 1);
    assert_true(moments.least < -3.5 && moments.greatest > 3.5);
}

static double draw_truncated(Random *random) {
    return random_truncated_normal(random, 0.5);
}

// A normal cut at two standard deviations has a deviation of 0.8796 of what it was cut from.
static void truncated_normal_is_cut_at_two(void **state) {
    (void)state;
    const Moments moments = moments_of(draw_truncated);
    assert_mean(&moments, 0);
    assert_deviation(&moments, 0.5 * 0.8796);
    assert_true(moments.least >= -1 && moments.least < -0.99);
    assert_true(moments.greatest <= 1 && moments.greatest > 0.99);
}

static void below_is_uniform(void **state) {
    (void)state;
    enum { BOUND = 7, EACH = 10000 };
    Random random = random_seeded(9, 9);
    int seen[BOUND] = {0};
    for (int i = 0; i < BOUND * EACH; i++) {
        const int drawn = random_below(&random, BOUND);
        assert_in_range(drawn, 0, BOUND - 1);
        seen[drawn]++;
    }
    for (int i = 0; i < BOUND; i++)
        assert_in_range(seen[i], EACH - 500, EACH + 500); // five standard deviations
    assert_int_equal(random_below(&random, 1), 0);
}

static void between_includes_both_ends(void **state) {
    (void)state;
    Random random = random_seeded(9, 10);
    bool low = false, high = false;
    for (int i = 0; i < 1000; i++) {
        const int drawn = random_between(&random, -2, 3);
        assert_true(drawn >= -2 && drawn <= 3);
        low = low || drawn == -2;
        high = high || drawn == 3;
    }
    assert_true(low && high);
    assert_int_equal(random_between(&random, 4, 4), 4);
}

static void permutation_moves_everything_everywhere(void **state) {
    (void)state;
    enum { COUNT = 6, EACH = 5000 };
    Random random = random_seeded(10, 0);
    int places[COUNT][COUNT] = {{0}};
    for (int i = 0; i < COUNT * EACH; i++) {
        int permutation[COUNT];
        bool seen[COUNT] = {false};
        random_permutation(&random, permutation, COUNT);
        for (int k = 0; k < COUNT; k++) {
            assert_in_range(permutation[k], 0, COUNT - 1);
            assert_false(seen[permutation[k]]);
            seen[permutation[k]] = true;
            places[k][permutation[k]]++;
        }
    }
    for (int k = 0; k < COUNT; k++)
        for (int i = 0; i < COUNT; i++)
            assert_in_range(places[k][i], EACH - 350, EACH + 350);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(generator_gives_the_published_words),
        cmocka_unit_test(seeds_give_the_same_words_for_ever),
        cmocka_unit_test(state_is_four_words),
        cmocka_unit_test(uniform_fills_the_unit_interval),
        cmocka_unit_test(normal_has_its_tails),
        cmocka_unit_test(truncated_normal_is_cut_at_two),
        cmocka_unit_test(below_is_uniform),
        cmocka_unit_test(between_includes_both_ends),
        cmocka_unit_test(permutation_moves_everything_everywhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
