#include "engine/files/idx.h"

#include "engine/files/gzip.h"
#include "engine/files/whole_file.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MOST_DIMENSIONS = 4, UNSIGNED_BYTE = 0x08 };

typedef struct {
    int dimensions;
    int size[MOST_DIMENSIONS];
    uint64_t product;
} Header;

static const char *type_name(int type) {
    switch (type) {
    case UNSIGNED_BYTE:
        return "unsigned byte";
    case 0x09:
        return "signed byte";
    case 0x0b:
        return "short";
    case 0x0c:
        return "int";
    case 0x0d:
        return "float";
    case 0x0e:
        return "double";
    default:
        return NULL;
    }
}

static bool check_magic(const char *path, const unsigned char magic[4], int least, int most,
                        Status *status) {
    const char *type = type_name(magic[2]);
    if (magic[0] != 0 || magic[1] != 0 || !type)
        return status_fail(status, STATUS_BAD_DATA,
                           "%s: byte 0: expected an IDX file (00 00 08), found %02x %02x %02x",
                           path, magic[0], magic[1], magic[2]);
    if (magic[2] != UNSIGNED_BYTE)
        return status_fail(status, STATUS_BAD_DATA,
                           "%s: byte 2: expected values of type unsigned byte (08), found %s "
                           "(%02x), which is not supported",
                           path, type, magic[2]);
    if (magic[3] < least || magic[3] > most)
        return status_fail(status, STATUS_BAD_DATA,
                           "%s: byte 3: expected %d to %d dimensions, found %d", path, least, most,
                           magic[3]);
    return true;
}

static bool read_header(GzipReader *reader, int least, int most, Header *header, Status *status) {
    unsigned char magic[4], sizes[4 * MOST_DIMENSIONS];
    memset(header, 0, sizeof *header);
    if (!gzip_reader_take(reader, magic, sizeof magic, status) ||
        !check_magic(reader->path, magic, least, most, status))
        return false;
    header->dimensions = magic[3];
    if (!gzip_reader_take(reader, sizes, 4 * (size_t)header->dimensions, status))
        return false;
    header->product = 1;
    for (int i = 0; i < header->dimensions; i++) {
        const unsigned char *bytes = &sizes[4 * i];
        const uint32_t size = (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 |
                              (uint32_t)bytes[2] << 8 | bytes[3];
        if (size < 1 || size > INT_MAX)
            return status_fail(status, STATUS_BAD_DATA,
                               "%s: byte %d: expected a size from 1 to %d, found %u", reader->path,
                               4 + 4 * i, INT_MAX, (unsigned)size);
        header->size[i] = (int)size;
        if (__builtin_mul_overflow(header->product, (uint64_t)size, &header->product))
            return status_fail(status, STATUS_BAD_DATA,
                               "%s: byte %d: expected sizes whose product fits in 64 bits, found "
                               "more",
                               reader->path, 4 + 4 * i);
    }
    return true;
}

// Before memory is taken: could the file hold what it announces, and (if not compressed) does it?
static bool check_announced(const GzipReader *reader, const Header *header, Status *status) {
    const uint64_t start = 4 + 4 * (uint64_t)header->dimensions;
    const uint64_t most = gzip_reader_most(reader) - start;
    if (header->product > most || (!reader->compressed && header->product != most))
        return status_fail(status, STATUS_BAD_DATA,
                           "%s: byte %llu: expected %llu bytes of data as the header announces, "
                           "found %s%llu",
                           reader->path, (unsigned long long)start,
                           (unsigned long long)header->product,
                           reader->compressed ? "a gzip stream that can hold no more than " : "",
                           (unsigned long long)most);
    return true;
}

static bool read_images(GzipReader *reader, const char *name, Dataset *dataset, Status *status) {
    Header header;
    if (!read_header(reader, 2, MOST_DIMENSIONS, &header, status) ||
        !check_announced(reader, &header, status))
        return false;
    const bool done =
        header.dimensions == 2
            ? dataset_init_bytes(dataset, name, header.size[0], header.size[1], status)
            : dataset_init(dataset, name, header.size[0], header.size[1], header.size[2],
                           header.dimensions == 4 ? header.size[3] : 1, status);
    if (!done)
        return status_prefix(status, "%s", reader->path);
    if (gzip_reader_take(reader, dataset->pixels, (size_t)header.product, status) &&
        gzip_reader_finish(reader, status))
        return true;
    dataset_clear(dataset);
    return false;
}

// Labels are bytes, so they lie in 0 .. 255 by themselves.  expected: how many, or 0 for any
// number; *labels is the caller's to free, *classes rises to the greatest of them + 1.
static bool take_labels(GzipReader *reader, int expected, unsigned char **labels, int *count,
                        int *classes, Status *status) {
    Header header;
    if (!read_header(reader, 1, 1, &header, status) || !check_announced(reader, &header, status))
        return false;
    *count = header.size[0];
    if (expected > 0 && *count != expected)
        return status_fail(status, STATUS_BAD_DATA,
                           "%s: byte 4: expected %d labels, one per image, found %d", reader->path,
                           expected, *count);
    unsigned char *bytes = malloc((size_t)*count + 1);
    if (!bytes)
        return status_fail(status, STATUS_FAILURE, "%s: no memory for %d labels", reader->path,
                           *count);
    if (!gzip_reader_take(reader, bytes, (size_t)*count, status) ||
        !gzip_reader_finish(reader, status)) {
        free(bytes);
        return false;
    }
    for (int i = 0; i < *count; i++)
        if (bytes[i] >= *classes)
            *classes = bytes[i] + 1;
    *labels = bytes;
    return true;
}

static bool read_labels(GzipReader *reader, Dataset *dataset, int *classes, Status *status) {
    unsigned char *labels;
    int count;
    if (!take_labels(reader, dataset->count, &labels, &count, classes, status))
        return false;
    for (int i = 0; i < count; i++)
        dataset->labels[i] = labels[i];
    free(labels);
    return true;
}

static bool parse_images(Dataset *dataset, const char *name, const char *path, const void *data,
                         size_t size, Status *status) {
    GzipReader reader;
    if (!gzip_reader_init(&reader, path, data, size, status))
        return false;
    const bool done = read_images(&reader, name, dataset, status);
    gzip_reader_clear(&reader);
    return done;
}

static bool parse_labels(Dataset *dataset, int *classes, const char *path, const void *data,
                         size_t size, Status *status) {
    GzipReader reader;
    if (!gzip_reader_init(&reader, path, data, size, status))
        return false;
    const bool done = read_labels(&reader, dataset, classes, status);
    gzip_reader_clear(&reader);
    return done;
}

bool idx_parse(Dataset *dataset, const char *name, const char *images_name, const void *images,
               size_t images_size, const char *labels_name, const void *labels, size_t labels_size,
               Status *status) {
    int classes = 1;
    memset(dataset, 0, sizeof *dataset);
    if (!parse_images(dataset, name, images_name, images, images_size, status))
        return false;
    if ((!labels || parse_labels(dataset, &classes, labels_name, labels, labels_size, status)) &&
        dataset_index(dataset, classes, status))
        return true;
    dataset_clear(dataset);
    return false;
}

bool idx_read(Dataset *dataset, const char *name, const char *images_path, const char *labels_path,
              Status *status) {
    unsigned char *images = NULL, *labels = NULL;
    size_t images_size = 0, labels_size = 0;
    memset(dataset, 0, sizeof *dataset);
    const bool done =
        whole_file_read(images_path, &images, &images_size, status) &&
        (!labels_path || whole_file_read(labels_path, &labels, &labels_size, status)) &&
        idx_parse(dataset, name, images_path, images, images_size, labels_path, labels, labels_size,
                  status);
    free(images);
    free(labels);
    return done;
}

// The number of dimensions that the file says it has; 0 where it ends before.
static int told_dimensions(const char *path, const void *data, size_t size) {
    unsigned char magic[4] = {0};
    GzipReader reader;
    Status ignored;
    status_clear(&ignored);
    if (!gzip_reader_init(&reader, path, data, size, &ignored))
        return 0;
    const bool taken = gzip_reader_take(&reader, magic, sizeof magic, &ignored);
    gzip_reader_clear(&reader);
    return taken ? magic[3] : 0;
}

static bool parse_any(Dataset *dataset, int *labels, int *classes, const char *path,
                      const void *data, size_t size, Status *status) {
    *labels = 0;
    *classes = 1;
    if (told_dimensions(path, data, size) != 1)
        return idx_parse(dataset, "images", path, data, size, NULL, NULL, 0, status);
    unsigned char *bytes = NULL;
    GzipReader reader;
    if (!gzip_reader_init(&reader, path, data, size, status))
        return false;
    const bool done = take_labels(&reader, 0, &bytes, labels, classes, status);
    gzip_reader_clear(&reader);
    free(bytes);
    return done;
}

bool idx_read_any(Dataset *dataset, int *labels, int *classes, const char *path, Status *status) {
    unsigned char *data;
    size_t size;
    memset(dataset, 0, sizeof *dataset);
    if (!whole_file_read(path, &data, &size, status))
        return false;
    const bool done = parse_any(dataset, labels, classes, path, data, size, status);
    free(data);
    return done;
}

// ---- finding files ----

enum { KNOWN_CLASSES = 10 };

static const char *const fashion_classes[KNOWN_CLASSES] = {
    "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat",
    "Sandal",      "Shirt",   "Sneaker",  "Bag",   "Ankle boot"};

static const struct {
    const char *short_name;
    const char *folder;             // below a folder of data sets
    const char *installed;          // by a Debian package; NULL: there is none
    const char *const *class_names; // [KNOWN_CLASSES]; NULL: digits
} known[] = {
    {"fashion", "fashion-mnist", "/usr/share/datasets/fashion-mnist", fashion_classes},
    {"mnist", "mnist", NULL, NULL},
};

// Whether the folder is named after another data set, whose files have the same names.
static bool is_of_another(const char *folder, size_t wanted) {
    size_t length = strlen(folder);
    while (length > 0 && folder[length - 1] == '/')
        length--;
    for (size_t k = 0; k < sizeof known / sizeof known[0]; k++) {
        const size_t size = strlen(known[k].folder);
        if (k != wanted && length > size && folder[length - size - 1] == '/' &&
            memcmp(folder + length - size, known[k].folder, size) == 0)
            return true;
    }
    return false;
}

// FOLDER/[SUB/]STEM in one of its spellings.
static bool find_file(const char *folder, const char *sub, const char *stem, const char *ending,
                      char *path, size_t size) {
    static const char *const separator[] = {"-", "."}, *const compressed[] = {"", ".gz"};
    for (int i = 0; i < 4; i++) {
        const int length =
            snprintf(path, size, "%s%s%s/%s%s%s%s", folder, sub ? "/" : "", sub ? sub : "", stem,
                     separator[i / 2], ending, compressed[i % 2]);
        if (length > 0 && (size_t)length < size && access(path, R_OK) == 0)
            return true;
    }
    return false;
}

static bool find_pair(const char *folder, const char *sub, bool test_part, char *images,
                      char *labels, size_t size) {
    return find_file(folder, sub, test_part ? "t10k-images" : "train-images", "idx3-ubyte", images,
                     size) &&
           find_file(folder, sub, test_part ? "t10k-labels" : "train-labels", "idx1-ubyte", labels,
                     size);
}

bool idx_name_classes(Dataset *dataset, const char *short_name, Status *status) {
    for (size_t k = 0; k < sizeof known / sizeof known[0]; k++) {
        if (strcmp(short_name, known[k].short_name) != 0 || !known[k].class_names ||
            dataset->classes != KNOWN_CLASSES)
            continue;
        if (!dataset_name_classes(dataset, status))
            return false;
        for (int class = 0; class < KNOWN_CLASSES; class ++)
            snprintf(dataset->class_names[class], sizeof(DatasetClassName), "%s",
                     known[k].class_names[class]);
    }
    return true;
}

bool idx_find(const char *short_name, bool test_part, const char *const *folders, int folder_count,
              char *images, char *labels, size_t size) {
    for (size_t k = 0; k < sizeof known / sizeof known[0]; k++) {
        if (strcmp(short_name, known[k].short_name) != 0)
            continue;
        for (int i = 0; i < folder_count; i++)
            if ((!is_of_another(folders[i], k) &&
                 find_pair(folders[i], NULL, test_part, images, labels, size)) ||
                find_pair(folders[i], known[k].folder, test_part, images, labels, size))
                return true;
        return known[k].installed &&
               find_pair(known[k].installed, NULL, test_part, images, labels, size);
    }
    return false;
}
