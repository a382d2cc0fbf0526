#include "engine/stepper_timeline.h"

#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// ---- shared things ----

InnerState *inner_state_new(const PhiShape *shape) {
    InnerState *state = calloc(1, sizeof *state);
    real *block = aligned_alloc(ALIGNMENT, phi_count(shape) * sizeof(real));
    if (!state || !block) {
        free(state);
        free(block);
        return NULL;
    }
    state->references = 1;
    phi_place(&state->phi, shape, block);
    phi_zero(&state->phi);
    return state;
}

InnerState *inner_state_hold(InnerState *state) {
    state->references++;
    return state;
}

void inner_state_drop(InnerState *state) {
    if (!state || --state->references > 0)
        return;
    free(state->phi.block);
    free(state);
}

SharedRule *shared_rule_new(const ThetaLayout *layout, const real *theta, const char *label,
                            Status *status) {
    SharedRule *shared = calloc(1, sizeof *shared);
    if (!shared) {
        status_fail(status, STATUS_FAILURE, "out of memory for a rule");
        return NULL;
    }
    if (!rule_init(&shared->rule, layout, status)) {
        free(shared);
        return NULL;
    }
    rule_set(&shared->rule, theta);
    shared->references = 1;
    snprintf(shared->label, sizeof shared->label, "%s", label);
    return shared;
}

SharedRule *shared_rule_hold(SharedRule *shared) {
    shared->references++;
    return shared;
}

void shared_rule_drop(SharedRule *shared) {
    if (!shared || --shared->references > 0)
        return;
    rule_clear(&shared->rule);
    free(shared);
}

void variation_clear(Variation *variation) {
    shared_rule_drop(variation->shared);
    variation->shared = NULL;
}

// Room for one more element behind `count`; the array may move.
static bool grow(void **array, int *capacity, int count, size_t size) {
    if (count < *capacity)
        return true;
    const int wanted = *capacity > 0 ? 2 * *capacity : 16;
    if (*capacity > INT32_MAX / 4)
        return false;
    void *grown = realloc(*array, (size_t)wanted * size);
    if (!grown)
        return false;
    *array = grown;
    *capacity = wanted;
    return true;
}

static bool fail_memory(Status *status) {
    return status_fail(status, STATUS_FAILURE, "out of memory for the history of an inner loop");
}

// ---- the timeline ----

bool timeline_init(Timeline *timeline, InnerState *first, int layers, const Variation *variation,
                   size_t budget, Status *status) {
    *timeline = (Timeline){.layers = layers, .first = first->step, .stride = 1, .budget = budget};
    if (!grow((void **)&timeline->variation, &timeline->variation_capacity, 0, sizeof *variation) ||
        !grow((void **)&timeline->kept, &timeline->kept_capacity, 0, sizeof(InnerState *)))
        return fail_memory(status);
    timeline->variation[timeline->variation_count++] = *variation;
    timeline->kept[timeline->kept_count++] = inner_state_hold(first);
    return true;
}

void timeline_clear(Timeline *timeline) {
    for (int i = 0; i < timeline->kept_count; i++)
        inner_state_drop(timeline->kept[i]);
    for (int i = 0; i < timeline->variation_count; i++)
        variation_clear(&timeline->variation[i]);
    free((void *)timeline->kept);
    free(timeline->variation);
    free(timeline->record);
    free(timeline->anatomy);
    *timeline = (Timeline){0};
}

// A copy of count elements in room for `capacity`; NULL without memory.
static void *copied(const void *from, int capacity, int count, size_t size) {
    void *to = calloc((size_t)(capacity > 0 ? capacity : 1), size);
    if (to && count > 0)
        memcpy(to, from, (size_t)count * size);
    return to;
}

bool timeline_copy(Timeline *copy, const Timeline *from, Status *status) {
    *copy = *from;
    copy->kept = copied((const void *)from->kept, from->kept_capacity, from->kept_count,
                        sizeof(InnerState *));
    copy->variation = copied(from->variation, from->variation_capacity, from->variation_count,
                             sizeof *from->variation);
    copy->record =
        copied(from->record, from->record_capacity, from->record_count, sizeof *from->record);
    copy->anatomy = copied(from->anatomy, from->record_capacity * from->layers,
                           from->record_count * from->layers, sizeof *from->anatomy);
    if (!copy->kept || !copy->variation || !copy->record || !copy->anatomy) {
        copy->kept_count = copy->variation_count = 0;
        timeline_clear(copy);
        return fail_memory(status);
    }
    for (int i = 0; i < from->kept_count; i++)
        copy->kept[i] = inner_state_hold(from->kept[i]);
    for (int i = 0; i < from->variation_count; i++)
        copy->variation[i].shared = shared_rule_hold(from->variation[i].shared);
    return true;
}

static void forget_every_second(Timeline *timeline) {
    int left = 0;
    timeline->stride *= 2;
    for (int i = 0; i < timeline->kept_count; i++) {
        InnerState *state = timeline->kept[i];
        if ((state->step - timeline->first) % timeline->stride == 0)
            timeline->kept[left++] = state;
        else
            inner_state_drop(state);
    }
    timeline->kept_count = left;
}

void timeline_keep(Timeline *timeline, InnerState *state) {
    if (state->step <= timeline->kept[timeline->kept_count - 1]->step)
        return;
    const size_t bytes = sizeof *state + state->phi.count * sizeof(real);
    const size_t most = timeline->budget / bytes;
    while (timeline->kept_count > 1 && (size_t)timeline->kept_count >= most)
        forget_every_second(timeline);
    if ((state->step - timeline->first) % timeline->stride == 0 &&
        (size_t)timeline->kept_count < most &&
        grow((void **)&timeline->kept, &timeline->kept_capacity, timeline->kept_count,
             sizeof(InnerState *)))
        timeline->kept[timeline->kept_count++] = inner_state_hold(state);
}

InnerState *timeline_latest(const Timeline *timeline, int step) {
    int i = timeline->kept_count - 1;
    while (i > 0 && timeline->kept[i]->step > step)
        i--;
    return timeline->kept[i];
}

const Variation *timeline_variation(const Timeline *timeline, int step) {
    int i = timeline->variation_count - 1;
    while (i > 0 && timeline->variation[i].step > step)
        i--;
    return &timeline->variation[i];
}

bool timeline_vary_room(Timeline *timeline, Status *status) {
    return grow((void **)&timeline->variation, &timeline->variation_capacity,
                timeline->variation_count, sizeof *timeline->variation) ||
           fail_memory(status);
}

void timeline_vary(Timeline *timeline, const Variation *variation) {
    const int step = variation->step;
    while (timeline->variation_count > 0 &&
           timeline->variation[timeline->variation_count - 1].step >= step)
        variation_clear(&timeline->variation[--timeline->variation_count]);
    timeline->variation[timeline->variation_count++] = *variation;
    while (timeline->kept_count > 1 && timeline->kept[timeline->kept_count - 1]->step > step)
        inner_state_drop(timeline->kept[--timeline->kept_count]);
    if (timeline->record_count > step - timeline->first)
        timeline->record_count = step - timeline->first;
}

bool timeline_has_record(const Timeline *timeline, int step) {
    return step - timeline->first < timeline->record_count;
}

bool timeline_record_room(Timeline *timeline, int step, Status *status) {
    assert(step - timeline->first <= timeline->record_count);
    if (timeline_has_record(timeline, step))
        return true;
    int capacity = timeline->record_capacity;
    if (!grow((void **)&timeline->record, &capacity, timeline->record_count,
              sizeof *timeline->record))
        return fail_memory(status);
    if (capacity == timeline->record_capacity)
        return true;
    Anatomy *anatomy = realloc(timeline->anatomy, (size_t)capacity * (size_t)timeline->layers *
                                                      sizeof *timeline->anatomy);
    if (!anatomy)
        return fail_memory(status); // the records have grown already, which does no harm
    timeline->anatomy = anatomy;
    timeline->record_capacity = capacity;
    return true;
}

Anatomy *timeline_record(Timeline *timeline, int step, StepRecord record) {
    const int index = step - timeline->first;
    timeline->record[index] = record;
    if (index == timeline->record_count)
        timeline->record_count++;
    return timeline->anatomy + (ptrdiff_t)index * timeline->layers;
}
