// For tests: what must hold, else the test fails with a sentence.
#ifndef TESTS_UNIT_CHECK_H
#define TESTS_UNIT_CHECK_H

#include "engine/status.h"

// What can fail must be done; else the Status' sentence.
void check(bool done, const Status *status);

void assert_near(double found, double expected, double tolerance);

// What failed must have this code and this part in its sentence, and neither line ends nor escapes.
void expect_text(const Status *status, StatusCode code, const char *part);

// Two files of the same bytes.
void assert_same_file(const char *a, const char *b);

#endif
