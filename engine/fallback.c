#include "engine/fallback.h"

#include "engine/checkpoint_parts.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool fallback_init(Fallback *fallback, size_t parameters, Status *status) {
    *fallback = (Fallback){.parameters = parameters};
    bool done = true;
    for (int i = 0; i < FALLBACK_STATES; i++) {
        FallbackState *state = &fallback->state[i];
        state->theta = calloc(parameters, sizeof *state->theta);
        state->first = calloc(parameters, sizeof *state->first);
        state->second = calloc(parameters, sizeof *state->second);
        done = done && state->theta && state->first && state->second;
    }
    return done || status_fail(status, STATUS_FAILURE, "out of memory for states to fall back to");
}

void fallback_clear(Fallback *fallback) {
    for (int i = 0; i < FALLBACK_STATES; i++) {
        free(fallback->state[i].theta);
        free(fallback->state[i].first);
        free(fallback->state[i].second);
    }
    *fallback = (Fallback){0};
}

size_t fallback_bytes(size_t parameters) {
    return FALLBACK_STATES * parameters * (sizeof(real) + 2 * sizeof(double));
}

// The newest state moves back by one; the memory of the oldest takes the new one.
static void keep(Fallback *fallback, const real *theta, const Adam *adam, long outer_step,
                 double rate_factor) {
    const FallbackState oldest = fallback->state[FALLBACK_STATES - 1];
    memmove(fallback->state + 1, fallback->state, (FALLBACK_STATES - 1) * sizeof oldest);
    FallbackState *newest = &fallback->state[0];
    *newest = oldest;
    newest->outer_step = outer_step;
    newest->adam_step = adam->step;
    newest->rate_factor = rate_factor;
    memcpy(newest->theta, theta, fallback->parameters * sizeof *theta);
    memcpy(newest->first, adam->first, fallback->parameters * sizeof *adam->first);
    memcpy(newest->second, adam->second, fallback->parameters * sizeof *adam->second);
    if (fallback->count < FALLBACK_STATES)
        fallback->count++;
}

void fallback_begin(Fallback *fallback, const real *theta, const Adam *adam, long outer_step,
                    double rate_factor) {
    fallback->count = 0;
    fallback->fell = false;
    keep(fallback, theta, adam, outer_step, rate_factor);
}

void fallback_note(Fallback *fallback, const real *theta, const Adam *adam, long outer_step,
                   double rate_factor, bool clean) {
    fallback->fell = false;
    if (clean && outer_step - fallback->state[0].outer_step >= FALLBACK_EVERY)
        keep(fallback, theta, adam, outer_step, rate_factor);
}

void fallback_set_rate(Fallback *fallback, double rate_factor) {
    for (int i = 0; i < fallback->count; i++)
        fallback->state[i].rate_factor = rate_factor;
}

// The state that proved bad is forgotten; its memory is for the next that is kept.
static void drop_newest(Fallback *fallback) {
    const FallbackState bad = fallback->state[0];
    memmove(fallback->state, fallback->state + 1, (FALLBACK_STATES - 1) * sizeof bad);
    fallback->state[FALLBACK_STATES - 1] = bad;
    fallback->count--;
}

const FallbackState *fallback_take(Fallback *fallback, real *theta, Adam *adam) {
    if (fallback->fell && fallback->count == 1)
        return NULL;
    if (fallback->fell)
        drop_newest(fallback);
    fallback->fell = true;
    FallbackState *state = &fallback->state[0];
    state->rate_factor /= 2;
    adam->step = state->adam_step;
    memcpy(theta, state->theta, fallback->parameters * sizeof *theta);
    memcpy(adam->first, state->first, fallback->parameters * sizeof *adam->first);
    memcpy(adam->second, state->second, fallback->parameters * sizeof *adam->second);
    return state;
}

// ---- files ----

enum { NAME = 48, COUNTERS = 2 };

// Of the tensors of one state.
typedef struct {
    char theta[NAME], first[NAME], second[NAME], counters[NAME], rate_factor[NAME];
} Names;

static void names_of(int index, Names *names) {
    snprintf(names->theta, NAME, "fallback.%d.theta", index);
    snprintf(names->first, NAME, "fallback.%d.adam.first", index);
    snprintf(names->second, NAME, "fallback.%d.adam.second", index);
    snprintf(names->counters, NAME, "fallback.%d.counters", index);
    snprintf(names->rate_factor, NAME, "fallback.%d.rate_factor", index);
}

bool fallback_save(const Fallback *fallback, SafetensorsWriter *writer, Status *status) {
    const int64_t kept[COUNTERS] = {fallback->count, fallback->fell};
    const size_t count = fallback->parameters;
    bool done = safetensors_add(writer, "fallback.counters", DTYPE_I64, 1, &(uint64_t){COUNTERS},
                                kept, status);
    for (int i = 0; done && i < fallback->count; i++) {
        const FallbackState *state = &fallback->state[i];
        const int64_t counters[COUNTERS] = {state->outer_step, state->adam_step};
        const int parameters = (int)count;
        Names names;
        names_of(i, &names);
        done = safetensors_add_real(writer, names.theta, 1, &parameters, state->theta, status) &&
               checkpoint_add_doubles(writer, names.first, count, state->first, status) &&
               checkpoint_add_doubles(writer, names.second, count, state->second, status) &&
               safetensors_add(writer, names.counters, DTYPE_I64, 1, &(uint64_t){COUNTERS},
                               counters, status) &&
               checkpoint_add_doubles(writer, names.rate_factor, 1, &state->rate_factor, status);
    }
    return done;
}

// latest: the greatest outer step that the state can have.
static bool load_state(FallbackState *state, const Safetensors *file, int index, size_t parameters,
                       long latest, Status *status) {
    const int count = (int)parameters, one = 1;
    int64_t counters[COUNTERS];
    Names names;
    names_of(index, &names);
    if (!safetensors_copy_real(file, names.theta, 1, &count, true, state->theta, status) ||
        !safetensors_copy_double(file, names.first, 1, &count, true, state->first, status) ||
        !checkpoint_copy_second_moments(file, names.second, parameters, state->second, status) ||
        !safetensors_copy_i64(file, names.counters, COUNTERS, counters, status) ||
        !safetensors_copy_double(file, names.rate_factor, 1, &one, false, &state->rate_factor,
                                 status))
        return false;
    const double steps = (double)counters[0], adam_steps = (double)counters[1];
    state->outer_step = (long)counters[0];
    state->adam_step = (long)counters[1];
    return checkpoint_check_whole(file, names.counters, steps, 0, (double)latest, status) &&
           checkpoint_check_whole(file, names.counters, adam_steps, 0, steps, status) &&
           checkpoint_check_amount(file, names.rate_factor, state->rate_factor, status);
}

bool fallback_load(Fallback *fallback, const Safetensors *file, long outer_step, bool *found,
                   Status *status) {
    int64_t kept[COUNTERS];
    *found = safetensors_find(file, "fallback.counters") != NULL;
    if (!*found)
        return true;
    if (!safetensors_copy_i64(file, "fallback.counters", COUNTERS, kept, status) ||
        !checkpoint_check_whole(file, "fallback.counters", (double)kept[0], 1, FALLBACK_STATES,
                                status) ||
        !checkpoint_check_whole(file, "fallback.counters", (double)kept[1], 0, 1, status))
        return false;
    fallback->count = (int)kept[0];
    fallback->fell = kept[1] == 1;
    for (int i = 0; i < fallback->count; i++) {
        const long latest = i == 0 ? outer_step : fallback->state[i - 1].outer_step;
        if (!load_state(&fallback->state[i], file, i, fallback->parameters, latest, status))
            return false;
    }
    return true;
}
