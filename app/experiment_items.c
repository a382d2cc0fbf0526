#include "app/experiment_items.h"

#include "app/background.h"
#include "app/json_lines.h"
#include "app/json_object.h"
#include "app/signals.h"
#include "engine/number.h"
#include "engine/pool.h"

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

enum { KEY = 640, MARK_VALUES = 2 + CLASSIFIERS, LOOK_VALUES = LOOK_SHARES + 2 };

// ---- keys ----

static uint32_t checksum(uint32_t sum, const void *bytes, size_t count) {
    return (uint32_t)crc32_z(sum, bytes, count);
}

static uint32_t checksum_of_data(const Dataset *dataset) {
    const size_t size = dataset_example_size(dataset), count = (size_t)dataset->count;
    uint32_t sum = checksum(0, dataset->labels, count * sizeof *dataset->labels);
    if (dataset->pixels)
        sum = checksum(sum, dataset->pixels, count * size);
    if (dataset->table)
        sum = checksum(sum, dataset->table, DATASET_TABLE * sizeof *dataset->table);
    if (dataset->values)
        sum = checksum(sum, dataset->values, count * size * sizeof *dataset->values);
    return sum;
}

// All that rule_set has written lies in the arena, but for the merge.
static uint32_t checksum_of_rule(const Rule *rule) {
    uint32_t sum = checksum(0, rule->arena.base, rule->arena.size);
    sum = checksum(sum, rule->merge_w, sizeof rule->merge_w);
    return checksum(sum, &rule->merge_b, sizeof rule->merge_b);
}

// What the tasks of meta-training are drawn from, and how.
static uint32_t checksum_of_tasks(const TaskSource *tasks) {
    const Settings *settings = tasks->settings;
    const double numbers[] = {settings->shots, settings->augmented, settings->rotation,
                              settings->shift, settings->noise};
    uint32_t sum = checksum(0, numbers, sizeof numbers);
    for (int i = 0; i < tasks->source_count; i++) {
        const uint32_t data = checksum_of_data(&tasks->sources[i]);
        sum = checksum(sum, &data, sizeof data);
        sum = checksum(sum, &tasks->weights[i], sizeof tasks->weights[i]);
    }
    return sum;
}

typedef struct {
    const ExperimentRun *run;
    uint32_t data[TRANSFER_DATASETS], tasks;
    char (*key)[KEY]; // [lot] without the seed; owned
} Keys;

static size_t print(char *text, size_t used, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
static size_t print(char *text, size_t used, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    const int length = vsnprintf(text + used, KEY - used, format, arguments);
    va_end(arguments);
    return length > 0 && used + (size_t)length < KEY ? used + (size_t)length : KEY - 1;
}

static void make_key(const Keys *keys, const ExperimentLot *lot, char key[KEY]) {
    const TransferPlan *plan = &keys->run->inputs.plan;
    const MethodPlan *learning = &lot->learning;
    const PhiShape *shape = &learning->shape;
    char rate[NUMBER_TEXT];
    size_t used = print(
        key, 0, "method=%s data=%08x classes=%d tests=%d permute=%d shots=", lot->method->name,
        keys->data[lot->dataset], plan->classes, plan->tests, lot->permute);
    for (int i = 0; i < plan->shot_count; i++)
        used = print(key, used, "%d,", plan->shots[i]);
    used = print(key, used, " precision=%zu layers=", sizeof(real));
    for (int l = 1; l <= shape->layers; l++)
        used = print(key, used, "%d,", shape->sizes[l]);
    used = print(key, used, " activation=%s marks=%d%s", activation_name(shape->activation),
                 learning->marks, plan->look ? " look" : "");
    if (lot->method->needs_rule)
        print(key, used, " rule=%08x steps=%d batch=%d rate=%s", checksum_of_rule(learning->rule),
              learning->steps, learning->batch, number_text(learning->rate, rate));
    else if (lot->method->needs_tasks)
        print(key, used, " prototype-steps=%d permute-tasks=%d tasks=%08x",
              learning->prototype_steps, learning->permute_tasks, keys->tasks);
    else
        print(key, used, " vae-steps=%d supervised-steps=%d", learning->vae_steps,
              learning->supervised_steps);
}

static bool keys_init(Keys *keys, const ExperimentRun *run, Status *status) {
    *keys = (Keys){.run = run, .key = calloc((size_t)run->lot_count + 1, KEY)};
    if (!keys->key)
        return status_fail(status, STATUS_FAILURE, "no memory for the names of measurements");
    for (int d = 0; d < run->inputs.dataset_count; d++)
        keys->data[d] = checksum_of_data(&run->inputs.dataset[d]);
    if (run->inputs.plan.learning.tasks)
        keys->tasks = checksum_of_tasks(run->inputs.plan.learning.tasks);
    for (int lot = 0; lot < run->lot_count; lot++)
        make_key(keys, &run->lot[lot], keys->key[lot]);
    return true;
}

static void keys_clear(Keys *keys) {
    free(keys->key);
}

// Seeds count from the plan's first.
static long long seed_number(const ExperimentRun *run, int seed) {
    const uint64_t number = run->inputs.plan.seed + (uint64_t)seed;
    return (long long)number;
}

// ---- lines of the file ----

static void add_look(cJSON *values, const Look *look) {
    for (int k = 0; k < LOOK_SHARES; k++)
        json_append_number(values, look->explained[k]);
    json_append_number(values, look->dimensions);
    json_append_number(values, look->smoothness);
}

// Returns the value after those of the look.
static const cJSON *take_look(const cJSON *value, Look *look) {
    for (int k = 0; k < LOOK_SHARES; k++, value = value->next)
        look->explained[k] = json_number(value);
    look->dimensions = json_number(value);
    look->smoothness = json_number(value->next);
    return value->next->next;
}

static void add_score(cJSON *values, const TransferScore *score, bool look) {
    for (int i = 0; i < score->marks; i++) {
        const TransferMark *mark = &score->mark[i];
        json_append_number(values, mark->step);
        json_append_number(values, mark->loss);
        for (int kind = 0; kind < CLASSIFIERS; kind++)
            json_append_number(values, mark->accuracy[kind]);
        if (look)
            add_look(values, &mark->look);
    }
}

// NULL without memory; to be freed by cJSON_free.
static char *item_line(const ExperimentRun *run, const char *key, int item, int seed) {
    const TransferScore *score = experiment_score(run, item);
    cJSON *object = cJSON_CreateObject();
    json_add_text(object, "key", key);
    json_add_number(object, "seed", (double)seed_number(run, seed));
    json_add_number(object, "marks", score->marks);
    json_add_number(object, "seconds", score->seconds);
    cJSON *values = cJSON_AddArrayToObject(object, "values");
    for (int shot = 0; shot < run->inputs.plan.shot_count; shot++)
        add_score(values, &score[shot], run->inputs.plan.look);
    char *line = cJSON_PrintUnformatted(object);
    cJSON_Delete(object);
    return line;
}

// Fills in an item; false if the line has not what it should.
static bool take_values(const ExperimentRun *run, const cJSON *line, int item) {
    TransferScore *score = experiment_score(run, item);
    const cJSON *values = cJSON_GetObjectItemCaseSensitive(line, "values");
    const double marks = json_number(cJSON_GetObjectItemCaseSensitive(line, "marks"));
    const int shots = run->inputs.plan.shot_count;
    const int mark_values = MARK_VALUES + (run->inputs.plan.look ? LOOK_VALUES : 0);
    if (!(marks >= 1 && marks <= TRANSFER_MARKS) ||
        cJSON_GetArraySize(values) != shots * (int)marks * mark_values)
        return false;
    const cJSON *value = values->child;
    for (int shot = 0; shot < shots; shot++) {
        score[shot] = (TransferScore){
            .marks = (int)marks,
            .seconds = json_number(cJSON_GetObjectItemCaseSensitive(line, "seconds"))};
        for (int i = 0; i < score[shot].marks; i++) {
            TransferMark *mark = &score[shot].mark[i];
            const double step = json_number(value);
            mark->step = step >= 0 && step <= INT_MAX ? (int)step : 0;
            mark->loss = json_number(value = value->next);
            for (int kind = 0; kind < CLASSIFIERS; kind++)
                mark->accuracy[kind] = json_number(value = value->next);
            value = value->next;
            if (run->inputs.plan.look)
                value = take_look(value, &mark->look);
        }
    }
    return true;
}

static void take_line(ExperimentRun *run, const Keys *keys, const cJSON *line, int *found) {
    const cJSON *key = cJSON_GetObjectItemCaseSensitive(line, "key");
    const double number = json_number(cJSON_GetObjectItemCaseSensitive(line, "seed"));
    for (int lot = 0; cJSON_IsString(key) && lot < run->lot_count; lot++)
        for (int seed = 0; seed < experiment_seeds(run); seed++) {
            const int item = experiment_item(run, lot, seed);
            if (run->done[item] || number != (double)seed_number(run, seed) ||
                strcmp(key->valuestring, keys->key[lot]) != 0)
                continue;
            run->done[item] = take_values(run, line, item);
            *found += run->done[item];
        }
}

bool experiment_items_read(ExperimentRun *run, const char *path, int *found, Status *status) {
    *found = 0;
    FILE *file = fopen(path, "re");
    if (!file)
        return errno == ENOENT || status_fail(status, STATUS_FAILURE, "%s: cannot be opened: %s",
                                              path, strerror(errno));
    Keys keys;
    char *text = NULL;
    size_t capacity = 0;
    bool done = keys_init(&keys, run, status);
    for (ssize_t length; done && (length = getline(&text, &capacity, file)) > 0;) {
        cJSON *line = cJSON_ParseWithLength(text, (size_t)length);
        take_line(run, &keys, line, found);
        cJSON_Delete(line);
    }
    keys_clear(&keys);
    free(text);
    fclose(file);
    return done;
}

int experiment_items_done(const ExperimentRun *run) {
    int done = 0;
    for (int item = 0; item < run->lot_count * experiment_seeds(run); item++)
        done += run->done[item];
    return done;
}

// ---- measuring ----

typedef struct {
    ExperimentRun *run;
    Keys keys;
    int *item;      // [count] those to be measured, in the order in which they begin; owned
    int *units;     // [lot] what an item takes, for the line of progress; owned
    int count, all; // items, units of all items
    atomic_bool stop;
    atomic_int units_done;
    pthread_mutex_t mutex; // guards what follows, and done of the run
    JsonLines lines;
    bool failed;
    Status status;
} Measuring;

// About how many operations an item takes: products of base model and rule, and a test at each mark
// (most of which are the classifiers).
static double operations(const ExperimentRun *run, const ExperimentLot *lot) {
    const MethodPlan *learning = &lot->learning;
    const PhiShape *shape = &learning->shape;
    double model = 0, rule = 0;
    double below = (double)dataset_example_size(&run->inputs.dataset[lot->dataset]);
    for (int l = 1; l <= shape->layers; l++) {
        const double units = shape->sizes[l];
        const double H = learning->rule ? learning->rule->layout.sizes.H : 0;
        model += 2 * below * units;
        rule += units * (32 * H * H + 100 * below + 40 * units);
        below = units;
    }
    const double test = run->inputs.plan.tests * (3 * model + 2e6);
    if (lot->method->needs_rule)
        return (double)learning->steps * learning->batch * (rule + model) + learning->marks * test;
    if (lot->method->best_too)
        return learning->vae_steps * 600. * model + learning->marks * test;
    if (lot->method->supervised)
        return learning->supervised_steps * 600. * model + test;
    if (lot->method->needs_tasks)
        return learning->prototype_steps * (600. * model + 2e7) + test;
    return test;
}

static void measure_item(void *context, int index, int thread) {
    Measuring *measuring = context;
    ExperimentRun *run = measuring->run;
    const int item = measuring->item[index];
    const int lot = item / experiment_seeds(run), seed = item % experiment_seeds(run);
    TransferPlan plan = run->inputs.plan;
    bool stopped;
    Status status;
    (void)thread;
    plan.method[0] = run->lot[lot].method;
    plan.learning = run->lot[lot].learning;
    plan.permute = run->lot[lot].permute;
    plan.curves = true;
    plan.stop = &measuring->stop;
    bool done = transfer_measure(&plan, run->lot[lot].dataset, 0, seed, experiment_score(run, item),
                                 &stopped, &status);
    char *line = done && !stopped ? item_line(run, measuring->keys.key[lot], item, seed) : NULL;
    pthread_mutex_lock(&measuring->mutex);
    if (line)
        done = json_lines_append(&measuring->lines, line, &status);
    else if (done && !stopped)
        done = status_fail(&status, STATUS_FAILURE, "no memory for a line of %s",
                           measuring->lines.path);
    run->done[item] = line != NULL;
    if (!done && !measuring->failed) {
        measuring->failed = true;
        measuring->status = status;
        atomic_store(&measuring->stop, true);
    }
    pthread_mutex_unlock(&measuring->mutex);
    cJSON_free(line);
    atomic_fetch_add(&measuring->units_done, measuring->units[lot]);
}

static bool measure_all(void *context, Status *status) {
    Measuring *measuring = context;
    Pool *pool;
    if (!pool_new(&pool, measuring->run->inputs.plan.threads, status))
        return false;
    pool_run(pool, measuring->count, measure_item, measuring);
    pool_free(pool);
    if (measuring->failed)
        *status = measuring->status;
    return !measuring->failed;
}

// Items of the first seed come first, so that what is there after a while tells something.
static void list_items(Measuring *measuring) {
    const ExperimentRun *run = measuring->run;
    enum { UNITS = 100000 };
    double total = 0;
    for (int lot = 0; lot < run->lot_count; lot++)
        total += operations(run, &run->lot[lot]);
    for (int lot = 0; lot < run->lot_count; lot++)
        measuring->units[lot] = 1 + (int)(UNITS * (operations(run, &run->lot[lot]) / total));
    for (int seed = 0; seed < experiment_seeds(run); seed++)
        for (int lot = 0; lot < run->lot_count; lot++) {
            const int item = experiment_item(run, lot, seed);
            if (run->done[item])
                continue;
            measuring->item[measuring->count++] = item;
            measuring->all += measuring->units[lot];
        }
}

static bool measure(Measuring *measuring, const char *path, double minutes, bool *late,
                    Status *status) {
    ExperimentRun *run = measuring->run;
    const size_t items = (size_t)run->lot_count * (size_t)experiment_seeds(run);
    measuring->item = calloc(items + 1, sizeof *measuring->item);
    measuring->units = calloc((size_t)run->lot_count + 1, sizeof *measuring->units);
    if (!measuring->item || !measuring->units)
        return status_fail(status, STATUS_FAILURE, "no memory for %zu measurements", items);
    list_items(measuring);
    if (measuring->count == 0)
        return true;
    if (!json_lines_open(&measuring->lines, path, status))
        return false;
    const Background background = {.name = run->experiment->name,
                                   .run = measure_all,
                                   .context = measuring,
                                   .stop = &measuring->stop,
                                   .done = &measuring->units_done,
                                   .items = measuring->all,
                                   .seconds = 60 * minutes};
    const bool done = background_run(&background, status);
    *late = atomic_load(&measuring->stop) && !measuring->failed && signals_end() == 0;
    json_lines_close(&measuring->lines);
    return done;
}

bool experiment_items_measure(ExperimentRun *run, const char *path, double minutes, bool *late,
                              Status *status) {
    Measuring measuring = {.run = run, .mutex = PTHREAD_MUTEX_INITIALIZER};
    *late = false;
    const bool done =
        keys_init(&measuring.keys, run, status) && measure(&measuring, path, minutes, late, status);
    keys_clear(&measuring.keys);
    free(measuring.item);
    free(measuring.units);
    return done;
}
