// Random numbers that a seed decides: xoshiro256** (Blackman and Vigna, 2018), seeded by
// splitmix64. The whole state is four words, so that a checkpoint can hold it.
#ifndef ENGINE_RANDOM_H
#define ENGINE_RANDOM_H

#include "engine/real.h"

#include <stdint.h>

typedef struct {
    uint64_t word[4];
} Random;

// A generator of its own for every (seed, stream): equal arguments give equal numbers.
Random random_seeded(uint64_t seed, uint64_t stream);

uint64_t random_bits(Random *random);
double random_uniform(Random *random);                 // [0, 1)
int random_below(Random *random, int bound);           // 0 .. bound - 1, unbiased; bound >= 1
int random_between(Random *random, int low, int high); // low .. high, both included
double random_normal(Random *random);                  // mean 0, standard deviation 1
// Normal with the given standard deviation, redrawn until it lies within two of them.
double random_truncated_normal(Random *random, double standard_deviation);
void random_permutation(Random *random, int *permutation, int count); // of 0 .. count - 1

#endif
