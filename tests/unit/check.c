#include "tests/unit/check.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

void check(bool done, const Status *status) {
    if (!done)
        fail_msg("%s", status->text);
}
