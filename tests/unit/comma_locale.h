// For tests: a locale whose decimal sign is a comma, made on the spot, since few machines have one
// installed.
#ifndef TESTS_UNIT_COMMA_LOCALE_H
#define TESTS_UNIT_COMMA_LOCALE_H

#include <stdbool.h>

// Numbers of this program are printed and read with a decimal comma from now on.  False if the
// machine can neither make nor find such a locale; the test then has to skip.
bool comma_locale_begin(void);

// The locale C again.
void comma_locale_end(void);

#endif
