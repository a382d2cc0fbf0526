// Features made up for tests of their figures; the numbers are invented and repeat exactly.
#ifndef TESTS_UNIT_SYNTHETIC_FEATURES_H
#define TESTS_UNIT_SYNTHETIC_FEATURES_H

#include "engine/features.h"
#include "engine/filmstrip.h"

// A base model of size^2 * channels inputs, `units` units and an embedding of 6 after 10 inner
// steps, 3 classes of 5 examples.  In layer 1 unit n answers class n % 3 with 1 + n / 100, others
// with 0.1. features_free gives it back.
Features *synthetic_features(int size, int channels, int units);

// One frame for each outer step 0, 1, 2, 4, 8 ...
void synthetic_filmstrip(Filmstrip *filmstrip, Features *features, int frames);

#endif
