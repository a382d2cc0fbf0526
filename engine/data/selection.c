#include "engine/data/selection.h"

#include "engine/files/shown_text.h"
#include "engine/random.h"
#include "engine/words.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SPLIT_STREAM = 0x73706c69 };

static bool fail_memory(const Dataset *dataset, Status *status) {
    return status_fail(status, STATUS_FAILURE, "data set %s: no memory to choose a part of it",
                       dataset->name);
}

// Gives back what is not used any more; a refusal to do so is no failure.
static void *shrunk(void *block, size_t size) {
    void *smaller = block ? realloc(block, size) : NULL;
    return smaller ? smaller : block;
}

bool dataset_keep(Dataset *dataset, const bool *keep, Status *status) {
    const size_t size = dataset_example_size(dataset);
    size_t kept = 0;
    for (int i = 0; i < dataset->count; i++) {
        if (!keep[i])
            continue;
        const size_t from = (size_t)i;
        if (dataset->values)
            memmove(dataset->values + kept * size, dataset->values + from * size,
                    size * sizeof *dataset->values);
        else
            memmove(dataset->pixels + kept * size, dataset->pixels + from * size, size);
        dataset->labels[kept++] = dataset->labels[i];
    }
    if (kept == 0)
        return status_fail(status, STATUS_USAGE,
                           "data set %s: expected examples in the part that was asked for, found "
                           "none of %d",
                           dataset->name, dataset->count);
    dataset->count = (int)kept;
    dataset->pixels = shrunk(dataset->pixels, kept * size);
    dataset->values = shrunk(dataset->values, kept * size * sizeof *dataset->values);
    dataset->labels = shrunk(dataset->labels, kept * sizeof *dataset->labels);
    return dataset_index(dataset, dataset->classes, status);
}

// --- Classes ----

// "3", "3-7" with 0 <= first <= last < classes.
static bool read_range(const char *item, int classes, int *first, int *last) {
    char *end;
    const long low = strtol(item, &end, 10);
    long high = low;
    if (end == item || *item == '-' || *item == '+' || *item == ' ')
        return false;
    if (*end == '-' && end[1] >= '0' && end[1] <= '9')
        high = strtol(end + 1, &end, 10);
    *first = (int)low;
    *last = (int)high;
    return *end == '\0' && low >= 0 && low <= high && high < classes;
}

static bool fail_class(const Dataset *dataset, const char *item, Status *status) {
    char shown[SHOWN_TEXT];
    const char *nearest = NULL;
    for (int class = 0; dataset->class_names && class < dataset->classes; class ++)
        word_nearest(item, dataset->class_names[class], &nearest);
    return status_fail(status, STATUS_USAGE,
                       "data set %s: expected classes from 0 to %d such as 0-4,7%s, found '%s'%s%s",
                       dataset->name, dataset->classes - 1,
                       dataset->class_names ? " or their names" : "", shown_text(item, shown),
                       nearest ? "; the nearest is " : "", nearest ? nearest : "");
}

static bool choose(const Dataset *dataset, const char *item, bool *chosen, Status *status) {
    int first, last;
    for (int class = 0; dataset->class_names && class < dataset->classes; class ++)
        if (strcmp(dataset->class_names[class], item) == 0) {
            chosen[class] = true;
            return true;
        }
    if (!read_range(item, dataset->classes, &first, &last))
        return fail_class(dataset, item, status);
    for (int class = first; class <= last; class ++)
        chosen[class] = true;
    return true;
}

static bool choose_all(const Dataset *dataset, char *list, bool *chosen, Status *status) {
    if (!*list)
        return fail_class(dataset, list, status);
    for (char *item; (item = strsep(&list, ","));)
        if (!choose(dataset, item, chosen, status))
            return false;
    return true;
}

// Keeps the examples of the chosen classes and closes the gaps between their numbers.
static bool keep_chosen(Dataset *dataset, const bool *chosen, bool *keep, int *number,
                        Status *status) {
    int classes = 0;
    for (int class = 0; class < dataset->classes; class ++) {
        if (!chosen[class])
            continue;
        if (dataset->class_names && class != classes)
            memcpy(dataset->class_names[classes], dataset->class_names[class],
                   sizeof *dataset->class_names);
        number[class] = classes++;
    }
    for (int i = 0; i < dataset->count; i++) {
        keep[i] = chosen[dataset->labels[i]];
        dataset->labels[i] = keep[i] ? number[dataset->labels[i]] : 0;
    }
    dataset->classes = classes;
    dataset->group = 0; // what is left of the groups is of no size in common
    return dataset_keep(dataset, keep, status);
}

// Without names of their own the classes keep their old numbers as names.
static bool name_by_number(Dataset *dataset, Status *status) {
    if (dataset->class_names)
        return true;
    DatasetClassName *names = calloc((size_t)dataset->classes, sizeof *names);
    if (!names)
        return fail_memory(dataset, status);
    for (int class = 0; class < dataset->classes; class ++)
        dataset_class_name(dataset, class, names[class]);
    dataset->class_names = names;
    return true;
}

bool dataset_keep_classes(Dataset *dataset, const char *list, Status *status) {
    char *copy = strdup(list);
    bool *chosen = calloc((size_t)dataset->classes, sizeof *chosen);
    bool *keep = calloc((size_t)dataset->count, sizeof *keep);
    int *number = calloc((size_t)dataset->classes, sizeof *number);
    bool done = copy && chosen && keep && number;
    if (!done)
        fail_memory(dataset, status);
    else
        done = choose_all(dataset, copy, chosen, status) && name_by_number(dataset, status) &&
               keep_chosen(dataset, chosen, keep, number, status);
    free(copy);
    free(chosen);
    free(keep);
    free(number);
    return done;
}

// --- Training and held-out examples ----

// Every class has a stream of random numbers of its own.
static void split_class(const Dataset *dataset, int class, double share, uint64_t seed,
                        bool held_out, int *permutation, bool *keep) {
    const int32_t *members = dataset->order + dataset->class_start[class];
    const int size = dataset->class_start[class + 1] - dataset->class_start[class];
    const int out = (int)lround(share * size);
    if (size == 0)
        return;
    Random random = random_seeded(seed, SPLIT_STREAM + (uint64_t) class);
    random_permutation(&random, permutation, size);
    for (int i = 0; i < size; i++)
        keep[members[permutation[i]]] = (i < out) == held_out;
}

bool dataset_split(Dataset *dataset, double share, uint64_t seed, bool held_out, Status *status) {
    bool *keep = calloc((size_t)dataset->count, sizeof *keep);
    int *permutation = calloc((size_t)dataset->count, sizeof *permutation);
    bool done = keep && permutation;
    if (!done)
        fail_memory(dataset, status);
    else {
        for (int class = 0; class < dataset->classes; class ++)
            split_class(dataset, class, share, seed, held_out, permutation, keep);
        done = dataset_keep(dataset, keep, status);
    }
    free(keep);
    free(permutation);
    return done;
}

// --- Colours ----

static void make_grey(const uint8_t *colour, size_t pixels, uint8_t *grey) {
    for (size_t i = 0; i < pixels; i++)
        grey[i] = (uint8_t)((299u * colour[3 * i] + 587u * colour[3 * i + 1] +
                             114u * colour[3 * i + 2] + 500u) /
                            1000u);
}

static void make_colour(const uint8_t *grey, size_t pixels, uint8_t *colour) {
    for (size_t i = 0; i < pixels; i++)
        memset(colour + 3 * i, grey[i], 3);
}

bool dataset_set_channels(Dataset *dataset, int channels, Status *status) {
    if (dataset->vectors || (dataset->channels != 1 && dataset->channels != 3))
        return status_fail(status, STATUS_USAGE,
                           "data set %s: expected images of 1 or 3 channels to make them %s, found "
                           "%s",
                           dataset->name, channels == 1 ? "grey" : "coloured",
                           dataset->vectors ? "vectors" : "others");
    if (dataset->channels == channels)
        return true;
    const size_t pixels = (size_t)dataset->count * (size_t)dataset->height * (size_t)dataset->width;
    if (channels == 1) {
        make_grey(dataset->pixels, pixels, dataset->pixels);
        dataset->pixels = shrunk(dataset->pixels, pixels);
    } else {
        uint8_t *colour = pixels <= SIZE_MAX / 3 ? malloc(3 * pixels) : NULL;
        if (!colour)
            return status_fail(status, STATUS_FAILURE, "data set %s: no memory for its colours",
                               dataset->name);
        make_colour(dataset->pixels, pixels, colour);
        free(dataset->pixels);
        dataset->pixels = colour;
    }
    dataset->channels = channels;
    return true;
}
