#include "engine/filmstrip.h"

#include <stdlib.h>
#include <string.h>

void filmstrip_init(Filmstrip *filmstrip) {
    *filmstrip = (Filmstrip){.count = 0};
}

void filmstrip_clear(Filmstrip *filmstrip) {
    for (int i = 0; i < filmstrip->count; i++)
        for (int weight = 0; weight < FEATURES_WEIGHTS; weight++)
            free(filmstrip->frame[i].weight[weight]);
    filmstrip->count = 0;
}

// The first frame decides the sizes.
static bool fits(Filmstrip *filmstrip, const Features *features, Status *status) {
    const int units = features->shape.sizes[1];
    if (filmstrip->count == 0) {
        memcpy(filmstrip->source, features->source, sizeof filmstrip->source);
        memcpy(filmstrip->data, features->data, sizeof filmstrip->data);
        filmstrip->seed = features->seed;
        filmstrip->height = features->height;
        filmstrip->width = features->width;
        filmstrip->channels = features->channels;
        filmstrip->units = units;
        filmstrip->inner_steps = features->inner_steps;
    }
    if (filmstrip->count == FILMSTRIP_FRAMES)
        return status_fail(status, STATUS_FAILURE, "a filmstrip has at most %d frames",
                           FILMSTRIP_FRAMES);
    if (filmstrip->height != features->height || filmstrip->width != features->width ||
        filmstrip->channels != features->channels || filmstrip->units != units)
        return status_fail(status, STATUS_FAILURE,
                           "a frame of %d units of %d x %d x %d inputs does not fit a filmstrip of "
                           "%d units of %d x %d x %d",
                           units, features->height, features->width, features->channels,
                           filmstrip->units, filmstrip->height, filmstrip->width,
                           filmstrip->channels);
    return true;
}

bool filmstrip_append(Filmstrip *filmstrip, const Features *features, Status *status) {
    if (!fits(filmstrip, features, status))
        return false;
    FilmstripFrame *frame = &filmstrip->frame[filmstrip->count];
    *frame = (FilmstripFrame){.outer_step = features->outer_step,
                              .accuracy = features->accuracy[FEATURES_NOW]};
    const size_t bytes =
        (size_t)features->shape.sizes[0] * (size_t)filmstrip->units * sizeof(float);
    for (int weight = 0; weight < FEATURES_WEIGHTS; weight++) {
        frame->weight[weight] = malloc(bytes);
        if (!frame->weight[weight]) {
            free(frame->weight[0]);
            return status_fail(status, STATUS_FAILURE, "out of memory for a frame");
        }
        memcpy(frame->weight[weight], features->weight[weight][FEATURES_NOW], bytes);
    }
    filmstrip->count++;
    return true;
}

int filmstrip_choose(int available, int wanted, int *chosen) {
    const int count = available < wanted ? available : wanted;
    for (int i = 0; i < count; i++)
        chosen[i] =
            count == 1
                ? available - 1
                : (int)(((long)i * (available - 1) * 2 + count - 1) / ((long)(count - 1) * 2));
    return count;
}
