// A folder of pictures, one sub-folder for each class, as torchvision's ImageFolder has it:
//
//     root/cat/1.png   root/cat/more/2.jpg   root/dog/3.png
//
// Classes are the sub-folders sorted by their bytes, examples of a class its pictures at any depth
// sorted by the bytes of their paths; what begins with a dot and files without a picture's ending
// (png, jpg, jpeg, bmp, gif, pnm, pgm, ppm) are passed over.  Pictures are decoded in a process of
// their own (image_decoder.h) and resized by averaging over areas, whatever their shape.  If all
// are grey the data set has one channel, else three.
//
// Errors are STATUS_BAD_DATA: path, what was expected and found.
#ifndef ENGINE_DATA_IMAGE_FOLDER_H
#define ENGINE_DATA_IMAGE_FOLDER_H

#include "engine/data/dataset.h"
#include "engine/data/image_decoder.h"

typedef struct {
    int size;         // height = width; 0: as they are, which must be the same for all
    bool refuse_bad;  // a picture that cannot be decoded is an error and not skipped
    bool allow_empty; // a class without pictures is no error
    void (*note)(void *context, const char *line); // told of every skipped picture, or NULL
    void *note_context;
    ImageLimits limits;
    ImageDecode *decode;
} ImageFolderOptions;

void image_folder_options_init(ImageFolderOptions *options); // usual limits, stb_image

// On failure there is nothing to clear.
bool image_folder_read(Dataset *dataset, const char *name, const char *folder,
                       const ImageFolderOptions *options, Status *status);

#endif
