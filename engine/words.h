// Words that a user may have meant.
#ifndef ENGINE_WORDS_H
#define ENGINE_WORDS_H

#include <stdbool.h>
#include <stddef.h>

// Insertions, deletions, replacements and swaps of neighbours that turn one word into the other.
// Words are compared up to their first 63 characters.
size_t word_distance(const char *a, const char *b);

// As word_distance, but a word that only breaks off is a slip of one letter.
size_t word_slips(const char *word, const char *candidate);

// Keeps the nearest by word_slips so far: call it with each candidate, *best == NULL at first.
// Candidates that have nothing in common with the word (more slips than a third of its length, at
// least 2) are passed over.
void word_nearest(const char *word, const char *candidate, const char **best);

// Whether one of the parts of list ("a|b|c", separator '|') is the word.
bool word_in_list(const char *word, const char *list, char separator);

#endif
