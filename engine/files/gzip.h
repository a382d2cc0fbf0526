// Bytes that may be compressed: a file in memory, read from front to end as it is or, if it starts
// with the two bytes of gzip (RFC 1952), decompressed on the way.  Whoever reads says how much, so
// a small file cannot blow up in memory.
//
// Errors are STATUS_BAD_DATA: the path, where in the file, what was expected and found.
#ifndef ENGINE_FILES_GZIP_H
#define ENGINE_FILES_GZIP_H

#include "engine/status.h"

#include <stddef.h>
#include <stdint.h>

#ifndef ZLIB_CONST
#define ZLIB_CONST // zlib only reads its input
#endif
#include <zlib.h>

typedef struct {
    const char *path;          // borrowed
    const unsigned char *data; // the file, borrowed
    size_t size;
    bool compressed;
    size_t position; // in data
    uint64_t passed; // bytes delivered
    bool ended;      // the compressed stream has
    z_stream stream;
} GzipReader;

// path and data must outlive the reader.
bool gzip_reader_init(GzipReader *reader, const char *path, const void *data, size_t size,
                      Status *status);
void gzip_reader_clear(GzipReader *reader);

// Exactly size bytes, or an error.
bool gzip_reader_take(GzipReader *reader, void *bytes, size_t size, Status *status);

// There is nothing left: not in the stream, and not behind it.  Checks the stream's checksum.
bool gzip_reader_finish(GzipReader *reader, Status *status);

// No file of this size can hold more bytes than this (deflate's best is 1032 to 1).
uint64_t gzip_reader_most(const GzipReader *reader);

#endif
