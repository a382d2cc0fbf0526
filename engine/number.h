// Numbers as JSON text: a decimal point whatever the locale, digits that read back as the same
// double, non-finite ones as the strings "NaN", "Infinity", "-Infinity" (JSON has none).
#ifndef ENGINE_NUMBER_H
#define ENGINE_NUMBER_H

enum { NUMBER_TEXT = 40 };

const char *number_text(double x, char text[NUMBER_TEXT]); // returns text

#endif
