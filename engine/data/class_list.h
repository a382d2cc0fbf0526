// Labels that files give as any whole numbers (-1 and +1, 3 and 7): their different values in
// rising order are the classes, and the numbers are the names.
#ifndef ENGINE_DATA_CLASS_LIST_H
#define ENGINE_DATA_CLASS_LIST_H

#include "engine/data/dataset.h"

typedef struct {
    int64_t *label; // [count] rising; owned
    int count;
} ClassList;

// The classes of labels [count].  False for want of memory, with nothing to clear.
bool class_list_init(ClassList *list, const int64_t *labels, int count);
void class_list_clear(ClassList *list);

int class_list_find(const ClassList *list, int64_t label); // class, or -1

// Indexes a data set whose labels are classes of the list already, and names them.
bool class_list_apply(const ClassList *list, Dataset *dataset, Status *status);

#endif
