// For tests: what can fail must be done; else the test fails with the Status' sentence.
#ifndef TESTS_UNIT_CHECK_H
#define TESTS_UNIT_CHECK_H

#include "engine/status.h"

void check(bool done, const Status *status);

#endif
