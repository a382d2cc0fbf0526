// Pictures of unknown origin are decoded by stb_image in a process of their own, because the
// decoder (Debian's is older than known overflows) is not trusted with more than that picture.
//
// The process is forked, gives up every file but one socket, and gets limits: memory is one block
// that the decoder's allocator works in, processor time is set for every picture, wall-clock time
// is watched from outside, no file can be written, no core is left behind.  Where the kernel has
// it, seccomp's strict mode is entered, which leaves it read, write and exit.  Whatever dies or
// hangs is a bad picture, and the next one gets a new process.
//
// A picture comes in as the bytes of its file and goes back as red, green, blue: resized to a
// square by averaging over areas, if that is wanted.  An alpha channel is ignored.
#ifndef ENGINE_DATA_IMAGE_DECODER_H
#define ENGINE_DATA_IMAGE_DECODER_H

#include "engine/status.h"

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum { IMAGE_REASON = 128, IMAGE_MOST_SIDE = 1024, IMAGE_MOST_BYTES = 1 << 26 };

typedef struct {
    size_t memory;       // bytes for one picture, the file's and all that decoding needs
    int seconds;         // of processor time for one picture
    int waiting_seconds; // until an answer
} ImageLimits;

extern const ImageLimits image_limits_usual; // 512 MiB, 10 s, 60 s

// What the process runs: pixels [*height, *width, 3] made with `allocate` from the bytes of a file,
// and whether the file has colours; NULL with a *reason.  Tests give one that misbehaves.
typedef void *ImageAllocate(void *context, size_t size);
typedef unsigned char *ImageDecode(const unsigned char *bytes, int size, ImageAllocate *allocate,
                                   void *context, int *width, int *height, bool *colour,
                                   const char **reason);

ImageDecode image_decode_stb; // PNG, JPEG, BMP, GIF (its first picture), PNM

typedef struct {
    ImageLimits limits;
    ImageDecode *decode;
    pid_t process; // 0: none
    int socket;
    uint8_t *pixels; // of the last picture; owned
    size_t room;
} ImageDecoder;

typedef struct {
    int file_height, file_width; // as the file has it
    int height, width;
    bool colour;
    const uint8_t *pixels; // [height, width, 3], until the next call
} DecodedImage;

void image_decoder_init(ImageDecoder *decoder, const ImageLimits *limits, ImageDecode *decode);
void image_decoder_clear(ImageDecoder *decoder); // ends the process

typedef enum { IMAGE_DECODED, IMAGE_BAD, IMAGE_UNDONE } ImageResult;

// side: height = width wanted; 0: as the file has it, at most IMAGE_MOST_SIDE.
// IMAGE_BAD: `reason` says why in a few words.  IMAGE_UNDONE: the machine refused, status says
// what.
ImageResult image_decoder_take(ImageDecoder *decoder, const unsigned char *bytes, size_t size,
                               int side, DecodedImage *image, char reason[IMAGE_REASON],
                               Status *status);

#endif
