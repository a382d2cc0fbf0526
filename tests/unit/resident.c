#include "tests/unit/resident.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#include <sys/mman.h>
#include <unistd.h>

bool is_resident(const void *block, size_t bytes) {
    unsigned char pages[1024];
    const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    const uintptr_t first = (uintptr_t)block / page * page;
    const size_t count = ((uintptr_t)block + bytes - first + page - 1) / page;
    assert_true(count <= sizeof pages);
    assert_int_equal(mincore((void *)first, count * page, pages), 0);
    for (size_t i = 0; i < count; i++)
        if (!(pages[i] & 1))
            return false;
    return true;
}
