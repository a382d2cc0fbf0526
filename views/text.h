// Text as the views need it: widths of UTF-8 in cells, and numbers that look the same in every
// locale.
#ifndef VIEWS_TEXT_H
#define VIEWS_TEXT_H

#include <stddef.h>
#include <stdint.h>

// Decodes one character at *text (which is not at its end) and moves *text behind it.  Invalid
// bytes, control characters and zero-width characters come back as '?', one byte each.
uint32_t text_decode(const char **text);

// Encodes one character; returns the bytes written (1 to 4) and ends them with '\0'.
int text_encode(uint32_t character, char utf8[5]);

// Cells that a character takes: 2 for East Asian wide characters and pictographs, otherwise 1.
int text_character_width(uint32_t character);
int text_width(const char *text);

// Copies text, cut to `columns` cells; what was cut ends in an ellipsis.  Always ends with '\0'.
void text_fit(char *out, size_t size, const char *text, int columns);

// Length in bytes of the part of a sentence that fits into `columns` cells, broken at a space if
// there is one; at least one character.
size_t text_break(const char *text, int columns);

// Copies that part and returns where the rest begins, without the spaces before it.
const char *text_row(char *out, size_t size, const char *text, int columns);

// The number formats below write at most `size` bytes, ended by '\0', with '.' whatever the locale;
// "NaN", "+Inf" and "-Inf" for numbers that are none.  They return out.

// 3 decimals: "0.125", "-12.000".  From 1e15 on as format_number.
char *format_fixed(char *out, size_t size, double value, int decimals);

// About `digits` significant digits in the shortest usual form: "0.0125", "1250", "1.25e-07".
char *format_number(char *out, size_t size, double value, int digits);

// "1,234,567"
char *format_count(char *out, size_t size, long long count);

// "1:02:03", "2 d 03:04:05"; "-" for NaN.
char *format_duration(char *out, size_t size, double seconds);

#endif
