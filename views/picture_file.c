// A picture into a PNG file.  The file is made in memory first and then put into its place as a
// whole.
#include "views/picture.h"

#include "engine/files/atomic_file.h"
#include "views/text.h"

#include <png.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    uint8_t *bytes;
    size_t size, capacity;
    char error[128]; // libpng's word for what went wrong
} Encoder;

static void fail_encoding(png_structp png, png_const_charp message) {
    Encoder *encoder = png_get_error_ptr(png);
    snprintf(encoder->error, sizeof encoder->error, "%s", message);
    png_longjmp(png, 1);
}

static void ignore_warning(png_structp png, png_const_charp message) {
    (void)png;
    (void)message;
}

static void append_bytes(png_structp png, png_bytep data, size_t size) {
    Encoder *encoder = png_get_io_ptr(png);
    if (size > encoder->capacity - encoder->size) {
        size_t capacity = (encoder->size + size) * 2;
        uint8_t *grown = realloc(encoder->bytes, capacity);
        if (grown == NULL) {
            png_error(png, "no memory");
        }
        encoder->bytes = grown;
        encoder->capacity = capacity;
    }
    memcpy(encoder->bytes + encoder->size, data, size);
    encoder->size += size;
}

static void flush_nothing(png_structp png) {
    (void)png;
}

// Text chunks are Latin-1.
static void to_latin1(char *out, size_t size, const char *text) {
    size_t length = 0;
    while (*text != '\0' && length + 1 < size) {
        uint32_t character = text_decode(&text);
        out[length++] = character < 0x100 ? (char)(unsigned char)character : '?';
    }
    out[length] = '\0';
}

static void set_note(png_structp png, png_infop info, const PictureNote *note) {
    char key[80], text[512];
    to_latin1(key, sizeof key, note->key);
    to_latin1(text, sizeof text, note->text);
    png_text chunk = {.compression = PNG_TEXT_COMPRESSION_NONE,
                      .key = key,
                      .text = text,
                      .text_length = strlen(text)};
    png_set_text(png, info, &chunk, 1);
}

// Everything between here and the return may end in fail_encoding.
static bool encode(Encoder *encoder, png_structp png, png_infop info, const Picture *picture,
                   const PictureOptions *options) {
    if (setjmp(png_jmpbuf(png)) != 0) {
        return false;
    }
    png_set_write_fn(png, encoder, append_bytes, flush_nothing);
    png_set_IHDR(png, info, (png_uint_32)picture->width, (png_uint_32)picture->height, 8,
                 PNG_COLOR_TYPE_RGB, PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT,
                 PNG_FILTER_TYPE_DEFAULT);
    // 96 dots an inch at scale 1, so that both scales print equally large.
    png_uint_32 dots = options->scale == 2 ? 7559 : 3780;
    png_set_pHYs(png, info, dots, dots, PNG_RESOLUTION_METER);
    for (int i = 0; i < options->note_count; i++) {
        set_note(png, info, &options->notes[i]);
    }
    png_write_info(png, info);
    for (int row = 0; row < picture->height; row++) {
        png_write_row(png, picture->pixels + (size_t)row * (size_t)picture->width * 3);
    }
    png_write_end(png, info);
    return true;
}

static bool encode_picture(Encoder *encoder, const Picture *picture,
                           const PictureOptions *options) {
    png_structp png =
        png_create_write_struct(PNG_LIBPNG_VER_STRING, encoder, fail_encoding, ignore_warning);
    png_infop info = png != NULL ? png_create_info_struct(png) : NULL;
    bool done = info != NULL && encode(encoder, png, info, picture, options);
    if (info == NULL) {
        snprintf(encoder->error, sizeof encoder->error, "no memory");
    }
    png_destroy_write_struct(&png, &info);
    return done;
}

static bool replace_file(const char *path, const uint8_t *bytes, size_t size, Status *status) {
    AtomicFile file;
    if (!atomic_file_open(&file, path, status)) {
        return false;
    }
    atomic_file_write(&file, bytes, size); // a failure is told by commit
    return atomic_file_commit(&file, status);
}

bool picture_write(const Picture *picture, const char *path, const PictureOptions *options,
                   Status *status) {
    Encoder encoder = {0};
    bool done = encode_picture(&encoder, picture, options);
    if (!done) {
        status_fail(status, STATUS_FAILURE, "%s: the PNG cannot be made: %s", path, encoder.error);
    } else {
        done = replace_file(path, encoder.bytes, encoder.size, status);
    }
    free(encoder.bytes);
    return done;
}
