// Pictures from anything.  The first byte chooses: stb_image in its process gets the rest, as
// files or to be resized; or a process that has been taken over writes the rest as its answer.
// Whatever it is, the caller gets a picture whose bytes can be read, or a reason.
#include "engine/data/image_decoder.h"

#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { SIDE = 8 };

static unsigned char *answer_anything(const unsigned char *bytes, int size, ImageAllocate *allocate,
                                      void *context, int *width, int *height, bool *colour,
                                      const char **reason) {
    (void)allocate, (void)context, (void)width, (void)height, (void)colour, (void)reason;
    while (size > 0) {
        const ssize_t written = write(0, bytes, (size_t)size);
        if (written <= 0)
            break;
        bytes += written;
        size -= (int)written;
    }
    for (;;)
        syscall(SYS_exit, 0);
}

static void check(const DecodedImage *image, int side) {
    unsigned sum = 0;
    if (image->height < 1 || image->width < 1 || (side && image->height != side) ||
        (side && image->width != side))
        abort();
    for (size_t i = 0; i < (size_t)image->height * (size_t)image->width * 3; i++)
        sum += image->pixels[i];
    volatile unsigned keep = sum;
    (void)keep;
}

static void decode(ImageDecoder *decoder, const uint8_t *data, size_t size, int side) {
    DecodedImage image;
    Status status;
    char reason[IMAGE_REASON] = "";
    status_clear(&status);
    switch (image_decoder_take(decoder, data, size, side, &image, reason, &status)) {
    case IMAGE_DECODED:
        check(&image, side);
        break;
    case IMAGE_BAD:
        if (!*reason || !memchr(reason, '\0', sizeof reason))
            abort();
        break;
    case IMAGE_UNDONE:
        abort();
    }
}

// The process that decodes lives on from picture to picture, as it does in a folder.
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const ImageLimits limits = {.memory = 16 << 20, .seconds = 2, .waiting_seconds = 8};
    static ImageDecoder stb, hostile;
    if (!stb.decode) {
        image_decoder_init(&stb, &limits, image_decode_stb);
        image_decoder_init(&hostile, &limits, answer_anything);
    }
    if (size == 0)
        return 0;
    decode(data[0] & 1 ? &hostile : &stb, data + 1, size - 1, data[0] & 2 ? SIDE : 0);
    return 0;
}
