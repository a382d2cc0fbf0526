#include "engine/data/image_folder.h"

#include "engine/data/image_list.h"
#include "engine/data/selection.h"
#include "engine/files/shown_text.h"
#include "engine/files/whole_file.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void image_folder_options_init(ImageFolderOptions *options) {
    *options = (ImageFolderOptions){.limits = image_limits_usual, .decode = image_decode_stb};
}

// A folder while it is read.
typedef struct {
    Dataset *dataset; // has pixels once the first picture is decoded, of 3 channels until the end
    const char *name, *root;
    const ImageFolderOptions *options;
    ImageList list;
    ImageDecoder decoder;
    bool *good;   // [list.images.count]
    bool colour;  // one of the pictures has
    size_t first; // the picture whose size is that of all
    Status *status;
} Folder;

static void path_of(const Folder *folder, size_t image, char path[PATH_MAX]) {
    snprintf(path, PATH_MAX, "%s/%s", folder->root, folder->list.images.text[image]);
}

static bool fail_bad(const Folder *folder, size_t image, const char *reason) {
    char path[PATH_MAX];
    path_of(folder, image, path);
    return status_fail(folder->status, STATUS_BAD_DATA, "%s: expected a picture, found: %s", path,
                       reason);
}

// A bad picture is named and left out, or it ends everything.
static bool leave_out(const Folder *folder, size_t image, const char *reason) {
    char line[2 * SHOWN_TEXT + IMAGE_REASON + 64], shown_name[SHOWN_TEXT], shown_reason[SHOWN_TEXT];
    if (folder->options->refuse_bad)
        return fail_bad(folder, image, reason);
    if (!folder->options->note)
        return true;
    snprintf(line, sizeof line, "data '%s': skipped %s: %s", folder->name,
             shown_text(folder->list.images.text[image], shown_name),
             shown_text(reason, shown_reason));
    folder->options->note(folder->options->note_context, line);
    return true;
}

// The first good picture decides about the size, which is what was asked for or that of all.
static bool check_size(Folder *folder, size_t image, const DecodedImage *decoded) {
    Dataset *dataset = folder->dataset;
    char path[PATH_MAX], first[PATH_MAX];
    if (!dataset->pixels) {
        folder->first = image;
        return dataset_init(dataset, folder->name, (int)folder->list.images.count, decoded->height,
                            decoded->width, 3, folder->status);
    }
    if (dataset->height == decoded->height && dataset->width == decoded->width)
        return true;
    path_of(folder, image, path);
    path_of(folder, folder->first, first);
    return status_fail(folder->status, STATUS_BAD_DATA,
                       "%s: expected %d x %d pixels as %s has, found %d x %d; size=N brings all to "
                       "one size",
                       path, dataset->width, dataset->height, first, decoded->width,
                       decoded->height);
}

static bool keep_image(Folder *folder, size_t image, const DecodedImage *decoded) {
    if (!check_size(folder, image, decoded))
        return false;
    const size_t size = dataset_example_size(folder->dataset);
    memcpy(folder->dataset->pixels + image * size, decoded->pixels, size);
    folder->dataset->labels[image] = folder->list.class_of[image];
    folder->good[image] = true;
    folder->colour |= decoded->colour;
    return true;
}

static bool take_image(Folder *folder, size_t image) {
    char path[PATH_MAX], reason[IMAGE_REASON];
    unsigned char *bytes;
    size_t size;
    DecodedImage decoded;
    path_of(folder, image, path);
    if (!whole_file_read(path, &bytes, &size, folder->status))
        return false; // not a matter of the picture
    const ImageResult result = image_decoder_take(
        &folder->decoder, bytes, size, folder->options->size, &decoded, reason, folder->status);
    free(bytes);
    switch (result) {
    case IMAGE_DECODED:
        return keep_image(folder, image, &decoded);
    case IMAGE_BAD:
        return leave_out(folder, image, reason);
    case IMAGE_UNDONE:
        break;
    }
    return false;
}

static bool check_classes(const Folder *folder) {
    for (size_t class = 0; !folder->options->allow_empty && class < folder->list.classes.count;
         class ++) {
        bool found = false;
        for (size_t image = 0; image < folder->list.images.count; image++)
            found |= folder->good[image] && folder->list.class_of[image] == (int)class;
        if (!found)
            return status_fail(folder->status, STATUS_BAD_DATA,
                               "%s/%s: expected pictures of this class, found none; empty=allow "
                               "lets that be",
                               folder->root, folder->list.classes.text[class]);
    }
    return folder->dataset->pixels ||
           status_fail(folder->status, STATUS_BAD_DATA, "%s: expected pictures, found none",
                       folder->root);
}

static bool finish(Folder *folder) {
    Dataset *dataset = folder->dataset;
    if (!check_classes(folder) ||
        !dataset_index(dataset, (int)folder->list.classes.count, folder->status) ||
        !dataset_keep(dataset, folder->good, folder->status) ||
        !dataset_name_classes(dataset, folder->status))
        return false;
    for (int class = 0; class < dataset->classes; class ++)
        shown_text_cut(folder->list.classes.text[class], dataset->class_names[class],
                       sizeof(DatasetClassName));
    return folder->colour || dataset_set_channels(dataset, 1, folder->status);
}

static bool read_all(Folder *folder) {
    folder->good = calloc(folder->list.images.count + 1, sizeof *folder->good);
    if (!folder->good)
        return status_fail(folder->status, STATUS_FAILURE, "%s: no memory for %zu pictures",
                           folder->root, folder->list.images.count);
    for (size_t image = 0; image < folder->list.images.count; image++)
        if (!take_image(folder, image))
            return false;
    return finish(folder);
}

bool image_folder_read(Dataset *dataset, const char *name, const char *root,
                       const ImageFolderOptions *options, Status *status) {
    Folder folder = {
        .dataset = dataset, .name = name, .root = root, .options = options, .status = status};
    memset(dataset, 0, sizeof *dataset);
    if (!image_list_init(&folder.list, root, status))
        return false;
    image_decoder_init(&folder.decoder, &options->limits, options->decode);
    const bool done = read_all(&folder);
    image_decoder_clear(&folder.decoder);
    image_list_clear(&folder.list);
    free(folder.good);
    if (!done)
        dataset_clear(dataset);
    return done;
}
