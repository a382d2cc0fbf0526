#include "tests/unit/check.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

void check(bool done, const Status *status) {
    if (!done)
        fail_msg("%s", status->text);
}

void assert_near(double found, double expected, double tolerance) {
    if (!(fabs(found - expected) <= tolerance))
        fail_msg("found %.17g, expected %.17g within %g", found, expected, tolerance);
}

void expect_text(const Status *status, StatusCode code, const char *part) {
    assert_int_equal(status->code, code);
    if (!strstr(status->text, part) || strpbrk(status->text, "\n\033"))
        fail_msg("expected \"%s\" in: %s", part, status->text);
}

void assert_same_file(const char *a, const char *b) {
    char command[2 * 4096 + 64];
    snprintf(command, sizeof command, "cmp '%s' '%s'", a, b);
    if (system(command) != 0)
        fail_msg("%s and %s differ", a, b);
}
