#include "tests/unit/random_task.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

Settings usual_settings(void) {
    Settings settings;
    memset(&settings, 0, sizeof settings);
    settings.embedding = 32;
    settings.image_size = SIZE;
    settings.classes_min = 4;
    settings.classes_max = 9;
    settings.shots = 10;
    settings.augmented = 0.5;
    settings.rotation = 180;
    settings.shift = 3;
    settings.noise = 0.2;
    settings.permute = 1;
    settings.hidden_layers_min = 1;
    settings.hidden_layers_max = 3;
    settings.width_min = 32;
    settings.width_max = 96;
    settings.horizon_min = 15;
    settings.horizon_max = 50;
    strcpy(settings.activation, "relu");
    return settings;
}

Dataset random_images(const char *name, const int *sizes, int classes, int side, int channels) {
    Dataset dataset;
    Status status;
    int count = 0, example = 0;
    for (int c = 0; c < classes; c++)
        count += sizes[c];
    assert_true(dataset_init(&dataset, name, count, side, side, channels, &status));
    Random random = random_seeded(21, 22);
    for (int i = 0; i < count * side * side * channels; i++)
        dataset.pixels[i] = (uint8_t)random_bits(&random);
    for (int round = 0; round < count; round++)
        for (int c = 0; c < classes; c++)
            if (round < sizes[c])
                dataset.labels[example++] = c;
    assert_true(dataset_index(&dataset, classes, &status));
    return dataset;
}

Dataset usual_images(void) {
    int sizes[CLASSES];
    for (int c = 0; c < CLASSES; c++)
        sizes[c] = PER_CLASS;
    return random_images("images", sizes, CLASSES, SIDE, 1);
}

Task draw(const Settings *settings, const Dataset *dataset, uint64_t seed) {
    Task task;
    Status status = {0};
    const double weight = 1;
    if (!task_init(&task, settings, dataset, &weight, 1, seed, &status))
        fail_msg("%s", status.text);
    return task;
}

Batch labelled(const Task *task, Random *random, const int *exclude) {
    Batch batch = {.rows = task->classes * task->shots, .columns = task->classes + task->targets};
    batch.x = malloc((size_t)(batch.rows * task->inputs) * sizeof *batch.x);
    batch.y = malloc((size_t)(batch.rows * batch.columns) * sizeof *batch.y);
    batch.label = malloc((size_t)batch.rows * sizeof *batch.label);
    batch.drawn = malloc((size_t)batch.rows * sizeof *batch.drawn);
    task_labelled_batch(task, random, batch.x, batch.y, batch.label, batch.drawn, exclude);
    return batch;
}

void batch_clear(Batch *batch) {
    free(batch->x);
    free(batch->y);
    free(batch->label);
    free(batch->drawn);
}

int times(const int *list, int count, int value) {
    int found = 0;
    for (int i = 0; i < count; i++)
        found += list[i] == value;
    return found;
}
