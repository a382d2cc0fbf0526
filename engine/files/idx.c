#include "engine/files/idx.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

// ---- a stream of bytes, from a file or from memory, decompressed as it goes ----

enum { CHUNK = 65536 };

typedef struct {
    const char *name; // for errors
    int descriptor;   // -1: memory
    const unsigned char *memory;
    size_t memory_left;
    z_stream inflate;
    bool compressed, ended;
    unsigned char *input; // [CHUNK]
    uint64_t position;    // bytes handed out
    Status *status;
} Stream;

static bool fail(const Stream *stream, const char *expected, const char *found) {
    return status_fail(stream->status, STATUS_BAD_DATA, "%s: byte %llu: expected %s, found %s",
                       stream->name, (unsigned long long)stream->position, expected, found);
}

// More input for the decompressor (or the plain reader); false only on a read error.
static bool refill(Stream *stream) {
    size_t got = 0;
    if (stream->descriptor < 0) {
        got = stream->memory_left < CHUNK ? stream->memory_left : CHUNK;
        if (got > 0)
            memcpy(stream->input, stream->memory, got);
        stream->memory += got;
        stream->memory_left -= got;
    } else {
        ssize_t length;
        do
            length = read(stream->descriptor, stream->input, CHUNK);
        while (length < 0 && errno == EINTR);
        if (length < 0)
            return fail(stream, "to read on", strerror(errno));
        got = (size_t)length;
    }
    stream->inflate.next_in = stream->input;
    stream->inflate.avail_in = (uInt)got;
    return true;
}

static bool stream_open(Stream *stream, Status *status) {
    stream->status = status;
    stream->input = malloc(CHUNK);
    if (!stream->input)
        return status_fail(status, STATUS_FAILURE, "%s: out of memory", stream->name);
    if (!refill(stream))
        return false;
    stream->compressed =
        stream->inflate.avail_in >= 2 && stream->input[0] == 0x1f && stream->input[1] == 0x8b;
    // 16: a gzip header is expected, not a zlib one.
    if (stream->compressed && inflateInit2(&stream->inflate, 16 + MAX_WBITS) != Z_OK)
        return status_fail(status, STATUS_FAILURE, "%s: out of memory", stream->name);
    return true;
}

static void stream_close(Stream *stream) {
    if (stream->compressed)
        inflateEnd(&stream->inflate);
    if (stream->descriptor >= 0)
        close(stream->descriptor);
    free(stream->input);
}

// Up to `size` bytes (less than 2^31); *got tells how many there were.
static bool stream_read(Stream *stream, unsigned char *to, size_t size, size_t *got) {
    z_stream *z = &stream->inflate;
    z->next_out = to;
    z->avail_out = (uInt)size;
    while (z->avail_out > 0 && !stream->ended) {
        if (z->avail_in == 0 && !refill(stream))
            return false;
        if (!stream->compressed) {
            const uInt length = z->avail_in < z->avail_out ? z->avail_in : z->avail_out;
            stream->ended = length == 0;
            memcpy(z->next_out, z->next_in, length);
            z->next_out += length;
            z->avail_out -= length;
            z->next_in += length;
            z->avail_in -= length;
            continue;
        }
        const bool exhausted = z->avail_in == 0;
        const int result = inflate(z, Z_NO_FLUSH);
        if (result == Z_STREAM_END)
            stream->ended = true;
        else if (result != Z_OK && !(result == Z_BUF_ERROR && !exhausted))
            return fail(stream, "whole gzip data",
                        exhausted ? "their end"
                        : z->msg  ? z->msg
                                  : "damage");
    }
    *got = size - z->avail_out;
    stream->position += *got;
    return true;
}

// Exactly `size` bytes.
static bool stream_take(Stream *stream, unsigned char *to, size_t size, const char *what) {
    while (size > 0) {
        const size_t part = size < (size_t)1 << 30 ? size : (size_t)1 << 30;
        size_t got;
        if (!stream_read(stream, to, part, &got))
            return false;
        if (got < part) {
            char found[64];
            snprintf(found, sizeof found, "the end, %zu bytes early", size - got);
            return fail(stream, what, found);
        }
        to += got;
        size -= got;
    }
    return true;
}

static bool stream_at_end(Stream *stream) {
    unsigned char one;
    size_t got;
    if (!stream_read(stream, &one, 1, &got))
        return false;
    stream->position -= got;
    return got == 0 || fail(stream, "the end of the file", "more bytes than the sizes announce");
}

// ---- the format ----

enum { RANK_MOST = 4 };

typedef struct {
    int rank;
    uint32_t size[RANK_MOST];
} Header;

static bool check_type(const Stream *stream, const unsigned char magic[4]) {
    static const struct {
        unsigned char type;
        const char *name;
    } types[] = {{0x09, "type 09 (signed byte)"},
                 {0x0b, "type 0B (short)"},
                 {0x0c, "type 0C (int)"},
                 {0x0d, "type 0D (float)"},
                 {0x0e, "type 0E (double)"}};
    if (magic[0] != 0 || magic[1] != 0) {
        char found[32];
        snprintf(found, sizeof found, "%02x %02x", magic[0], magic[1]);
        return fail(stream, "00 00 at the start of an IDX file", found);
    }
    if (magic[2] == 0x08)
        return true;
    char other[32];
    snprintf(other, sizeof other, "type %02X", magic[2]);
    const char *found = other;
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
        if (types[i].type == magic[2])
            found = types[i].name;
    return fail(stream, "type 08 (unsigned byte)", found);
}

static bool read_header(Stream *stream, int rank_least, int rank_most, Header *header) {
    unsigned char magic[4], size[4];
    if (!stream_take(stream, magic, 4, "4 bytes of type and rank") || !check_type(stream, magic))
        return false;
    header->rank = magic[3];
    if (header->rank < rank_least || header->rank > rank_most) {
        char expected[48], found[32];
        snprintf(expected, sizeof expected, "rank %d to %d", rank_least, rank_most);
        snprintf(found, sizeof found, "rank %d", header->rank);
        return fail(stream, expected, found);
    }
    for (int i = 0; i < header->rank; i++) {
        if (!stream_take(stream, size, 4, "4 bytes of a size"))
            return false;
        header->size[i] =
            (uint32_t)size[0] << 24 | (uint32_t)size[1] << 16 | (uint32_t)size[2] << 8 | size[3];
        if (header->size[i] < 1 || header->size[i] > INT32_MAX) {
            char found[32];
            snprintf(found, sizeof found, "%u", header->size[i]);
            return fail(stream, "sizes from 1 to 2147483647", found);
        }
    }
    return true;
}

// Memory grows only with bytes that are really there, whatever the header announces.
static bool read_values(Stream *stream, uint64_t count, unsigned char **values) {
    uint64_t have = 0, room = count < 1 << 20 ? count : 1 << 20;
    *values = NULL;
    while (have < count) {
        unsigned char *grown = realloc(*values, room);
        if (!grown) {
            free(*values);
            return status_fail(stream->status, STATUS_FAILURE, "%s: out of memory for %llu bytes",
                               stream->name, (unsigned long long)room);
        }
        *values = grown;
        if (!stream_take(stream, grown + have, room - have, "the values of the file")) {
            free(grown);
            return false;
        }
        have = room;
        room = count - have < room ? count : 2 * room;
    }
    if (stream_at_end(stream))
        return true;
    free(*values);
    return false;
}

static bool read_images(Stream *stream, Dataset *dataset, const char *name) {
    Header header;
    if (!read_header(stream, 2, RANK_MOST, &header))
        return false;
    const int rank = header.rank;
    uint64_t product = 1;
    for (int i = 0; i < rank; i++)
        if (__builtin_mul_overflow(product, header.size[i], &product) || product > INT64_MAX / 8)
            return fail(stream, "sizes that a machine can hold", "a product that overflows");
    unsigned char *values;
    if (!read_values(stream, product, &values))
        return false;
    const int height = rank == 2 ? 1 : (int)header.size[1];
    const int width = rank == 2 ? (int)header.size[1] : (int)header.size[2];
    const int channels = rank == 4 ? (int)header.size[3] : 1;
    const bool done =
        dataset_init(dataset, name, (int)header.size[0], height, width, channels, stream->status);
    if (done)
        memcpy(dataset->pixels, values, product);
    free(values);
    return done;
}

// Labels into a data set whose images are there; *classes = greatest + 1.
static bool read_labels(Stream *stream, Dataset *dataset, int *classes) {
    Header header;
    unsigned char *values;
    if (!read_header(stream, 1, 1, &header))
        return false;
    if (header.size[0] != (uint32_t)dataset->count) {
        char expected[48], found[48];
        snprintf(expected, sizeof expected, "%d labels, as many as images", dataset->count);
        snprintf(found, sizeof found, "%u", header.size[0]);
        return fail(stream, expected, found);
    }
    if (!read_values(stream, header.size[0], &values))
        return false;
    *classes = 1;
    for (int i = 0; i < dataset->count; i++) {
        dataset->labels[i] = values[i];
        *classes = values[i] >= *classes ? values[i] + 1 : *classes;
    }
    free(values);
    return true;
}

static bool read_both(Dataset *dataset, const char *name, Stream *images, Stream *labels,
                      Status *status) {
    int classes = 1;
    *dataset = (Dataset){0};
    bool done = stream_open(images, status) && read_images(images, dataset, name);
    if (done && labels)
        done = stream_open(labels, status) && read_labels(labels, dataset, &classes);
    done = done && dataset_index(dataset, classes, status);
    if (!done)
        dataset_clear(dataset);
    return done;
}

bool idx_parse(Dataset *dataset, const char *name, const void *images, size_t images_size,
               const void *labels, size_t labels_size, Status *status) {
    Stream of_images = {
        .name = name, .descriptor = -1, .memory = images, .memory_left = images_size};
    Stream of_labels = {
        .name = name, .descriptor = -1, .memory = labels, .memory_left = labels_size};
    const bool done = read_both(dataset, name, &of_images, labels ? &of_labels : NULL, status);
    stream_close(&of_images);
    stream_close(&of_labels);
    return done;
}

static bool open_path(Stream *stream, const char *path, Status *status) {
    struct stat about;
    *stream = (Stream){.name = path, .descriptor = open(path, O_RDONLY | O_CLOEXEC)};
    if (stream->descriptor < 0 || fstat(stream->descriptor, &about) != 0)
        return status_fail(status, STATUS_BAD_DATA, "%s: %s", path, strerror(errno));
    if (S_ISDIR(about.st_mode))
        return status_fail(status, STATUS_BAD_DATA, "%s: expected a file, found a folder", path);
    return true;
}

bool idx_read(Dataset *dataset, const char *name, const char *images_path, const char *labels_path,
              Status *status) {
    Stream images, labels = {.descriptor = -1};
    *dataset = (Dataset){0};
    bool done = open_path(&images, images_path, status) &&
                (!labels_path || open_path(&labels, labels_path, status));
    done = done && read_both(dataset, name, &images, labels_path ? &labels : NULL, status);
    stream_close(&images);
    stream_close(&labels);
    return done;
}

// ---- where the files are ----

static bool readable(const char *folder, const char *sub_folder, const char *file, char *path,
                     size_t size) {
    static const char *const endings[] = {"", ".gz"};
    for (size_t i = 0; i < 2; i++) {
        const int length = snprintf(path, size, "%s%s%s/%s%s", folder, *sub_folder ? "/" : "",
                                    sub_folder, file, endings[i]);
        if (length > 0 && (size_t)length < size && access(path, R_OK) == 0)
            return true;
    }
    return false;
}

static bool find_in(const char *folder, const char *sub_folder, bool test_part, char *images,
                    char *labels, size_t size) {
    return readable(folder, sub_folder,
                    test_part ? "t10k-images-idx3-ubyte" : "train-images-idx3-ubyte", images,
                    size) &&
           readable(folder, sub_folder,
                    test_part ? "t10k-labels-idx1-ubyte" : "train-labels-idx1-ubyte", labels, size);
}

bool idx_find(const char *short_name, bool test_part, const char *const *folders, int folder_count,
              char *images, char *labels, size_t size) {
    const bool fashion = strcmp(short_name, "fashion") == 0;
    if (!fashion && strcmp(short_name, "mnist") != 0)
        return false;
    const char *sub_folder = fashion ? "fashion-mnist" : "mnist";
    for (int i = 0; i < folder_count; i++)
        if (find_in(folders[i], "", test_part, images, labels, size) ||
            find_in(folders[i], sub_folder, test_part, images, labels, size))
            return true;
    return fashion && find_in("/usr/share/datasets", sub_folder, test_part, images, labels, size);
}
