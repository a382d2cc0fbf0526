// Planned memory: measuring and placing must agree.
#include "engine/arena.h"
#include "tests/unit/resident.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <sys/mman.h>

static const size_t counts[] = {1, 7, 16, 17, 0, 1000, 3};
enum { COUNTS = sizeof counts / sizeof counts[0] };

static void take_all(Arena *arena, real *taken[COUNTS]) {
    for (int i = 0; i < COUNTS; i++)
        taken[i] = arena_take(arena, counts[i]);
}

static void measuring_says_what_placing_needs(void **state) {
    (void)state;
    Arena measure = {0}, arena;
    Status status;
    real *taken[COUNTS];
    take_all(&measure, taken);
    for (int i = 0; i < COUNTS; i++)
        assert_null(taken[i]);
    assert_true(arena_init(&arena, measure.used, &status));
    take_all(&arena, taken);
    assert_int_equal(arena.used, measure.used);
    assert_int_equal(arena.used, arena.size);
    arena_clear(&arena);
}

static void tensors_are_aligned_and_apart(void **state) {
    (void)state;
    Arena arena;
    Status status;
    real *taken[COUNTS];
    assert_true(arena_init(&arena, 1 << 16, &status));
    take_all(&arena, taken);
    for (int i = 0; i < COUNTS; i++) {
        assert_int_equal((uintptr_t)taken[i] % ALIGNMENT, 0);
        for (size_t k = 0; k < counts[i]; k++)
            taken[i][k] = (real)i;
    }
    for (int i = 0; i < COUNTS; i++)
        for (size_t k = 0; k < counts[i]; k++)
            assert_true(taken[i][k] == (real)i);
    arena_clear(&arena);
}

static void returning_to_a_mark_gives_the_same_memory_again(void **state) {
    (void)state;
    Arena arena;
    Status status;
    assert_true(arena_init(&arena, 1 << 12, &status));
    arena_take(&arena, 5);
    const size_t mark = arena_mark(&arena);
    const real *first = arena_take(&arena, 100);
    const size_t peak = arena.used;
    arena_return(&arena, mark);
    assert_ptr_equal(arena_take(&arena, 9), first);
    assert_int_equal(arena.peak, peak);
    arena_clear(&arena);
    assert_null(arena.base);
}

// Past half of the address space no machine can follow; the sanitizers stop a program that asks.
static void refusing_memory_is_an_error(void **state) {
    (void)state;
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    skip();
#endif
    Arena arena;
    Status status;
    status_clear(&status);
    assert_false(arena_init(&arena, SIZE_MAX / 2 / ALIGNMENT * ALIGNMENT, &status));
    assert_int_equal(status.code, STATUS_FAILURE);
    assert_non_null(strstr(status.text, "out of memory"));
    arena_clear(&arena);
}

// Wherever in a page it begins.
static void every_page_of_a_block_is_touched(void **state) {
    (void)state;
    enum { PAGE = 4096, PAGES = 4 };
    static const size_t starts[] = {0, 16, PAGE - 1}, sizes[] = {1, PAGE, 2 * PAGE, 2 * PAGE + 1};
    for (size_t i = 0; i < sizeof starts / sizeof *starts; i++)
        for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++) {
            char *block = mmap(NULL, (size_t)PAGES * PAGE, PROT_READ | PROT_WRITE,
                               MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
            assert_true(block != MAP_FAILED);
            assert_false(is_resident(block, (size_t)PAGES * PAGE));
            touch_pages(block + starts[i], sizes[k]);
            assert_true(is_resident(block + starts[i], sizes[k]));
            munmap(block, (size_t)PAGES * PAGE);
        }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(measuring_says_what_placing_needs),
        cmocka_unit_test(tensors_are_aligned_and_apart),
        cmocka_unit_test(returning_to_a_mark_gives_the_same_memory_again),
        cmocka_unit_test(refusing_memory_is_an_error),
        cmocka_unit_test(every_page_of_a_block_is_touched),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
