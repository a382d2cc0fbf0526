#include "engine/number.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *number_text(double x, char text[NUMBER_TEXT]) {
    if (!isfinite(x)) {
        snprintf(text, NUMBER_TEXT, "%s",
                 isnan(x) ? "\"NaN\""
                 : x > 0  ? "\"Infinity\""
                          : "\"-Infinity\"");
        return text;
    }
    snprintf(text, NUMBER_TEXT, "%.15g", x);
    if (strtod(text, NULL) != x)
        snprintf(text, NUMBER_TEXT, "%.17g", x);
    // The locale's own decimal sign is whatever is not part of a number otherwise.
    char *sign = text + strspn(text, "0123456789+-");
    if (*sign && *sign != 'e' && *sign != '.') {
        char *rest = sign + strcspn(sign, "0123456789");
        memmove(sign + 1, rest, strlen(rest) + 1);
        *sign = '.';
    }
    return text;
}
