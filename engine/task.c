#include "engine/task.h"

#include "engine/data/view.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const double DEGREE = 3.14159265358979323846 / 180;

// The stream of a task's own numbers; batches are drawn from the caller's.
enum { TASK_STREAM = 0x7461736b };

// --- Drawing a task ----

static bool check_range(const char *key, int low, int high, int least, int most, Status *status) {
    if (low >= least && low <= high && high <= most)
        return true;
    return status_fail(
        status, STATUS_USAGE,
        "%s: expected %d <= minimum <= maximum <= %d, found minimum %d and maximum %d", key, least,
        most, low, high);
}

static bool check_settings(const Settings *settings, Status *status) {
    const int most = 1 << 24; // units, shots, steps: far beyond use, far below overflow
    return check_range("task.classes", settings->classes_min, settings->classes_max, 2,
                       TASK_CLASSES, status) &&
           check_range("task.hidden_layers", settings->hidden_layers_min,
                       settings->hidden_layers_max, 0, PHI_LAYERS - 1, status) &&
           check_range("task.width", settings->width_min, settings->width_max, 1, most, status) &&
           check_range("inner.horizon", settings->horizon_min, settings->horizon_max, 1, most,
                       status) &&
           check_range("task.shots", settings->shots, settings->shots, 1, most, status) &&
           check_range("task.image_size", settings->image_size, settings->image_size, 1, VIEW_SIDE,
                       status);
}

static const Dataset *draw_source(Random *random, const Dataset *sources, const double *weights,
                                  int count) {
    double sum = 0;
    for (int i = 0; i < count; i++)
        sum += weights[i];
    if (!(sum > 0) || !isfinite(sum))
        return NULL;
    double left = random_uniform(random) * sum;
    int chosen = -1;
    for (int i = 0; i < count && left >= 0; i++) {
        if (!(weights[i] > 0))
            continue;
        chosen = i;
        left -= weights[i];
    }
    return &sources[chosen];
}

static bool check_source(const Dataset *dataset, int size, Status *status) {
    assert(dataset->order && dataset->class_start);
    if (dataset->vectors)
        return true;
    if (!view_possible(dataset->height, dataset->width, size))
        return status_fail(
            status, STATUS_USAGE,
            "data set %s: expected images of at most %d pixels on a side and at most %d times "
            "task.image_size = %d, found %d x %d",
            dataset->name, VIEW_SIDE, VIEW_SHRINK, size, dataset->height, dataset->width);
    if (dataset->channels != 1 && dataset->channels != 3)
        return status_fail(status, STATUS_USAGE, "data set %s: expected 1 or 3 channels, found %d",
                           dataset->name, dataset->channels);
    return true;
}

static int class_size(const Dataset *dataset, int class) {
    return dataset->class_start[class + 1] - dataset->class_start[class];
}

// Chooses among the classes that have examples, of one group where there are groups.
static bool draw_classes(Task *task, const Settings *settings, Random *random, Status *status) {
    const Dataset *dataset = task->dataset;
    int *candidates = calloc((size_t)dataset->classes, sizeof *candidates);
    if (!candidates)
        return status_fail(status, STATUS_FAILURE,
                           "data set %s: no memory to choose among %d classes", dataset->name,
                           dataset->classes);
    const int group = dataset->group ? dataset->group : dataset->classes;
    const int groups = dataset->classes / group;
    const int first = groups > 1 ? group * random_below(random, groups) : 0;
    int count = 0;
    for (int class = first; class < first + group; class ++)
        if (class_size(dataset, class) > 0)
            candidates[count++] = class;
    const int most = settings->classes_max < count ? settings->classes_max : count;
    const bool enough = settings->classes_min <= most;
    if (enough) {
        task->classes = random_between(random, settings->classes_min, most);
        for (int label = 0; label < task->classes; label++) {
            const int chosen = label + random_below(random, count - label);
            task->class_of[label] = candidates[chosen];
            candidates[chosen] = candidates[label];
        }
    }
    free(candidates);
    if (enough)
        return true;
    return status_fail(
        status, STATUS_USAGE,
        "data set %s: expected at least task.classes_min = %d classes with examples, found %d",
        dataset->name, settings->classes_min, count);
}

TaskInput task_input(const Settings *settings, const Dataset *dataset) {
    if (dataset->vectors)
        return (TaskInput){1, dataset->width, 1};
    return (TaskInput){settings->image_size, settings->image_size, dataset->channels};
}

int task_input_count(const Settings *settings, const Dataset *dataset) {
    const TaskInput input = task_input(settings, dataset);
    return input.height * input.width * input.channels;
}

// Greatest angle, shift and noise differ from task to task, so that a rule meets weak and strong
// ones.
static void draw_augmentation(Task *task, const Settings *settings, Random *random) {
    if (task->dataset->vectors)
        return;
    task->augmented = random_uniform(random) < settings->augmented;
    if (!task->augmented)
        return;
    task->rotation = random_uniform(random) * settings->rotation * DEGREE;
    task->shift = random_uniform(random) * settings->shift;
    task->noise = random_uniform(random) * settings->noise;
    task->targets = TASK_TARGETS;
}

// low .. high, both included, uniform in the logarithm.
static int log_uniform(Random *random, int low, int high) {
    const double drawn = low * exp(random_uniform(random) * log((high + 1.0) / low));
    return drawn < high ? (int)drawn : high;
}

// Widths are multiples of 8 where the range allows it: kernels like them.
static int draw_width(Random *random, int low, int high) {
    const int rounded = (log_uniform(random, low, high) + 4) / 8 * 8;
    return rounded < low ? low : rounded > high ? high : rounded;
}

static void draw_architecture(Task *task, const Settings *settings, Random *random) {
    const int hidden =
        random_between(random, settings->hidden_layers_min, settings->hidden_layers_max);
    task->layers = hidden + 1;
    task->sizes[0] = task->inputs;
    for (int l = 1; l <= hidden; l++)
        task->sizes[l] = draw_width(random, settings->width_min, settings->width_max);
    task->sizes[task->layers] = settings->embedding;
    task->horizon = log_uniform(random, settings->horizon_min, settings->horizon_max);
}

// One alone is not drawn for, which leaves the draws as they were before there was a choice.
static bool draw_activation(Task *task, const Settings *settings, Random *random, Status *status) {
    Activation activations[ACTIVATION_COUNT];
    int count;
    if (!activation_list(settings->activation, activations, &count, status))
        return status_prefix(status, "task.activation");
    task->activation = activations[count > 1 ? random_below(random, count) : 0];
    return true;
}

void task_permute_inputs(const Dataset *dataset, bool as_set, int inputs, int *permutation,
                         Random *random) {
    const DatasetPermute asked = dataset->permute;
    if (asked == PERMUTE_ALWAYS || (asked == PERMUTE_AS_SET && as_set))
        random_permutation(random, permutation, inputs);
    else
        for (int i = 0; i < inputs; i++)
            permutation[i] = i;
}

static bool draw_permutation(Task *task, const Settings *settings, Random *random, Status *status) {
    task->permutation = malloc((size_t)task->inputs * sizeof *task->permutation);
    if (!task->permutation)
        return status_fail(status, STATUS_FAILURE, "task: no memory for a permutation of %d inputs",
                           task->inputs);
    task_permute_inputs(task->dataset, settings->permute, task->inputs, task->permutation, random);
    return true;
}

static void write_names(Task *task) {
    const char *kind = !task->augmented ? "" : task->rotation > 0 ? " rotated" : " augmented";
    snprintf(task->name, sizeof task->name, "%.20s %d-way%s", task->dataset->name, task->classes,
             kind);
    size_t used = 0;
    for (int l = 0; l <= task->layers && used < sizeof task->architecture; l++)
        used += (size_t)snprintf(task->architecture + used, sizeof task->architecture - used,
                                 "%s%d", l ? "-" : "", task->sizes[l]);
    if (task->activation != ACTIVATION_RELU && used < sizeof task->architecture)
        snprintf(task->architecture + used, sizeof task->architecture - used, " %s",
                 activation_name(task->activation));
}

bool task_init(Task *task, const Settings *settings, const Dataset *sources, const double *weights,
               int source_count, uint64_t seed, Status *status) {
    memset(task, 0, sizeof *task);
    if (!check_settings(settings, status))
        return false;
    Random random = random_seeded(seed, TASK_STREAM);
    task->seed = seed;
    task->dataset = draw_source(&random, sources, weights, source_count);
    if (!task->dataset)
        return status_fail(
            status, STATUS_USAGE,
            "task.source: expected weights with a positive sum, found none among %d data sets",
            source_count);
    task->shots = settings->shots;
    task->image_size = settings->image_size;
    task->input = task_input(settings, task->dataset);
    task->inputs = task_input_count(settings, task->dataset);
    if (!check_source(task->dataset, task->image_size, status) ||
        !draw_classes(task, settings, &random, status))
        return false;
    draw_augmentation(task, settings, &random);
    draw_architecture(task, settings, &random);
    if (!draw_activation(task, settings, &random, status) ||
        !draw_permutation(task, settings, &random, status))
        return false;
    write_names(task);
    return true;
}

void task_clear(Task *task) {
    free(task->permutation);
    memset(task, 0, sizeof *task);
}

// --- Views ----

static double symmetric(Random *random, double greatest) {
    return (2 * random_uniform(random) - 1) * greatest;
}

static View draw_view(const Task *task, Random *random) {
    if (!task->augmented)
        return (View){0};
    View view = {.noise = task->noise};
    view.angle = symmetric(random, task->rotation);
    view.dx = symmetric(random, task->shift);
    view.dy = symmetric(random, task->shift);
    return view;
}

// Shifts are given as a share of the greatest, so that all targets are of about unit size.
static void write_targets(const Task *task, const View *view, real *targets) {
    const double unit = task->shift > 0 ? task->shift : 1;
    const double values[TASK_TARGETS] = {cos(view->angle), sin(view->angle), view->dx / unit,
                                         view->dy / unit};
    for (int i = 0; i < task->targets; i++)
        targets[i] = (real)values[i];
}

// x [inputs] <- a view of the example, its pixels in the order of the task.
static void write_input(const Task *task, const View *view, Random *random, int example, real *x) {
    const Dataset *dataset = task->dataset;
    if (dataset->vectors) {
        for (int i = 0; i < task->inputs; i++)
            x[i] = (real)dataset_value(dataset, example, task->permutation[i]);
        return;
    }
    real pixels[VIEW_SIDE * VIEW_SIDE * 3];
    view_render(view, dataset_example(dataset, example), dataset->height, dataset->width,
                dataset->channels, task->image_size, random, pixels);
    for (int i = 0; i < task->inputs; i++)
        x[i] = pixels[task->permutation[i]];
}

static int draw_member(const Task *task, Random *random, int label) {
    const Dataset *dataset = task->dataset;
    const int class = task->class_of[label];
    return dataset
        ->order[dataset->class_start[class] + random_below(random, class_size(dataset, class))];
}

void task_unlabelled_batch(const Task *task, Random *random, int count, real *x) {
    for (int i = 0; i < count; i++) {
        const int example = draw_member(task, random, random_below(random, task->classes));
        const View view = draw_view(task, random);
        write_input(task, &view, random, example, x + (size_t)i * (size_t)task->inputs);
    }
}

// --- Labelled batches ----

static bool contains(const int *list, int count, int value) {
    int found = 0; // no early return: this way the compiler compares several at once
    for (int i = 0; i < count; i++)
        found |= list[i] == value;
    return found;
}

// Examples of the class that are in the list, each counted once.
static int count_distinct(const Dataset *dataset, int class, const int *list, int count) {
    int distinct = 0;
    for (int i = 0; i < count; i++)
        distinct += dataset->labels[list[i]] == class && !contains(list, i, list[i]);
    return distinct;
}

// drawn [shots] <- examples of the class of a label: first such as are neither drawn yet nor
// excluded, then such as are not drawn yet, then, the class being used up, all of them again.
static void draw_examples(const Task *task, Random *random, int label, const int *exclude,
                          int *drawn) {
    const int class = task->class_of[label], size = class_size(task->dataset, class);
    const int excluded = exclude ? task->classes * task->shots : 0;
    const int fresh = size - count_distinct(task->dataset, class, exclude, excluded);
    for (int i = 0; i < task->shots; i++) {
        const int round_start = i / size * size;
        const int barred = i < fresh ? excluded : 0;
        do
            drawn[i] = draw_member(task, random, label);
        while (contains(drawn + round_start, i - round_start, drawn[i]) ||
               contains(exclude, barred, drawn[i]));
    }
}

static void shuffle_pairs(Random *random, int count, int *a, int *b) {
    for (int i = count - 1; i > 0; i--) {
        const int j = random_below(random, i + 1);
        const int kept_a = a[i], kept_b = b[i];
        a[i] = a[j];
        b[i] = b[j];
        a[j] = kept_a;
        b[j] = kept_b;
    }
}

void task_labelled_batch(const Task *task, Random *random, real *x, real *y, int *label, int *drawn,
                         const int *exclude) {
    const int rows = task->classes * task->shots, columns = task->classes + task->targets;
    for (int c = 0; c < task->classes; c++) {
        for (int i = 0; i < task->shots; i++)
            label[c * task->shots + i] = c;
        draw_examples(task, random, c, exclude, drawn + c * task->shots);
    }
    shuffle_pairs(random, rows, label, drawn);
    for (int i = 0; i < rows; i++) {
        real *target = y + (size_t)i * (size_t)columns;
        const View view = draw_view(task, random);
        for (int c = 0; c < task->classes; c++)
            target[c] = c == label[i];
        write_targets(task, &view, target + task->classes);
        write_input(task, &view, random, drawn[i], x + (size_t)i * (size_t)task->inputs);
    }
}
