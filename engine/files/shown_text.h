// Text from a file as an error may quote it: what could move a cursor is replaced, and it is short.
#ifndef ENGINE_FILES_SHOWN_TEXT_H
#define ENGINE_FILES_SHOWN_TEXT_H

#include <stdbool.h>
#include <stddef.h>

enum { SHOWN_TEXT = 128 };

// text with '?' for bytes that are no printable UTF-8, cut (with "...") to fit; returns shown.
const char *shown_text(const char *text, char shown[SHOWN_TEXT]);

// The same into `size` bytes, 4 at least; never cut within a character.
const char *shown_text_cut(const char *text, char *shown, size_t size);

// Bytes of the UTF-8 character at text (size bytes long), 1 to 4; 0 if there is none: overlong
// forms, surrogates, beyond U+10FFFF, cut off.
size_t utf8_length(const unsigned char *text, size_t size);

#endif
