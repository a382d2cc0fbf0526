// The process that decodes pictures, seen from inside (image_decoder.h is the outside).
#ifndef ENGINE_DATA_IMAGE_PROCESS_H
#define ENGINE_DATA_IMAGE_PROCESS_H

#include "engine/data/image_decoder.h"

// Over the socket go, one after the other: a request and `size` bytes of a file; a reply and, if it
// is good, height * width * 3 bytes.
typedef struct {
    uint32_t size;
    int32_t side;
} ImageRequest;

typedef struct {
    int32_t good, colour;
    int32_t file_height, file_width, height, width;
    char reason[IMAGE_REASON];
} ImageReply;

// Never returns.  Called in the child of a fork, possibly of a program with many threads: makes
// system calls only and never touches malloc.
void image_process_run(int socket, const ImageLimits *limits, ImageDecode *decode)
    __attribute__((noreturn));

#endif
