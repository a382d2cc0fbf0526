#include "engine/transfer/episodes.h"

#include <stdlib.h>
#include <string.h>

// Every source that is ever drawn from has inputs of the problem's size.
static bool check_sources(const Episodes *episodes, const Problem *problem, Status *status) {
    const TaskSource *source = episodes->source;
    for (int i = 0; i < source->source_count; i++) {
        const int inputs = task_input_count(&episodes->settings, &source->sources[i]);
        if (source->weights[i] > 0 && inputs != problem->inputs)
            return status_fail(status, STATUS_USAGE,
                               "task.source: expected tasks of %d inputs, as %s has, found %d "
                               "(%s)",
                               problem->inputs, problem->dataset->name, inputs,
                               source->sources[i].name);
    }
    return true;
}

bool episodes_init(Episodes *episodes, const TaskSource *source, const Problem *problem,
                   bool permute, Status *status) {
    *episodes = (Episodes){.settings = *source->settings,
                           .source = source,
                           .classes = problem->classes,
                           .shots = source->settings->shots,
                           .inputs = problem->inputs};
    Settings *settings = &episodes->settings;
    settings->permute = permute;
    settings->classes_min = settings->classes_max = problem->classes;
    if (!problem->dataset->vectors)
        settings->image_size = problem->dataset->width;
    if (!check_sources(episodes, problem, status))
        return false;
    const size_t half = (size_t)episodes->classes * (size_t)episodes->shots;
    episodes->x = calloc(half * (size_t)episodes->inputs, sizeof(real));
    episodes->y = calloc(half * (size_t)(episodes->classes + TASK_TARGETS), sizeof(real));
    episodes->label = calloc(half, sizeof(int));
    episodes->drawn = calloc(2 * half, sizeof(int));
    if (episodes->x && episodes->y && episodes->label && episodes->drawn)
        return true;
    episodes_clear(episodes);
    return status_fail(status, STATUS_FAILURE, "no memory for episodes of %zu examples", 2 * half);
}

void episodes_clear(Episodes *episodes) {
    free(episodes->x);
    free(episodes->y);
    free(episodes->label);
    free(episodes->drawn);
    *episodes = (Episodes){0};
}

int episodes_batch(const Episodes *episodes) {
    return 2 * episodes->classes * episodes->shots;
}

// One half of the task's examples into x, class by class in turn.
static void draw_half(Episodes *episodes, const Task *task, Random *random, real *x, int *drawn,
                      const int *exclude) {
    const int count = episodes->classes * episodes->shots;
    int seen[TASK_CLASSES] = {0};
    task_labelled_batch(task, random, episodes->x, episodes->y, episodes->label, drawn, exclude);
    for (int i = 0; i < count; i++) {
        const int label = episodes->label[i];
        const int to = seen[label]++ * episodes->classes + label;
        memcpy(x + (ptrdiff_t)to * episodes->inputs, episodes->x + (ptrdiff_t)i * episodes->inputs,
               (size_t)episodes->inputs * sizeof(real));
    }
}

bool episodes_draw(Episodes *episodes, Random *random, real *x, Status *status) {
    const TaskSource *source = episodes->source;
    const int half = episodes->classes * episodes->shots;
    Task task;
    if (!task_init(&task, &episodes->settings, source->sources, source->weights,
                   source->source_count, random_bits(random), status))
        return false;
    draw_half(episodes, &task, random, x, episodes->drawn, NULL);
    draw_half(episodes, &task, random, x + (ptrdiff_t)half * episodes->inputs,
              episodes->drawn + half, episodes->drawn);
    task_clear(&task);
    return true;
}
