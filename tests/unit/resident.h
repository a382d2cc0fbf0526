// Whether memory is there, page by page, and not only promised.
#ifndef TESTS_UNIT_RESIDENT_H
#define TESTS_UNIT_RESIDENT_H

#include <stdbool.h>
#include <stddef.h>

// All pages of a block of up to 4 MiB.
bool is_resident(const void *block, size_t bytes);

#endif
