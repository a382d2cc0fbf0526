// Numbers as text.  As JSON: a decimal point whatever the locale, digits that read back as the same
// double, non-finite ones as the strings "NaN", "Infinity", "-Infinity" (JSON has none).
#ifndef ENGINE_NUMBER_H
#define ENGINE_NUMBER_H

#include <stdbool.h>
#include <stdint.h>

enum { NUMBER_TEXT = 40 };

const char *number_text(double x, char text[NUMBER_TEXT]); // returns text

// Numbers from text, with a decimal point whatever the locale.  False unless all of the text is one
// finite number (a whole one of 64 bits).
bool number_read(const char *text, double *number);
bool number_read_whole(const char *text, int64_t *number);

// The number that text begins with, whatever follows; *end is behind it, or at text if there is
// none.
double number_leading(const char *text, char **end);

#endif
