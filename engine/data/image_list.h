// The pictures of a folder with one sub-folder for each class (image_folder.h), by their paths.
#ifndef ENGINE_DATA_IMAGE_LIST_H
#define ENGINE_DATA_IMAGE_LIST_H

#include "engine/status.h"

#include <stddef.h>

typedef struct {
    char **text; // [count], each owned
    size_t count, room;
} PathList;

typedef struct {
    PathList classes; // names of sub-folders, sorted by bytes
    PathList images;  // paths below the root, class by class, sorted by bytes in each
    int *class_of;    // [images.count]; owned
} ImageList;

// STATUS_BAD_DATA: a folder that cannot be read, no class, folders too deep inside each other, more
// pictures than a data set can have.  On failure there is nothing to clear.
bool image_list_init(ImageList *list, const char *root, Status *status);
void image_list_clear(ImageList *list);

#endif
