// stb_image, told to allocate from the decoding process's block.  Its allocator has no argument of
// ours, so the block hangs on a variable of this file, which only that process ever sets.
#include "engine/data/image_decoder.h"

#include <string.h>

static ImageAllocate *allocate_from;
static void *allocate_context;

// The size stands in front of every piece, for realloc; nothing is freed before the next picture.
enum { IN_FRONT = 16 };

static void *take(size_t size) {
    unsigned char *piece =
        size <= SIZE_MAX - IN_FRONT ? allocate_from(allocate_context, size + IN_FRONT) : NULL;
    if (!piece)
        return NULL;
    memcpy(piece, &size, sizeof size);
    return piece + IN_FRONT;
}

static void *take_again(void *old, size_t size) {
    size_t old_size = 0;
    void *piece = take(size);
    if (old && piece) {
        memcpy(&old_size, (unsigned char *)old - IN_FRONT, sizeof old_size);
        memcpy(piece, old, old_size < size ? old_size : size);
    }
    return piece;
}

static void give_back(void *piece) {
    (void)piece;
}

#define STBI_MALLOC(size) take(size)
#define STBI_REALLOC(piece, size) take_again(piece, size)
#define STBI_FREE(piece) give_back(piece)
#define STBI_NO_STDIO
#define STBI_NO_HDR
#define STBI_NO_LINEAR
#define STBI_NO_TGA // has no signature: everything could be one
#define STBI_NO_PSD
#define STBI_NO_PIC
#define STBI_MAX_DIMENSIONS (1 << 14)
#define STB_IMAGE_STATIC
#define STB_IMAGE_IMPLEMENTATION
// Its header is not ours to mend: functions that it leaves out are declared, and some compilers
// cannot see that no callback is called for bytes in memory.
#pragma GCC diagnostic ignored "-Wunused-function"
#ifndef __clang__
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif
#include <stb_image.h>

unsigned char *image_decode_stb(const unsigned char *bytes, int size, ImageAllocate *allocate,
                                void *context, int *width, int *height, bool *colour,
                                const char **reason) {
    int channels = 0;
    allocate_from = allocate;
    allocate_context = context;
    unsigned char *pixels = stbi_load_from_memory(bytes, size, width, height, &channels, 3);
    *colour = channels >= 3;
    if (!pixels && stbi_failure_reason())
        *reason = stbi_failure_reason(); // of a file that ends early, often ""
    return pixels;
}
