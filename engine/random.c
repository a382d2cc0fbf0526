#include "engine/random.h"

#include <math.h>

static uint64_t splitmix64(uint64_t *state) {
    uint64_t z = (*state += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

Random random_seeded(uint64_t seed, uint64_t stream) {
    // Mixing the stream through splitmix64 first keeps (1, 2) and (2, 1) apart.
    uint64_t state = stream;
    state = seed ^ splitmix64(&state);
    Random random;
    for (int i = 0; i < 4; i++)
        random.word[i] = splitmix64(&state);
    return random;
}

static uint64_t rotate_left(uint64_t x, int k) {
    return (x << k) | (x >> (64 - k));
}

uint64_t random_bits(Random *random) {
    uint64_t *s = random->word;
    const uint64_t result = rotate_left(s[1] * 5, 7) * 9;
    const uint64_t t = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotate_left(s[3], 45);
    return result;
}

double random_uniform(Random *random) {
    return (double)(random_bits(random) >> 11) * 0x1p-53;
}

int random_below(Random *random, int bound) {
    // Draws past the last whole multiple of bound are thrown away, so every value is as likely.
    const uint64_t range = (uint64_t)bound;
    const uint64_t limit = UINT64_MAX - UINT64_MAX % range;
    uint64_t bits;
    do
        bits = random_bits(random);
    while (bits >= limit);
    return (int)(bits % range);
}

int random_between(Random *random, int low, int high) {
    return low + random_below(random, high - low + 1);
}

double random_normal(Random *random) {
    // Box-Muller without its second number: no hidden state beside the four words.
    const double radius = sqrt(-2.0 * log(1.0 - random_uniform(random)));
    return radius * cos(6.283185307179586477 * random_uniform(random));
}

double random_truncated_normal(Random *random, double standard_deviation) {
    double x;
    do
        x = random_normal(random);
    while (fabs(x) > 2.0);
    return x * standard_deviation;
}

void random_permutation(Random *random, int *permutation, int count) {
    for (int i = 0; i < count; i++)
        permutation[i] = i;
    for (int i = count - 1; i > 0; i--) {
        const int j = random_below(random, i + 1);
        const int kept = permutation[i];
        permutation[i] = permutation[j];
        permutation[j] = kept;
    }
}
