#include "tests/unit/synthetic_features.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

enum { CLASSES = 3, PER_CLASS = 5, EXAMPLES = CLASSES * PER_CLASS, EMBEDDING = 6 };

// -1 .. 1
static float number(size_t i, size_t stream) {
    const uint32_t mixed = (uint32_t)(i * 2654435761u + stream * 40503u + 12345u) * 2246822519u;
    return (float)(mixed >> 16) / 32767.5f - 1;
}

static void fill_activations(Features *features, int when, int layer) {
    for (int n = 0; n < features->shape.sizes[layer]; n++)
        for (int b = 0; b < EXAMPLES; b++) {
            float *x = &features->x[when][layer][n * EXAMPLES + b];
            const bool answers = features->label[b] == n % CLASSES;
            if (layer == 1)
                *x = answers ? 1 + (float)n / 100 : 0.1f;
            else
                *x = number((size_t)(n * EXAMPLES + b), (size_t)(10 * when + layer)) +
                     (answers ? 1.5f * (float)when : 0);
        }
}

Features *synthetic_features(int size, int channels, int units) {
    Features *features = calloc(1, sizeof *features);
    assert_non_null(features);
    *features =
        (Features){.source = "runs/2031-02-03_040506-a1b2",
                   .outer_step = 300,
                   .seed = 7,
                   .data = "fashion",
                   .height = size,
                   .width = size,
                   .channels = channels,
                   .shape = {.layers = 2, .sizes = {size * size * channels, units, EMBEDDING}},
                   .inner_steps = 10,
                   .accuracy = {0.5, 0.625},
                   .classes = CLASSES,
                   .class_of = {0, 4, 9},
                   .class_name = {"shirt", "bag", "boot"},
                   .per_class = PER_CLASS,
                   .examples = EXAMPLES};
    const size_t weights = (size_t)(size * size * channels) * (size_t)units;
    const size_t values = (size_t)(size * size * channels + units + EMBEDDING) * EXAMPLES;
    features->label = calloc(EXAMPLES, sizeof(int));
    features->example = calloc(EXAMPLES, sizeof(int));
    features->values = calloc(6 * weights + 2 * values, sizeof(float));
    assert_true(features->label && features->example && features->values);
    for (int b = 0; b < EXAMPLES; b++)
        features->label[b] = b / PER_CLASS;
    float *rest = features->values;
    for (int weight = 0; weight < FEATURES_WEIGHTS; weight++)
        for (int when = 0; when < FEATURES_WHEN; when++, rest += weights) {
            features->weight[weight][when] = rest;
            for (size_t i = 0; i < weights; i++)
                rest[i] = number(i, (size_t)(weight * FEATURES_WHEN + when));
        }
    for (int when = 0; when < 2; when++)
        for (int l = 0; l <= 2; l++) {
            features->x[when][l] = rest;
            rest += (size_t)features->shape.sizes[l] * EXAMPLES;
            fill_activations(features, when, l);
        }
    for (int when = 0; when < 2; when++) {
        Status status;
        assert_true(embedding_init(&features->embedding[when], features->x[when][2], EMBEDDING,
                                   EXAMPLES, &status));
    }
    return features;
}

void synthetic_filmstrip(Filmstrip *filmstrip, Features *features, int frames) {
    Status status;
    filmstrip_init(filmstrip);
    for (int i = 0; i < frames; i++) {
        features->outer_step = i == 0 ? 0 : 1L << (i - 1);
        features->weight[FEATURES_W][FEATURES_NOW][0] = (float)i;
        assert_true(filmstrip_append(filmstrip, features, &status));
    }
}
