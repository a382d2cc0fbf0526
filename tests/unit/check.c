#include "tests/unit/check.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

void check(bool done, const Status *status) {
    if (!done)
        fail_msg("%s", status->text);
}

void assert_same_file(const char *a, const char *b) {
    char command[2 * 4096 + 64];
    snprintf(command, sizeof command, "cmp '%s' '%s'", a, b);
    if (system(command) != 0)
        fail_msg("%s and %s differ", a, b);
}
