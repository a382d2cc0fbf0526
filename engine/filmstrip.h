// How the first-layer weights that a rule makes have changed over meta-training: one frame for each
// of a series of rules, each applied to the same base model, phi_0 and data (features.h).
#ifndef ENGINE_FILMSTRIP_H
#define ENGINE_FILMSTRIP_H

#include "engine/features.h"

enum { FILMSTRIP_FRAMES = 64 };

typedef struct {
    long outer_step;
    double accuracy;                 // few-shot, after the inner loop
    float *weight[FEATURES_WEIGHTS]; // [inputs, N_1] after the inner loop, in image order; owned
} FilmstripFrame;

typedef struct {
    char source[FEATURES_SOURCE];
    uint64_t seed;
    char data[64];
    int height, width, channels; // of an input
    int units;                   // N_1
    int inner_steps;
    int count;
    FilmstripFrame frame[FILMSTRIP_FRAMES]; // in the order added: by rising outer step
} Filmstrip;

// A filmstrip of no frames; features_append copies.
void filmstrip_init(Filmstrip *filmstrip);
void filmstrip_clear(Filmstrip *filmstrip);

// Adds what the features show now as the last frame.  An error without memory, for features of
// other sizes than the frames before, and when there are FILMSTRIP_FRAMES already.
bool filmstrip_append(Filmstrip *filmstrip, const Features *features, Status *status);

// Which of `available` things to show where there is room for `wanted`: the first and the last, and
// the others evenly between; chosen [wanted] rising.  Returns how many.
int filmstrip_choose(int available, int wanted, int *chosen);

#endif
