#include "engine/number.h"

#include <errno.h>
#include <locale.h>
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

double number_leading(const char *text, char **end) {
    // strtod reads the locale's decimal sign, a file has a point: the C locale reads it.
    const locale_t c = newlocale(LC_NUMERIC_MASK, "C", (locale_t)0);
    if (!c)
        return strtod(text, end);
    const double number = strtod_l(text, end, c);
    freelocale(c);
    return number;
}

bool number_read(const char *text, double *number) {
    char *end;
    *number = number_leading(text, &end);
    return end != text && *end == '\0' && isfinite(*number);
}

bool number_read_whole(const char *text, int64_t *number) {
    char *end;
    errno = 0;
    const long long value = strtoll(text, &end, 10);
    *number = value;
    return end != text && *end == '\0' && errno == 0;
}
