// Included before every file that clang-tidy looks at (but engine/status.c): it sees one file at a
// time and has to be told that a failure is false, or it follows paths that go on after one.
#ifndef TESTS_CHECK_TIDY_H
#define TESTS_CHECK_TIDY_H

#include "engine/status.h"

#define status_fail(...) (status_fail(__VA_ARGS__), false)
#define status_prefix(...) (status_prefix(__VA_ARGS__), false)

#endif
