#include "engine/files/gzip.h"

#include <limits.h>
#include <string.h>

enum { GZIP_ONLY = 16 + MAX_WBITS, DEFLATE_RATIO = 1032 };

bool gzip_reader_init(GzipReader *reader, const char *path, const void *data, size_t size,
                      Status *status) {
    const unsigned char *bytes = data;
    *reader = (GzipReader){.path = path, .data = bytes, .size = size};
    if (size < 2 || bytes[0] != 0x1f || bytes[1] != 0x8b)
        return true;
    if (inflateInit2(&reader->stream, GZIP_ONLY) != Z_OK)
        return status_fail(status, STATUS_FAILURE, "%s: no memory to decompress it", path);
    reader->compressed = true;
    return true;
}

void gzip_reader_clear(GzipReader *reader) {
    if (reader->compressed)
        inflateEnd(&reader->stream);
    memset(reader, 0, sizeof *reader);
}

uint64_t gzip_reader_most(const GzipReader *reader) {
    return (uint64_t)reader->size * (reader->compressed ? DEFLATE_RATIO : 1);
}

static bool truncated(const GzipReader *reader, Status *status) {
    return status_fail(status, STATUS_BAD_DATA,
                       "%s: byte %zu: expected more data%s, found the end of the file",
                       reader->path, reader->size, reader->compressed ? " in the gzip stream" : "");
}

static bool take_plain(GzipReader *reader, unsigned char *bytes, size_t size, Status *status) {
    if (size > reader->size - reader->position)
        return truncated(reader, status);
    memcpy(bytes, reader->data + reader->position, size);
    reader->position += size;
    reader->passed += size;
    return true;
}

static unsigned bounded(size_t size) {
    return size < UINT_MAX ? (unsigned)size : UINT_MAX;
}

// One call of inflate, for at most size bytes; *count is how many came.
static bool inflate_some(GzipReader *reader, unsigned char *bytes, size_t size, size_t *count,
                         Status *status) {
    z_stream *stream = &reader->stream;
    const unsigned offered = bounded(reader->size - reader->position), wanted = bounded(size);
    stream->next_in = reader->data + reader->position;
    stream->avail_in = offered;
    stream->next_out = bytes;
    stream->avail_out = wanted;
    const int result = inflate(stream, Z_NO_FLUSH);
    reader->position += offered - stream->avail_in;
    *count = wanted - stream->avail_out;
    reader->passed += *count;
    reader->ended = result == Z_STREAM_END;
    if (result == Z_OK || result == Z_STREAM_END)
        return true;
    if (result == Z_BUF_ERROR)
        return truncated(reader, status);
    if (result == Z_MEM_ERROR)
        return status_fail(status, STATUS_FAILURE, "%s: no memory to decompress it", reader->path);
    return status_fail(status, STATUS_BAD_DATA,
                       "%s: byte %zu: expected a valid gzip stream, found an error: %s",
                       reader->path, reader->position, stream->msg ? stream->msg : "none named");
}

bool gzip_reader_take(GzipReader *reader, void *bytes, size_t size, Status *status) {
    unsigned char *next = bytes;
    if (!reader->compressed)
        return take_plain(reader, next, size, status);
    while (size > 0) {
        size_t count = 0;
        if (reader->ended)
            return status_fail(status, STATUS_BAD_DATA,
                               "%s: byte %zu: expected more data, found the end of the gzip stream "
                               "after %llu decompressed bytes",
                               reader->path, reader->position, (unsigned long long)reader->passed);
        if (!inflate_some(reader, next, size, &count, status))
            return false;
        next += count;
        size -= count;
    }
    return true;
}

bool gzip_reader_finish(GzipReader *reader, Status *status) {
    // The checksum comes after the last byte: only asking for one more makes zlib look at it.
    while (reader->compressed && !reader->ended) {
        unsigned char byte;
        size_t count = 0;
        if (!inflate_some(reader, &byte, 1, &count, status))
            return false;
        if (count > 0)
            return status_fail(status, STATUS_BAD_DATA,
                               "%s: expected %llu decompressed bytes, found more", reader->path,
                               (unsigned long long)(reader->passed - 1));
    }
    if (reader->position == reader->size)
        return true;
    return status_fail(status, STATUS_BAD_DATA,
                       "%s: byte %zu: expected the end of the file, found %zu bytes more",
                       reader->path, reader->position, reader->size - reader->position);
}
