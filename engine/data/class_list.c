#include "engine/data/class_list.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int compare(const void *a, const void *b) {
    const int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return x < y ? -1 : x > y;
}

bool class_list_init(ClassList *list, const int64_t *labels, int count) {
    *list = (ClassList){.label = calloc((size_t)count, sizeof *list->label)};
    if (!list->label)
        return false;
    memcpy(list->label, labels, (size_t)count * sizeof *labels);
    qsort(list->label, (size_t)count, sizeof *list->label, compare);
    for (int i = 0; i < count; i++)
        if (list->count == 0 || list->label[list->count - 1] != list->label[i])
            list->label[list->count++] = list->label[i];
    return true;
}

void class_list_clear(ClassList *list) {
    free(list->label);
    memset(list, 0, sizeof *list);
}

int class_list_find(const ClassList *list, int64_t label) {
    const int64_t *found =
        bsearch(&label, list->label, (size_t)list->count, sizeof *list->label, compare);
    return found ? (int)(found - list->label) : -1;
}

bool class_list_apply(const ClassList *list, Dataset *dataset, Status *status) {
    if (!dataset_index(dataset, list->count, status) || !dataset_name_classes(dataset, status))
        return false;
    for (int class = 0; class < list->count; class ++)
        snprintf(dataset->class_names[class], sizeof(DatasetClassName), "%lld",
                 (long long)list->label[class]);
    return true;
}
