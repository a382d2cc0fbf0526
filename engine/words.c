#include "engine/words.h"

#include <string.h>

enum { WORD_LENGTH = 63 };

static size_t smallest(size_t a, size_t b) {
    return a < b ? a : b;
}

size_t word_distance(const char *a, const char *b) {
    const size_t length_a = strnlen(a, WORD_LENGTH);
    const size_t length_b = strnlen(b, WORD_LENGTH);
    // distance[i][j] between the first i characters of a and the first j of b; three rows suffice,
    // the whole table reads better.
    size_t distance[WORD_LENGTH + 1][WORD_LENGTH + 1];
    for (size_t j = 0; j <= length_b; j++)
        distance[0][j] = j;
    for (size_t i = 1; i <= length_a; i++) {
        distance[i][0] = i;
        for (size_t j = 1; j <= length_b; j++) {
            const size_t replaced = distance[i - 1][j - 1] + (a[i - 1] != b[j - 1]);
            const size_t inserted = smallest(distance[i - 1][j], distance[i][j - 1]) + 1;
            distance[i][j] = smallest(replaced, inserted);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                distance[i][j] = smallest(distance[i][j], distance[i - 2][j - 2] + 1);
        }
    }
    return distance[length_a][length_b];
}

size_t word_slips(const char *word, const char *candidate) {
    const size_t length = strlen(word);
    const bool begins = length > 0 && strncmp(word, candidate, length) == 0;
    return begins && candidate[length] ? 1 : word_distance(word, candidate);
}

void word_nearest(const char *word, const char *candidate, const char **best) {
    const size_t third = strnlen(word, WORD_LENGTH) / 3;
    const size_t slips = word_slips(word, candidate);
    if (slips > (third > 2 ? third : 2) || slips >= strlen(candidate))
        return;
    if (!*best || slips < word_slips(word, *best))
        *best = candidate;
}

bool word_in_list(const char *word, const char *list, char separator) {
    const size_t length = strlen(word);
    for (const char *part = list; *part;) {
        const char *end = strchrnul(part, separator);
        if ((size_t)(end - part) == length && memcmp(part, word, length) == 0)
            return true;
        part = *end ? end + 1 : end;
    }
    return false;
}
