#include "engine/data/cifar.h"

#include "engine/files/shown_text.h"
#include "engine/files/whole_file.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SIDE = 32, PLANE = SIDE * SIDE, PIXELS = 3 * PLANE, MOST_FILES = 5 };

typedef struct {
    int label_bytes, label_at; // of a record
    int classes;
    const char *training[MOST_FILES + 1], *test[MOST_FILES + 1]; // NULL behind the last
    const char *names;
    const char *folders[2]; // where a folder of data sets may have it
} Format;

static const Format formats[CIFAR_LABELS] = {
    [CIFAR_10] = {1,
                  0,
                  10,
                  {"data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin", "data_batch_4.bin",
                   "data_batch_5.bin"},
                  {"test_batch.bin"},
                  "batches.meta.txt",
                  {"cifar10", "cifar-10-batches-bin"}},
    [CIFAR_100_FINE] = {2,
                        1,
                        100,
                        {"train.bin"},
                        {"test.bin"},
                        "fine_label_names.txt",
                        {"cifar100", "cifar-100-binary"}},
    [CIFAR_100_COARSE] = {2,
                          0,
                          20,
                          {"train.bin"},
                          {"test.bin"},
                          "coarse_label_names.txt",
                          {"cifar100", "cifar-100-binary"}},
};

static size_t record_size(const Format *format) {
    return (size_t)format->label_bytes + PIXELS;
}

// Whole records, and at least one.
static bool check_size(const Format *format, const char *path, uint64_t size, Status *status) {
    const uint64_t record = record_size(format);
    if (size > 0 && size % record == 0 && size / record <= INT_MAX)
        return true;
    return status_fail(status, STATUS_BAD_DATA,
                       "%s: byte %llu: expected records of %llu bytes up to the end, found %llu "
                       "bytes left",
                       path, (unsigned long long)(size - size % record), (unsigned long long)record,
                       (unsigned long long)(size % record));
}

// [3, 32, 32] to [32, 32, 3]
static void interleave(const unsigned char *planes, uint8_t *pixels) {
    for (int i = 0; i < PLANE; i++)
        for (int channel = 0; channel < 3; channel++)
            pixels[3 * i + channel] = planes[channel * PLANE + i];
}

// The records of a file become the examples from `first` on.
static bool take_records(Dataset *dataset, int first, const Format *format, const char *path,
                         const unsigned char *data, size_t size, Status *status) {
    const size_t record = record_size(format);
    for (size_t i = 0; i < size / record; i++) {
        const unsigned char *start = data + i * record;
        const int example = first + (int)i, label = start[format->label_at];
        if (label >= format->classes)
            return status_fail(status, STATUS_BAD_DATA,
                               "%s: byte %zu (record %zu): expected a label from 0 to %d, found %d",
                               path, i * record + (size_t)format->label_at, i, format->classes - 1,
                               label);
        dataset->labels[example] = label;
        interleave(start + format->label_bytes, dataset->pixels + (size_t)example * PIXELS);
    }
    return true;
}

bool cifar_parse(Dataset *dataset, const char *name, const char *path, const void *data,
                 size_t size, CifarLabels labels, Status *status) {
    const Format *format = &formats[labels];
    memset(dataset, 0, sizeof *dataset);
    if (!check_size(format, path, size, status) ||
        !dataset_init(dataset, name, (int)(size / record_size(format)), SIDE, SIDE, 3, status))
        return false;
    if (take_records(dataset, 0, format, path, data, size, status) &&
        dataset_index(dataset, format->classes, status))
        return true;
    dataset_clear(dataset);
    return false;
}

// ---- folders ----

typedef struct {
    char path[PATH_MAX];
    int records;
} File;

// FOLDER/NAME; false if that is too long for a path.
static bool join(char *path, size_t size, const char *folder, const char *name) {
    const int length = snprintf(path, size, "%s/%s", folder, name);
    return length > 0 && (size_t)length < size;
}

// Those files of a part that are there; *count 0: none is.
static bool list_files(const Format *format, const char *folder, bool test_part,
                       File files[MOST_FILES], int *count, Status *status) {
    const char *const *names = test_part ? format->test : format->training;
    *count = 0;
    for (int i = 0; names[i]; i++) {
        File *file = &files[*count];
        struct stat found;
        if (!join(file->path, sizeof file->path, folder, names[i]) || stat(file->path, &found) != 0)
            continue;
        if (!check_size(format, file->path, (uint64_t)found.st_size, status))
            return false;
        file->records = (int)((size_t)found.st_size / record_size(format));
        ++*count;
    }
    return true;
}

static bool read_file(Dataset *dataset, int first, const Format *format, const File *file,
                      Status *status) {
    unsigned char *data;
    size_t size;
    if (!whole_file_read(file->path, &data, &size, status))
        return false;
    const size_t expected = (size_t)file->records * record_size(format);
    const bool done = size == expected
                          ? take_records(dataset, first, format, file->path, data, size, status)
                          : status_fail(status, STATUS_BAD_DATA,
                                        "%s: expected %zu bytes as a moment ago, found %zu",
                                        file->path, expected, size);
    free(data);
    return done;
}

// One name a line, as many as there are classes; empty lines may follow.
static bool take_names(Dataset *dataset, const char *path, char *text, Status *status) {
    char shown[SHOWN_TEXT];
    int class = 0, line = 0;
    for (char *name; (name = strsep(&text, "\n"));) {
        line++;
        name[strcspn(name, "\r")] = '\0';
        if (!*name)
            continue;
        if (class == dataset->classes)
            return status_fail(status, STATUS_BAD_DATA,
                               "%s: line %d: expected the end after %d names, found '%s'", path,
                               line, dataset->classes, shown_text(name, shown));
        shown_text_cut(name, dataset->class_names[class ++], sizeof(DatasetClassName));
    }
    return class == dataset->classes ||
           status_fail(status, STATUS_BAD_DATA,
                       "%s: line %d: expected the names of %d classes, found %d", path, line,
                       dataset->classes, class);
}

static bool read_names(Dataset *dataset, const char *folder, const Format *format, Status *status) {
    char path[PATH_MAX];
    unsigned char *data;
    size_t size;
    if (!join(path, sizeof path, folder, format->names) || access(path, F_OK) != 0)
        return true;
    if (!whole_file_read(path, &data, &size, status))
        return false;
    const bool done =
        dataset_name_classes(dataset, status) && take_names(dataset, path, (char *)data, status);
    free(data);
    return done;
}

static bool read_files(Dataset *dataset, const Format *format, const char *folder,
                       const File *files, int count, Status *status) {
    for (int i = 0, first = 0; i < count; first += files[i++].records)
        if (!read_file(dataset, first, format, &files[i], status))
            return false;
    return dataset_index(dataset, format->classes, status) &&
           read_names(dataset, folder, format, status);
}

bool cifar_read(Dataset *dataset, const char *name, const char *folder, CifarLabels labels,
                bool test_part, Status *status) {
    const Format *format = &formats[labels];
    File files[MOST_FILES];
    int count, records = 0;
    memset(dataset, 0, sizeof *dataset);
    if (!list_files(format, folder, test_part, files, &count, status))
        return false;
    if (count == 0)
        return status_fail(status, STATUS_BAD_DATA, "%s/%s: expected a file of records, found: %s",
                           folder, (test_part ? format->test : format->training)[0],
                           strerror(ENOENT));
    for (int i = 0; i < count; i++)
        if (__builtin_add_overflow(records, files[i].records, &records))
            return status_fail(status, STATUS_BAD_DATA, "%s: expected at most %d records in all",
                               folder, INT_MAX);
    if (!dataset_init(dataset, name, records, SIDE, SIDE, 3, status))
        return false;
    if (read_files(dataset, format, folder, files, count, status))
        return true;
    dataset_clear(dataset);
    return false;
}

static bool has_part(const Format *format, const char *folder, bool test_part) {
    const char *const *names = test_part ? format->test : format->training;
    char path[PATH_MAX];
    for (int i = 0; names[i]; i++)
        if (join(path, sizeof path, folder, names[i]) && access(path, R_OK) == 0)
            return true;
    return false;
}

bool cifar_find(CifarLabels labels, bool test_part, const char *const *folders, int folder_count,
                char *folder, size_t size) {
    const Format *format = &formats[labels];
    for (int i = 0; i < folder_count; i++) {
        if (join(folder, size, folders[i], ".") && has_part(format, folder, test_part))
            return true;
        for (int k = 0; k < 2; k++)
            if (join(folder, size, folders[i], format->folders[k]) &&
                has_part(format, folder, test_part))
                return true;
    }
    return false;
}
