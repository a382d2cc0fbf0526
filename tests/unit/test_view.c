// Views: exact where nothing is to be interpolated, honest about areas elsewhere.
#include "engine/data/dataset.h"
#include "engine/data/view.h"
#include "tests/unit/check.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

enum { MOST = VIEW_SIDE * VIEW_SIDE * 3 };
static const double PI = 3.14159265358979323846;

static void fill(uint8_t *pixels, int count) {
    Random random = random_seeded(3, 4);
    for (int i = 0; i < count; i++)
        pixels[i] = (uint8_t)random_bits(&random);
}

static double sum_of(const real *x, int count) {
    double sum = 0;
    for (int i = 0; i < count; i++)
        sum += x[i];
    return sum;
}

static void view_of_nothing_gives_the_pixels(void **state) {
    (void)state;
    uint8_t pixels[MOST];
    real x[MOST];
    fill(pixels, MOST);
    static const int sizes[] = {1, 2, 13, 14, 20, 28, VIEW_SIDE};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        for (int channels = 1; channels <= 3; channels += 2) {
            const int n = sizes[i];
            view_render(&(View){0}, pixels, n, n, channels, n, NULL, x);
            for (int j = 0; j < n * n * channels; j++)
                assert_true(x[j] == (real)pixels[j] / 255);
        }
}

static void shrinking_agrees_with_resized_data_sets(void **state) {
    (void)state;
    static const int sizes[][4] = {{20, 20, 14, 1}, {28, 28, 14, 1}, {32, 32, 16, 3},
                                   {13, 31, 9, 3},  {14, 14, 28, 1}, {64, 64, 8, 3},
                                   {10, 24, 17, 1}};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        const int height = sizes[i][0], width = sizes[i][1], size = sizes[i][2],
                  channels = sizes[i][3];
        Dataset dataset, resized;
        Status status;
        real x[MOST];
        assert_true(dataset_init(&dataset, "view", 1, height, width, channels, &status));
        fill(dataset.pixels, height * width * channels);
        assert_true(dataset_resized(&resized, &dataset, size, size, &status));
        view_render(&(View){0}, dataset.pixels, height, width, channels, size, NULL, x);
        for (int j = 0; j < size * size * channels; j++)
            assert_near(x[j] * 255, resized.pixels[j], 0.5 + 1e-3);
        dataset_clear(&dataset);
        dataset_clear(&resized);
    }
}

static void whole_shifts_move_pixels(void **state) {
    (void)state;
    enum { N = 14, DX = 3, DY = -2 };
    uint8_t pixels[N * N];
    real x[N * N];
    fill(pixels, N * N);
    view_render(&(View){.dx = DX, .dy = DY}, pixels, N, N, 1, N, NULL, x);
    for (int row = 0; row < N; row++)
        for (int column = 0; column < N; column++) {
            const int i = row - DY, j = column - DX;
            const bool inside = i >= 0 && i < N && j >= 0 && j < N;
            assert_true(x[row * N + column] == (inside ? (real)pixels[i * N + j] / 255 : 0));
        }
}

static void a_shift_past_the_edge_leaves_black(void **state) {
    (void)state;
    enum { N = 14 };
    uint8_t pixels[4 * N * N];
    real x[N * N];
    memset(pixels, 255, sizeof pixels);
    static const double shifts[] = {-100, -14, 14, 1e9};
    for (size_t i = 0; i < sizeof shifts / sizeof *shifts; i++)
        for (int turned = 0; turned < 2; turned++) {
            const View view = {.dx = shifts[i], .angle = turned * PI};
            view_render(&view, pixels, 2 * N, 2 * N, 1, N, NULL, x);
            // The box filter of a turned view reaches a fraction of a pixel over the edge.
            assert_near(sum_of(x, N * N), 0, turned ? 14 * 0.3 : 0);
        }
}

// Counter-clockwise as seen: what was on the right goes to the top.
static void quarter_turns_move_pixels(void **state) {
    (void)state;
    enum { N = 14 };
    uint8_t pixels[N * N];
    real x[N * N];
    fill(pixels, N * N);
    for (int turns = -3; turns <= 4; turns++) {
        if (turns == 0)
            continue;
        view_render(&(View){.angle = turns * PI / 2}, pixels, N, N, 1, N, NULL, x);
        for (int row = 0; row < N; row++)
            for (int column = 0; column < N; column++) {
                int i = row, j = column;
                for (int turn = 0; turn < (turns + 4) % 4; turn++) {
                    const int kept = i;
                    i = j;
                    j = N - 1 - kept;
                }
                assert_near(x[row * N + column], pixels[i * N + j] / 255.0, 2e-4);
            }
    }
}

// A half turn puts the squares of a turned view onto the rectangles of an upright one.
static void half_turns_agree_with_areas(void **state) {
    (void)state;
    static const int sizes[][3] = {{20, 14, 14}, {14, 27, 14}, {21, 16, 12}};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        const int height = sizes[i][0], width = sizes[i][1], size = sizes[i][2];
        uint8_t pixels[MOST];
        real upright[MOST], turned[MOST];
        fill(pixels, height * width);
        view_render(&(View){0}, pixels, height, width, 1, size, NULL, upright);
        view_render(&(View){.angle = PI}, pixels, height, width, 1, size, NULL, turned);

        double difference = 0;
        for (int j = 0; j < size * size; j++)
            difference = fmax(difference, fabs(turned[j] - upright[size * size - 1 - j]));
        assert_near(difference, 0, 1e-4);
    }
}

static void channels_are_rotated_alike(void **state) {
    (void)state;
    enum { N = 20, SIZE = 16 };
    uint8_t colour[N * N * 3], grey[N * N];
    real x[SIZE * SIZE * 3], y[SIZE * SIZE];
    fill(colour, N * N * 3);
    const View view = {.angle = 0.8, .dx = 0.4, .dy = -1.2};
    view_render(&view, colour, N, N, 3, SIZE, NULL, x);
    for (int channel = 0; channel < 3; channel++) {
        for (int i = 0; i < N * N; i++)
            grey[i] = colour[3 * i + channel];
        view_render(&view, grey, N, N, 1, SIZE, NULL, y);
        for (int i = 0; i < SIZE * SIZE; i++)
            assert_true(x[3 * i + channel] == y[i]);
    }
}

// Wherever a lone bright pixel lies, a view holds its light: no pixel falls between the samples.
static void light_is_kept(void **state) {
    (void)state;
    static const int sizes[][2] = {{20, 14}, {28, 14}, {14, 14}};
    Random random = random_seeded(5, 6);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        const int n = sizes[i][0], size = sizes[i][1];
        const double area = (double)size * size / (n * n);
        double largest = 0;
        for (int trial = 0; trial < 200; trial++) {
            uint8_t pixels[VIEW_SIDE * VIEW_SIDE] = {0};
            real x[VIEW_SIDE * VIEW_SIDE];
            const int row = random_between(&random, 3 * n / 10, 7 * n / 10);
            pixels[row * n + random_between(&random, 3 * n / 10, 7 * n / 10)] = 255;
            const View view = {.angle = 6 * random_uniform(&random) + 0.01,
                               .dx = random_uniform(&random)};
            view_render(&view, pixels, n, n, 1, size, NULL, x);
            largest = fmax(largest, fabs(sum_of(x, size * size) / area - 1));
        }
        // Plain bilinear samples would be off by 0.96 at 20 -> 14 and by 2.4 at 28 -> 14.
        assert_near(largest, 0, 0.3);
    }
}

// The finest pattern there is must become even grey when it is shrunk, at any angle.
static void shrinking_does_not_alias(void **state) {
    (void)state;
    enum { N = 28, SIZE = 14 };
    uint8_t pixels[N * N];
    real x[SIZE * SIZE];
    for (int i = 0; i < N * N; i++)
        pixels[i] = (i / N + i % N) % 2 ? 255 : 0;
    for (int trial = 0; trial < 50; trial++) {
        view_render(&(View){.angle = 0.1 * trial, .dx = 0.05 * trial}, pixels, N, N, 1, SIZE, NULL,
                    x);
        for (int row = 4; row < SIZE - 4; row++)
            for (int column = 5; column < SIZE - 4; column++)
                assert_near(x[row * SIZE + column], 0.5, 0.02);
    }
}

static void noise_is_as_asked(void **state) {
    (void)state;
    enum { N = 14, VIEWS = 200, COUNT = N * N * VIEWS };
    const double deviation = 0.2;
    uint8_t pixels[N * N] = {0};
    real x[N * N];
    double sum = 0, squares = 0, fourth = 0;
    Random random = random_seeded(8, 9);
    for (int view = 0; view < VIEWS; view++) {
        view_render(&(View){.noise = deviation}, pixels, N, N, 1, N, &random, x);
        for (int i = 0; i < N * N; i++) {
            sum += x[i];
            squares += x[i] * x[i];
            fourth += pow(x[i], 4);
        }
    }
    assert_near(sum / COUNT, 0, 5 * deviation / sqrt(COUNT));
    assert_near(sqrt(squares / COUNT), deviation, 0.01 * deviation);
    assert_near(fourth / COUNT / pow(squares / COUNT, 2), 2.7, 0.1); // 3 for a normal one
}

static void randomness_is_used_for_noise_only(void **state) {
    (void)state;
    enum { N = 14 };
    uint8_t pixels[N * N];
    real x[N * N], y[N * N];
    fill(pixels, N * N);
    Random random = random_seeded(1, 1), before = random, again = random;
    view_render(&(View){.angle = 1}, pixels, N, N, 1, N, &random, x);
    assert_memory_equal(&random, &before, sizeof random);
    view_render(&(View){.angle = 1, .noise = 0.1}, pixels, N, N, 1, N, &random, x);
    view_render(&(View){.angle = 1, .noise = 0.1}, pixels, N, N, 1, N, &again, y);
    assert_memory_equal(x, y, sizeof x);
    assert_memory_not_equal(&random, &before, sizeof random);
}

static void says_what_is_possible(void **state) {
    (void)state;
    assert_true(view_possible(20, 20, 14));
    assert_true(view_possible(VIEW_SIDE, 1, VIEW_SIDE / VIEW_SHRINK));
    assert_false(view_possible(VIEW_SIDE, 1, VIEW_SIDE / VIEW_SHRINK - 1));
    assert_false(view_possible(VIEW_SIDE + 1, 14, 14));
    assert_false(view_possible(14, VIEW_SIDE + 1, 14));
    assert_false(view_possible(14, 14, VIEW_SIDE + 1));
    assert_false(view_possible(0, 14, 14));
    assert_false(view_possible(14, 14, 0));
}

// The widest box filter and every angle stay inside the buffers (address sanitizer watches).
static void extreme_views_stay_inside(void **state) {
    (void)state;
    uint8_t pixels[MOST];
    real x[MOST];
    fill(pixels, MOST);
    Random random = random_seeded(2, 3);
    for (int trial = 0; trial < 300; trial++) {
        const int size = random_between(&random, 1, VIEW_SIDE);
        const int most = size * VIEW_SHRINK < VIEW_SIDE ? size * VIEW_SHRINK : VIEW_SIDE;
        const int height = random_between(&random, 1, most),
                  width = random_between(&random, 1, most);
        const View view = {.angle = 20 * random_uniform(&random) - 10,
                           .dx = 1000 * (random_uniform(&random) - 0.5),
                           .dy = 10 * random_normal(&random)};
        view_render(&view, pixels, height, width, 3, size, NULL, x);
        for (int i = 0; i < size * size * 3; i++)
            assert_true(x[i] >= 0 && x[i] <= (real)1.0001);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(view_of_nothing_gives_the_pixels),
        cmocka_unit_test(shrinking_agrees_with_resized_data_sets),
        cmocka_unit_test(whole_shifts_move_pixels),
        cmocka_unit_test(a_shift_past_the_edge_leaves_black),
        cmocka_unit_test(quarter_turns_move_pixels),
        cmocka_unit_test(half_turns_agree_with_areas),
        cmocka_unit_test(channels_are_rotated_alike),
        cmocka_unit_test(light_is_kept),
        cmocka_unit_test(shrinking_does_not_alias),
        cmocka_unit_test(noise_is_as_asked),
        cmocka_unit_test(randomness_is_used_for_noise_only),
        cmocka_unit_test(says_what_is_possible),
        cmocka_unit_test(extreme_views_stay_inside),
    };
    return cmocka_run_group_tests_name("view", tests, NULL, NULL);
}
